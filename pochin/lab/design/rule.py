"""What a decision will be read from, as far as a plan is tried out before it starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pochin.lab.decide import primary_level
from pochin.lab.money_models import CostModel, Money, ValueModel, money
from pochin.lab.protocol import LookSchedule

DRAWS = 2_000
"""Draws of the money for each simulated pilot."""


@dataclass(frozen=True)
class Guard:
    """A guardrail, and what is supposed of its readings.

    Attributes:
        code: Of its metric.
        margin: Largest worsening it may show, in the unit of its metric.
        sd: Standard deviation of its single readings, same unit.
        sign: 1 where more is better, −1 where less is.
    """

    code: str
    margin: float
    sd: float
    sign: int = 1


@dataclass(frozen=True)
class Further:
    """A primary metric beside the first, and what is supposed of its readings.

    Attributes:
        code: Of its metric.
        threshold: Improvement worth having, in the unit of its metric.
        sd: Standard deviation of its single readings, same unit.
        sign: 1 where more is better, −1 where less is.
    """

    code: str
    threshold: float
    sd: float
    sign: int = 1


@dataclass(frozen=True)
class Rule:
    """What the decision will be read from; the effect in the unit of the metric.

    Attributes:
        threshold: Improvement worth having.
        sign: 1 where more is better, −1 where less is.
        level: Of the one-sided bounds.
        value, cost: The money model, where the plan has one.
        scope: "network" or "next-stage"; classes III and IV are never green for a network.
        looks: When the data may be looked at; None for once, at the end.
        guards: Guardrails whose spread is supposed; one that is not named is taken to hold.
        archive: The plan was written after the data, so nothing is green.
        primaries: How many primary metrics share the error.
        further: Those beside the first whose spread is supposed; of one that is not named
            nothing is ever seen.
    """

    threshold: float
    sign: int = 1
    level: float = 0.95
    value: ValueModel | None = None
    cost: CostModel | None = None
    scope: str = "network"
    looks: LookSchedule | None = None
    guards: tuple[Guard, ...] = ()
    archive: bool = False
    primaries: int = 1
    further: tuple[Further, ...] = ()

    @property
    def primary_level(self) -> float:
        """Of the bounds of a primary metric, as the verdict reads them."""
        return primary_level(self.level, self.primaries)

    @property
    def has_looks(self) -> bool:
        """Whether the data are looked at before the end."""
        return self.looks is not None and len(self.looks.at) > 1

    def money(self, rng: np.random.Generator, draws: int = DRAWS) -> Money | None:
        """The money model drawn, or None where there is none."""
        if self.value is None or self.cost is None:
            return None
        return money(self.value, self.cost, rng=rng, draws=draws)

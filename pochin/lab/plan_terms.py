"""The parts of a plan, read: metrics, whose effect, looks, analysis, rule of the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pochin.lab.result import Alternative
from pochin.lab.sequential.spending import Spending


@dataclass(frozen=True)
class Metric:
    """A quantity the plan judges by.

    Attributes:
        direction: "higher" or "lower", whichever is better.
        threshold: Improvement worth having, in `unit` (a fraction where `scale` is "relative").
        margin: Largest worsening a guardrail may show, same unit.
        detectable: Improvement the plan promised to detect, same unit.
        planned_std_error: Standard error the plan counted on, same unit.
    """

    code: str
    role: str
    kind: str
    direction: str
    unit: str
    name: str = ""
    scale: str = "absolute"
    threshold: float | None = None
    margin: float | None = None
    cap: float | None = None
    quantile: float | None = None
    denominator: str = ""
    definition: str = ""
    detectable: float | None = None
    planned_std_error: float | None = None

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.direction == "higher" else -1

    @property
    def two_part(self) -> bool:
        """Whether it is a numerator over a denominator."""
        return self.kind in ("ratio", "rate")


@dataclass(frozen=True)
class Estimand:
    """Whose average effect is asked for, and in which words.

    Attributes:
        target: "unit-average" or "participant-average".
        words: The same in the planner's words.
    """

    target: str
    words: str = ""


@dataclass(frozen=True)
class LookSchedule:
    """When the data may be looked at, as shares of the information, and at what price.

    Attributes:
        spending: Family, as in `Spending`.
        at: Shares of the information, rising to 1, shape (K,).
        parameter: Of the family, where it has one.
    """

    spending: str
    at: tuple[float, ...]
    parameter: float | None = None

    @property
    def spends(self) -> Spending:
        """How the error is spent; the test by lot spends as O'Brien and Fleming's."""
        if self.spending == "randomization":
            return Spending()
        return Spending(self.spending, 1.0 if self.parameter is None else self.parameter)


NO_LOOKS = "This method gives nothing that interim looks could be held on."
NO_LOTS = "Looks by the lot itself need units that lots part into two arms."


@dataclass(frozen=True)
class AnalysisPlan:
    """How the numbers will be computed.

    Attributes:
        method: A name of the closed list (`pochin.lab.methods`); no formula is ever read.
        level: Of intervals, e.g. .95.
        alternative: "two-sided", "greater" or "less".
        weights: "units" or "participants".
        covariates: Names of values known before that adjust.
        adjust_for_baseline: Whether the run-in adjusts.
        looks: When the data may be looked at; None for once, at the end.
        multiplicity: "holm" for several primary metrics, else "none".
        draws: Of the reference set, where it is too large to list.
        seed: Of those draws.
    """

    method: str
    level: float = 0.95
    alternative: Alternative = "two-sided"
    weights: str = "units"
    covariates: tuple[str, ...] = ()
    adjust_for_baseline: bool = False
    looks: LookSchedule | None = None
    multiplicity: str = "none"
    draws: int = 99_999
    seed: int = 0

    @property
    def alpha(self) -> float:
        """Error of the first kind: exactly .1 where the level is .9, so that it meets 1 in 10."""
        return round(1 - self.level, 12)


@dataclass(frozen=True)
class DecisionRule:
    """How the numbers become a verdict.

    Attributes:
        scope: "network" or "next-pilot": what green would open.
        level: Of the one-sided bounds, e.g. .95.
        by: Day of the decision, ISO.
        extend: What an extension may cost and last, if one is registered.
        prior: What was believed before, for the value of more data.
        roll_out_from: The least class of the verdict after which the solution is rolled out,
            "meets" or "promising"; empty where the plan does not say.
        words: The rule as its signers read it.
    """

    scope: str
    level: float = 0.95
    by: str = ""
    extend: Mapping[str, Any] | None = None
    prior: Mapping[str, Any] | None = None
    roll_out_from: str = ""
    words: str = ""

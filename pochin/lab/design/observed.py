"""What designs without a lot share: who was chosen, whose place is taken, how low ranks reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from pochin.lab.assignment import Assignment, enumerate_arrangements
from pochin.lab.design.base import Design
from pochin.lab.power import rank_power, solve
from pochin.lab.result import Alternative, Flag, TooFewUnits
from pochin.lab.simulate import Truth, cell_means


class Observed(Design):
    """A design in which people chose who gets the solution, and nobody drew lots."""

    randomized: ClassVar[bool] = False

    def assign(
        self, units: Sequence[Any], *, period_ids: Sequence[Any] | None = None
    ) -> Assignment:
        """Write down who was chosen: treated units first in `units`. No lot is drawn."""
        schedule = self.schedule()
        if len(units) != len(schedule):
            raise TooFewUnits(f"The design plans {len(schedule)} units; {len(units)} are given.")
        ids = range(schedule.shape[1]) if period_ids is None else period_ids
        return Assignment(schedule, np.asarray(units), np.asarray(ids), randomized=False)


class Ranked(Observed):
    """A design in which one unit is ranked among those in its place."""

    @property
    def placebos(self) -> int:
        """Units in whose place the effect is looked for as well; 0 where a t test judges."""
        return 0

    @property
    def rank_df(self) -> float:
        """Degrees of freedom of what the ranked statistics are divided by."""
        return math.inf

    def _rank_power(self, noncentrality: float, alpha: float, alternative: Alternative) -> float:
        return rank_power(
            noncentrality, self.placebos, df=self.rank_df, alpha=alpha, alternative=alternative
        )

    def _rejects(
        self, noncentrality: np.ndarray, alpha: float, alternative: Alternative
    ) -> np.ndarray:
        if not self.placebos:
            return super()._rejects(noncentrality, alpha, alternative)
        values = [self._rank_power(one, alpha, alternative) for one in np.ravel(noncentrality)]
        return np.reshape(values, np.shape(noncentrality))

    def needed(
        self, power: float, *, alpha: float = 0.05, alternative: Alternative = "two-sided"
    ) -> float:
        if not self.placebos:
            return super().needed(power, alpha=alpha, alternative=alternative)
        other: Alternative = "greater" if alternative == "less" else alternative
        return solve(lambda delta: self._rank_power(delta, alpha, other), power, 0.0, 1000.0)


def cells_of(design: Design, truth: Truth, runs: int, rng: np.random.Generator) -> np.ndarray:
    """Means of units in periods, all units of one size, shape (R, I, T)."""
    return cell_means(
        design.schedule(),
        truth.even_size,
        truth.components,
        runs=runs,
        rng=rng,
        effect=truth.effect,
    )


def placebos_of(schedule: np.ndarray) -> np.ndarray:
    """Every choice of as many treated units, shape (K, I, T)."""
    treated = schedule.any(axis=1)
    on, off = schedule[treated][0], np.zeros_like(schedule[0])
    labels = enumerate_arrangements(np.asarray(treated, np.int8), np.zeros(len(schedule), int))
    return np.where(labels[:, :, None] == 1, on, off)


def floor_of_ranks(design: Design, alpha: float) -> tuple[Flag, ...]:
    if design.min_p_value <= alpha:
        return ()
    # Nobody drew a lot here: what is counted are the ranks a unit can have among the others.
    message = (
        "Ranks among units have %(assignments)d outcomes here, so no p-value can be below "
        "%(floor).3g; the level is %(alpha).3g. %(needed)d units in all would do."
    )
    evidence = {
        "assignments": design.n_admissible,
        "floor": design.min_p_value,
        "alpha": alpha,
        "needed": math.ceil(1 / alpha),
    }
    return (Flag("lot-too-small", "warn", message, evidence),)

"""Chosen offices before and after, beside others at the same time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pochin.lab import design_checks
from pochin.lab.design.observed import Ranked, cells_of, floor_of_ranks, placebos_of
from pochin.lab.design.registered import ranked
from pochin.lab.estimate.did import FEW
from pochin.lab.power import Components
from pochin.lab.result import DesignError, Flag, TooFewUnits
from pochin.lab.simulate import Estimates, Truth, welch


@dataclass(frozen=True)
class DifferenceInDifferences(Ranked):
    """Chosen offices before and after, beside others at the same time.

    Args:
        n_treated, n_control: Offices.
        n_before, n_after: Periods.

    Source:
        Bertrand, M., Duflo, E. & Mullainathan, S. (2004). QJE 119, 249–275;
        Ferman, B. & Pinto, C. (2019). Review of Economics and Statistics 101, 452–467.

    Example:
        >>> print(round(DifferenceInDifferences(1, 24, 8, 8).min_p_value, 3))
        0.04
    """

    n_treated: int
    n_control: int
    n_before: int
    n_after: int
    kind: ClassVar[str] = "difference-in-differences"
    method: ClassVar[str] = "difference-in-differences"

    def __post_init__(self) -> None:
        if self.n_treated < 1 or self.n_control < 2:
            raise TooFewUnits("A comparison needs a treated unit and two others.")
        if min(self.n_before, self.n_after) < 1:
            raise DesignError("Differences need a period before and a period after.")

    @property
    def n_admissible(self) -> int:
        """Placebos: other choices of as many units."""
        return math.comb(self.n_treated + self.n_control, self.n_treated)

    @property
    def min_p_value(self) -> float:
        """By rank among placebos; only equal groups have a mirror image."""
        return min(1.0, (1 + (self.n_treated == self.n_control)) / self.n_admissible)

    @property
    def df(self) -> float:
        """Welch's, for arms that vary alike; in few units the pooled, which ranks come near to."""
        n1, n0 = self.n_treated, self.n_control
        if self.by_ranks:
            return float(n1 + n0 - 2)
        a, b = 1 / n1, 1 / n0
        return (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n0 - 1))

    @property
    def placebos(self) -> int:
        return self.n_control if self.n_treated == 1 else 0

    def _listed(self, **known: Any) -> np.ndarray:
        del known  # Nothing besides the design is needed.
        return placebos_of(self.schedule())

    @property
    def run_periods(self) -> int:
        return self.n_after

    def schedule(self) -> np.ndarray:
        after = np.arange(self.n_before + self.n_after) >= self.n_before
        treated = np.repeat([1, 0], [self.n_treated, self.n_control])
        return np.outer(treated, after).astype(np.int8)

    def variance(self, components: Components, cluster_size: float, size_cv: float) -> float:
        periods = self.n_before + self.n_after
        contrast = np.repeat([-1 / self.n_before, 1 / self.n_after], [self.n_before, self.n_after])
        n = np.full(periods, cluster_size / (1 + size_cv**2))
        change = contrast @ components.covariance(np.zeros(periods), n) @ contrast
        return float(change) * (1 / self.n_treated + 1 / self.n_control)

    def with_one_more(self) -> DifferenceInDifferences:
        """One more treated unit while they are the fewer, else one more to compare with."""
        if self.n_treated < self.n_control:
            return replace(self, n_treated=self.n_treated + 1)
        return replace(self, n_control=self.n_control + 1)

    def flags(self, *, alpha: float = 0.05) -> tuple[Flag, ...]:
        found = design_checks.few_treated(self.n_treated, self.n_control, self.min_p_value)
        return (*floor_of_ranks(self, alpha), *found)

    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        cells = cells_of(self, truth, runs, rng)
        before = cells[:, :, : self.n_before].mean(axis=2)
        arms = np.repeat([1, 0], [self.n_treated, self.n_control])
        found = []
        for one in periods:
            change = cells[:, :, self.n_before : self.n_before + one].mean(axis=2) - before
            found.append(ranked(change, arms, rng) if self.by_ranks else welch(change, arms))
        return tuple(found)

    @property
    def shifts(self) -> bool:
        """Ranks among placebos do not move with the effect."""
        return not self.by_ranks

    @property
    def by_ranks(self) -> bool:
        """Whether an arm is so small that only ranks among placebos are honest."""
        return min(self.n_treated, self.n_control) < FEW

"""A parallel trial of offices: some with the solution, some without, at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pochin.lab import covariate_constrained, design_checks, randomize, seeds
from pochin.lab.assignment import ENUMERABLE, Assignment, count_arrangements
from pochin.lab.design.base import Design
from pochin.lab.design.watched import lots_of
from pochin.lab.power import Components, solve, unit_mean_variance
from pochin.lab.result import Alternative, Flag, TooFewUnits
from pochin.lab.simulate import Estimates, Truth, cell_means, regressed, welch
from pochin.lab.unequal_arms import shared_df, welch_power


@dataclass(frozen=True)
class ParallelCluster(Design):
    """Offices drawn into two arms, compared by one value each.

    Args:
        n_units: Offices.
        allocation: Control and treatment units, default halves; unequal arms are judged by
            Welch's t.
        n_periods: Periods of the run.
        baseline: Periods before, whose mean adjusts the result when there are any.
        strata: Label of each planned unit's stratum, shape (I,); lots are drawn within.
        keep: Share of the best balanced assignments that stay admissible (constrained draw).
        n_kept: How many stay, where the units' covariates are known; else reckoned from `keep`.

    Raises:
        TooFewUnits: An arm has fewer than two units.
        ValueError: The arms, or the strata, do not make up the units.

    Source:
        Donner, A. & Klar, N. (2000). Design and Analysis of Cluster Randomization Trials, ch. 5.
        Eldridge, S. M., Ashby, D. & Kerry, S. (2006). Int. J. Epidemiology 35, 1292–1300.

    Example:
        >>> design = ParallelCluster(24, n_periods=8)
        >>> found = design.power(0.4, sd=1.0, icc=(0.02, 0.05, 0.10), cac=0.8, cluster_size=50,
        ...                      size_cv=0.65)
        >>> found.power.round(3)
        array([1.   , 0.993, 0.892])
    """

    n_units: int
    allocation: tuple[int, int] = (0, 0)
    n_periods: int = 1
    baseline: int = 0
    strata: tuple[str, ...] | None = None
    keep: float = 1.0
    n_kept: int = 0
    kind: ClassVar[str] = "parallel"
    method: ClassVar[str] = "unit-means"

    def __post_init__(self) -> None:
        if self.allocation == (0, 0):
            halves = (self.n_units - self.n_units // 2, self.n_units // 2)
            object.__setattr__(self, "allocation", halves)
        if sum(self.allocation) != self.n_units:
            raise ValueError(f"allocation is {self.allocation}, but there are {self.n_units} units")
        if min(self.allocation) < 2:
            raise TooFewUnits("Each arm needs two units, or spread is unknown.")
        if self.strata is not None and len(self.strata) != self.n_units:
            raise ValueError(
                f"strata holds {len(self.strata)} labels, but there are {self.n_units} units"
            )

    @property
    def n_admissible(self) -> int:
        if self.n_kept:
            return self.n_kept
        arms = self._arms()
        blocks = np.unique(self.strata or ("",) * self.n_units, return_inverse=True)[1]
        possible = count_arrangements(arms, blocks)
        if self.keep == 1:
            return possible
        return max(1, int(self.keep * min(possible, ENUMERABLE)))

    def _arms(self) -> np.ndarray:
        """Arms of the planned units, spread over strata as the draw will spread them."""
        if self.strata is None:
            return np.repeat([0, 1], self.allocation)
        drawn = randomize.stratified(range(self.n_units), self.strata, rng=_any_lot())
        return drawn.arms.astype(int)

    @property
    def df(self) -> float:
        n0, n1 = self.allocation
        spent = self._columns_known
        if n0 == n1:
            return float(n0 + n1 - 2 - spent)
        return shared_df(self.allocation, spent=spent)

    def _rejects(
        self, noncentrality: np.ndarray, alpha: float, alternative: Alternative
    ) -> np.ndarray:
        if self.allocation[0] == self.allocation[1]:
            return super()._rejects(noncentrality, alpha, alternative)
        return np.asarray(self._welch(noncentrality, alpha, alternative))

    def needed(
        self, power: float, *, alpha: float = 0.05, alternative: Alternative = "two-sided"
    ) -> float:
        if self.allocation[0] == self.allocation[1]:
            return super().needed(power, alpha=alpha, alternative=alternative)
        other: Alternative = "greater" if alternative == "less" else alternative
        return solve(lambda delta: self._welch(delta, alpha, other), power, 0.0, 100.0)

    def _welch(self, noncentrality: Any, alpha: float, alternative: Alternative) -> Any:
        """Arms that differ in size are read by Welch, or by Bell & McCaffrey where adjusted."""
        return welch_power(
            noncentrality,
            self.allocation,
            spent=self._columns_known,
            guessed=not self._columns_known,
            alpha=alpha,
            alternative=alternative,
        )

    @property
    def _columns_known(self) -> int:
        """Columns that strata and the baseline take."""
        return len(set(self.strata or ("",))) - 1 + (self.baseline > 0)

    @property
    def run_periods(self) -> int:
        return self.n_periods

    def schedule(self) -> np.ndarray:
        running = np.arange(self.baseline + self.n_periods) >= self.baseline
        return np.outer(np.repeat([0, 1], self.allocation), running).astype(np.int8)

    def variance(self, components: Components, cluster_size: float, size_cv: float) -> float:
        n0, n1 = self.allocation
        mean = unit_mean_variance(
            components, cluster_size, size_cv=size_cv, n_periods=self.n_periods
        )
        if self.baseline:
            before = unit_mean_variance(
                components, cluster_size, size_cv=size_cv, n_periods=self.baseline
            )
            # The slope on the baseline is estimated, too (Cox & McCullagh 1982, Biometrics 38).
            mean = (mean - components.unit**2 / before) * (1 + 1 / max(self.n_units - 4, 1))
        return mean * (1 / n0 + 1 / n1)

    def with_one_more(self) -> ParallelCluster:
        n0, n1 = self.allocation
        more = (n0 + 1, n1) if n0 < n1 else (n0, n1 + 1)
        strata = None if self.strata is None else (*self.strata, self.strata[-1])
        # Nobody knows yet what the new unit is like, so what stays is reckoned anew.
        return replace(self, n_units=self.n_units + 1, allocation=more, strata=strata, n_kept=0)

    def flags(self, *, alpha: float = 0.05) -> tuple[Flag, ...]:
        return super().flags(alpha=alpha) + tuple(design_checks.arms(*self.allocation))

    def assign(
        self,
        units: Sequence[Any],
        rng: np.random.Generator,
        *,
        period_ids: Sequence[Any] | None = None,
        covariates: Any = None,
    ) -> Assignment:
        """Draw the lot from a committed seed's generator.

        Args:
            units: Ids, shape (I,), in the order of `strata`.
            rng: From `seeds.generator(seed)`.
            period_ids: Shape (T,); default counted from 0.
            covariates: Known before, shape (I, k); needed where `keep` is below 1.

        Raises:
            TooFewUnits: There are more or fewer units than planned.
        """
        if len(units) != self.n_units:
            raise TooFewUnits(f"The design plans {self.n_units} units; {len(units)} are given.")
        ids = range(self.baseline + self.n_periods) if period_ids is None else period_ids
        when: dict[str, Any] = {"period_ids": ids, "start": self.baseline, "rng": rng}
        if self.keep < 1:
            return covariate_constrained.constrained(
                units, self.allocation[1], covariates, keep=self.keep, strata=self.strata, **when
            )
        if self.strata is not None:
            return randomize.stratified(units, self.strata, **when)
        return randomize.complete(units, self.allocation[1], **when)

    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        n = truth.sizes((runs, self.n_units, 1), rng)
        cells = cell_means(
            self.schedule(), n, truth.components, runs=runs, rng=rng, effect=truth.effect
        )
        return tuple(self._compared(cells[:, :, : self.baseline + one]) for one in periods)

    def lots(self, most: int, rng: np.random.Generator) -> np.ndarray:
        """Of a constrained lot as many as stay, whichever those are."""
        arms = self._arms().astype(np.int8)
        blocks = np.unique(self.strata or ("",) * self.n_units, return_inverse=True)[1]
        rows = lots_of(arms, blocks, min(most, self.n_admissible), rng)
        return rows[:, np.argsort(arms, kind="stable")]

    def _compared(self, cells: np.ndarray) -> Estimates:
        """The registered analysis of what was measured so far, shape (R, I, T)."""
        values = cells[:, :, self.baseline :].mean(axis=2)
        arms = np.repeat([0, 1], self.allocation)
        unequal = self.allocation[0] != self.allocation[1]
        if not self._columns_known:
            return replace(welch(values, arms, pooled=not unequal), by_unit=values)
        columns = [np.broadcast_to(one, values.shape) for one in self._strata_apart().T]
        if self.baseline:
            columns.append(cells[:, :, : self.baseline].mean(axis=2))
        known = np.stack(columns, axis=2)
        first = np.broadcast_to(np.column_stack([np.ones(len(arms)), arms]), (*values.shape, 2))
        found = regressed(values, np.concatenate([first, known], axis=2), unequal=unequal)
        return replace(found, by_unit=values, known=known)

    def _strata_apart(self) -> np.ndarray:
        """A column for each stratum but one, in the order of made-up units, shape (I, S − 1)."""
        if self.strata is None:
            return np.empty((self.n_units, 0))
        blocks = np.asarray(self.strata)[np.argsort(self._arms(), kind="stable")]
        return (blocks[:, None] == np.unique(blocks)[None, 1:]).astype(float)


def _any_lot() -> np.random.Generator:
    """How many are treated in each stratum does not depend on the seed."""
    return seeds.generator("0")

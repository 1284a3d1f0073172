"""A switchback: the same office with and without the solution, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pochin.lab import design_checks, randomize
from pochin.lab.assignment import MANY, Assignment
from pochin.lab.design.base import Design
from pochin.lab.power import Components
from pochin.lab.result import DesignError, EvidenceClass, Flag, TooFewUnits
from pochin.lab.simulate import Estimates, Truth, cell_means, one_sample


@dataclass(frozen=True)
class Switchback(Design):
    """Adjacent blocks of time paired within each office, a coin for each pair.

    Guesses are read by the period: `icc` is the share of the variance that lies between periods
    and units, `cac` its correlation from one period to the next.

    Args:
        n_units: Offices.
        n_periods: Periods of the run.
        block: Periods in a block.
        burn_in: First periods of each block that are dropped, at least the carryover.
        carryover: How long the solution is felt after it stops, in periods, from knowledge of
            the process.

    Raises:
        TooFewUnits: Fewer than two pairs of blocks fit.
        DesignError: Nothing of a block is left after the burn-in.

    Source:
        Bojinov, I., Simchi-Levi, D. & Zhao, J. (2023). Management Science 69, 3759–3777.
        Hu, Y. & Wager, S. (2022). arXiv:2209.00197 (burn-in).

    Example:
        >>> Switchback(n_units=2, n_periods=12, block=2).n_pairs
        6
    """

    n_units: int
    n_periods: int
    block: int
    burn_in: int = 0
    carryover: int = 0
    kind: ClassVar[str] = "switchback"
    method: ClassVar[str] = "block-pairs"

    def __post_init__(self) -> None:
        if not 0 <= self.burn_in < self.block:
            raise DesignError("Nothing of a block is left after the burn-in; use longer blocks.")
        if self.n_pairs < 2:
            raise TooFewUnits("Two pairs of blocks do not fit; use more days or shorter blocks.")

    @property
    def couples(self) -> int:
        """Pairs of blocks in one unit."""
        return self.n_periods // (2 * self.block)

    @property
    def n_pairs(self) -> int:
        """Pairs of blocks in all units."""
        return self.n_units * self.couples

    @property
    def n_admissible(self) -> int:
        return min(MANY, 2 ** min(self.n_pairs, 60))

    @property
    def df(self) -> float:
        return float(self.n_pairs - 1)

    def schedule(self) -> np.ndarray:
        """As if every first block of a pair were with the solution; burn-in is not measured."""
        return np.tile(self._row(np.ones(self.couples, bool)), (self.n_units, 1))

    def _row(self, on_first: np.ndarray) -> np.ndarray:
        """One unit's periods, given which pairs begin with the solution, shape (..., T)."""
        within = np.arange(self.block)
        block = np.where(within < self.burn_in, -1, 1)
        on, off = block, np.where(block == 1, 0, -1)
        pair = np.where(on_first[..., None], np.append(on, off), np.append(off, on))
        used = pair.reshape(*on_first.shape[:-1], -1)
        rest = np.full((*on_first.shape[:-1], self.n_periods - used.shape[-1]), -1)
        return np.concatenate([used, rest], axis=-1).astype(np.int8)

    def components(self, sd: float, icc: float, cac: float) -> Components:
        """Correlation between periods fades with their distance: by `cac` from each to the next."""
        plain = Components.of(sd, icc)
        return replace(plain, decay=cac)

    def _listed(self, **known: Any) -> np.ndarray:
        del known  # Nothing besides the design is needed.
        coins = (np.arange(self.n_admissible)[:, None] >> np.arange(self.n_pairs)) & 1 == 1
        return self._row(coins.reshape(-1, self.n_units, self.couples))

    def variance(self, components: Components, cluster_size: float, size_cv: float) -> float:
        """Of the mean of pair differences, which the coins make uncorrelated."""
        pair = self._row(np.ones(1, bool))[: 2 * self.block]
        at = np.flatnonzero(pair >= 0)
        n = np.full(len(at), cluster_size / (1 + size_cv**2))
        covariance = components.covariance(pair[at].astype(float), n, at)
        contrast = np.where(pair[at] == 1, 1.0, -1.0) / (self.block - self.burn_in)
        return float(contrast @ covariance @ contrast) / self.n_pairs

    def with_one_more(self) -> Switchback:
        return replace(self, n_units=self.n_units + 1)

    @property
    def evidence(self) -> EvidenceClass:
        """Blocks, not offices, are what lots are drawn for."""
        return "I" if self.n_pairs >= design_checks.USUAL_UNITS else "II"

    def flags(self, *, alpha: float = 0.05) -> tuple[Flag, ...]:
        found = design_checks.lot(self.n_pairs, self.n_admissible, alpha=alpha)
        return (*found, *design_checks.blocks(self.block, self.carryover))

    def assign(
        self,
        units: Sequence[Any],
        rng: np.random.Generator,
        *,
        period_ids: Sequence[Any] | None = None,
    ) -> Assignment:
        """Toss a coin for each pair of blocks of each unit.

        Args:
            units: Ids, shape (I,).
            rng: From `seeds.generator(seed)`.
            period_ids: Shape (T,); default counted from 0.
        """
        if len(units) != self.n_units:
            raise TooFewUnits(f"The design plans {self.n_units} units; {len(units)} are given.")
        ids = range(self.n_periods) if period_ids is None else period_ids
        return randomize.switchback(units, ids, self.block, rng=rng)

    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        """Differences within pairs of blocks; what is left behind fades over the carryover."""
        on_first = rng.random((runs, self.n_units, self.couples)) < 0.5
        schedule = self._row(on_first)
        n = truth.sizes((runs, self.n_units, 1), rng)
        cells = cell_means(np.maximum(schedule, 0), n, truth.components, runs=runs, rng=rng)
        cells = cells + truth.effect * self._felt(on_first)
        shape = (runs, self.n_units, self.couples, 2, self.block)
        used = cells[:, :, : 2 * self.block * self.couples].reshape(shape)
        means = used[..., self.burn_in :].mean(axis=-1)
        first = means[..., 0] - means[..., 1]
        apart = np.where(on_first, first, -first)
        couples = [one // (2 * self.block) for one in periods]
        if min(couples) * self.n_units < 2:
            raise DesignError("At the first look fewer than two pairs of blocks have been held.")
        return tuple(one_sample(apart[:, :, :some].reshape(runs, -1)) for some in couples)

    @property
    def shifts(self) -> bool:
        """What lingers changes the estimate by less than the effect."""
        return not self.carryover

    def _felt(self, on_first: np.ndarray) -> np.ndarray:
        """Share of the effect felt in each period, shape (..., T), with linear carryover."""
        whole = replace(self, burn_in=0)._row(on_first) == 1
        felt = whole.astype(float)
        for lag in range(1, self.carryover + 1):
            earlier = np.zeros_like(felt)
            earlier[..., lag:] = whole[..., :-lag]
            felt = np.maximum(felt, earlier * (1 - lag / (self.carryover + 1)))
        return felt

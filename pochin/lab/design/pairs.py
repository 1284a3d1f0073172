"""Matched pairs of offices: a coin for each pair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pochin.lab import covariate_constrained, randomize
from pochin.lab.assignment import MANY, Assignment
from pochin.lab.design.base import Design
from pochin.lab.design.watched import lots_of
from pochin.lab.power import Components, unit_mean_variance
from pochin.lab.result import TooFewUnits
from pochin.lab.simulate import Estimates, Truth, one_sample


@dataclass(frozen=True)
class PairedCluster(Design):
    """Pairs of similar offices, one of each with the solution.

    Args:
        n_pairs: Pairs.
        correlation: Of the values of a pair's two offices, from history; what matching gains.
        n_periods: Periods of the run.

    Raises:
        TooFewUnits: Fewer than two pairs.

    Source:
        Imai, K., King, G. & Nall, C. (2009). Statistical Science 24, 29–53.

    Example:
        >>> PairedCluster(5).min_p_value, PairedCluster(6).min_p_value
        (0.0625, 0.03125)
    """

    n_pairs: int
    correlation: float = 0.5
    n_periods: int = 1
    kind: ClassVar[str] = "pairs"
    method: ClassVar[str] = "paired"

    def __post_init__(self) -> None:
        if self.n_pairs < 2:
            raise TooFewUnits("One pair has no spread to judge by; two or more are needed.")
        if not 0 <= self.correlation < 1:
            raise ValueError(f"correlation is {self.correlation}, but it must lie in [0, 1)")

    @property
    def n_admissible(self) -> int:
        return min(MANY, 2 ** min(self.n_pairs, 60))

    @property
    def df(self) -> float:
        return float(self.n_pairs - 1)

    def schedule(self) -> np.ndarray:
        return np.tile([[0], [1]], (self.n_pairs, self.n_periods)).astype(np.int8)

    def _listed(self, **known: Any) -> np.ndarray:
        # As in `schedule`: until covariates match them, neighbours in the list are a pair.
        neighbours = {} if "covariates" in known else {"pairs": np.repeat(range(self.n_pairs), 2)}
        return super()._listed(**(neighbours | known))

    def variance(self, components: Components, cluster_size: float, size_cv: float) -> float:
        mean = unit_mean_variance(
            components, cluster_size, size_cv=size_cv, n_periods=self.n_periods
        )
        return 2 * mean * (1 - self.correlation) / self.n_pairs

    def with_one_more(self) -> PairedCluster:
        """One more pair: a single office would have nobody to be compared with."""
        return replace(self, n_pairs=self.n_pairs + 1)

    def assign(
        self,
        units: Sequence[Any],
        rng: np.random.Generator,
        *,
        pairs: Sequence[Any] | None = None,
        covariates: Any = None,
        period_ids: Sequence[Any] | None = None,
    ) -> Assignment:
        """Toss the coins.

        Args:
            units: Ids, shape (I,).
            rng: From `seeds.generator(seed)`.
            pairs: Label of each unit's pair, shape (I,); default the best pairing by covariates.
            covariates: Known before, shape (I, k); needed where pairs are not given.
            period_ids: Shape (T,); default counted from 0.
        """
        if len(units) != self.units:
            raise TooFewUnits(f"The design plans {self.units} units; {len(units)} are given.")
        matched = covariate_constrained.optimal_pairs(covariates) if pairs is None else pairs
        ids = range(self.n_periods) if period_ids is None else period_ids
        return randomize.paired(units, matched, rng=rng, period_ids=ids)

    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        components = truth.components
        n = truth.sizes((runs, self.n_pairs, 2, 1), rng)
        lasting = math.sqrt(components.unit) * self._alike((runs, self.n_pairs, 2, 1), rng)
        spread = np.sqrt(components.period + components.within / n)
        passing = spread * self._alike((runs, self.n_pairs, 2, self.n_periods), rng)
        found = []
        for one in periods:
            values = lasting[..., 0] + passing[..., :one].mean(axis=3)
            values[:, :, 1] += truth.effect
            estimates = one_sample(values[:, :, 1] - values[:, :, 0])
            found.append(replace(estimates, by_unit=values.reshape(runs, -1)))
        return tuple(found)

    def lots(self, most: int, rng: np.random.Generator) -> np.ndarray:
        pairs = np.repeat(np.arange(self.n_pairs), 2)
        return lots_of(self.schedule()[:, 0], pairs, min(most, self.n_admissible), rng)

    def _alike(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Normal values of which those of a pair's two offices are alike; axis 2 is the pair."""
        own = rng.normal(size=shape) * math.sqrt(1 - self.correlation)
        shared = (*shape[:2], 1, *shape[3:])
        return own + rng.normal(size=shared) * math.sqrt(self.correlation)

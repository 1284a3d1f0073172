"""A trial of people or parcels: many independent subjects drawn into two arms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pochin.lab import design_checks, randomize
from pochin.lab.assignment import MANY, Assignment
from pochin.lab.design.base import Design
from pochin.lab.power import Components
from pochin.lab.result import Flag, TooFewUnits
from pochin.lab.simulate import Estimates, Truth

LISTED = 60
"""Above this many subjects the lot is as good as boundless."""


@dataclass(frozen=True)
class Individual(Design):
    """Subjects drawn one by one; nothing ties them together.

    Args:
        n_units: Subjects in both arms.
        shares: Of control and treatment, in any scale.
        correlation: Of the metric with its value from before (CUPED); 0 does not adjust.
        skew: Skewness of the metric, from history.

    Raises:
        TooFewUnits: An arm has fewer than two subjects.

    Source:
        Deng, A., Xu, Y., Kohavi, R. & Walker, T. (2013). WSDM, 123–132.

    Example:
        >>> print(round(float(Individual(128).power(0.5, sd=1.0).power), 4))
        0.8015
    """

    n_units: int
    shares: tuple[float, float] = (1.0, 1.0)
    correlation: float = 0.0
    skew: float = 0.0
    kind: ClassVar[str] = "individual"
    method: ClassVar[str] = "welch"

    def __post_init__(self) -> None:
        if min(self.allocation) < 2:
            raise TooFewUnits("Each arm needs two subjects, or spread is unknown.")
        if not -1 < self.correlation < 1:
            raise ValueError(f"correlation is {self.correlation}, but it must lie in (-1, 1)")

    @property
    def allocation(self) -> tuple[int, int]:
        """Control and treatment subjects."""
        treated = round(self.n_units * self.shares[1] / sum(self.shares))
        return self.n_units - treated, treated

    @property
    def units(self) -> int:
        return self.n_units

    @property
    def n_admissible(self) -> int:
        return math.comb(self.n_units, self.allocation[1]) if self.n_units <= LISTED else MANY

    @property
    def df(self) -> float:
        return float(self.n_units - 2 - (self.correlation != 0))

    @property
    def run_periods(self) -> int:
        """Subjects come one by one, so a look may be held after any share of them."""
        return self.n_units

    def schedule(self) -> np.ndarray:
        return np.repeat([[0], [1]], self.allocation, axis=0).astype(np.int8)

    def variance(self, components: Components, cluster_size: float, size_cv: float) -> float:
        """A subject's value is the mean of `cluster_size` readings of it."""
        one = components.unit + components.period
        one += components.within * (1 + size_cv**2) / cluster_size
        n0, n1 = self.allocation
        return one * (1 - self.correlation**2) * (1 / n0 + 1 / n1)

    def with_one_more(self) -> Individual:
        return replace(self, n_units=self.n_units + 1)

    def flags(self, *, alpha: float = 0.05) -> tuple[Flag, ...]:
        found = super().flags(alpha=alpha)
        return (*found, *design_checks.skewness(min(self.allocation), self.skew))

    def assign(
        self,
        units: Sequence[Any],
        rng: np.random.Generator,
        *,
        period_ids: Sequence[Any] = (0,),
    ) -> Assignment:
        """Draw the arms of listed subjects; subjects who come later are drawn by hash.

        Args:
            units: Ids, shape (I,).
            rng: From `seeds.generator(seed)`.
            period_ids: Shape (T,).
        """
        if len(units) != self.n_units:
            raise TooFewUnits(f"The design plans {self.n_units} units; {len(units)} are given.")
        return randomize.complete(units, self.allocation[1], rng=rng, period_ids=period_ids)

    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        """Means and variances of normal arms, drawn from their own distributions."""
        whole = self.run_periods
        n0, n1 = self.allocation
        one = self.variance(truth.components, truth.cluster_size, truth.size_cv)
        spread = one / (1 / n0 + 1 / n1)
        arms = [
            _growing(
                gain, spread, [max(2, round(n * reached / whole)) for reached in periods], runs, rng
            )
            for gain, n in ((0.0, n0), (truth.effect, n1))
        ]
        return tuple(_welch(control, treated) for control, treated in zip(*arms, strict=True))


Arm = tuple[int, np.ndarray, np.ndarray]


def _growing(
    gain: float, spread: float, sizes: list[int], runs: int, rng: np.random.Generator
) -> list[Arm]:
    """Size, means and sums of squares of a normal arm as it grows, each of shape (R,)."""
    n, mean, squares, found = 0, np.zeros(runs), np.zeros(runs), []
    for size in sizes:
        more = size - n
        if more:
            new = rng.normal(gain, math.sqrt(spread / more), runs)
            inside = spread * rng.chisquare(max(more - 1, 1e-12), runs)
            away = new - mean
            squares = squares + inside + away**2 * n * more / size
            mean, n = mean + away * more / size, size
        found.append((n, mean, squares))
    return found


def _welch(control: Arm, treated: Arm) -> Estimates:
    (n0, m0, s0), (n1, m1, s1) = control, treated
    v0, v1 = s0 / (n0 - 1) / n0, s1 / (n1 - 1) / n1
    df = (v0 + v1) ** 2 / (v0**2 / (n0 - 1) + v1**2 / (n1 - 1))
    return Estimates(m1 - m0, np.sqrt(v0 + v1), df)

"""One office before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pochin.lab.design.observed import Observed
from pochin.lab.design.registered import stepped
from pochin.lab.flags import flag
from pochin.lab.power import Components
from pochin.lab.result import DesignError, Flag, NotIdentified
from pochin.lab.simulate import Estimates, Truth


@dataclass(frozen=True)
class InterruptedSeries(Observed):
    """One office before and after; without others beside it, the weakest evidence there is.

    Guesses are read by the period: `icc` is the share of the variance that lies between
    periods, `cac` its correlation from one period to the next.

    Args:
        n_before, n_after: Periods.
        comparators: Offices that never work with the solution, whose mean is taken off.
        season: Periods in a season; 0 for none.
        harmonics: Pairs of sine and cosine for the season.

    Source:
        Wagner, A. K. et al. (2002). J. Clinical Pharmacy and Therapeutics 27, 299–309.
    """

    n_before: int
    n_after: int
    comparators: int = 0
    season: int = 0
    harmonics: int = 2
    kind: ClassVar[str] = "interrupted-series"
    method: ClassVar[str] = "segmented-regression"

    def __post_init__(self) -> None:
        if self.df < 1 or min(self.n_before, self.n_after) < 2:
            raise DesignError("The series is too short for its level, trend and season.")

    @property
    def n_admissible(self) -> int:
        """Nothing is re-drawn: the p-value leans on the model alone."""
        return 1

    @property
    def min_p_value(self) -> float:
        """There is no floor, because there is no lot; which is no strength."""
        return 0.0

    @property
    def df(self) -> float:
        return float(self.n_before + self.n_after - self._columns().shape[1])

    def _columns(self) -> np.ndarray:
        """Level, step, trend, season, shape (T, p); the step is column 1."""
        t = np.arange(self.n_before + self.n_after)
        columns = [np.ones(len(t)), (t >= self.n_before).astype(float), t / len(t)]
        for k in range(1, self.harmonics + 1 if self.season else 1):
            angle = 2 * np.pi * k * t / self.season
            columns += [np.sin(angle), np.cos(angle)]
        return np.column_stack(columns)

    def _listed(self, **known: Any) -> np.ndarray:
        del known  # Nothing besides the design is needed.
        return self.schedule()[None]

    @property
    def run_periods(self) -> int:
        return self.n_after

    def schedule(self) -> np.ndarray:
        schedule = np.zeros((1 + self.comparators, self.n_before + self.n_after), np.int8)
        schedule[0, self.n_before :] = 1
        return schedule

    def components(self, sd: float, icc: float, cac: float) -> Components:
        return replace(Components.of(sd, icc), decay=cac)

    def _covariance(
        self, components: Components, cluster_size: float, size_cv: float
    ) -> np.ndarray:
        periods = self.n_before + self.n_after
        n = np.full(periods, cluster_size / (1 + size_cv**2))
        one = components.covariance(np.zeros(periods), n)
        return one * (1 + 1 / self.comparators) if self.comparators else one

    def variance(self, components: Components, cluster_size: float, size_cv: float) -> float:
        X = self._columns()
        V = self._covariance(components, cluster_size, size_cv)
        information = X.T @ np.linalg.solve(V, X)
        if np.linalg.matrix_rank(information, hermitian=True) < X.shape[1]:
            raise NotIdentified("The step cannot be told from trend and season here.")
        return float(np.linalg.inv(information)[1, 1])

    def with_one_more(self) -> InterruptedSeries:
        return replace(self, comparators=self.comparators + 1)

    def flags(self, *, alpha: float = 0.05) -> tuple[Flag, ...]:
        del alpha  # There is no lot whose floor a level could hit.
        return () if self.comparators else (flag("no-comparator"),)

    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        """Generalised least squares, the correlation estimated as in the registered analysis."""
        X = self._columns()
        V = self._covariance(truth.components, truth.cluster_size, truth.size_cv)
        root = np.linalg.cholesky(V)
        y = truth.effect * X[:, 1] + rng.normal(size=(runs, len(X))) @ root.T
        reached = [self.n_before + one for one in periods]
        if reached[0] - X.shape[1] < 1 or periods[0] < 2:
            raise DesignError("At the first look the series is too short to be judged.")
        return tuple(stepped(y[:, :some], X[:some]) for some in reached)

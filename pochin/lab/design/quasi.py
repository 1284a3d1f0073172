"""Pilots without a lot: what a comparison of chosen offices can show at best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pochin.lab import design_checks
from pochin.lab.assignment import Assignment, enumerate_arrangements
from pochin.lab.design.base import Design
from pochin.lab.design.registered import ranked, stepped, twins
from pochin.lab.estimate.did import FEW
from pochin.lab.flags import flag
from pochin.lab.power import Components, rank_power, solve
from pochin.lab.protocol import NO_LOOKS
from pochin.lab.result import Alternative, DesignError, Flag, NotIdentified, TooFewUnits
from pochin.lab.simulate import Estimates, Truth, cell_means, welch


def observed(
    units: Sequence[Any], schedule: np.ndarray, period_ids: Sequence[Any] | None
) -> Assignment:
    """Who worked how, without anybody having drawn lots."""
    if len(units) != len(schedule):
        raise TooFewUnits(f"The design plans {len(schedule)} units; {len(units)} are given.")
    ids = range(schedule.shape[1]) if period_ids is None else period_ids
    return Assignment(schedule, np.asarray(units), np.asarray(ids), randomized=False)


class Ranked(Design):
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

    def _needed(self, power: float, alpha: float, alternative: Alternative) -> float:
        if not self.placebos:
            return super()._needed(power, alpha, alternative)
        other: Alternative = "greater" if alternative == "less" else alternative
        return solve(lambda delta: self._rank_power(delta, alpha, other), power, 0.0, 1000.0)


def _cells(design: Design, truth: Truth, runs: int, rng: np.random.Generator) -> np.ndarray:
    """Means of units in periods, all units of one size, shape (R, I, T)."""
    return cell_means(
        design.schedule(),
        truth.even_size,
        truth.components,
        runs=runs,
        rng=rng,
        effect=truth.effect,
    )


def _placebos(schedule: np.ndarray) -> np.ndarray:
    """Every choice of as many treated units, shape (K, I, T)."""
    treated = schedule.any(axis=1)
    on, off = schedule[treated][0], np.zeros_like(schedule[0])
    labels = enumerate_arrangements(np.asarray(treated, np.int8), np.zeros(len(schedule), int))
    return np.where(labels[:, :, None] == 1, on, off)


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
    randomized: ClassVar[bool] = False

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
        return _placebos(self.schedule())

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
        return (*_floor(self, alpha), *found)

    def assign(
        self,
        units: Sequence[Any],
        *,
        period_ids: Sequence[Any] | None = None,
    ) -> Assignment:
        """Write down who was chosen: treated units first in `units`. No lot is drawn."""
        return observed(units, self.schedule(), period_ids)

    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        cells = _cells(self, truth, runs, rng)
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


def _floor(design: Design, alpha: float) -> tuple[Flag, ...]:
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


@dataclass(frozen=True)
class SyntheticControl(Ranked):
    """One office beside a weighted mixture of others, judged by placebos.

    Args:
        n_donors: Offices that never work with the solution.
        n_before, n_after: Periods.
        effective_donors: How many donors the mixture will really lean on; its variance is that
            of so many.

    The planned variance is a rough guess: it takes the mixture to follow the unit's lasting
    level and leaves what periods add of their own.

    Source:
        Abadie, A., Diamond, A. & Hainmueller, J. (2010). JASA 105, 493–505.

    Example:
        >>> SyntheticControl(38, 19, 12).min_p_value == 1 / 39
        True
    """

    n_donors: int
    n_before: int
    n_after: int
    effective_donors: float = 4.0
    kind: ClassVar[str] = "synthetic-control"
    method: ClassVar[str] = "synthetic-control"
    randomized: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.n_donors < 3:
            raise TooFewUnits("A mixture needs three donors or more.")
        if min(self.n_before, self.n_after) < 1:
            raise DesignError("A mixture needs periods before and after.")

    @property
    def n_admissible(self) -> int:
        """Placebos: the unit itself and each donor in its place."""
        return self.n_donors + 1

    @property
    def min_p_value(self) -> float:
        return 1 / (self.n_donors + 1)

    @property
    def df(self) -> float:
        return float(self.n_donors - 1)

    @property
    def placebos(self) -> int:
        return self.n_donors

    @property
    def rank_df(self) -> float:
        """Periods the mixture is fitted to, less one and the donors it leans on.

        Tried out on mixtures of 24 to 39 donors fitted to 8 to 20 periods, the power is then
        right to .03 or on the safe side; a t test would promise up to twice as much.
        """
        return max(self.n_before - min(self.effective_donors, self.n_donors) - 1, 2.0)

    def _listed(self, **known: Any) -> np.ndarray:
        del known  # Nothing besides the design is needed.
        return _placebos(self.schedule())

    @property
    def run_periods(self) -> int:
        return self.n_after

    def schedule(self) -> np.ndarray:
        schedule = np.zeros((self.n_donors + 1, self.n_before + self.n_after), np.int8)
        schedule[0, self.n_before :] = 1
        return schedule

    def variance(self, components: Components, cluster_size: float, size_cv: float) -> float:
        own = components.period + components.within * (1 + size_cv**2) / cluster_size
        gap = own * (1 + 1 / min(self.effective_donors, self.n_donors))
        return gap * (1 / self.n_after + 1 / self.n_before)

    def with_one_more(self) -> SyntheticControl:
        return replace(self, n_donors=self.n_donors + 1)

    def flags(self, *, alpha: float = 0.05) -> tuple[Flag, ...]:
        found = design_checks.few_treated(1, self.n_donors, self.min_p_value)
        return (*_floor(self, alpha), *found)

    def assign(
        self,
        units: Sequence[Any],
        *,
        period_ids: Sequence[Any] | None = None,
    ) -> Assignment:
        """Write down who was chosen: the treated unit first in `units`. No lot is drawn."""
        return observed(units, self.schedule(), period_ids)

    def seen_at(
        self, truth: Truth, periods: Sequence[int], *, runs: int, rng: np.random.Generator
    ) -> tuple[Estimates, ...]:
        """A twin for the unit and for every donor in its place, judged by ranks."""
        if tuple(periods) != (self.run_periods,):
            raise DesignError(NO_LOOKS)
        return (twins(_cells(self, truth, runs, rng), self.n_before),)

    @property
    def shifts(self) -> bool:
        """Ranks among placebos do not move with the effect."""
        return False


@dataclass(frozen=True)
class InterruptedSeries(Design):
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
    randomized: ClassVar[bool] = False

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

    def assign(
        self,
        units: Sequence[Any],
        *,
        period_ids: Sequence[Any] | None = None,
    ) -> Assignment:
        """Write down who was chosen: the treated unit first in `units`. No lot is drawn."""
        return observed(units, self.schedule(), period_ids)

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

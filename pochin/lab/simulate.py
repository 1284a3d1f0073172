"""Make-believe pilots: data of known truth, and how often a method does what it promises."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import signal, special, stats

from pochin.lab.power import Components
from pochin.lab.result import Alternative

# How surely a simulation must pass: a sound method fails once in a thousand times.
SIGMAS = 3.09


# Data.


@dataclass(frozen=True)
class Truth:
    """What is true of made-up pilots.

    Attributes:
        components: Variances of a reading's parts.
        effect: What the solution adds, in the unit of the metric.
        cluster_size: Mean readings of a unit in one period.
        size_cv: Standard deviation of the sizes over their mean.
    """

    components: Components
    effect: float = 0.0
    cluster_size: float = 1.0
    size_cv: float = 0.0

    def sizes(
        self, shape: tuple[int, ...], rng: np.random.Generator, *, least: int = 1
    ) -> np.ndarray:
        """Readings of units, of the given shape, none fewer than `least`."""
        return unequal_sizes(self.cluster_size, self.size_cv, shape, rng, least=least)

    @property
    def even_size(self) -> float:
        """Readings of units all alike that would make their means as sure."""
        return self.cluster_size / (1 + self.size_cv**2)


def unequal_sizes(
    mean: float, cv: float, shape: Any, rng: np.random.Generator, *, least: int = 1
) -> np.ndarray:
    """Whole sizes with this mean and coefficient of variation, log-normal, given shape.

    Args:
        mean: Of the sizes.
        cv: Standard deviation over mean.
        shape: Of the answer.
        rng: Of the draws.
        least: No size is smaller.

    Source:
        Eldridge, S. M., Ashby, D. & Kerry, S. (2006). IJE 35, 1292–1300 (what sizes do to power).

    Example:
        >>> unequal_sizes(50, 0.0, 3, np.random.default_rng(1))
        array([50, 50, 50])
    """
    if cv == 0:
        return np.full(shape, max(round(mean), least))
    spread = math.log1p(cv**2)
    drawn = rng.lognormal(math.log(mean) - spread / 2, math.sqrt(spread), shape)
    return np.maximum(np.rint(drawn).astype(int), least)


def autoregressive(
    phi: float, shape: tuple[int, ...], rng: np.random.Generator, *, sd: float = 1.0
) -> np.ndarray:
    """Stationary series along the last axis with correlation phi from step to step.

    Args:
        phi: Correlation from each step to the next, between −1 and 1.
        shape: Of the answer; time runs along the last axis.
        rng: Of the draws.
        sd: Standard deviation of each value, in the unit of the metric.

    Source:
        Box, G. E. P. & Jenkins, G. M. (1970). Time Series Analysis, ch. 3.

    Example:
        >>> autoregressive(0.5, (2, 3), np.random.default_rng(1)).shape
        (2, 3)
    """
    noise = rng.normal(size=shape)
    noise[..., 1:] *= math.sqrt(1 - phi**2)
    return sd * signal.lfilter([1.0], [1.0, -phi], noise, axis=-1)


def cell_means(
    schedule: Any,
    n: Any,
    components: Components,
    *,
    runs: int,
    rng: np.random.Generator,
    effect: Any = 0.0,
    trend: Any = 0.0,
) -> np.ndarray:
    """Means of units in periods under a known truth, shape (R, I, T).

    Args:
        schedule: 1 with the solution, 0 without, −1 not measured, shape (I, T) or (R, I, T).
        n: Readings of a cell, to broadcast with (R, I, T).
        components: Variances; cohorts of persons are not simulated.
        runs: R.
        effect: What the solution adds, to broadcast with (R, I, T), in the unit of the metric.
        trend: What each period adds, to broadcast with (T,).

    Returns:
        Means, in the unit of the metric; NaN where not measured.

    Source:
        Hooper, R. et al. (2016). Statistics in Medicine 35, 4718–4728 (the model).

    Example:
        >>> flat = Components(within=0.0, unit=0.0)
        >>> rng = np.random.default_rng(1)
        >>> cell_means([[0, 1]], 5, flat, runs=1, rng=rng, effect=2.0)
        array([[[0., 2.]]])
    """
    schedule = np.asarray(schedule)
    units, periods = schedule.shape[-2:]
    shape = (runs, units, periods)
    level = autoregressive(components.decay, shape, rng) if components.decay < 1 else None
    lasting = rng.normal(size=(runs, units, 1))
    own = math.sqrt(components.unit) * (lasting if level is None else level)
    slope = components.correlation * lasting
    slope = slope + math.sqrt(1 - components.correlation**2) * rng.normal(size=lasting.shape)
    noise = rng.normal(size=shape) * np.sqrt(components.period + components.within / n)
    gain = effect + math.sqrt(components.effect) * slope
    cells = own + noise + trend + (schedule == 1) * gain
    return np.where(schedule == -1, np.nan, cells)


def within_squares(
    n: Any, components: Components, shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    """Centred sums of squares of the readings inside each cell, given shape."""
    free = np.broadcast_to(np.maximum(np.asarray(n, float) - 1, 0), shape)
    return components.within * rng.chisquare(np.maximum(free, 1e-12))


def growing(schedule: Any, course: Any) -> np.ndarray:
    """What a unit effect becomes when it grows, fades or is late, shape of the schedule.

    Args:
        schedule: 1 with the solution, 0 without, −1 not measured, shape (I, T).
        course: Effect in the first, second, … period with the solution; the last one goes on.

    Example:
        >>> growing([[0, 1, 1, 1]], [0.25, 1.0])
        array([[0.  , 0.25, 1.  , 1.  ]])
    """
    on = np.asarray(schedule) == 1
    since = np.cumsum(on, axis=-1)
    course = np.asarray(course, float)
    return np.where(on, course[np.minimum(since, len(course)) - 1], 0.0)


# Promises.


@dataclass(frozen=True, eq=False)
class Estimates:
    """What a method gave in each simulated pilot; all of shape (R,).

    Attributes:
        estimate: In the unit of the metric.
        std_error: Same unit.
        df: Degrees of freedom; infinite for a normal reference.
        p_value: Two-sided, where the method has its own (by lot); else None and t is used.
        inverter: Where the method has its own bounds: from a probability to the point of the
            confidence distribution with this probability below, shape (R,); standard errors are
            then not known.
        by_unit: The value of each unit behind it, shape (R, I), where lots are drawn for units.
        known: Columns the lot takes out first (strata, what was known before), shape (R, I, k).
    """

    estimate: np.ndarray
    std_error: np.ndarray
    df: np.ndarray
    p_value: np.ndarray | None = None
    inverter: Callable[[float], np.ndarray] | None = None
    by_unit: np.ndarray | None = None
    known: np.ndarray | None = None

    def told(self) -> Estimates:
        """Without the pilots whose method gave nothing: the product withholds those."""
        kept = np.isfinite(self.estimate)
        if kept.all() or not kept.any() or self.inverter is not None:
            return self
        p_value = None if self.p_value is None else self.p_value[kept]
        return Estimates(self.estimate[kept], self.std_error[kept], self.df[kept], p_value)

    def p_values(self, alternative: Alternative = "two-sided", null: float = 0.0) -> np.ndarray:
        """Against an effect of `null`, shape (R,)."""
        if self.p_value is not None:
            # One-sided a rank is not halved: its floor would be a promise nobody can keep.
            if alternative == "two-sided":
                return self.p_value
            above = self.estimate > null
            return np.where(above == (alternative == "greater"), self.p_value, 1.0)
        t = (self.estimate - null) / self.std_error
        if alternative == "two-sided":
            return 2 * _tail(np.abs(t), self.df)
        return _tail(t if alternative == "greater" else -t, self.df)

    def bound(self, probability: float) -> np.ndarray:
        """The point of the confidence distribution with this probability below, shape (R,)."""
        if self.inverter is not None:
            return self.inverter(probability)
        quantile = np.where(
            np.isfinite(self.df),
            special.stdtrit(np.where(np.isfinite(self.df), self.df, 1.0), probability),
            stats.norm.ppf(probability),
        )
        return self.estimate + quantile * self.std_error


def _tail(t: np.ndarray, df: np.ndarray) -> np.ndarray:
    finite = np.isfinite(df)
    return np.where(finite, special.stdtr(np.where(finite, df, 1.0), -t), stats.norm.sf(t))


@dataclass(frozen=True)
class OperatingCharacteristics:
    """How a method behaved over simulated pilots.

    Attributes:
        runs: R.
        truth: The effect that was put in, in the unit of the metric.
        bias: Mean estimate less the truth, same unit.
        rmse: Root mean squared error, same unit.
        coverage: Share of two-sided intervals at 1 − alpha that hold the truth.
        rejected: Share of tests that reject no effect at alpha: type I error when the truth is
            zero, power otherwise.
        alpha: Level.
    """

    runs: int
    truth: float
    bias: float
    rmse: float
    coverage: float
    rejected: float
    alpha: float

    @property
    def error(self) -> float:
        """Standard error of `rejected` by simulation."""
        return math.sqrt(max(self.rejected * (1 - self.rejected), 1e-12) / self.runs)


def operating_characteristics(
    estimates: Estimates,
    truth: float,
    *,
    alpha: float = 0.05,
    alternative: Alternative = "two-sided",
) -> OperatingCharacteristics:
    """Sum up what a method gave against the truth that was put in.

    Args:
        estimates: Of R simulated pilots, in the unit of the metric.
        truth: What was put in, same unit.
        alpha: Level of the test and of the interval.
        alternative: For the share rejected.

    Source:
        Morris, T. P., White, I. R. & Crowther, M. J. (2019). Statistics in Medicine 38, 2074–2102.

    Example:
        >>> sure = Estimates(np.array([1.0, 3.0]), np.array([0.5, 0.5]), np.array([np.inf] * 2))
        >>> operating_characteristics(sure, 1.0).coverage
        0.5
    """
    away = estimates.estimate - truth
    inside = (estimates.bound(alpha / 2) <= truth) & (truth <= estimates.bound(1 - alpha / 2))
    return OperatingCharacteristics(
        runs=len(away),
        truth=truth,
        bias=float(away.mean()),
        rmse=float(np.sqrt((away**2).mean())),
        coverage=float(inside.mean()),
        rejected=float((estimates.p_values(alternative) <= alpha).mean()),
        alpha=alpha,
    )


def highest_rate(alpha: float, runs: int) -> float:
    """The largest rate at which a method that promises `alpha` still passes.

    >>> round(highest_rate(0.05, 2000), 3)
    0.065
    """
    return alpha + SIGMAS * math.sqrt(alpha * (1 - alpha) / runs)


def lowest_rate(alpha: float, runs: int) -> float:
    """The smallest rate at which a method that promises exactly `alpha` still passes."""
    return alpha - SIGMAS * math.sqrt(alpha * (1 - alpha) / runs)


# Fast estimators over many pilots at once.


def welch(values: np.ndarray, arms: Any, *, pooled: bool = False) -> Estimates:
    """Differences of unit means with Welch's or the pooled t.

    Args:
        values: Shape (R, I), in the unit of the metric.
        arms: 1 treated, 0 control, shape (I,).
        pooled: Assume equal variances.
    """
    arms = np.asarray(arms)
    one, other = values[:, arms == 1], values[:, arms == 0]
    n1, n0 = one.shape[1], other.shape[1]
    v1, v0 = one.var(axis=1, ddof=1), other.var(axis=1, ddof=1)
    estimate = one.mean(axis=1) - other.mean(axis=1)
    if pooled:
        spread = ((n1 - 1) * v1 + (n0 - 1) * v0) / (n1 + n0 - 2)
        error = np.sqrt(spread * (1 / n1 + 1 / n0))
        return Estimates(estimate, error, np.full(len(values), float(n1 + n0 - 2)))
    a, b = v1 / n1, v0 / n0
    df = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n0 - 1))
    return Estimates(estimate, np.sqrt(a + b), df)


def regressed(
    values: np.ndarray, X: np.ndarray, which: int = 1, *, unequal: bool = False
) -> Estimates:
    """Least squares of many outcomes, each on its own columns.

    Args:
        values: Shape (R, I).
        X: Shape (R, I, p) or (I, p).
        which: The coefficient wanted.
        unequal: Let spreads differ: HC2 with Bell and McCaffrey's degrees of freedom.
    """
    X = np.broadcast_to(X, (len(values), *X.shape[-2:]))
    gram = np.linalg.inv(X.transpose(0, 2, 1) @ X)
    beta = np.einsum("rpq,riq,ri->rp", gram, X, values)
    left = values - np.einsum("rip,rp->ri", X, beta)
    if unequal:
        variance, freedom = _unequal(left, X, gram, which)
        return Estimates(beta[:, which], np.sqrt(variance), freedom)
    df = X.shape[1] - X.shape[2]
    variance = (left**2).sum(axis=1) / df * gram[:, which, which]
    return Estimates(beta[:, which], np.sqrt(variance), np.full(len(values), float(df)))


def _unequal(
    left: np.ndarray, X: np.ndarray, gram: np.ndarray, which: int
) -> tuple[np.ndarray, np.ndarray]:
    """Variance and degrees of freedom of a coefficient whose rows spread unequally, both (R,).

    Source:
        Bell, R. M. & McCaffrey, D. F. (2002). Survey Methodology 28, 169–181.
    """
    reach = np.einsum("rip,rp->ri", X, gram[:, :, which])
    kept = np.maximum(1 - np.einsum("rip,rpq,riq->ri", X, gram, X), 1e-10)
    squares = reach**2 / kept
    # The residual maker is never held for all pilots at once: Σ a²b²(I − H)² by its parts.
    outer = np.einsum("ri,rip,riq->rpq", squares, X, X)
    hats = np.einsum("rpq,rqs,rst,rtp->r", gram, outer, gram, outer)
    spread = (squares**2 * (2 * kept - 1)).sum(axis=1) + hats
    return (squares * left**2).sum(axis=1), (squares * kept).sum(axis=1) ** 2 / spread


def one_sample(differences: np.ndarray) -> Estimates:
    """Mean differences with t, shape (R, P) of differences."""
    size = differences.shape[1]
    error = differences.std(axis=1, ddof=1) / math.sqrt(size)
    return Estimates(differences.mean(axis=1), error, np.full(len(differences), size - 1.0))


def repeat(
    pilot: Callable[[np.random.Generator], Any], runs: int, rng: np.random.Generator
) -> list[Any]:
    """Run a pilot that cannot be computed for many at once, `runs` times."""
    return [pilot(rng) for _ in range(runs)]

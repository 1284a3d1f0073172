"""How large a pilot must be: variances of planned effects, power, and what solves for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special

from pochin.lab.result import Alternative, DesignError, NotIdentified


@dataclass(frozen=True)
class Components:
    """Variances of the levels at which readings differ, in the unit of the metric squared.

    Attributes:
        within: σ², between readings of one unit in one period.
        unit: τ², between units, lasting over the periods.
        period: γ², between periods of one unit.
        effect: η², of the effect between units.
        correlation: Between a unit's level and its effect.
        subject: ψ², between persons who are measured again in each period (closed cohort).
        kept: Share of persons who are measured again, in (0, 1]; 1 is a closed cohort, lower is
            an open one.
        kept_each_period: True when `kept` applies from period to period, so that ties fade.
        decay: Correlation of a unit's level with the next period's, 1 for a lasting level.
    """

    within: float
    unit: float = 0.0
    period: float = 0.0
    effect: float = 0.0
    correlation: float = 0.0
    subject: float = 0.0
    kept: float = 1.0
    kept_each_period: bool = False
    decay: float = 1.0

    @classmethod
    def of(cls, sd: float, icc: float, cac: float = 1.0) -> Components:
        """From the standard deviation of a reading, the ICC and the cluster autocorrelation.

        Args:
            sd: Of single readings, in the unit of the metric.
            icc: Share of the variance that lies between units within a period.
            cac: Share of that which lasts from period to period.

        Source:
            Hooper, R. et al. (2016). Statistics in Medicine 35, 4718–4728.

        Example:
            >>> Components.of(2.0, 0.25, 0.8)
            Components(within=3.0, unit=0.8, period=0.19999999999999996, effect=0.0, \
correlation=0.0, subject=0.0, kept=1.0, kept_each_period=False, decay=1.0)
        """
        _share("icc", icc)
        _share("cac", cac)
        if not sd > 0:
            raise ValueError(f"sd is {sd}, but it must be positive")
        total = sd**2
        return cls(total * (1 - icc), total * icc * cac, total * icc * (1 - cac))

    def covariance(
        self, treated: np.ndarray, n: np.ndarray, period: np.ndarray | None = None
    ) -> np.ndarray:
        """Covariance of a unit's period means, shape (t, t), for its t measured periods.

        Args:
            treated: 1 with the solution, 0 without, shape (t,).
            n: Readings in each period, shape (t,).
            period: Positions of the periods in time, shape (t,); default one after another.
        """
        period = np.arange(len(n)) if period is None else period
        lag = np.abs(np.subtract.outer(period, period))
        level = self.unit * self.decay**lag
        cross = self.correlation * np.sqrt(self.unit * self.effect)
        tilt = cross * np.add.outer(treated, treated)
        slope = self.effect * np.outer(treated, treated)
        again = self.kept**lag if self.kept_each_period else np.where(lag == 0, 1.0, self.kept)
        persons = self.subject * again / np.sqrt(np.outer(n, n))
        return level + tilt + slope + persons + np.diag(self.period + self.within / n)


def _share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}, but it must lie between 0 and 1")


def gls_variance(schedule: Any, n: Any, components: Components, *, exposure: Any = None) -> float:
    """Variance of the effect estimated by generalised least squares with period effects.

    Args:
        schedule: 1 with the solution, 0 without, −1 not measured, shape (I, T).
        n: Readings in each cell: scalar, shape (I,) or (I, T).
        components: The variances.
        exposure: Periods since the solution came, 0 without it, shape (I, T): an effect for each
            exposure, and their plain average. None takes one effect for all exposures.

    Returns:
        Variance, in the unit of the metric squared.

    Raises:
        NotIdentified: The schedule does not separate the effect from the periods.

    Source:
        Hussey, M. A. & Hughes, J. P. (2007). Contemporary Clinical Trials 28, 182–191;
        Hooper et al. (2016), Girling & Hemming (2016), Kasza et al. (2020);
        Kenny, A. et al. (2022). Statistics in Medicine 41, 4311–4339 (exposures).

    Example:
        >>> wedge = np.triu(np.ones((4, 5)), 1)
        >>> round(gls_variance(wedge, 10, Components(1.0, 0.1)), 5)
        0.06
    """
    return _gls(schedule, n, components, exposure)[0]


def cell_weights(schedule: Any, n: Any, components: Components, *, exposure: Any = None) -> Any:
    """How much each cell's mean counts in the estimated effect, shape (I, T).

    The estimate is the sum of weight times mean: cells with large weights drive it.

    Source:
        Kennedy-Shaffer, L. (2024). arXiv:2401.15190 (generalised difference in differences).
    """
    return _gls(schedule, n, components, exposure)[1]


def _gls(schedule: Any, n: Any, components: Components, exposure: Any) -> tuple[float, np.ndarray]:
    X = np.atleast_2d(np.asarray(schedule))
    size = np.broadcast_to(_by_cell(n, X.shape), X.shape).astype(float)
    seen = (X >= 0) & (size > 0)
    columns = _columns(X, seen, exposure)
    total = np.zeros((columns.shape[2],) * 2)
    halves = []
    for i in range(len(X)):
        at = np.flatnonzero(seen[i])
        covariance = components.covariance(X[i, at].astype(float), size[i, at], at)
        solved = np.linalg.solve(covariance, columns[i, at])
        total += columns[i, at].T @ solved
        halves.append((at, solved))
    if np.linalg.matrix_rank(total, hermitian=True) < len(total):
        raise NotIdentified("The effect cannot be told from the periods in this schedule.")
    effects = total.shape[0] - int(seen.any(axis=0).sum())
    contrast = np.zeros(len(total))
    contrast[-effects:] = 1 / effects
    solution = np.linalg.solve(total, contrast)
    weights = np.zeros(X.shape)
    for i, (at, solved) in enumerate(halves):
        weights[i, at] = solved @ solution
    return float(contrast @ solution), weights


def _columns(X: np.ndarray, seen: np.ndarray, exposure: Any) -> np.ndarray:
    """A column for each period that was measured, then for each effect, shape (I, T, p)."""
    periods = np.eye(X.shape[1])[:, seen.any(axis=0)]
    own = np.broadcast_to(periods, (len(X), *periods.shape))
    if exposure is None:
        return np.concatenate([own, (X == 1).astype(float)[..., None]], axis=2)
    since = np.where(seen & (X == 1), np.asarray(exposure), 0)
    times = np.unique(since[since > 0])
    return np.concatenate([own, (since[..., None] == times).astype(float)], axis=2)


def _by_cell(n: Any, shape: tuple[int, ...]) -> np.ndarray:
    n = np.asarray(n, float)
    return n[:, None] if n.shape == shape[:1] and n.ndim == 1 else n


def hussey_hughes_variance(schedule: Any, n: float, components: Components) -> float:
    """The closed form for complete schedules, equal cells and a lasting unit level.

    Args:
        schedule: 1 with the solution, 0 without, shape (I, T).
        n: Readings in each cell.
        components: `within` and `unit` only, in the unit of the metric squared.

    Returns:
        Variance, in the unit of the metric squared.

    Raises:
        DesignError: The closed form does not hold for this schedule or these components.

    Source:
        Hussey, M. A. & Hughes, J. P. (2007). Contemporary Clinical Trials 28, 182–191, eq. 8.
    """
    X = np.asarray(schedule, float)
    lasting = Components(components.within, components.unit)
    if (X < 0).any() or components != lasting:
        raise DesignError(
            "The closed form needs a complete schedule and one lasting level for each unit; "
            "use gls_variance."
        )
    units, periods = X.shape
    sigma2, tau2 = components.within / n, components.unit
    U = X.sum()
    W = (X.sum(axis=0) ** 2).sum()
    V = (X.sum(axis=1) ** 2).sum()
    top = units * sigma2 * (sigma2 + periods * tau2)
    spread = U**2 + units * periods * U - periods * W - units * V
    return float(top / ((units * U - W) * sigma2 + spread * tau2))


def design_effect(icc: float, cluster_size: float, size_cv: float = 0.0) -> float:
    """By how much clusters multiply the number of participants needed.

    Args:
        icc: Intracluster correlation.
        cluster_size: Mean number of participants in a unit.
        size_cv: Standard deviation of the sizes over their mean.

    Source:
        Eldridge, S. M., Ashby, D. & Kerry, S. (2006). International Journal of
        Epidemiology 35, 1292–1300 (participant-average effect).

    Example:
        >>> design_effect(0.05, 50)
        3.45
    """
    _share("icc", icc)
    return 1 + ((1 + size_cv**2) * cluster_size - 1) * icc


def unit_mean_variance(
    components: Components, cluster_size: float, *, size_cv: float = 0.0, n_periods: int = 1
) -> float:
    """Variance of one unit's mean over the periods of the run, unit of the metric squared.

    Args:
        cluster_size: Mean readings of a unit in one period.
        size_cv: Standard deviation of the sizes over their mean; the mean of 1/n is taken as
            (1 + CV²)/m.

    Example:
        >>> unit_mean_variance(Components.of(1.0, 0.05), 50)
        0.069
    """
    rows = cluster_size * n_periods
    return (
        components.unit
        + components.period / n_periods
        + components.within * (1 + size_cv**2) / rows
    )


def nct_power(
    noncentrality: Any, df: Any, *, alpha: float = 0.05, alternative: Alternative = "two-sided"
) -> Any:
    """Probability that a t test rejects, both tails counted.

    Args:
        noncentrality: Effect over its standard error, any shape.
        df: Degrees of freedom, broadcast with it; infinite for a normal test.
        alpha: Level of the test.
        alternative: "two-sided", "greater" or "less".

    Raises:
        ValueError: The level is no probability.

    Source:
        Cohen, J. (1988). Statistical Power Analysis, ch. 2.

    Example:
        >>> print(round(nct_power(0.5 * np.sqrt(64 / 2), 126), 4))
        0.8015
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}, but it must lie between 0 and 1")
    delta, df = np.broadcast_arrays(np.asarray(noncentrality, float), np.asarray(df, float))
    if alternative == "less":
        delta = -delta
    tail = alpha / 2 if alternative == "two-sided" else alpha
    critical = np.where(np.isfinite(df), -special.stdtrit(df, tail), -special.ndtri(tail))
    power = 1 - _nct_cdf(critical, df, delta)
    if alternative == "two-sided":
        power = power + _nct_cdf(-critical, df, delta)
    return power[()]


def _nct_cdf(t: np.ndarray, df: np.ndarray, delta: np.ndarray) -> np.ndarray:
    finite = np.isfinite(df)
    df = np.where(finite, df, 1.0)
    exact = special.nctdtr(df, delta, np.where(finite, t, 0.0))
    if finite.all() and not np.isnan(exact).any():
        return exact
    # Far out the exact one gives up; there this approximation is 0 or 1 to many digits.
    rough = special.ndtr((t * (1 - 0.25 / df) - delta) / np.sqrt(1 + t**2 / (2 * df)))
    return np.where(finite, np.where(np.isnan(exact), rough, exact), special.ndtr(t - delta))


NODES = 60
"""Points at which the spread of the misfit is taken."""


def rank_power(
    noncentrality: float,
    placebos: int,
    *,
    df: float = np.inf,
    alpha: float = 0.05,
    alternative: Alternative = "two-sided",
) -> float:
    """Probability that one unit is among the most extreme of itself and its placebos.

    Args:
        noncentrality: Effect over the standard error of one placebo.
        placebos: J, units in whose place the effect is looked for as well.
        df: Of what the statistics are divided by (the misfit before the start); infinite where
            they are compared as they are.
        alpha: Level of the test, at least 1 / (J + 1).
        alternative: "two-sided", "greater" or "less".

    Source:
        Abadie, A., Diamond, A. & Hainmueller, J. (2010). JASA 105, 493–505 (the test); the power
        by integration over the treated unit's own statistic.

    Example:
        >>> print(round(rank_power(0.0, 19), 3), round(rank_power(4.0, 19), 2))
        0.05 0.95
    """
    worst = math.floor(alpha * (placebos + 1) + 1e-9)
    if worst < 1:
        return 0.0
    shift = -noncentrality if alternative == "less" else noncentrality
    x = np.linspace(shift - 7, shift + 7, 141)
    shares = (np.arange(NODES) + 0.5) / NODES
    finite = np.isfinite(df)
    scale = np.sqrt(2 * special.gammaincinv(df / 2, shares) / df) if finite else np.ones(1)
    z = x[None, :] / scale[:, None]

    def beyond(value: np.ndarray) -> np.ndarray:
        return special.stdtr(df, -value) if finite else special.ndtr(-value)

    away = shift / placebos  # The treated unit is one of those each placebo is held against.
    if alternative == "two-sided":
        share = beyond(np.abs(z) + away) + beyond(np.abs(z) - away)
    else:
        share = beyond(z + away)
    kept = special.bdtr(worst - 1, placebos, np.clip(share, 0.0, 1.0)).mean(axis=0)
    density = np.exp(-((x - shift) ** 2) / 2) / math.sqrt(2 * math.pi)
    return float(np.clip((kept * density).sum() * (x[1] - x[0]), 0.0, 1.0))


def needed_noncentrality(
    power: float, df: float, *, alpha: float = 0.05, alternative: Alternative = "two-sided"
) -> float:
    """The effect over its standard error at which the test has the wanted power.

    Raises:
        ValueError: `power` is not between alpha and 1.

    Example:
        >>> print(round(needed_noncentrality(0.8, np.inf), 4))
        2.8016
    """
    if not alpha < power < 1:
        raise ValueError(f"power is {power}, but it must lie between alpha and 1")
    other: Alternative = "greater" if alternative == "less" else alternative
    return solve(
        lambda delta: nct_power(delta, df, alpha=alpha, alternative=other), power, 0.0, 100.0
    )


def solve(function: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where a monotone function reaches a target between `low` and `high`.

    Args:
        function: Of one number, monotone between the two ends.
        target: The value wanted.
        low, high: The ends.

    Raises:
        DesignError: It does not reach it there.

    Source:
        Brent, R. P. (1973). Algorithms for Minimization without Derivatives, ch. 4.

    Example:
        >>> round(solve(lambda n: nct_power(0.5 * np.sqrt(n / 2), 2 * n - 2), 0.8, 2, 1e6), 2)
        63.77
    """

    def excess(x: float) -> float:
        return float(function(x)) - target

    if excess(low) * excess(high) > 0:
        raise DesignError(
            f"{target:g} is not reached between {low:g} and {high:g}; "
            "change the effect, the number of units or the target."
        )
    return float(optimize.brentq(excess, low, high, xtol=1e-10, rtol=1e-13))

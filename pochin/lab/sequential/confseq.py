"""Confidence sequences: intervals that hold at every moment at once, however often one looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats

HOWARD = "Howard, S. R. et al. (2021). Annals of Statistics 49, 1055–1080"


@dataclass(frozen=True, eq=False)
class ConfidenceSequence:
    """Intervals after each observation, all of which hold together with probability 1 − α.

    Attributes:
        estimate: Running estimates, shape (T,), in the unit of the observations.
        low, high: Ends of the intervals, shape (T,), same unit.
        p_value: Always-valid p-values against no effect, shape (T,); None where not computed.
    """

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray | None = None


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}, but it must lie between 0 and 1")


def _tightest(v_opt: float, alpha: float, sides: int) -> float:
    """The mixing parameter ρ that makes the two-sided normal boundary tightest at variance v_opt.

    Source: Howard et al. (2021), proposition 3, with the lower branch of Lambert's W replaced
    by its usual first approximation.
    """
    log = 2 * np.log(1 / (alpha if sides == 2 else 2 * alpha))
    return v_opt / (log + np.log1p(log))


@dataclass(frozen=True)
class NormalMixture:
    """Boundary for sums of sub-Gaussian differences; also the mixture SPRT.

    Attributes:
        v_opt: Intrinsic variance at which the boundary is tightest.
        alpha_opt: Error rate for which it is tightest.
        sides: 2, or 1 for a boundary above only.

    Source:
        Howard, S. R. et al. (2021). Annals of Statistics 49, 1055–1080, eqs. 14 and 3.7.
        Johari, R. et al. (2022). Operations Research 70, 1806–1821 (the same mixture as a test).

    Example:
        >>> print(round(NormalMixture(v_opt=100).bound(100, alpha=0.05), 5))
        30.35209
    """

    v_opt: float
    alpha_opt: float = 0.05
    sides: int = 2

    @property
    def rho(self) -> float:
        return _tightest(self.v_opt, self.alpha_opt, self.sides)

    def log_mixture(self, s: Any, v: Any) -> Any:
        """Logarithm of the supermartingale at sum s and intrinsic variance v, same shape."""
        s, v = np.asarray(s, float), np.asarray(v, float)
        total = v + self.rho
        value = 0.5 * np.log(self.rho / total) + s**2 / (2 * total)
        if self.sides == 1:
            value = value + np.log(2) + stats.norm.logcdf(s / np.sqrt(total))
        return value[()]

    def bound(self, v: Any, *, alpha: float = 0.05) -> Any:
        """The value the sum exceeds with probability at most alpha, ever; shape of v."""
        _check_alpha(alpha)
        if self.sides == 1:
            return _inverted(self.log_mixture, v, alpha)
        total = np.asarray(v, float) + self.rho
        return np.sqrt(total * (np.log(total / self.rho) + 2 * np.log(1 / alpha)))[()]


@dataclass(frozen=True)
class GammaExponentialMixture:
    """One-sided boundary for sums of sub-exponential differences with scale c.

    With empirical variances it is the empirical-Bernstein boundary for bounded values.

    Attributes:
        v_opt, alpha_opt: Where it is tightest.
        c: Scale, in the unit of the sum.

    Source:
        Howard, S. R. et al. (2021). Annals of Statistics 49, 1055–1080, proposition 9.

    Example:
        >>> print(round(GammaExponentialMixture(v_opt=100, c=2).bound(100, alpha=0.05), 5))
        33.02017
    """

    v_opt: float
    c: float
    alpha_opt: float = 0.05

    def log_mixture(self, s: Any, v: Any) -> Any:
        """Logarithm of the supermartingale at sum s and intrinsic variance v, same shape."""
        s, v = np.asarray(s, float), np.asarray(v, float)
        c2 = self.c**2
        rho = _tightest(self.v_opt, self.alpha_opt, 1)
        prior, shape = rho / c2, (v + rho) / c2
        reach = np.maximum((self.c * s + v + rho) / c2, 1e-300)
        leading = prior * np.log(prior) - special.gammaln(prior)
        leading = leading - np.log(special.gammainc(prior, prior))
        with np.errstate(divide="ignore"):
            mixed = special.gammaln(shape) + np.log(special.gammainc(shape, reach))
        return (leading + mixed - shape * np.log(reach) + (self.c * s + v) / c2)[()]

    def bound(self, v: Any, *, alpha: float = 0.05) -> Any:
        """The value the sum exceeds with probability at most alpha, ever; shape of v."""
        _check_alpha(alpha)
        return _inverted(self.log_mixture, v, alpha)


@dataclass(frozen=True)
class BetaBinomialMixture:
    """Boundary for sums of values in [−g, h] with mean zero, such as centred counts.

    Attributes:
        v_opt, alpha_opt: Where it is tightest.
        g, h: The range: values lie between −g and h.
        sides: 2, or 1 for a boundary above only.

    Source:
        Howard, S. R. et al. (2021). Annals of Statistics 49, 1055–1080, propositions 7 and 8.

    Example:
        >>> print(round(BetaBinomialMixture(v_opt=100, g=0.2, h=0.8).bound(100, alpha=0.05), 4))
        31.4308
    """

    v_opt: float
    g: float
    h: float
    alpha_opt: float = 0.05
    sides: int = 2

    def log_mixture(self, s: Any, v: Any) -> Any:
        """Logarithm of the supermartingale at sum s and intrinsic variance v, same shape."""
        s, v = np.asarray(s, float), np.asarray(v, float)
        g, h = self.g, self.h
        width, product = g + h, g * h
        # A range of the values is worth gh of variance already.
        rho = _tightest(self.v_opt, self.alpha_opt, self.sides) - product
        rho = max(rho, 1e-3 * product)
        a0, b0 = rho / (h * width), rho / (g * width)
        a, b = (s + v / h) / width, (v / g - s) / width
        value = special.betaln(a0 + a, b0 + b) - special.betaln(a0, b0)
        if self.sides == 1:
            centre = g / width
            value = value + np.log(special.betaincc(a0 + a, b0 + b, centre))
            value = value - np.log(special.betaincc(a0, b0, centre))
        return (value - a * np.log(g / width) - b * np.log(h / width))[()]

    def bound(self, v: Any, *, alpha: float = 0.05) -> Any:
        """The value the sum exceeds with probability at most alpha, ever; shape of v.

        Infinite where even the largest possible sum stays below it.
        """
        _check_alpha(alpha)
        return _inverted(self.log_mixture, v, alpha, largest=lambda one: one / self.g)


def stitched_bound(
    v: Any, *, alpha: float = 0.05, v_min: float, c: float = 0.0, s: float = 1.4, eta: float = 2.0
) -> Any:
    """A closed-form boundary that grows as the law of the iterated logarithm.

    Args:
        v: Intrinsic variance, any shape.
        alpha: Probability with which the sum ever exceeds it.
        v_min: Intrinsic variance from which on it is used.
        c: Scale of the sub-gamma tail; 0 for sub-Gaussian.
        s, eta: How error is shared between the stitched pieces.

    Source:
        Howard, S. R. et al. (2021). Annals of Statistics 49, 1055–1080, eq. 10.

    Example:
        >>> print(round(stitched_bound(100, v_min=10, c=3), 5))
        64.48755
    """
    _check_alpha(alpha)
    v = np.maximum(np.asarray(v, float), v_min)
    level = s * np.log(np.log(eta * v / v_min)) + np.log(
        special.zeta(s) / (alpha * np.log(eta) ** s)
    )
    k1 = (eta**0.25 + eta**-0.25) / np.sqrt(2)
    k2 = (np.sqrt(eta) + 1) / 2
    linear = k2 * c * level
    return (np.sqrt(k1**2 * v * level + linear**2) + linear)[()]


def bernoulli_interval(
    successes: int, trials: int, *, alpha: float = 0.05, t_opt: float = 100, alpha_opt: float = 0.05
) -> tuple[float, float]:
    """The interval of a confidence sequence for a probability, after `trials` trials.

    Args:
        t_opt: Number of trials at which it is tightest.

    Raises:
        ValueError: There are more successes than trials, or no trial.

    Example:
        >>> low, high = bernoulli_interval(700, 1000)
        >>> print(round(low, 5), round(high, 5))
        0.65163 0.74595
    """
    _check_alpha(alpha)
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"successes is {successes} of {trials}, but it must be between 0 and all")
    threshold = np.log(1 / alpha)

    def excess(p: float) -> float:
        spread = p * (1 - p)
        mixture = BetaBinomialMixture(t_opt * spread, p, 1 - p, alpha_opt)
        return float(mixture.log_mixture(successes - trials * p, trials * spread)) - threshold

    edge = 1e-9
    observed = min(max(successes / trials, edge), 1 - edge)
    # With few trials even the end of the scale is not excluded.
    low = optimize.brentq(excess, edge, observed, xtol=1e-12) if excess(edge) > 0 else 0.0
    high = optimize.brentq(excess, observed, 1 - edge, xtol=1e-12) if excess(1 - edge) > 0 else 1.0
    return float(low), float(high)


def empirical_bernstein(
    values: Any, *, low: float, high: float, alpha: float = 0.05, t_opt: float = 100
) -> ConfidenceSequence:
    """A confidence sequence for the mean of bounded values with unknown variance.

    Each value is predicted by the mean of those before it; squared misses are the variance.

    Args:
        values: Observations in order, shape (T,), all within [low, high].
        low, high: Bounds known beforehand, in the unit of the values.
        alpha: Error rate of the whole sequence.
        t_opt: Number of observations at which it is tightest.

    Raises:
        ValueError: A value lies outside the bounds.

    Source:
        Howard, S. R. et al. (2021). Annals of Statistics 49, 1055–1080, theorem 4.

    Example:
        >>> path = empirical_bernstein([0.2, 0.4, 0.3] * 200, low=0, high=1)
        >>> bool(path.low[-1] < 0.3 < path.high[-1])
        True
    """
    x = np.asarray(values, float)
    if not ((x >= low) & (x <= high)).all():
        raise ValueError(f"values leave [{low}, {high}], but the bounds must hold for all")
    t = np.arange(1, len(x) + 1)
    mean = np.cumsum(x) / t
    predicted = np.concatenate([[(low + high) / 2], mean[:-1]])
    variance = np.cumsum((x - predicted) ** 2)
    width = high - low
    mixture = GammaExponentialMixture(t_opt * (width / 4) ** 2, width, alpha / 2)
    radius = mixture.bound(variance, alpha=alpha / 2) / t
    return ConfidenceSequence(mean, np.maximum(mean - radius, low), np.minimum(mean + radius, high))


def average_treatment_effect(
    outcome: Any,
    treated: Any,
    *,
    propensity: float,
    low: float,
    high: float,
    noise: float,
    t_opt: float,
    alpha: float = 0.05,
) -> ConfidenceSequence:
    """A confidence sequence for the average effect in a trial with known probabilities.

    Args:
        outcome: Bounded outcomes in order of arrival, shape (T,).
        treated: 1 treated, 0 control, shape (T,).
        propensity: Probability of treatment, known from the design.
        low, high: Bounds of the outcome.
        noise: Expected variance of an outcome around its prediction, to place the tightest point.
        t_opt: Number of subjects at which it is tightest.
        alpha: Error rate of the whole sequence.

    Source:
        Howard, S. R. et al. (2021). Annals of Statistics 49, 1055–1080, section 4.2.
    """
    y, w = np.asarray(outcome, float), np.asarray(treated, float)
    predicted = {arm: _lagged_mean(y, w == arm, (low + high) / 2) for arm in (1, 0)}
    shift = predicted[1] - predicted[0]
    weight = (w - propensity) / (propensity * (1 - propensity))
    scored = shift + weight * (y - np.where(w == 1, predicted[1], predicted[0]))
    total, variance = np.cumsum(scored), np.cumsum((scored - shift) ** 2)
    t, width = np.arange(1, len(y) + 1), high - low
    mixture = GammaExponentialMixture(
        t_opt * noise * (1 / propensity + 1 / (1 - propensity)),
        2 * width / min(propensity, 1 - propensity),
        alpha / 2,
    )
    radius = mixture.bound(variance, alpha=alpha / 2) / t
    estimate = total / t
    return ConfidenceSequence(
        estimate,
        np.maximum(estimate - radius, -width),
        np.minimum(estimate + radius, width),
        np.minimum(np.exp(-mixture.log_mixture(total, variance)), 1.0),
    )


def _lagged_mean(y: np.ndarray, chosen: np.ndarray, start: float) -> np.ndarray:
    """The mean of the chosen values before each moment."""
    mean = np.cumsum(y * chosen) / np.maximum(1, np.cumsum(chosen))
    return np.concatenate([[start], mean[:-1]])


def asymptotic_radius(
    std_error: Any, n: Any, *, n_opt: float, alpha: float = 0.05, sides: int = 2
) -> Any:
    """Half width of an asymptotic confidence sequence around an estimate.

    Args:
        std_error: Standard error of the estimate, any shape, in its unit.
        n: Independent units behind the estimate, same shape.
        n_opt: Number of units at which it is tightest; half of the planned number is a good
            choice.
        alpha: Error rate of the whole sequence.
        sides: 2, or 1 for a bound on one side.

    Not to be used below about a thousand independent units: the promise is asymptotic.

    Source:
        Waudby-Smith, I., Arbour, D., Sinha, R., Kennedy, E. H. & Ramdas, A. (2024).
        Annals of Statistics 52, 2613–2640, theorem 2.2 and section B.2.

    Example:
        >>> print(round(asymptotic_radius(0.01, 10_000, n_opt=5_000), 5))
        0.03061
    """
    _check_alpha(alpha)
    alpha = alpha if sides == 2 else 2 * alpha
    n = np.asarray(n, float)
    log = -2 * np.log(alpha)
    rho2 = (log + np.log1p(log)) / n_opt
    grown = n * rho2 + 1
    spread = np.asarray(std_error, float) * np.sqrt(n)
    factor = 2 * grown / (n**2 * rho2) * np.log(np.sqrt(grown) / alpha)
    return (spread * np.sqrt(factor))[()]


def asymptotic(
    estimate: Any, std_error: Any, n: Any, *, n_opt: float, alpha: float = 0.05
) -> ConfidenceSequence:
    """An asymptotic confidence sequence around a path of estimates, for continuous looking.

    Args:
        estimate, std_error, n: The path, shape (T,): estimates, standard errors, units so far.
        n_opt: Number of units at which it is tightest.

    The p-values are the smallest α at which zero lies outside, never rising.
    """
    estimate, std_error = np.atleast_1d(estimate).astype(float), np.atleast_1d(std_error)
    n = np.broadcast_to(np.asarray(n, float), estimate.shape)
    radius = asymptotic_radius(std_error, n, n_opt=n_opt, alpha=alpha)
    log = -2 * np.log(alpha)
    grown = n * (log + np.log1p(log)) / n_opt + 1
    z2 = (estimate / std_error) ** 2
    p = np.minimum(np.sqrt(grown) * np.exp(-z2 * (grown - 1) / (2 * grown)), 1.0)
    return ConfidenceSequence(
        estimate, estimate - radius, estimate + radius, np.minimum.accumulate(p)
    )


def _inverted(
    log_mixture: Callable[[Any, Any], Any],
    v: Any,
    alpha: float,
    largest: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Any:
    """The sum at which the log mixture reaches log 1/α, for each v, by bisection on all at once."""
    v = np.asarray(v, float)
    target = np.log(1 / alpha)
    low, high = np.zeros(v.shape), np.sqrt(v + 1.0)
    limit = np.full(v.shape, np.inf) if largest is None else largest(v)
    high = np.minimum(high, limit)
    while (short := (log_mixture(high, v) < target) & (high < limit)).any():
        high = np.where(short, np.minimum(2 * high, limit), high)
    unreachable = log_mixture(high, v) < target
    for _ in range(80):
        middle = (low + high) / 2
        below = log_mixture(middle, v) < target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(unreachable, np.inf, (low + high) / 2)[()]

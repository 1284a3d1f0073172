"""What more data would be worth."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats


def evpi(values: Any) -> float:
    """Expected value of perfect information: what never deciding wrongly would add.

    Args:
        values: Draws of the NPV of rolling out, shape (n,); not rolling out is worth 0.

    Source:
        Raiffa, H. & Schlaifer, R. (1961). Applied Statistical Decision Theory, ch. 5.

    Example:
        >>> evpi([-10.0, 30.0])
        5.0
    """
    values = np.asarray(values, float)
    return float(np.maximum(values, 0).mean() - max(values.mean(), 0.0))


def unit_normal_loss(z: Any) -> Any:
    """L(z) = φ(z) − z(1 − Φ(z)): how much a standard normal is expected to exceed z by.

    Source:
        Raiffa & Schlaifer (1961), table II.

    Example:
        >>> unit_normal_loss([0.0, 1.0]).round(4)
        array([0.3989, 0.0833])
    """
    z = np.asarray(z, float)
    return (stats.norm.pdf(z) - z * stats.norm.sf(z))[()]


def evsi(*, mean: float, sd: float, sampling_variance: Any, break_even: float, slope: float) -> Any:
    """Expected value of sample information for a linear gain and a normal prior.

    Args:
        mean, sd: Of what is believed about the effect now, in the unit of the metric.
        sampling_variance: Variance of the estimate more data would give, any shape.
        break_even: The effect that pays for itself.
        slope: Money for a unit of effect, in minor units.

    Returns:
        Money in minor units, shape of `sampling_variance`.

    Raises:
        ValueError: The spread of what is believed is not positive.

    Source:
        Raiffa & Schlaifer (1961), ch. 5: slope · s̃ · L(|m − b|/s̃), s̃ = s²/√(s² + v).

    Example:
        >>> print(round(evsi(mean=1, sd=1, sampling_variance=1, break_even=1, slope=100), 2))
        28.21
    """
    if not sd > 0:
        raise ValueError(f"sd is {sd}, but it must be positive")
    spread = sd**2 / np.sqrt(sd**2 + np.asarray(sampling_variance, float))
    away = abs(mean - break_even) / spread
    return (abs(slope) * spread * unit_normal_loss(away))[()]


def worth_by_rule(
    *,
    mean: float,
    sd: float,
    std_error: Any,
    break_even: float,
    slope: float,
    threshold: float,
    reach: Any,
    least: str,
) -> Any:
    """Expected worth of an estimate where a rule decides and not what is then expected to pay.

    The rule rolls out from a class of the verdict on: "meets", where the lower bound is above the
    threshold; "promising", also where it is above zero and the threshold lies between the
    bounds. It is compared with the better of rolling out and not, as one stands without the
    estimate; so a rule that is too strict, or too lax, can make the worth negative.

    Args:
        mean, sd: Of what is believed about the effect now, in the unit of the metric.
        std_error: Of the estimate, any shape, same unit.
        break_even: The effect that pays for itself.
        slope: Money for a unit of effect, in minor units.
        threshold: Improvement worth having.
        reach: Standard errors from the estimate to its one-sided bound, shape of `std_error`.
        least: The least class after which one rolls out.

    Returns:
        Money in minor units, shape of `std_error`; never above `evsi`.

    Raises:
        ValueError: The spread of what is believed is not positive, or the class is another one.

    Source:
        Raiffa & Schlaifer (1961), ch. 4 and 5: the value of an experiment under a decision rule.

    Example:
        >>> about = dict(mean=1, sd=1, std_error=1, break_even=1, slope=100, threshold=1)
        >>> print(round(worth_by_rule(reach=1.645, least="meets", **about), 2))
        14.34
    """
    if not sd > 0:
        raise ValueError(f"sd is {sd}, but it must be positive")
    if least not in ("meets", "promising"):
        raise ValueError(f"least is {least!r}, but it must be 'meets' or 'promising'")
    error, reach = np.asarray(std_error, float), np.asarray(reach, float)
    total = np.sqrt(sd**2 + error**2)

    def beyond(cut: Any) -> Any:
        """The gain of rolling out wherever the estimate is above this."""
        z = (np.asarray(cut, float) - mean) / total
        return (mean - break_even) * stats.norm.sf(z) + sd**2 / total * stats.norm.pdf(z)

    cut = threshold + reach * error
    if least == "promising":
        # A result whose interval lies between zero and the threshold shows it is too little.
        cut = np.maximum(reach * error, threshold - reach * error)
    gain = beyond(cut)
    return (slope * gain - max(slope * (mean - break_even), 0.0))[()]


def engs(information: Any, *, cost: Any, delay_cost: Any = 0.0) -> Any:
    """Expected net gain of sampling: worth extending when above zero; minor units.

    Args:
        information: EVSI at each size considered.
        cost: What collecting it costs.
        delay_cost: What deciding later costs.
    """
    gain = np.asarray(information, float) - np.asarray(cost, float) - np.asarray(delay_cost, float)
    return gain[()]


def evsi_by_size(
    sizes: Any,
    *,
    planned: float,
    std_error: float,
    mean: float,
    sd: float,
    break_even: float,
    slope: float,
) -> Any:
    """EVSI of the same trial at other sizes: the variance of its estimate falls as one over size.

    That holds where units are alike and every arm or sequence grows in proportion.

    Args:
        sizes: Numbers of units, any shape.
        planned, std_error: The size that was planned, and its standard error.
        mean, sd, break_even, slope: As for `evsi`.

    Returns:
        Money in minor units, shape of `sizes`.

    Example:
        >>> about = dict(planned=10, std_error=1.0, mean=1, sd=1, break_even=1, slope=100)
        >>> evsi_by_size([5, 10, 20], **about).round(2)
        array([23.03, 28.21, 32.57])
    """
    variance = std_error**2 * planned / np.asarray(sizes, float)
    return evsi(mean=mean, sd=sd, sampling_variance=variance, break_even=break_even, slope=slope)

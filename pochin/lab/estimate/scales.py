"""The scale an effect is told on: in the unit of the metric, or as a share of the comparison."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import optimize

from pochin.lab.estimate.mean import ArmMoments, relative_difference
from pochin.lab.inference.tails import t_p_value
from pochin.lab.moments import MomentTable
from pochin.lab.result import Alternative, EffectResult, NotIdentified, check_level

NO_SHARE = "This method gives no change as a share of the comparison; plan an absolute threshold."
FAR = 1e6
"""A quotient beyond this many standard errors is no bound."""


def told_on(effect: EffectResult, scale: Any, unit: str) -> EffectResult:
    """An effect on the scale of its metric, and on no other.

    Args:
        effect: From an estimator.
        scale: Of the metric: "absolute" or "relative".
        unit: Of the metric.

    Raises:
        NotIdentified: The method answers on another scale than the plan judges by.
    """
    if effect.estimate is not None and effect.scale != scale:
        raise NotIdentified(NO_SHARE)
    return replace(effect, unit="1" if scale == "relative" else unit, scale=scale)


def out_of_logarithms(effect: EffectResult, *, observed: float | None = None) -> EffectResult:
    """A step of logarithms as what it makes of a rate; ends of intervals go with it.

    Args:
        effect: On the log scale.
        observed: The rate that was seen with the solution: the change is then told in its unit,
            what was seen less what would have been; None for a share of what would have been.

    Source:
        Steenland, K. & Armstrong, B. (2006). Epidemiology 17, 512–519 (attributable numbers,
        given what was observed).

    Example:
        >>> fit = EffectResult(math.log(0.8), 0.1, 30, 0.03, "demo", scale="log")
        >>> round(out_of_logarithms(fit).estimate, 3)
        -0.2
        >>> round(out_of_logarithms(fit, observed=8.0).estimate, 3)
        -2.0
    """
    if effect.estimate is None or effect.std_error is None:
        return replace(effect, scale="relative" if observed is None else "absolute")

    def told(step: float) -> float:
        with np.errstate(over="ignore"):
            return float(np.expm1(step) if observed is None else -observed * np.expm1(-step))

    def interval(level: float) -> tuple[float, float]:
        low, high = effect.conf_int(level)
        return told(low), told(high)

    slope = math.exp(effect.estimate) if observed is None else observed * math.exp(-effect.estimate)
    return replace(
        effect,
        estimate=told(effect.estimate),
        std_error=effect.std_error * slope,
        scale="relative" if observed is None else "absolute",
        interval_inverter=interval,
    )


def rate_of(table: MomentTable) -> float:
    """Events over exposure of all rows together.

    Raises:
        NotIdentified: Nothing was exposed.
    """
    below = np.zeros(len(table)) if table.den_mean is None else np.nan_to_num(table.den_mean)
    exposure = float((table.n * below).sum())
    if not exposure > 0:
        raise NotIdentified("The denominator is not positive, so the ratio has no value.")
    return float((table.n * table.mean).sum()) / exposure


def share_of_control(
    control: ArmMoments, treatment: ArmMoments, *, alternative: Alternative = "two-sided"
) -> EffectResult:
    """Change of a mean of few units as a fraction of control, by Fieller's interval.

    The delta method treats a quotient as if it were a difference; with six units an arm its
    bounds then miss on one side twice as often as they say. Here a share is kept as long as
    treatment less so much of control is not told from zero, so without an effect the test is
    Welch's test of the plain difference.

    Raises:
        NotIdentified, TooFewUnits, Singular: As `relative_difference`.

    Source:
        Fieller, E. C. (1954). JRSS B 16, 175–185; degrees of freedom by Tamhane, A. C. & Logan,
        B. R. (2004). Biometrical Journal 46, 3–17.

    Example:
        >>> fit = share_of_control(ArmMoments.of([9, 10, 11]), ArmMoments.of([11, 12, 13]))
        >>> round(fit.estimate, 3), [round(end, 3) for end in fit.conf_int()]
        (0.2, [-0.024, 0.508])
    """
    delta = relative_difference(control, treatment, alternative=alternative)

    def away(share: float) -> tuple[float, float]:
        """The t statistic of a supposed share, and its degrees of freedom."""
        second = (1 + share) ** 2 * control.error
        error = treatment.error + second
        df = error**2 / (treatment.error**2 / (treatment.n - 1) + second**2 / (control.n - 1))
        return (treatment.mean - (1 + share) * control.mean) / math.sqrt(error), df

    def end(level: float, side: int) -> float:
        allowed, middle = (1 - level) / 2, float(delta.estimate or 0.0)
        step = float(delta.std_error or 1.0)

        def kept(reach: float) -> float:
            t, df = away(middle + side * reach * step)
            return t_p_value(t, df, "greater" if side < 0 else "less") - allowed

        reach = 1.0
        while kept(reach) > 0:
            reach *= 2
            if reach > FAR:
                return side * math.inf
        return middle + side * step * float(optimize.brentq(kept, 0.0, reach))

    def interval(level: float) -> tuple[float, float]:
        check_level(level)
        return end(level, -1), end(level, 1)

    t, df = away(0.0)
    return replace(
        delta,
        df=df,
        p_value=t_p_value(t, df, alternative),
        reference="Fieller 1954; Tamhane & Logan 2004",
        interval_inverter=interval,
    )

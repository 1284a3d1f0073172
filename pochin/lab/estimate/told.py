"""What estimators of panels say alike: an effect judged by t, by its lot or by placebos."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, Protocol

from pochin.lab.inference.permutation import LinearPermutation
from pochin.lab.inference.tails import t_p_value, without_spread
from pochin.lab.result import Alternative, EffectResult, NotIdentified


class WithError(Protocol):
    """An estimate with its standard error and degrees of freedom."""

    @property
    def estimate(self) -> float: ...
    @property
    def std_error(self) -> float: ...
    @property
    def df(self) -> float: ...


def by_t(
    fit: WithError,
    *,
    scale: float,
    alike: str,
    method: str,
    reference: str,
    alternative: Alternative,
) -> EffectResult:
    """Judge an estimate by Student's t.

    Args:
        fit: In the unit of the metric.
        scale: Size of the values behind it, which tells rounding from spread.
        alike: What is said where there is no spread to judge by.

    Raises:
        NotIdentified: There is none.
    """
    if without_spread(fit.std_error, scale):
        raise NotIdentified(alike)
    return EffectResult(
        estimate=fit.estimate,
        std_error=fit.std_error,
        df=fit.df,
        p_value=t_p_value(fit.estimate / fit.std_error, fit.df, alternative),
        alternative=alternative,
        method=method,
        reference=reference,
    )


def by_permutation(
    test: LinearPermutation,
    *,
    method: str,
    reference: str,
    alternative: Alternative,
    among: Literal["randomization", "placebo"] = "randomization",
    **more: Any,
) -> EffectResult:
    """Judge an estimate among those that every other assignment would have given.

    Ranks among placebos have no standard error, and their one-sided bounds are the ends of the
    two-sided interval; a lot has a spread of its own.

    Args:
        test: The estimate, and those of the others.
        among: Lots that could have fallen, or units that did without.
        more: Whatever else the result holds.
    """
    fit = EffectResult(
        estimate=test.estimate,
        std_error=test.std_error if among == "randomization" else None,
        df=None,
        p_value=test.p_value(alternative=alternative),
        p_floor=test.p_floor,
        alternative=alternative,
        method=method,
        reference=reference,
        reference_distribution=among,
        interval_inverter=test.interval,
    )
    return replace(fit, **more)

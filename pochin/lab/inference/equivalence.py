"""Guardrails: not worse than a margin, shown worse, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pochin.lab.result import EffectResult, plain


@dataclass(frozen=True)
class NonInferiority:
    """What the data say about a margin; all in the unit of the metric, improvement positive.

    Attributes:
        finding: "non-inferior" (the lower bound is above minus the margin), "harm" (the upper
            bound is below it) or "not-shown".
        lower, upper: One-sided bounds of the improvement at `level`.
        margin: Largest worsening that is acceptable.
    """

    finding: Literal["non-inferior", "harm", "not-shown"]
    lower: float
    upper: float
    margin: float
    level: float

    def to_dict(self) -> dict[str, Any]:
        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}


def improvement_bounds(effect: EffectResult, sign: int, level: float) -> tuple[float, float]:
    """One-sided bounds of the effect turned so that more is better.

    Args:
        sign: 1 where higher values are better, -1 where lower ones are.
    """
    low, high = effect.lower(level), effect.upper(level)
    return (low, high) if sign > 0 else (-high, -low)


def non_inferiority(
    effect: EffectResult, margin: float, *, sign: int = 1, level: float = 0.95
) -> NonInferiority:
    """Judge a guardrail by its margin; on a bound counts as not shown.

    Several guardrails need no correction: all must hold (intersection–union test).

    Args:
        effect: With an interval.
        margin: Largest worsening allowed, not negative, in the unit of the metric.
        sign: 1 where more of the metric is better, −1 where less is.
        level: Of the one-sided bounds.

    Raises:
        ValueError: The margin is negative, or the level no probability.

    Source:
        Berger, R. L. & Hsu, J. C. (1996). Statistical Science 11, 283–319.

    Example:
        >>> effect = EffectResult(-0.1, 0.1, 30, 0.3, "demo")
        >>> non_inferiority(effect, 0.5).finding
        'non-inferior'
    """
    if not margin >= 0:
        raise ValueError(f"margin is {margin}, but it must not be negative")
    lower, upper = improvement_bounds(effect, sign, level)
    finding: Literal["non-inferior", "harm", "not-shown"] = "not-shown"
    if lower > -margin:
        finding = "non-inferior"
    elif upper < -margin:
        finding = "harm"
    return NonInferiority(finding, lower, upper, margin, level)

"""Ratio metrics of people or units: sums over sums, by the delta method."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.mean import ArmMoments, arms_of_table, refuse_near_zero, satterthwaite
from pochin.lab.inference.tails import left_over, t_p_value
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    NotIdentified,
    SchemaMismatch,
    Singular,
    TooFewUnits,
)


def ratio_of(arm: ArmMoments) -> tuple[float, float]:
    """Ratio of an arm's sums and its squared standard error.

    Raises:
        SchemaMismatch: The arm has no denominator.
        NotIdentified: The denominator's mean is not positive.
        TooFewUnits: The arm has fewer than two units.

    Source:
        Deng, A., Knoblich, U. & Lu, J. (2018). KDD, Applying the delta method in metric analytics.
    """
    if math.isnan(arm.den_mean):
        raise SchemaMismatch("A ratio needs the moments of its denominator.")
    if arm.den_mean <= 0:
        raise NotIdentified("The denominator is not positive, so the ratio has no value.")
    ratio = arm.mean / arm.den_mean
    if arm.n < 2:
        raise TooFewUnits("An arm has fewer than two units, so its spread is unknown.")
    squares = arm.m2 + ratio**2 * arm.den_m2
    spread = left_over(squares, squares - 2 * ratio * arm.den_co) / (arm.n - 1)
    return ratio, spread / (arm.n * arm.den_mean**2)


def difference_of_ratios(
    control: ArmMoments,
    treatment: ArmMoments,
    *,
    relative: bool = False,
    alternative: Alternative = "two-sided",
    **about: Any,
) -> EffectResult:
    """Compare two ratios of sums whose numerator and denominator come from the same units.

    Args:
        control, treatment: Moments of the units that were drawn, with their denominators; rows
            within a unit must be summed first, or the error comes out too small.
        relative: Report the change as a fraction of control.

    Raises:
        NotIdentified: A denominator, or for relative change control's ratio, is not positive,
            or control's ratio is not told apart from zero.
        Singular: Both ratios are without spread.

    Example:
        >>> people = ArmMoments.of([2.0, 0.0, 6.0], denominator=[1.0, 1.0, 2.0])
        >>> difference_of_ratios(people, people).estimate
        0.0
    """
    (first, first_error), (second, second_error) = ratio_of(control), ratio_of(treatment)
    estimate = second - first
    if relative:
        if first <= 0:
            raise NotIdentified("The ratio of control is not positive; no share can be told.")
        refuse_near_zero(first, first_error)
        estimate = second / first - 1
        first_error, second_error = first_error * second**2 / first**4, second_error / first**2
    if first_error + second_error <= 0:
        raise Singular("Both ratios are without spread, so there is nothing to judge by.")
    df = satterthwaite(first_error, control.n - 1, second_error, treatment.n - 1)
    error = math.sqrt(first_error + second_error)
    named: dict[str, Any] = {
        "method": "ratio-delta",
        "reference": "Deng, Knoblich & Lu 2018",
        "scale": "relative" if relative else "absolute",
        "n_units": {"control": control.n, "treatment": treatment.n},
        "alternative": alternative,
    }
    p = t_p_value(estimate / error, df, alternative)
    return EffectResult(estimate, error, df, p, **(named | about))


@dataclass(frozen=True)
class Ratios:
    """Compare ratio metrics of two arms; see `difference_of_ratios`.

    Args:
        metric: Its code; may be left out when the table holds only one.
        periods: Periods of the run; default all of the table.
        relative: Report the change as a fraction of control.
        alternative: For the p-value.

    Raises (from `fit`):
        NotIdentified: The table has no denominator, or control's ratio is not positive.
        TooFewUnits: An arm has fewer than two people.
        Singular: Both ratios are without spread.

    Source:
        Deng, A., Knoblich, U. & Lu, J. (2018). KDD, 233–242.
    """

    metric: str | None = None
    periods: Any = None
    relative: bool = False
    alternative: Alternative = "two-sided"

    def fit(self, table: MomentTable, assignment: Assignment) -> EffectResult:
        control, treatment = arms_of_table(table, assignment, self.metric, periods=self.periods)
        return difference_of_ratios(
            control,
            treatment,
            relative=self.relative,
            alternative=self.alternative,
            estimand="participant-average",
        )

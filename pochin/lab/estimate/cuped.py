"""Adjusting by a value from before: CUPED (the analysis of covariance) and Lin's version."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.mean import (
    ArmMoments,
    arms_of_table,
    difference_of_means,
    satterthwaite,
)
from pochin.lab.inference.cr import least_squares
from pochin.lab.inference.tails import left_over, t_p_value, without_spread
from pochin.lab.moments import MomentTable
from pochin.lab.result import Alternative, EffectResult, SchemaMismatch, Singular, TooFewUnits


def slope_within(control: ArmMoments, treatment: ArmMoments) -> float:
    """The pooled slope of the value on the one before, within arms.

    Raises:
        SchemaMismatch: There is no value from before.
        Singular: It is constant.
    """
    spread = control.pre_m2 + treatment.pre_m2
    if math.isnan(spread):
        raise SchemaMismatch("Adjusting needs the moments of a value from before.")
    if spread <= 0:
        raise Singular("The value from before is constant, so it cannot adjust anything.")
    return (control.pre_co + treatment.pre_co) / spread


def adjusted(arm: ArmMoments, slope: float, centre: float) -> ArmMoments:
    """Moments of the value less `slope` times the one before, centred."""
    return ArmMoments(
        arm.n,
        arm.mean - slope * (arm.pre_mean - centre),
        left_over(arm.m2, arm.m2 - 2 * slope * arm.pre_co + slope**2 * arm.pre_m2),
    )


def cuped_difference(
    control: ArmMoments,
    treatment: ArmMoments,
    *,
    alternative: Alternative = "two-sided",
    **about: Any,
) -> EffectResult:
    """Difference of means with less noise; the estimate is that of the analysis of covariance.

    Args:
        control, treatment: Moments with the value from before (`pre_*`).

    Returns:
        The effect; `values` holds the slope and the share of the variance that is left.

    Source:
        Deng, A., Xu, Y., Kohavi, R. & Walker, T. (2013). WSDM, 123–132.

    Example:
        >>> a = ArmMoments.of([1.0, 2.0, 4.0], before=[1.0, 2.0, 3.0])
        >>> b = ArmMoments.of([3.0, 4.0, 5.0], before=[1.0, 2.0, 4.0])
        >>> round(cuped_difference(a, b).estimate, 4)
        1.3667
    """
    slope = slope_within(control, treatment)
    total = control.n + treatment.n
    centre = (control.pre_mean * control.n + treatment.pre_mean * treatment.n) / total
    one, other = adjusted(control, slope, centre), adjusted(treatment, slope, centre)
    plain = difference_of_means(control, treatment)
    named: dict[str, Any] = {
        "method": "cuped",
        "reference": "Deng et al. 2013",
        "alternative": alternative,
    }
    fit = difference_of_means(one, other, **(named | about))
    if plain.std_error and fit.std_error:
        left = (fit.std_error / plain.std_error) ** 2
        fit = replace(fit, values=dict(fit.values) | {"slope": slope, "variance_left": left})
    return fit


@dataclass(frozen=True)
class Cuped:
    """Compare two arms of people with a value from before in the table (`pre_*` columns).

    Args:
        metric: Its code; may be left out when the table holds only one.
        periods: Periods of the run; default all of the table.
        alternative: For the p-value.

    Raises (from `fit`):
        SchemaMismatch: The table has no value from before.
        TooFewUnits: An arm is too small for a slope.
        Singular: The value from before does not vary.

    Source:
        Deng, A., Xu, Y., Kohavi, R. & Walker, T. (2013). WSDM, 123–132.
    """

    metric: str | None = None
    periods: Any = None
    alternative: Alternative = "two-sided"

    def fit(self, table: MomentTable, assignment: Assignment) -> EffectResult:
        arms = arms_of_table(table, assignment, self.metric, periods=self.periods)
        return cuped_difference(*arms, alternative=self.alternative, estimand="participant-average")


def lin_difference(
    y: Any,
    treated: Any,
    covariates: Any,
    *,
    interacted: bool = True,
    robust: str = "HC2",
    alternative: Alternative = "two-sided",
    **about: Any,
) -> EffectResult:
    """Effect adjusted by covariates whose slopes may differ between arms.

    Args:
        y: Values, shape (n,).
        treated: 1 or 0, shape (n,).
        covariates: Known before, shape (n,) or (n, k).
        interacted: Let slopes differ (Lin); else the usual adjustment (Freedman's concern).
        robust: "HC0", "HC1", "HC2" or "HC3".

    Raises:
        Singular: Columns repeat each other, or the values lie on the model.

    Source:
        Lin, W. (2013). Annals of Applied Statistics 7, 295–318.

    Example:
        >>> fit = lin_difference([1, 2, 3, 5, 7, 7.5], [0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 3])
        >>> round(fit.estimate, 4)
        4.2083
    """
    y, arm = np.asarray(y, float), np.asarray(treated, float)
    X = np.asarray(covariates, float).reshape(len(y), -1)
    X = X - X.mean(axis=0)
    parts = [np.ones(len(y)), arm, X] + ([X * arm[:, None]] if interacted else [])
    fit = least_squares(np.column_stack(parts), y)
    estimate, error = float(fit.beta[1]), float(np.sqrt(fit.sandwich(robust)[1, 1]))
    if without_spread(error, float(np.abs(y).max())):
        raise Singular("The values lie on a line, so there is no spread to judge by.")
    df = float(len(y) - len(fit.beta))
    treated_n = int(arm.sum())
    named: dict[str, Any] = {
        "method": "lin" if interacted else "covariance",
        "reference": "Lin 2013",
        "n_units": {"control": len(y) - treated_n, "treatment": treated_n},
        "n_rows": len(y),
        "alternative": alternative,
    }
    p = t_p_value(estimate / error, df, alternative)
    return EffectResult(estimate, error, df, p, **(named | about))


@dataclass(frozen=True)
class Lin:
    """Compare two arms with a slope of their own each, from moments (`pre_*` columns).

    Each arm's error is that of its own regression, so arms may differ in spread and size.

    Args:
        metric: Its code; may be left out when the table holds only one.
        periods: Periods of the run; default all of the table.
        alternative: For the p-value.

    Raises (from `fit`):
        SchemaMismatch: The table has no value from before.
        TooFewUnits: An arm has fewer than three people.
        Singular: The value from before does not vary, or leaves no spread.

    Source:
        Lin, W. (2013). Annals of Applied Statistics 7, 295–318.
    """

    metric: str | None = None
    periods: Any = None
    alternative: Alternative = "two-sided"

    def fit(self, table: MomentTable, assignment: Assignment) -> EffectResult:
        control, treatment = arms_of_table(table, assignment, self.metric, periods=self.periods)
        total = control.n + treatment.n
        centre = (control.pre_mean * control.n + treatment.pre_mean * treatment.n) / total
        means, errors = zip(*(_at(arm, centre) for arm in (control, treatment)), strict=True)
        df = satterthwaite(errors[0], control.n - 2, errors[1], treatment.n - 2)
        estimate, error = means[1] - means[0], math.sqrt(sum(errors))
        if without_spread(error, max(map(abs, means))):
            raise Singular("The values lie on a line, so there is no spread to judge by.")
        return EffectResult(
            estimate,
            error,
            df,
            t_p_value(estimate / error, df, self.alternative),
            "lin",
            reference="Lin 2013",
            estimand="participant-average",
            alternative=self.alternative,
            n_units={"control": control.n, "treatment": treatment.n},
        )


def _at(arm: ArmMoments, centre: float) -> tuple[float, float]:
    """An arm's regression at a value from before: the mean there and its squared error."""
    if math.isnan(arm.pre_m2):
        raise SchemaMismatch("Adjusting needs the moments of a value from before.")
    if arm.n < 3:
        raise TooFewUnits("Each arm needs three people for a slope of its own.")
    if arm.pre_m2 <= 0:
        raise Singular("The value from before is constant in an arm, so it cannot adjust.")
    slope, away = arm.pre_co / arm.pre_m2, centre - arm.pre_mean
    left = left_over(arm.m2, arm.m2 - slope * arm.pre_co) / (arm.n - 2)
    if left <= 0:
        raise Singular("The values lie on a line, so there is no spread to judge by.")
    return arm.mean + slope * away, left * (1 / arm.n + away**2 / arm.pre_m2)

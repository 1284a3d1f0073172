"""Two arms compared by the moments of their units: means, shares, relative change."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.assignment import Assignment
from pochin.lab.inference.tails import t_p_value, without_spread
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    NotIdentified,
    SchemaMismatch,
    Singular,
    TooFewUnits,
    check_level,
)


@dataclass(frozen=True)
class ArmMoments:
    """An arm's units reduced to counts, means and centred second moments.

    Attributes:
        n: Units (people, parcels: whatever was drawn).
        mean, m2: Mean and sum of squared deviations, in the unit of the metric.
        den_mean, den_m2, den_co: The same of a ratio's denominator, and the co-moment.
        pre_mean, pre_m2, pre_co: The same of a value from before.
    """

    n: int
    mean: float
    m2: float
    den_mean: float = math.nan
    den_m2: float = math.nan
    den_co: float = math.nan
    pre_mean: float = math.nan
    pre_m2: float = math.nan
    pre_co: float = math.nan

    @classmethod
    def of(cls, values: Any, *, denominator: Any = None, before: Any = None) -> ArmMoments:
        """Reduce units' values, shape (n,), and what was measured beside them.

        >>> ArmMoments.of([1.0, 2.0, 6.0])
        ArmMoments(n=3, mean=3.0, m2=14.0, den_mean=nan, den_m2=nan, den_co=nan, pre_mean=nan, \
pre_m2=nan, pre_co=nan)
        """
        y = np.asarray(values, float)
        mean = float(y.mean())
        more: dict[str, float] = {}
        for name, given in (("den", denominator), ("pre", before)):
            if given is not None:
                x = np.asarray(given, float)
                away = x - x.mean()
                more |= {
                    f"{name}_mean": float(x.mean()),
                    f"{name}_m2": float(away @ away),
                    f"{name}_co": float(away @ (y - mean)),
                }
        return cls(len(y), mean, float((y - mean) @ (y - mean)), **more)

    @property
    def variance(self) -> float:
        """Of the units, with n - 1."""
        return self.m2 / (self.n - 1)

    @property
    def error(self) -> float:
        """Squared standard error of the mean."""
        return self.variance / self.n


def arms_of_table(
    table: MomentTable, assignment: Assignment, metric: str | None = None, *, periods: Any = None
) -> tuple[ArmMoments, ArmMoments]:
    """Control and treatment, from a table whose units are people or the two arms themselves.

    A table of people holds one row for each person and period; a person's values are merged
    first. A table of arms has the units "control" and "treatment" and counts people.

    Raises:
        SchemaMismatch: The metric is absent, or neither kind of unit fits.
        TooFewUnits: An arm has fewer than two people.
    """
    code = table.one_metric(metric)
    table = table.only(metric=code, units=assignment.unit_ids, periods=periods)
    treated = dict(zip(assignment.unit_ids.tolist(), assignment.arms.tolist(), strict=True))
    if not len(table):
        raise SchemaMismatch(f"No row of “{code}” belongs to a unit and period of the plan.")
    merged = table.roll_up(period=dict.fromkeys(np.unique(table.period).tolist(), "run"))
    of_arms = set(assignment.unit_ids.tolist()) == {"control", "treatment"}
    arm = np.array([treated[unit] for unit in merged.unit.tolist()])
    two = tuple(_reduced(merged, arm == one, of_arms) for one in (0, 1))
    if min(one.n for one in two) < 2:
        raise TooFewUnits("An arm has fewer than two units, so its spread is unknown.")
    return two[0], two[1]


def _reduced(table: MomentTable, rows: np.ndarray, of_arms: bool) -> ArmMoments:
    columns = {name: column[rows & (table.n > 0)] for name, column in table.columns().items()}
    if not len(columns["n"]):
        return ArmMoments(0, math.nan, math.nan)
    if of_arms:
        names = [one for one in columns if one not in ("unit", "period", "metric", "n", "missing")]
        return ArmMoments(int(columns["n"][0]), **{name: float(columns[name][0]) for name in names})
    # A person's total matters where there is a denominator, else the person's mean.
    weight = columns["n"] if "den_mean" in columns else 1
    given = {
        "denominator": columns["den_mean"] * weight if "den_mean" in columns else None,
        "before": columns.get("pre_mean"),
    }
    return ArmMoments.of(columns["mean"] * weight, **given)


def _check(control: ArmMoments, treatment: ArmMoments) -> None:
    if min(control.n, treatment.n) < 2:
        raise TooFewUnits("An arm has fewer than two units, so its spread is unknown.")


def satterthwaite(first: float, first_df: float, second: float, second_df: float) -> float:
    """Degrees of freedom of a sum of two independent variance estimates."""
    return (first + second) ** 2 / (first**2 / first_df + second**2 / second_df)


def difference_of_means(
    control: ArmMoments,
    treatment: ArmMoments,
    *,
    equal_variances: bool = False,
    alternative: Alternative = "two-sided",
    null: float = 0.0,
    **about: Any,
) -> EffectResult:
    """Compare two means; without assuming equal variances unless told.

    Args:
        control, treatment: Moments of the units, in the unit of the metric.
        equal_variances: Pool the variances (Student); else Welch.
        alternative: For the p-value.
        null: Effect under the null hypothesis.
        about: Further fields of the result.

    Raises:
        TooFewUnits: An arm has fewer than two units.
        Singular: Both arms are constant.

    Source:
        Welch, B. L. (1947). Biometrika 34, 28–35.

    Example:
        >>> fit = difference_of_means(ArmMoments.of([1, 2, 3, 4]), ArmMoments.of([3, 4, 5, 8]))
        >>> fit.estimate, round(fit.df, 3), round(fit.p_value, 4)
        (2.5, 4.9, 0.1048)
    """
    _check(control, treatment)
    if equal_variances:
        df = float(control.n + treatment.n - 2)
        pooled = (control.m2 + treatment.m2) / df
        variance = pooled * (1 / control.n + 1 / treatment.n)
    else:
        variance = control.error + treatment.error
        df = math.inf
        if variance > 0:
            df = satterthwaite(treatment.error, treatment.n - 1, control.error, control.n - 1)
    error = math.sqrt(variance)
    if without_spread(error, max(abs(control.mean), abs(treatment.mean))):
        raise Singular("Both arms are constant, so the difference has no spread to judge by.")
    estimate = treatment.mean - control.mean
    named: dict[str, Any] = {
        "method": "means-pooled" if equal_variances else "means-welch",
        "reference": "Welch 1947",
        "n_units": {"control": control.n, "treatment": treatment.n},
        "alternative": alternative,
        "null": null,
    }
    p = t_p_value((estimate - null) / error, df, alternative)
    return EffectResult(estimate, error, df, p, **(named | about))


def refuse_near_zero(value: float, variance: float) -> None:
    """Refuse to divide by what may be zero: the share then has no bounds.

    Args:
        value: What is divided by.
        variance: Its squared standard error.

    Raises:
        NotIdentified: Zero lies within its 95 % interval.

    Source:
        Fieller, E. C. (1954). JRSS B 16, 175–185 (the interval of a quotient is then unbounded).
    """
    if value**2 <= stats.norm.ppf(0.975) ** 2 * variance:
        raise NotIdentified("Control is not told apart from zero, so no share of it can be told.")


def relative_difference(
    control: ArmMoments,
    treatment: ArmMoments,
    *,
    alternative: Alternative = "two-sided",
    null: float = 0.0,
    **about: Any,
) -> EffectResult:
    """Relative change of the mean, as a fraction of control, by the delta method.

    Raises:
        NotIdentified: The mean of control is not positive, or not told apart from zero, so a
            share of it means nothing.
        TooFewUnits: An arm has fewer than two units.

    Source:
        Deng, A., Knoblich, U. & Lu, J. (2018). KDD, Applying the delta method in metric analytics.

    Example:
        >>> a = ArmMoments(3407, 0.41, 3.9**2 * 3406)
        >>> b = ArmMoments(3461, 0.70, 6.2**2 * 3460)
        >>> fit = relative_difference(a, b)
        >>> [round(value, 5) for value in (fit.estimate, fit.std_error, fit.p_value)]
        [0.70732, 0.37879, 0.06191]
    """
    _check(control, treatment)
    if control.mean <= 0:
        raise NotIdentified("The mean of control is not positive, so no share of it can be told.")
    refuse_near_zero(control.mean, control.error)
    first = treatment.error / control.mean**2
    second = control.error * treatment.mean**2 / control.mean**4
    estimate, error = treatment.mean / control.mean - 1, math.sqrt(first + second)
    if without_spread(error, 1 + abs(estimate)):
        raise Singular("Both arms are constant, so the change has no spread to judge by.")
    # The degrees of freedom of the plain difference: without an effect both tests are one.
    df = satterthwaite(treatment.error, treatment.n - 1, control.error, control.n - 1)
    named: dict[str, Any] = {
        "method": "means-relative",
        "reference": "Deng, Knoblich & Lu 2018",
        "scale": "relative",
        "n_units": {"control": control.n, "treatment": treatment.n},
        "alternative": alternative,
        "null": null,
    }
    p = t_p_value((estimate - null) / error, df, alternative)
    return EffectResult(estimate, error, df, p, **(named | about))


# Shares.


def wilson(successes: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Score interval of one share.

    Source:
        Wilson, E. B. (1927). JASA 22, 209–212.

    Example:
        >>> [round(end, 4) for end in wilson(81, 263)]
        [0.2553, 0.3662]
    """
    check_level(level)
    z = stats.norm.ppf((1 + level) / 2)
    share = successes / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def difference_of_shares(
    control: ArmMoments,
    treatment: ArmMoments,
    *,
    alternative: Alternative = "two-sided",
    **about: Any,
) -> EffectResult:
    """Difference of two shares of independent people, with Newcombe's hybrid score interval.

    Args:
        control, treatment: Moments of values that are 0 or 1.

    Raises:
        TooFewUnits: An arm has fewer than two people.
        SchemaMismatch: A mean is not a share, or the spread is not that of 0 and 1.
        Singular: Everybody in both arms has the same value.

    Source:
        Newcombe, R. G. (1998). Statistics in Medicine 17, 873–890, method 10.

    Example:
        >>> a, b = (ArmMoments(n, k / n, k * (1 - k / n)) for k, n in ((48, 80), (56, 70)))
        >>> [round(end, 4) for end in difference_of_shares(a, b).conf_int()]
        [0.0524, 0.3339]
    """
    _check(control, treatment)
    for arm in (control, treatment):
        expected = arm.n * arm.mean * (1 - arm.mean)
        if not 0 <= arm.mean <= 1 or abs(arm.m2 - expected) > 1e-6 * arm.n:
            raise SchemaMismatch("A share needs values that are 0 or 1.")
    pooled = (control.mean * control.n + treatment.mean * treatment.n) / (control.n + treatment.n)
    score = math.sqrt(pooled * (1 - pooled) * (1 / control.n + 1 / treatment.n))
    if score == 0:
        raise Singular("Everybody has the same value, so there is no spread to judge by.")
    estimate = treatment.mean - control.mean

    def newcombe(level: float) -> tuple[float, float]:
        a, b = (wilson(arm.mean * arm.n, arm.n, level) for arm in (control, treatment))
        low = math.hypot(treatment.mean - b[0], a[1] - control.mean)
        high = math.hypot(b[1] - treatment.mean, control.mean - a[0])
        return estimate - low, estimate + high

    named: dict[str, Any] = {
        "method": "shares-newcombe",
        "reference": "Newcombe 1998",
        "n_units": {"control": control.n, "treatment": treatment.n},
        "alternative": alternative,
        "reference_distribution": "normal",
        "interval_inverter": newcombe,
    }
    unpooled = sum(arm.mean * (1 - arm.mean) / arm.n for arm in (control, treatment))
    p = t_p_value(estimate / score, math.inf, alternative)
    # Nobody here and everybody there: no spread within arms, which is not certainty.
    error = math.sqrt(unpooled) or score
    return EffectResult(estimate, error, math.inf, p, **(named | about))


@dataclass(frozen=True)
class Means:
    """Compare people of two arms: Welch by default, shares by score intervals if asked.

    Args:
        metric: Its code; may be left out when the table holds only one.
        periods: Periods of the run; default all of the table.
        share: The values are 0 or 1.
        relative: Report the change as a fraction of control.
        alternative: For the p-value.

    Source:
        Welch, B. L. (1947). Biometrika 34, 28–35; Newcombe, R. G. (1998). Statistics in Medicine
        17, 873–890 (shares).

    Example:
        >>> people = Assignment([[0], [0], [1], [1]], list("abcd"), [0])
        >>> table = MomentTable(list("abcd"), [0] * 4, ["m"] * 4, [1] * 4, [1, 2, 4, 5], [0] * 4)
        >>> Means().fit(table, people).estimate
        3.0
    """

    metric: str | None = None
    periods: Any = None
    share: bool = False
    relative: bool = False
    alternative: Alternative = "two-sided"

    def fit(self, table: MomentTable, assignment: Assignment) -> EffectResult:
        arms = arms_of_table(table, assignment, self.metric, periods=self.periods)
        return self._compare(*arms, alternative=self.alternative, estimand="participant-average")

    @property
    def _compare(self) -> Callable[..., EffectResult]:
        if self.relative:
            return relative_difference
        return difference_of_shares if self.share else difference_of_means

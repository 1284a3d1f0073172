"""Few offices, many readings: one value for each office, and rows with errors alike within it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.icc import spread_within
from pochin.lab.estimate.mean import ArmMoments, difference_of_means
from pochin.lab.estimate.scales import share_of_control
from pochin.lab.inference.cr import (
    ClusterRobust,
    TTest,
    cluster_products,
    least_squares,
)
from pochin.lab.inference.tails import t_p_value, without_spread
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    Flag,
    NotIdentified,
    Provenance,
    SchemaMismatch,
    Singular,
    TooFewUnits,
)
from pochin.lab.values import UnitValues, unit_values

FEW = 20
"""With fewer units, at most two columns known before may adjust."""


@dataclass(frozen=True)
class UnitMeans:
    """Compare offices by one value each: the unit-level t-test, adjusted where the plan says so.

    Args:
        metric: Its code; may be left out when the table holds only one.
        variances: "equal" (pooled t), "unequal" (Welch), or "auto": unequal when arms differ in
            size, because then the pooled t rejects a true null far too often.
        weights: "units" (each office counts once) or "participants" (as many times as it has
            rows, for quotients as much as its denominators; with CR2 errors and Satterthwaite's
            degrees of freedom).
        adjust: () or ("baseline",): adjust by the value of the baseline periods.
        covariates: Further values known before, shape (I,) or (I, k), in the assignment's order.
        names: Their names.
        periods, baseline: Ids; default those with and those before anybody's solution.
        two_part: The metric is a quotient of sums.
        relative: Report the change as a fraction of control (plain comparison only).
        alternative: For the p-value.

    Raises (from `fit`):
        TooFewUnits: Fewer units than the model needs.
        NotIdentified: An arm has no unit with data.
        Singular: The values, or the columns that adjust, do not vary.

    Source:
        Donner, A. & Klar, N. (2000). Design and Analysis of Cluster Randomization Trials, ch. 7.
        Hayes, R. J. & Moulton, L. H. (2017). Cluster Randomised Trials, ch. 10–12.

    Example:
        >>> offices = Assignment([[1], [0], [1], [0]], list("abcd"), ["may"])
        >>> table = MomentTable(list("abcd"), ["may"] * 4, ["delay"] * 4, [9] * 4,
        ...                     [5.0, 8.0, 6.0, 7.0], [1.0] * 4)
        >>> fit = UnitMeans().fit(table, offices)
        >>> fit.estimate, fit.df, round(fit.p_value, 4)
        (-2.0, 2.0, 0.1056)
    """

    metric: str | None = None
    variances: Literal["auto", "equal", "unequal"] = "auto"
    weights: Literal["units", "participants"] = "units"
    adjust: tuple[str, ...] = ()
    covariates: Any = None
    names: tuple[str, ...] = ()
    periods: Sequence[Any] | None = None
    baseline: Sequence[Any] | None = None
    two_part: bool = False
    relative: bool = False
    alternative: Alternative = "two-sided"

    def values(self, table: MomentTable, assignment: Assignment) -> UnitValues:
        """The value of each unit, as `fit` uses it."""
        baseline = self.baseline
        if "baseline" in self.adjust and baseline is None:
            baseline = assignment.period_ids[~(assignment.schedule == 1).any(axis=0)]
        return unit_values(
            table,
            assignment,
            self.metric,
            periods=self.periods,
            baseline=baseline if "baseline" in self.adjust else None,
            two_part=self.two_part,
            covariates=self.covariates,
            names=self.names,
        )

    def fit(self, table: MomentTable, assignment: Assignment) -> EffectResult:
        """The effect over the run, in the unit of the metric."""
        return self.compare(self.values(table, assignment))

    def compare(self, units: UnitValues) -> EffectResult:
        """The effect from units' values."""
        model = _columns(units)
        if self.weights == "participants":
            fit = _weighted(units, model, self.alternative)
        elif model.shape[1] == 2:
            fit = self._plain(units)
        else:
            fit = _adjusted(units, model, self._unequal(units), self.alternative)
        about = units.about() | {"flags": units.flags + _many_columns(units)}
        estimand = "unit-average" if self.weights == "units" else "participant-average"
        provenance = Provenance(table_hash=units.table_hash)
        return replace(
            fit, **about, estimand=estimand, alternative=self.alternative, provenance=provenance
        )

    def _unequal(self, units: UnitValues) -> bool:
        sizes = units.n_units
        if self.variances == "auto":
            return sizes["control"] != sizes["treatment"]
        return self.variances == "unequal"

    def _plain(self, units: UnitValues) -> EffectResult:
        control, treatment = (ArmMoments.of(units.y[units.arms == arm]) for arm in (0, 1))
        unequal = self._unequal(units)
        if self.relative:
            fit = share_of_control(control, treatment, alternative=self.alternative)
            return replace(fit, method="unit-means-relative")
        try:
            fit = difference_of_means(
                control, treatment, equal_variances=not unequal, alternative=self.alternative
            )
        except TooFewUnits:
            raise TooFewUnits("Each arm needs two units with data, or spread is unknown.") from None
        word = "unit-means-welch" if unequal else "unit-means"
        return replace(fit, method=word, reference="Donner & Klar 2000; Welch 1947")


def unit_ttest(
    y: Any,
    arms: Any,
    *,
    strata: Any = None,
    variances: Literal["auto", "equal", "unequal"] = "auto",
    alternative: Alternative = "two-sided",
) -> EffectResult:
    """The t-test on one value for each unit, from arrays alone.

    Args:
        y: Value of each unit, shape (I,), in the unit of the metric.
        arms: 1 with the solution, 0 without, shape (I,).
        strata: Stratum of each unit, shape (I,); lots were drawn within them.
        variances: As in `UnitMeans`.
        alternative: For the p-value.

    Raises:
        SchemaMismatch: Shapes disagree, or an arm is neither 0 nor 1.
        TooFewUnits: Fewer units than the model needs.
        NotIdentified: An arm is empty.
        Singular: The values do not vary.

    Source:
        Donner & Klar (2000), ch. 7; Welch, B. L. (1947). Biometrika 34, 28–35.

    Example:
        >>> fit = unit_ttest([5.0, 8.0, 6.0, 7.0], [1, 0, 1, 0])
        >>> fit.estimate, fit.df, round(fit.p_value, 4)
        (-2.0, 2.0, 0.1056)
    """
    y, drawn = np.asarray(y, float), np.asarray(arms)
    if y.ndim != 1 or drawn.shape != y.shape or not np.isin(drawn, (0, 1)).all():
        raise SchemaMismatch("Each unit needs one value and an arm, 0 or 1.")
    if len(np.unique(drawn)) < 2:
        raise NotIdentified("Only one of the arms has data, so nothing can be compared.")
    assignment = Assignment(drawn[:, None], np.arange(len(y)), np.arange(1), strata=strata)
    units = UnitValues(y, np.ones(len(y), int), assignment)
    return UnitMeans(variances=variances, alternative=alternative).compare(units)


def _columns(units: UnitValues) -> np.ndarray:
    """Intercept, arm, strata but one, what is known before: shape (I, p); arm is column 1."""
    blocks = units.assignment.blocks
    dummies = (blocks[:, None] == np.unique(blocks)[None, 1:]).astype(float)
    arm = units.arms.astype(float)
    known = units.adjusting
    return np.column_stack([np.ones(len(arm)), arm, dummies, known - known.mean(axis=0)])


def _adjusted(
    units: UnitValues, X: np.ndarray, unequal: bool, alternative: Alternative
) -> EffectResult:
    """Strata and covariates by regression; HC2 with Bell–McCaffrey's df when arms are unequal."""
    if len(units.y) <= X.shape[1]:
        raise TooFewUnits(
            f"{len(units.y)} units cannot carry {X.shape[1]} coefficients; adjust by less."
        )
    if unequal:
        test = ClusterRobust(cluster_products(X, units.y, np.arange(len(units.y)))).t_test(
            1, alternative=alternative
        )
        estimate, error, df = test.estimate, test.std_error, test.df
        word, reference = "unit-means-adjusted-hc2", "Bell & McCaffrey 2002"
    else:
        fit = least_squares(X, units.y)
        estimate, error = float(fit.beta[1]), math.sqrt(fit.classical[1, 1])
        df, word, reference = float(len(units.y) - X.shape[1]), "unit-means-adjusted", ""
        if without_spread(error, float(np.abs(units.y).max())):
            raise Singular("The values do not vary around the model; nothing can be judged.")
    return EffectResult(
        estimate,
        error,
        df,
        t_p_value(estimate / error, df, alternative),
        word,
        reference=reference or "Hayes & Moulton 2017",
    )


def _weighted(units: UnitValues, X: np.ndarray, alternative: Alternative) -> EffectResult:
    labels = np.arange(len(units.y))
    fit = ClusterRobust(cluster_products(X, units.y, labels, weights=units.size))
    icc = 0.0 if units.m2 is None else fit.residual_icc(float(units.m2.sum()))
    test = fit.t_test(1, icc=icc, alternative=alternative)
    return EffectResult(
        test.estimate,
        test.std_error,
        test.df,
        test.p_value,
        "unit-means-by-size",
        reference="Su & Ding 2021; Imbens & Kolesár 2016",
    )


def _many_columns(units: UnitValues) -> tuple[Flag, ...]:
    if len(units.y) >= FEW or len(units.names) <= 2:
        return ()
    return (
        Flag(
            "many-covariates",
            "warn",
            "%(columns)d columns adjust %(units)d units; with so few, one or two are safe.",
            {"columns": len(units.names), "units": len(units.y)},
        ),
    )


@dataclass(frozen=True)
class ClusterOLS:
    """Rows or cells by least squares, errors alike within units, CR2 and Satterthwaite's df.

    A cell of unit and period counts as what the average is over: by participants as many times as
    it has rows, for quotients as much as its denominators; by units each unit counts once, and its
    cells by their share of it. Nothing is lost by the reduction.

    Args:
        metric: Its code.
        weights: "participants" or "units".
        two_part: The metric is a quotient of sums; then a row may stand for a day of a hundred
            parcels, and parcels count, not days.
        period_effects: Let each period have its own level.
        kind: "CR0", "CR1", "CR1S" or "CR2"; only the last keeps its promise for few units.
        periods: Ids; default those in which anybody works with the solution.
        alternative: For the p-value.

    Raises (from `fit`):
        NotIdentified: Only one arm has data.
        Singular: Columns repeat each other, or nothing varies.
        TooFewUnits: There is one unit.

    Source:
        Pustejovsky, J. E. & Tipton, E. (2018). JBES 36, 672–683; the degrees of freedom suppose
        the correlation found within units: Imbens, G. W. & Kolesár, M. (2016). REStat 98, 701–712.
        Weights: Kahan, B. C. et al. (2023). International Journal of Epidemiology 52, 107–118;
        quotients: Rao, J. N. K. & Scott, A. J. (1992). Biometrics 48, 577–585.
    """

    metric: str | None = None
    weights: Literal["units", "participants"] = "participants"
    two_part: bool = False
    period_effects: bool = False
    kind: str = "CR2"
    periods: Sequence[Any] | None = None
    alternative: Alternative = "two-sided"

    def fit(self, table: MomentTable, assignment: Assignment) -> EffectResult:
        running = assignment.period_ids[(assignment.schedule == 1).any(axis=0)]
        ids = running if self.periods is None else np.asarray(self.periods)
        panel = table.to_matrix(self.metric, units=assignment.unit_ids, periods=ids)
        schedule = assignment.schedule[:, np.searchsorted(assignment.period_ids, ids)]
        value, size = panel.Y, panel.n.astype(float)
        if self.two_part:
            below = table.to_matrix(self.metric, units=assignment.unit_ids, periods=ids, part="den")
            size = size * np.nan_to_num(below.Y)
            value = value / np.where(size > 0, below.Y, np.nan)
        i, t = np.nonzero((size > 0) & (schedule >= 0))
        arm = schedule[i, t].astype(float)
        if len(np.unique(arm)) < 2:
            raise NotIdentified("Only one of the arms has data, so nothing can be compared.")
        parts = [np.ones(len(i)), arm]
        if self.period_effects:
            parts += [(t == one).astype(float) for one in np.unique(t)[1:]]
        X, y, size = np.column_stack(parts), value[i, t], size[i, t]
        if self.weights == "units":
            size = size / np.bincount(i, size)[i]
        model = ClusterRobust(cluster_products(X, y, i, weights=size))
        icc = self._alike(model, y - X @ model.beta, i, size, float(panel.m2[i, t].sum()))
        test = model.t_test(1, kind=self.kind, icc=icc, alternative=self.alternative)
        seen = np.unique(i)
        treated = int(assignment.arms[seen].sum())
        return EffectResult(
            test.estimate,
            test.std_error,
            test.df,
            test.p_value,
            f"rows-{self.kind.lower()}",
            alternative=self.alternative,
            estimand="unit-average" if self.weights == "units" else "participant-average",
            reference="Imbens & Kolesár 2016",
            n_units={"control": len(seen) - treated, "treatment": treated},
            n_rows=int(panel.n[i, t].sum()),
            periods=tuple(ids.tolist()),
            provenance=Provenance(table_hash=table.fingerprint),
        )

    def _alike(
        self,
        model: ClusterRobust,
        left: np.ndarray,
        units: np.ndarray,
        size: np.ndarray,
        within: float,
    ) -> float:
        """The correlation within units that the degrees of freedom suppose."""
        if self.weights == "units":
            return 0.0  # One value a unit, each with the same say: nothing hangs on it.
        apart = spread_within(left, units, size)
        if self.two_part:
            # How parcels of one day differ nobody knows; how days of one unit do is seen.
            return model.residual_icc(apart, rows=len(left))
        return model.residual_icc(apart + within)


def ols_cr(
    X: Any,
    y: Any,
    cluster: Any,
    which: Any,
    *,
    kind: str = "CR2",
    weights: Any = None,
    icc: float | None = 0.0,
    alternative: Alternative = "two-sided",
    null: float = 0.0,
) -> TTest:
    """Least squares with errors alike within clusters: the test of one coefficient.

    Args:
        X: Columns of the model, shape (n, p), the intercept among them.
        y: Outcome, shape (n,).
        cluster: Cluster of each row, shape (n,), any labels.
        which: Number of the coefficient, or a contrast of shape (p,).
        kind: "CR0", "CR1", "CR1S" or "CR2"; only the last keeps its promise for few clusters,
            and comes with Satterthwaite's degrees of freedom.
        weights: Of the rows, shape (n,), positive.
        icc: Correlation of two errors of one cluster that Satterthwaite's degrees of freedom
            suppose, from 0 (as other libraries do) to 1; None takes it from the residuals, which
            keeps the level where clusters differ in size.
        alternative: For the p-value.
        null: What the coefficient is tested against, in the unit of y for a unit of its column.

    Raises:
        SchemaMismatch: Shapes disagree.
        Singular: Columns repeat each other, or nothing varies.
        TooFewUnits: There is one cluster.

    Source:
        Bell, R. M. & McCaffrey, D. F. (2002). Survey Methodology 28, 169–181;
        Pustejovsky, J. E. & Tipton, E. (2018). JBES 36, 672–683;
        Imbens, G. W. & Kolesár, M. (2016). REStat 98, 701–712.

    Example:
        >>> X = np.column_stack([np.ones(8), np.tile([0.0, 1.0], 4)])
        >>> test = ols_cr(X, [1, 2, 1.5, 2, 0.5, 3, 1, 2.5], np.repeat(range(4), 2), 1)
        >>> round(test.estimate, 3), round(test.std_error, 3), round(test.df, 3)
        (1.375, 0.427, 3.0)
    """
    fit = ClusterRobust(cluster_products(X, y, cluster, weights=weights))
    if icc is None:
        residuals = np.asarray(y, float) - np.asarray(X, float) @ fit.beta
        n = np.ones(len(residuals)) if weights is None else np.asarray(weights, float)
        icc = fit.residual_icc(spread_within(residuals, cluster, n))
    return fit.t_test(which, kind=kind, icc=icc, alternative=alternative, null=null)

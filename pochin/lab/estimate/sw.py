"""Stepped wedge: comparison within periods, the mixed model, the curve over exposure time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.exposure_effects import (
    ExposureCurve,
    ExposureEffects,
    averaged_effects,
    constant_effect,
)
from pochin.lab.estimate.lmm import Contrast, MixedFit, reml_kr
from pochin.lab.estimate.model_lot import HeldVariances, permute_model
from pochin.lab.estimate.panel import LinedUp, about, line_up
from pochin.lab.estimate.sequences import (
    DRAWS,
    by_sequence,
    exposure_time,
    missing_cells,
)
from pochin.lab.estimate.told import by_permutation
from pochin.lab.inference.tails import t_p_value
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    Flag,
    NotIdentified,
    Severity,
    Singular,
)


@dataclass(frozen=True, eq=False)
class WedgeFit:
    """The mixed model over the observed cells of a wedge.

    Attributes:
        model: The fitted mixed model.
        effect: The estimand by Kenward and Roger, in the unit of the outcome.
        cells: Unit and period of each row of the model, shape (M, 2).
        weights: Weight of each cell in the effect, shape (I, T): which cells drive it.
        curve: Effects by exposure time, where they were asked for.
    """

    model: MixedFit
    effect: Contrast
    cells: np.ndarray
    weights: np.ndarray
    _effects: ExposureEffects
    _estimand: np.ndarray
    curve: ExposureCurve | None = None

    @property
    def robust(self) -> Contrast:
        """The estimand with an error that holds however the levels of units drift.

        Raises:
            Singular: The units are too few for it.
        """
        return self.model.robust(self._estimand)


def fit_wedge(
    Y: np.ndarray,
    n: np.ndarray,
    m2: np.ndarray,
    schedule: np.ndarray,
    *,
    wash_in: int = 0,
    nested: bool = True,
) -> WedgeFit:
    """One effect of the solution, period effects, random unit and unit-period effects.

    Args:
        Y: Cell means, shape (I, T), in the unit of the metric; NaN is not observed.
        n: Rows in each cell, shape (I, T).
        m2: Sum of squares within each cell, shape (I, T).
        schedule: Shape (I, T), of −1, 0, 1.
        wash_in: First periods with the solution that get effects of their own.
        nested: Without unit-period effects a wedge rejects true nulls up to 22 % of the time.

    Raises:
        NotIdentified: The solution was never observed after its wash-in.
        Singular: The solution cannot be told from the periods.
        NoConvergence: The likelihood has no clear top.

    Source:
        Hussey, M. A. & Hughes, J. P. (2007). Contemporary Clinical Trials 28, 182–191.
        Hooper, R. et al. (2016). Statistics in Medicine 35, 4718–4728.
    """
    exposures = exposures_seen(Y, schedule)
    if not (exposures > wash_in).any():
        raise NotIdentified("The solution was never observed after its wash-in.")
    return _fit(Y, n, m2, schedule, constant_effect(exposures, wash_in), nested)


def fit_exposure(
    Y: np.ndarray,
    n: np.ndarray,
    m2: np.ndarray,
    schedule: np.ndarray,
    *,
    average_over: tuple[int, ...] | None = None,
    wash_in: int = 0,
    nested: bool = True,
) -> WedgeFit:
    """An effect for each number of periods since the solution came, and their average.

    Args:
        Y, n, m2, schedule, wash_in, nested: As in `fit_wedge`.
        average_over: The exposures whose plain average is the estimand; by default all that
            were observed after the wash-in.

    Raises:
        NotIdentified: An exposure to average over was not observed.
        Singular, NoConvergence: As in `fit_wedge`.

    Source:
        Kenny, A. et al. (2022). Statistics in Medicine 41, 4311–4339.
        Maleyeff, L. et al. (2023). Statistics in Medicine 42, 3764–3785.
    """
    exposures = exposures_seen(Y, schedule)
    settled = exposures[exposures > wash_in]
    wanted = settled if average_over is None else np.asarray(average_over)
    if not len(wanted) or not np.isin(wanted, exposures).all():
        raise NotIdentified("An exposure time to average over was never observed.")
    fit = _fit(Y, n, m2, schedule, averaged_effects(exposures, wanted), nested)
    pick = np.eye(len(fit.model.beta))[-len(exposures) :]
    steps = np.diff(pick[exposures > wash_in], axis=0)
    same = fit.model.joint(steps) if len(steps) else None
    effects = tuple(fit.model.contrast(row) for row in pick)
    robust = tuple(_by_units(fit.model, row) for row in pick)
    return replace(fit, curve=ExposureCurve(exposures, effects, robust, fit.effect, same))


def _by_units(model: MixedFit, row: np.ndarray) -> Contrast:
    """By whole units, or by the model where one unit alone was seen so long."""
    try:
        return model.robust(row)
    except Singular:
        return model.contrast(row)


def exposures_seen(Y: np.ndarray, schedule: np.ndarray) -> np.ndarray:
    since = exposure_time(schedule)[~np.isnan(Y) & (schedule == 1)]
    return np.unique(since)


def _fit(
    Y: np.ndarray,
    n: np.ndarray,
    m2: np.ndarray,
    schedule: np.ndarray,
    effects: ExposureEffects,
    nested: bool,
) -> WedgeFit:
    cells, X, c = layout(~np.isnan(Y), schedule, effects)
    where = tuple(cells.T)
    model = reml_kr(cells[:, 0], n[where], Y[where], m2[where], X, nested=nested)
    weights = np.zeros(Y.shape)
    weights[where] = model.weights(c)
    return WedgeFit(model, model.contrast(c), cells, weights, effects, c)


def layout(
    seen: np.ndarray, schedule: np.ndarray, effects: ExposureEffects
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The cells of the model, (M, 2), its columns, (M, p), and the estimand as weights, (p,)."""
    cells = np.argwhere(seen & (schedule != -1))
    columns = effects.columns(exposure_time(schedule)[tuple(cells.T)])
    X = np.column_stack([period_columns(cells), columns])
    c = np.concatenate([np.zeros(X.shape[1] - len(effects.pick)), effects.pick])
    return cells, X, c


def period_columns(cells: np.ndarray) -> np.ndarray:
    return (cells[:, 1][:, None] == np.unique(cells[:, 1])[None, :]).astype(float)


def hold_variances(fit: WedgeFit, n: np.ndarray, templates: np.ndarray) -> HeldVariances:
    """The fit's estimate as a sum over units for any lot of the sequences, its variances held.

    Args:
        fit: From `fit_wedge` or `fit_exposure`.
        n: Rows in each cell, shape (I, T).
        templates: The sequences, shape (L, T).
    """
    residual, cluster, period = fit.model.components.values()
    w, where = np.zeros(n.shape), tuple(fit.cells.T)
    w[where] = 1 / (residual / n[where] + period)
    X = fit._effects.columns(exposure_time(templates))
    return HeldVariances(w, cluster, X, fit._effects.pick)


KENWARD, PUSTEJOVSKY = "Kenward & Roger 1997", "Pustejovsky & Tipton 2018"


@dataclass(frozen=True)
class MixedModel:
    """REML on the cells of a wedge, judged by whole units, and the curve over exposure time.

    The error is that of units, put right for their number: it holds where the levels of units
    drift each in its own way, which the model does not know of. Kenward and Roger's, which then
    finds an effect in up to a third of true nulls, is had by `errors="model"`; where a variance
    is estimated as zero its approximation is at its weakest, and the p-value and interval come
    from permuting the sequences with the model's own weights instead.

    Args:
        metric: Code of the metric; may be left out when the table holds one.
        estimand: "time-average": the average of the effects by exposure time, which stays right
            when the effect grows, fades or is late. "constant": one effect from the first period
            on; sharper if that is true, and possibly of the wrong sign if it is not.
        average_over: Exposures averaged for "time-average"; all after the wash-in by default.
        wash_in: First periods with the solution that the estimand leaves out, as registered.
        alternative: "two-sided", "greater" or "less".
        draws: Assignments drawn where permutation is needed and there are too many.
        alarm: The curve is flagged as not constant below this p-value.
        errors: "units", or "model" for Kenward and Roger's.

    Source:
        Pustejovsky, J. E. & Tipton, E. (2018). JBES 36, 672–683.
        Kenward, M. G. & Roger, J. H. (1997). Biometrics 53, 983–997.
        Kenny, A. et al. (2022). Statistics in Medicine 41, 4311–4339.
    """

    metric: str | None = None
    estimand: Literal["time-average", "constant"] = "time-average"
    average_over: tuple[int, ...] | None = None
    wash_in: int = 0
    alternative: Alternative = "two-sided"
    draws: int = DRAWS
    alarm: float = 0.05
    errors: Literal["units", "model"] = "units"

    def fit(
        self,
        table: MomentTable,
        assignment: Assignment,
        *,
        rng: np.random.Generator | None = None,
    ) -> EffectResult:
        """Fit both models; answer with the registered one.

        Args:
            table: Moments by unit and period.
            assignment: Who crossed over when.
            rng: Needed only for the fall-back of `errors="model"`, where the lot has too many
                outcomes to list.

        Raises:
            Singular, NotIdentified, NoConvergence: See `fit_wedge` and `fit_exposure`.
        """
        data = line_up(table, assignment, self.metric)
        cells = (data.Y, data.n, data.m2, data.schedule)
        averaged = fit_exposure(*cells, average_over=self.average_over, wash_in=self.wash_in)
        constant = fit_wedge(*cells, wash_in=self.wash_in)
        fit = averaged if self.estimand == "time-average" else constant
        answer = self._answer(data, fit, averaged.curve)
        if self.errors == "model" and fit.model.boundary and assignment.randomized:
            return self._permuted(answer, data, fit, assignment, rng)
        return answer

    def _answer(self, data: LinedUp, fit: WedgeFit, curve: ExposureCurve | None) -> EffectResult:
        by_model = self.errors == "model"
        effect = fit.effect if by_model else fit.robust
        return EffectResult(
            estimate=effect.estimate,
            std_error=effect.std_error,
            df=effect.df,
            p_value=t_p_value(effect.estimate / effect.std_error, effect.df, self.alternative),
            alternative=self.alternative,
            estimand=f"{self.estimand}-effect",
            method="stepped-wedge-mixed-model" if by_model else "stepped-wedge-mixed-model-units",
            reference=f"{KENWARD if by_model else PUSTEJOVSKY}; Kenny et al. 2022",
            variance_components=_with_icc(fit.model.components),
            curve=curve.rows(by_model=by_model) if curve else (),
            values={"cell_weights": fit.weights},
            flags=missing_cells(data)
            + self._course(curve)
            + (_boundary(fit.model) if by_model else ()),
            **about(data, n_units=by_sequence(data)),
        )

    def _course(self, curve: ExposureCurve | None) -> tuple[Flag, ...]:
        if curve is None or curve.constancy is None or not curve.constancy.p_value < self.alarm:
            return ()
        message = (
            "The effect is not the same at every exposure time (p %(p_value).3f); "
            "read the curve, and the average over it rather than one coefficient."
        )
        severity: Severity = "warn" if self.estimand == "constant" else "info"
        evidence = {"p_value": curve.constancy.p_value}
        return (Flag("curve-not-constant", severity, message, evidence),)

    def _permuted(
        self,
        answer: EffectResult,
        data: LinedUp,
        fit: WedgeFit,
        assignment: Assignment,
        rng: np.random.Generator | None,
    ) -> EffectResult:
        if rng is not None and assignment.n_admissible > self.draws:
            # Each lot costs a small regression here, so draws do where listing could.
            labels, exact = assignment.draw_labels(self.draws, rng), False
        else:
            labels, exact = assignment.all_labels(), True
        held = hold_variances(fit, data.n, assignment.templates)
        test = permute_model(held, np.nan_to_num(data.Y), assignment, labels, exact=exact)
        return by_permutation(
            test,
            method="stepped-wedge-mixed-model-permuted",
            reference=answer.reference,
            alternative=self.alternative,
            bound_inverter=test.bound,
            **{name: getattr(answer, name) for name in KEPT},
        )


KEPT = (
    "estimate", "estimand", "variance_components", "curve", "values", "flags", "provenance",
    "n_units", "n_rows", "periods",
)  # fmt: skip
"""What a result keeps of the model where the lot judges it."""


def _with_icc(components: dict[str, float]) -> dict[str, float]:
    """The components with the within-period correlation and the cluster autocorrelation."""
    between = components["cluster"] + components["cluster_period"]
    total = between + components["residual"]
    extra = {"icc": between / total}
    if between > 0:
        extra["cac"] = components["cluster"] / between
    return components | extra


def _boundary(model: MixedFit) -> tuple[Flag, ...]:
    if not model.boundary:
        return ()
    message = (
        "The variance of %(components)s is estimated as zero, where the model's approximation "
        "is weak."
    )
    evidence = {"components": ", ".join(model.boundary)}
    return (Flag("variance-at-zero", "warn", message, evidence),)

"""Interrupted series: a step in one course of time, with autocorrelation, season and comparator.

Without a comparator nothing tells the solution from whatever else came at the same time, so the
answer is then a step, not an effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import stats

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.autoregressive import gls_ar
from pochin.lab.estimate.counts import quasi_poisson
from pochin.lab.estimate.lmm import Contrast
from pochin.lab.estimate.panel import LinedUp, about, line_up
from pochin.lab.estimate.series import series_design
from pochin.lab.inference.tails import t_p_value
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    Alternative,
    EffectResult,
    Flag,
    NotIdentified,
    SchemaMismatch,
)

FEWEST = 24
FEWEST_BEFORE = 12
FEWEST_AFTER = 4
"""Shorter series tell neither season nor autocorrelation from a step."""

NEAR_ONE = 0.9
"""With autocorrelation beyond this a step cannot be told from a wandering level."""


def autocorrelation_test(residual: np.ndarray, coefficients: int) -> tuple[float, float]:
    """Lag-one autocorrelation of residuals and a p-value for there being none.

    Args:
        residual: Shape (T,).
        coefficients: Number of coefficients fitted, which pull the autocorrelation down.

    Source:
        Ljung, G. M. & Box, G. E. P. (1978). Biometrika 65, 297–303, for one lag.
    """
    centred, size = residual - residual.mean(), len(residual)
    r = float(centred[1:] @ centred[:-1] / (centred @ centred))
    # Each coefficient takes about 1/T of autocorrelation out of white noise.
    shifted = r + coefficients / size
    statistic = size * (size + 2) * shifted**2 / (size - 1)
    return r, float(stats.chi2.sf(statistic, 1))


# The estimator.


@dataclass(frozen=True)
class InterruptedSeries:
    """The step at the start of the solution in the mean course of the treated units.

    With untreated units in the assignment the series is the difference between the two, and the
    step may be called an effect; without them the answer says it is a step.

    Args:
        metric: Code of the metric; may be left out when the table holds one.
        kind: "mean": autocorrelated noise around the mean. "log-rate": the same on the logarithm
            of value by denominator. "rate": quasi-Poisson on counts by denominator.
        slope_change: Whether the trend may change, too; the estimand is then the mean step over
            the periods with the solution.
        season: Periods in a season, e.g. 12 for months; None for no season.
        pairs: Pairs of harmonics.
        order: Autoregressive order.
        wash_in: First periods with the solution that are left out, as registered.
        alternative: "two-sided", "greater" or "less".

    Source:
        Wagner, A. K. et al. (2002). J. Clinical Pharmacy and Therapeutics 27, 299–309.
        Lopez Bernal, J. et al. (2017). International Journal of Epidemiology 46, 348–355.
    """

    metric: str | None = None
    kind: Literal["mean", "log-rate", "rate"] = "mean"
    slope_change: bool = False
    season: float | None = None
    pairs: int = 2
    order: int = 1
    wash_in: int = 0
    alternative: Alternative = "two-sided"

    def fit(self, table: MomentTable, assignment: Assignment) -> EffectResult:
        """Fit the series, unless it is too short or wanders too freely.

        Args:
            table: Moments by unit and period; with denominators for rates.
            assignment: Units that start together, and perhaps others that never do.

        Raises:
            NotIdentified: Starts differ, or the solution is taken away again.
            SchemaMismatch: The series has gaps, or a rate has no denominator.
        """
        data = line_up(table, assignment, self.metric)
        treated, start = _start(data)
        series = self._series(table, data, treated)
        X = series_design(
            len(data.periods),
            start,
            slope_change=self.slope_change,
            season=self.season,
            pairs=self.pairs,
        )
        kept = np.r_[0:start, start + self.wash_in : len(X)]
        flags = _too_short(len(kept), start) + _comparator(treated)
        if any(flag.blocks for flag in flags):
            return self._withheld(data, treated, flags)
        c = self._estimand(X[kept], start)
        fit = self._by_counts if self.kind == "rate" else self._by_noise
        effect, more, doubts, beta = fit([one[kept] for one in series], X[kept], c)
        flags += doubts
        if any(flag.blocks for flag in flags):
            return self._withheld(data, treated, flags)
        told = self._told(data, treated, effect, more, flags, series)
        if self.kind != "mean":
            return told
        steps = [2, 3] if self.slope_change else [2]
        foretold = np.delete(X, steps, axis=1) @ np.delete(beta, steps)
        return replace(told, curve=_course(data.periods[kept], series[0][kept], foretold[kept]))

    def _by_noise(
        self, series: list[np.ndarray], X: np.ndarray, c: np.ndarray
    ) -> tuple[Contrast, dict[str, float], tuple[Flag, ...], np.ndarray]:
        fit = gls_ar(series[0], X, order=self.order)
        more = {"autocorrelation": float(fit.partial[0]), "variance": fit.variance}
        return fit.contrast(c), more, _wandering(fit.partial), fit.beta

    def _by_counts(
        self, series: list[np.ndarray], X: np.ndarray, c: np.ndarray
    ) -> tuple[Contrast, dict[str, float], tuple[Flag, ...], np.ndarray]:
        fit = quasi_poisson(series[0], X, exposure=series[1])
        doubts = _autocorrelated(fit.residual, X.shape[1])
        return fit.contrast(c), {"dispersion": fit.dispersion}, doubts, fit.beta

    def _series(
        self, table: MomentTable, data: LinedUp, treated: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        if self.kind == "mean":
            return (_difference(data.Y, treated),)
        panel = table.to_matrix(self.metric, units=data.units, periods=data.periods, part="den")
        counts, exposure = data.n * data.Y, panel.n * panel.Y
        if self.kind == "rate":
            if not treated.all():
                raise NotIdentified("Counts have no difference of series; use kind “log-rate”.")
            return counts.sum(axis=0), exposure.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (_difference(np.log(counts / exposure), treated),)

    def _estimand(self, X: np.ndarray, start: int) -> np.ndarray:
        c = np.zeros(X.shape[1])
        c[2] = 1.0
        if self.slope_change:
            c[3] = X[start:, 3].mean()
        return c

    def _withheld(
        self, data: LinedUp, treated: np.ndarray, flags: tuple[Flag, ...]
    ) -> EffectResult:
        return EffectResult.withheld(
            f"interrupted-series-{self.kind}",
            flags,
            estimand=_named(treated),
            n_units=data.n_units,
            periods=tuple(data.periods.tolist()),
        )

    def _told(
        self,
        data: LinedUp,
        treated: np.ndarray,
        effect: Contrast,
        more: dict[str, float],
        flags: tuple[Flag, ...],
        series: tuple[np.ndarray, ...],
    ) -> EffectResult:
        drawn = series[0] if self.kind != "rate" else series[0] / series[1]
        values: dict[str, Any] = {"series": drawn}
        return EffectResult(
            estimate=effect.estimate,
            std_error=effect.std_error,
            df=effect.df,
            p_value=t_p_value(effect.estimate / effect.std_error, effect.df, self.alternative),
            alternative=self.alternative,
            estimand=_named(treated),
            scale="absolute" if self.kind == "mean" else "log",
            method=f"interrupted-series-{self.kind}",
            reference="Lopez Bernal et al. 2017",
            variance_components=more,
            values=values,
            flags=flags,
            **about(data),
        )


def _course(
    periods: np.ndarray, series: np.ndarray, foretold: np.ndarray
) -> tuple[dict[str, Any], ...]:
    """Each period that counted beside what level, trend and season would have given."""
    rows = zip(periods.tolist(), series, foretold, strict=True)
    return tuple(
        {"period": period, "observed": float(y), "expected": float(e), "gap": float(y - e)}
        for period, y, e in rows
    )


def _start(data: LinedUp) -> tuple[np.ndarray, int]:
    """Who is treated and from where; unlike elsewhere nobody need be untreated."""
    size = data.schedule.shape[1]
    treated = data.first_treated < size
    starts = np.unique(data.first_treated[treated])
    if len(starts) != 1 or starts[0] == 0:
        raise NotIdentified("A series needs one start for all, and periods before it.")
    start = int(starts[0])
    if (data.schedule[treated, start:] == 0).any():
        raise NotIdentified("The solution is taken away again, so there is no single step.")
    return treated, start


def _difference(Y: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """Mean course of the treated, less that of the others where there are any."""
    if not np.isfinite(Y).all():
        raise SchemaMismatch("A unit has periods without readings; leave the unit or period out.")
    own = Y[treated].mean(axis=0)
    return own if treated.all() else own - Y[~treated].mean(axis=0)


def _named(treated: np.ndarray) -> str:
    return "step" if treated.all() else "att"


def _comparator(treated: np.ndarray) -> tuple[Flag, ...]:
    if not treated.all():
        return ()
    message = (
        "There is no comparator: whatever else happened at the start is in this step, so it is "
        "not called an effect."
    )
    return (Flag("no-comparator", "warn", message),)


def _too_short(periods: int, start: int) -> tuple[Flag, ...]:
    after = periods - start
    if periods >= FEWEST and start >= FEWEST_BEFORE and after >= FEWEST_AFTER:
        return ()
    message = (
        "%(before)d periods before and %(after)d after are too few for a series; describe it "
        "without a test."
    )
    return (Flag("series-too-short", "block", message, {"before": start, "after": after}),)


def _wandering(partial: np.ndarray) -> tuple[Flag, ...]:
    if np.abs(partial[0]) < NEAR_ONE:
        return ()
    message = (
        "The series wanders (autocorrelation %(autocorrelation).2f), so a step cannot be told "
        "from chance; describe it without a test."
    )
    evidence = {"autocorrelation": float(partial[0])}
    return (Flag("series-wanders", "block", message, evidence),)


def _autocorrelated(residual: np.ndarray, coefficients: int) -> tuple[Flag, ...]:
    r, p_value = autocorrelation_test(residual, coefficients)
    if p_value >= 0.05:
        return ()
    message = (
        "Counts of neighbouring periods go together (autocorrelation %(autocorrelation).2f), "
        "which this model leaves out; use kind “log-rate”."
    )
    return (Flag("counts-autocorrelated", "block", message, {"autocorrelation": r}),)

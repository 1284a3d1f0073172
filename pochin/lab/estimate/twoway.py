"""Two-way fixed effects with weights and an instrument, as published analyses report them.

The lab compares with these; it does not judge by them. Their standard errors take the rows as
independent, and with effects that differ in time the coefficient is no average of them (Goodman-
Bacon 2021, Journal of Econometrics 225, 254–277).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from pochin.lab.result import Flag, NotIdentified, SchemaMismatch

WEAK = 10.0
"""First-stage F below which an instrument is called weak (Staiger & Stock 1997)."""


@dataclass(frozen=True)
class TwoWayFit:
    """A coefficient beside effects of units and periods.

    Attributes:
        estimate: In the unit of the outcome (per unit of the treatment).
        std_error: For independent rows of equal variance (by weight), same unit.
        df: Rows less coefficients.
        p_value: Two-sided, by t.
        n: Rows used.
        r_squared: Of the weighted outcome about its weighted mean.
        f_statistic: Of all coefficients but the mean; None with an instrument.
        first_stage_f: Strength of the instrument; None without one.
        flags: "weak-instrument" where `first_stage_f` is below 10.
    """

    estimate: float
    std_error: float
    df: int
    p_value: float
    n: int
    r_squared: float
    f_statistic: float | None = None
    first_stage_f: float | None = None
    flags: tuple[Flag, ...] = ()


def two_way(
    y: np.ndarray,
    unit: np.ndarray,
    period: np.ndarray,
    treatment: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    covariates: np.ndarray | None = None,
    instrument: np.ndarray | None = None,
) -> TwoWayFit:
    """Regress on a treatment with unit and period effects, by (two-stage) least squares.

    Args:
        y: Outcomes, shape (R,); rows that are NaN here or in the treatment are left out.
        unit, period: Labels, shape (R,).
        treatment: What units did, or their assignment, shape (R,).
        weights: Shape (R,), positive.
        covariates: Shape (R,) or (R, k).
        instrument: The assignment, where `treatment` is what was really done, shape (R,).

    Raises:
        SchemaMismatch: Shapes differ.
        NotIdentified: The treatment does not vary beside units and periods, or too few rows.

    Source:
        Angrist, J. D. & Pischke, J.-S. (2009). Mostly Harmless Econometrics, ch. 4–5.

    Example:
        >>> y, treatment = [1.0, 2.1, 3.0, 6.0, 2.0, 2.9], [0, 0, 0, 1, 0, 0]
        >>> round(two_way(y, [1, 1, 2, 2, 3, 3], [1, 2] * 3, treatment).estimate, 3)
        2.0
    """
    rows = _Rows.of(y, unit, period, treatment, weights, covariates, instrument)
    left = rows.columns - rows.others @ np.linalg.lstsq(rows.others, rows.columns, rcond=None)[0]
    outcome, done, lot = left.T if instrument is not None else left[:, [0, 1, 1]].T
    rank = int(np.linalg.matrix_rank(rows.others)) + 1
    df = len(outcome) - rank
    if df < 1:
        raise NotIdentified(f"{len(outcome)} rows are too few for {rank} coefficients.")
    power = float(lot @ done)
    if abs(power) < 1e-10 * float(rows.root @ rows.root):
        raise NotIdentified("The treatment does not vary beside the effects of units and periods.")
    estimate = float(lot @ outcome) / power
    rss = float(((outcome - estimate * done) ** 2).sum())
    std_error = float(np.sqrt(rss / df * (lot @ lot))) / abs(power)
    first_stage = None if instrument is None else _strength(lot, done, df)
    tss = rows.spread
    return TwoWayFit(
        estimate=estimate,
        std_error=std_error,
        df=df,
        p_value=float(2 * stats.t.sf(abs(estimate) / std_error, df)) if std_error else 0.0,
        n=len(outcome),
        r_squared=1 - rss / tss,
        f_statistic=(tss - rss) / (rank - 1) / (rss / df) if instrument is None and rss else None,
        first_stage_f=first_stage,
        flags=_weak(first_stage),
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows without gaps, each multiplied by the root of its weight.

    Attributes:
        root: Roots of the weights, shape (R,).
        columns: Outcome, treatment and instrument (where there is one), shape (R, 2 or 3).
        others: Indicators of units and periods, and covariates, shape (R, k).
    """

    root: np.ndarray
    columns: np.ndarray
    others: np.ndarray

    @classmethod
    def of(
        cls,
        y: np.ndarray,
        unit: np.ndarray,
        period: np.ndarray,
        treatment: np.ndarray,
        weights: np.ndarray | None,
        covariates: np.ndarray | None,
        instrument: np.ndarray | None,
    ) -> _Rows:
        parts = [y, treatment] + ([] if instrument is None else [instrument])
        parts = [np.asarray(one, float) for one in parts]
        weights = np.ones(len(parts[0])) if weights is None else np.asarray(weights, float)
        unit, period = np.asarray(unit), np.asarray(period)
        if len({len(one) for one in (*parts, unit, period, weights)}) > 1:
            raise SchemaMismatch("Outcomes, units, periods and treatments differ in length.")
        extra = np.zeros((len(unit), 0))
        if covariates is not None:
            extra = np.asarray(covariates, float).reshape(len(unit), -1)
        values = np.column_stack(parts)
        kept = np.isfinite(values).all(axis=1) & np.isfinite(extra).all(axis=1) & (weights > 0)
        unit, period, root = unit[kept], period[kept], np.sqrt(weights[kept])
        indicators = [unit[:, None] == np.unique(unit), period[:, None] == np.unique(period)[1:]]
        others = np.column_stack([*indicators, extra[kept]])
        return cls(root, values[kept] * root[:, None], others * root[:, None])

    @property
    def spread(self) -> float:
        """Weighted sum of squares of the outcome about its weighted mean."""
        y = self.columns[:, 0]
        return float(((y - self.root * (self.root @ y) / (self.root @ self.root)) ** 2).sum())


def _strength(lot: np.ndarray, done: np.ndarray, df: int) -> float:
    slope = float(lot @ done) / float(lot @ lot)
    left = float(((done - slope * lot) ** 2).sum())
    return slope**2 * float(lot @ lot) / (left / df) if left else np.inf


def _weak(first_stage: float | None) -> tuple[Flag, ...]:
    if first_stage is None or first_stage >= WEAK:
        return ()
    message = "Few did as the lot said (first-stage F %(f).1f): the effect on them is vague."
    return (Flag("weak-instrument", "warn", message, {"f": first_stage}),)

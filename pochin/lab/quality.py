"""Is what comes in what was planned: checks of the data while a pilot runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.flags import flag
from pochin.lab.result import Flag

LEAST_PERIODS = 28
"""Fewer cannot tell a change of regime from days that hang together."""


def duplicates(keys: Any, *, rule: str = "refuse") -> list[Flag]:
    """Count readings that stand more than once.

    Args:
        keys: What makes a reading itself (event id, or unit, time, metric, subject), shape (N,)
            or (N, k).
        rule: The plan's: "refuse" blocks; "first" and "last" keep one and tell.
    """
    keys = np.asarray(keys)
    rows = keys.reshape(len(keys), -1)
    extra = len(rows) - len(np.unique(rows, axis=0)) if len(rows) else 0
    if not extra:
        return []
    evidence: dict[str, Any] = {"count": extra, "share": 100 * extra / len(rows)}
    return [flag("duplicates", severity="block" if rule == "refuse" else "info", **evidence)]


def time_travel(
    happened: Any, received: Any, *, start: float, end: float, tolerance: float = 0.0
) -> list[Flag]:
    """Count readings outside the pilot's time, or received before they happened.

    Args:
        happened, received: Moments in one unit (e.g. seconds UTC), shape (N,).
        start, end: Of the pilot, half-open, same unit.
        tolerance: How far clocks may disagree.
    """
    happened, received = np.asarray(happened, float), np.asarray(received, float)
    wrong = (happened < start) | (happened >= end) | (received + tolerance < happened)
    count = int(wrong.sum())
    return [flag("time-travel", count=count)] if count else []


def volume_steps(
    n: Any,
    unit_ids: Sequence[Any] | np.ndarray,
    period_ids: Sequence[Any] | np.ndarray,
    *,
    factor: float = 2.0,
) -> list[Flag]:
    """Units whose number of readings jumped and stayed: a new device or another way of counting.

    Args:
        n: Readings by unit and period, shape (I, T).
        factor: A jump of the median by at least this, up or down, is told.
    """
    counts = np.asarray(n, float)
    relative = counts / np.maximum(np.median(counts, axis=0, keepdims=True), 1e-9)
    found = []
    for i, row in enumerate(relative):
        jumps = {
            t: (np.median(row[t:]) + 1e-9) / (np.median(row[:t]) + 1e-9)
            for t in range(2, len(row) - 1)
        }
        t = max(jumps, key=lambda one: abs(math.log(jumps[one])), default=0)
        if jumps and abs(math.log(jumps[t])) >= math.log(factor):
            unit, period = str(unit_ids[i]), str(period_ids[t])
            found.append(
                flag("volume-step", at=unit, unit=unit, period=period, factor=float(jumps[t]))
            )
    return found


def size_drift(before: Any, during: Any, arms: Any, *, most: float = 0.1) -> list[Flag]:
    """Whether volumes of the arms moved apart since the baseline, which a solution can cause.

    Args:
        before, during: Readings a period by unit, shape (I,).
        arms: 1 treated, 0 control, shape (I,).
        most: Relative change of the ratio that is not worth a word.
    """
    b, d, arms = np.asarray(before, float), np.asarray(during, float), np.asarray(arms)
    (b1, d1), (b0, d0) = ((b[arms == arm].sum(), d[arms == arm].sum()) for arm in (1, 0))
    if not min(b1, b0, d0) > 0:
        return []  # Nothing was counted that could move apart.
    ratio = (d1 / b1) / (d0 / b0)
    if abs(ratio - 1) <= most:
        return []
    return [flag("sizes-drift", change=100 * float(ratio - 1))]


def drift(
    values: Any, period_ids: Sequence[Any] | np.ndarray, *, alpha: float = 0.01
) -> list[Flag]:
    """Look for a change of regime, on control units only, so that nothing is unblinded.

    The cumulative sum of departures from the mean is compared with a Brownian bridge. The
    long-run variance is that of an autoregression of order one around the best single break,
    so that a change does not hide itself. Below 28 periods nothing is said: the comparison
    would cry wolf.

    Args:
        values: Means of the control units by unit and period, shape (I, T), or (T,); NaN is
            not observed.
        period_ids: Shape (T,).
        alpha: Level.

    Source:
        Ploberger, W. & Krämer, W. (1992). Econometrica 60, 271–285; Andrews, D. W. K. (1991).
        Econometrica 59, 817–858 (AR(1) long-run variance); Vogelsang, T. J. (1999). Journal of
        Econometrics 88, 283–299 (why around the break).
    """
    y = np.atleast_2d(np.asarray(values, float))
    y = y[np.isfinite(y).any(axis=1)]
    if not len(y) or y.shape[1] < LEAST_PERIODS:
        return []
    series = np.nanmean(y - np.nanmean(y, axis=1, keepdims=True), axis=0)
    size = len(series)
    if size < LEAST_PERIODS or not np.isfinite(series).all() or np.ptp(series) == 0:
        return []
    path = np.abs(np.cumsum(series - series.mean()))
    turn = int(path[:-1].argmax()) + 1
    p = float(stats.kstwobign.sf(path.max() / math.sqrt(size * _long_run_variance(series, turn))))
    return [flag("regime-change", period=str(period_ids[turn]), p_value=p)] if p < alpha else []


def _long_run_variance(series: np.ndarray, turn: int) -> float:
    """Of an autoregression of order one around a mean on each side of the turn."""
    away = series - np.where(
        np.arange(len(series)) < turn, series[:turn].mean(), series[turn:].mean()
    )
    phi = float(away[1:] @ away[:-1] / (away[:-1] @ away[:-1])) if away.any() else 0.0
    phi = float(np.clip(phi + (1 + 4 * phi) / len(series), -0.9, 0.95))
    innovation = float(((away[1:] - phi * away[:-1]) ** 2).sum()) / (len(series) - 4)
    return max(innovation, 1e-12 * float(np.var(series))) / (1 - phi) ** 2


def variance_reestimate(
    values: Any, planned_variance: float, n_units: int, *, most: float = 1.25
) -> list[Flag]:
    """Halfway: do units vary more than planned? Arms are pooled, so nothing is unblinded.

    Args:
        values: One value a unit, arms not told apart, shape (I,).
        planned_variance: Of a unit's mean at this moment, unit of the metric squared.
        n_units: Units in the plan.
        most: Ratio that is not worth a word.

    Source:
        Gould, A. L. & Shih, W. J. (1992). Communications in Statistics 21, 2833–2853.
    """
    seen = np.asarray(values, float)
    ratio = float(np.var(seen[np.isfinite(seen)], ddof=1)) / planned_variance
    if ratio <= most:
        return []
    return [flag("variance-above-plan", ratio=ratio, units=2 * math.ceil(n_units * ratio / 2))]


def spillover(values: Any, distance: Any, *, alpha: float = 0.05) -> list[Flag]:
    """Whether control units near treated ones differ from those farther away.

    Args:
        values: Control units' values, or changes from baseline, shape (J,).
        distance: Of each to the nearest treated unit, any unit, shape (J,).
        alpha: Level of Spearman's rank test.
    """
    y, d = np.asarray(values, float), np.asarray(distance, float)
    if len(y) < 4 or np.ptp(y) == 0 or np.ptp(d) == 0:
        return []
    p = float(stats.spearmanr(d, y).pvalue)
    return [flag("spillover", p_value=p)] if p < alpha else []


def unplanned_look(
    share: float, planned: Sequence[float], *, tolerance: float = 0.02
) -> list[Flag]:
    """Block a look that the plan does not name (fixed designs name one, at the end)."""
    if any(abs(share - one) <= tolerance for one in planned):
        return []
    return [flag("looks-unplanned", share=100 * share)]


def stop_reason(reason: str, registered: Sequence[str]) -> list[Flag]:
    """Block a stop for a reason the plan does not name."""
    return [] if reason in registered else [flag("stop-reason-unknown", reason=reason)]


def costs(actual: Mapping[str, float], high: Mapping[str, float]) -> list[Flag]:
    """Items that cost more than the plan's range, in minor units of the currency."""
    return [
        flag("cost-over-range", at=name, item=name, actual=round(paid), high=round(high[name]))
        for name, paid in actual.items()
        if name in high and paid > high[name]
    ]


def same_hash(found: str, locked: str, *, of: str = "plan") -> list[Flag]:
    """Block when the plan, or the metric's definition, is not the locked one."""
    if found.lower() == locked.lower():
        return []
    return [flag("plan-changed" if of == "plan" else "metric-changed")]

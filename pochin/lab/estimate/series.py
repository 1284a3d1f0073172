"""The design of an interrupted series: level, slope, step, change of slope, season."""

from __future__ import annotations

import numpy as np


def harmonics(time: np.ndarray, season: float, pairs: int = 2) -> np.ndarray:
    """Sines and cosines with whole numbers of waves in a season, shape (T, 2·pairs).

    >>> harmonics(np.array([3.0]), 12, 1).round(6).tolist()
    [[1.0, 0.0]]
    """
    angle = 2 * np.pi * np.outer(time, np.arange(1, pairs + 1)) / season
    return np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(len(angle), -1)


def series_design(
    periods: int,
    start: int,
    *,
    slope_change: bool = False,
    season: float | None = None,
    pairs: int = 2,
) -> np.ndarray:
    """Columns of level, trend, step, change of slope (where asked) and season, shape (T, p).

    Args:
        periods: Length of the series.
        start: Position of the first period with the solution.
        slope_change: Whether the trend may change at the start, too.
        season: Periods in a season, e.g. 12 for months.
        pairs: Pairs of harmonics.
    """
    time = np.arange(periods, dtype=float)
    step = (time >= start).astype(float)
    columns = [np.ones(periods), time - time.mean(), step]
    if slope_change:
        columns.append(step * (time - start))
    if season:
        columns.append(harmonics(time + 1, season, pairs))
    return np.column_stack(columns)

"""Several questions at once: adjusted p-values."""

from __future__ import annotations

from typing import Any

import numpy as np


def _checked(p_values: Any) -> np.ndarray:
    p = np.asarray(p_values, float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values are {p_values!r}, but they must be a list between 0 and 1")
    return p


def bonferroni(p_values: Any) -> np.ndarray:
    """Each p-value times their number, shape (m,).

    >>> bonferroni([0.01, 0.6]).tolist()
    [0.02, 1.0]
    """
    p = _checked(p_values)
    return np.minimum(1.0, p * len(p))


def holm(p_values: Any) -> np.ndarray:
    """Adjusted p-values that keep the chance of any false rejection, shape (m,).

    Source:
        Holm, S. (1979). Scandinavian Journal of Statistics 6, 65–70.

    Example:
        >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
        [0.03, 0.06, 0.06]
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def benjamini_hochberg(p_values: Any) -> np.ndarray:
    """Adjusted p-values that keep the share of false rejections, shape (m,).

    Source:
        Benjamini, Y. & Hochberg, Y. (1995). JRSS B 57, 289–300.

    Example:
        >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(2).tolist()
        [0.03, 0.04, 0.04]
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    steps = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(steps[::-1])[::-1])
    return adjusted

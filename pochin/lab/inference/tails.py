"""Tail probabilities for the alternative that was registered."""

from __future__ import annotations

import numpy as np
from scipy import special

from pochin.lab.result import Alternative


def t_p_value(t: float, df: float, alternative: Alternative = "two-sided") -> float:
    """Tail of Student's t; `df` may be infinite.

    >>> round(t_p_value(-2.0, np.inf, "less"), 4)
    0.0228
    """
    if alternative == "two-sided":
        return float(2 * _upper(abs(t), df))
    return float(_upper(t if alternative == "greater" else -t, df))


def _upper(t: float, df: float) -> float:
    return float(special.ndtr(-t) if np.isinf(df) else special.stdtr(df, -t))

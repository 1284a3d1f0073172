"""Tail probabilities for the alternative that was registered."""

from __future__ import annotations

import numpy as np
from scipy import special

from pochin.lab.result import Alternative

ROUNDING = 1e-14
"""An error smaller than this share of the values is what their last digits make of no spread."""

CANCELLED = 1e-13
"""The same of a sum of squares from which another was taken away."""


def t_p_value(t: float, df: float, alternative: Alternative = "two-sided") -> float:
    """Tail of Student's t; `df` may be infinite.

    >>> round(t_p_value(-2.0, np.inf, "less"), 4)
    0.0228
    """
    if alternative == "two-sided":
        return float(2 * _upper(abs(t), df))
    return float(_upper(t if alternative == "greater" else -t, df))


def without_spread(error: float, scale: float) -> bool:
    """Whether an error is no more than rounding of values as large as `scale`.

    >>> without_spread(float(np.std([0.1, 0.1, 0.1])), 0.1), without_spread(1e-12, 0.1)
    (True, False)
    """
    return not error > ROUNDING * abs(scale)


def left_over(whole: float, left: float) -> float:
    """What is left of a sum of squares; none where that is rounding of the whole."""
    return left if left > CANCELLED * whole else 0.0


def _upper(t: float, df: float) -> float:
    return float(special.ndtr(-t) if np.isinf(df) else special.stdtr(df, -t))

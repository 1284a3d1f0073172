"""How alike rows of one unit are: the intraclass correlation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.moments import coded
from pochin.lab.result import (
    Singular,
    TooFewUnits,
    check_level,
)


def spread_within(values: np.ndarray, units: Any, n: np.ndarray) -> float:
    """Sum of squares of `values` (R,), each counting `n` (R,) times, around the units' means.

    Example:
        >>> spread_within(np.array([1.0, 3.0, 8.0]), ["a", "a", "b"], np.array([2, 2, 5]))
        4.0
    """
    _, place = coded(np.asarray(units))
    level = np.bincount(place, n * values) / np.bincount(place, n)
    return float(n @ (values - level[place]) ** 2)


@dataclass(frozen=True)
class IntraclassCorrelation:
    """Share of the variance that lies between units, with Searle's interval."""

    icc: float
    between: float
    within: float
    mean_size: float
    low: float
    high: float
    level: float


def icc_from_squares(
    between: float, within: float, units: int, mean_size: float, rows: int, *, level: float = 0.95
) -> IntraclassCorrelation:
    """ICC from the mean squares between and within units.

    Args:
        between, within: Mean squares, in the unit of the metric squared.
        units, rows: How many there are.
        mean_size: m0, the rows of a unit (Donner's average where sizes differ).

    Source:
        Donner, A. (1986). International Statistical Review 54, 67–82.
        Searle, S. R. (1971). Biometrics 27, 1–76 (exact for equal sizes).

    Example:
        >>> round(icc_from_squares(11.24, 6.26, 6, 4, 24).icc, 2)
        0.17
    """
    check_level(level)
    if within <= 0:
        raise Singular("Rows within units do not vary, so the correlation has no value.")
    F, m = between / within, mean_size
    upper, lower = (
        stats.f.ppf(probability, units - 1, rows - units)
        for probability in ((1 + level) / 2, (1 - level) / 2)
    )
    low, high = (float((F / q - 1) / (F / q + m - 1)) for q in (upper, lower))
    return IntraclassCorrelation((F - 1) / (F + m - 1), between, within, m, low, high, level)


def icc_anova(n: Any, mean: Any, m2: Any, *, level: float = 0.95) -> IntraclassCorrelation:
    """ICC by the analysis of variance, from each unit's count, mean and sum of squares.

    Args:
        n, mean, m2: Shape (I,); units without rows are left out.

    Raises:
        TooFewUnits: Fewer than two units, or no unit with two rows.

    Source:
        Donner, A. (1986). International Statistical Review 54, 67–82.

    Example:
        >>> round(icc_anova([2, 2, 2], [1.0, 3.0, 5.0], [2.0, 2.0, 2.0]).icc, 4)
        0.6
    """
    n, mean, m2 = (np.asarray(one, float) for one in (n, mean, m2))
    n, mean, m2 = n[n > 0], mean[n > 0], m2[n > 0]
    units, rows = len(n), int(n.sum())
    if units < 2 or rows <= units:
        raise TooFewUnits("The correlation within units needs two units with two rows each.")
    grand = float(n @ mean / rows)
    between = float(n @ (mean - grand) ** 2) / (units - 1)
    size = (rows - float(n @ n) / rows) / (units - 1)
    return icc_from_squares(
        between, float(m2.sum()) / (rows - units), units, size, rows, level=level
    )

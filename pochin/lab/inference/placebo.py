"""Ranks among placebos: the honest p-value where one or few units are treated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pochin.lab.result import Alternative, NotIdentified, check_level

# Ties are told apart from differences in the last digits of a sum.
TIE = 1e-9


@dataclass(frozen=True)
class PlaceboTest:
    """Where the real statistic stands among those of units that were not treated.

    Attributes:
        p_value: Share of statistics, the real one among them, that are as extreme.
        p_floor: 1 / (J + 1): no data whatever could have given less.
        rank: 1 if the real one is the most extreme; ties count against it.
        n: Number of statistics, J + 1.
    """

    p_value: float
    p_floor: float
    rank: int
    n: int


def _extreme(values: np.ndarray, alternative: Alternative) -> np.ndarray:
    if alternative == "two-sided":
        return np.abs(values)
    return values if alternative == "greater" else -values


def rank_test(
    observed: float, placebos: np.ndarray, *, alternative: Alternative = "two-sided"
) -> PlaceboTest:
    """Rank a statistic among J placebos, exact when all J + 1 are exchangeable.

    Args:
        observed: The statistic of the treated.
        placebos: The same statistic of each placebo, shape (J,).
        alternative: "greater" and "less" rank signed values, "two-sided" absolute ones.

    Raises:
        NotIdentified: There are no placebos.

    Source:
        Abadie, A., Diamond, A. & Hainmueller, J. (2010). JASA 105, 493–505.

    Example:
        >>> rank_test(-5.0, np.array([1.0, -2.0, 0.5])).p_value
        0.25
    """
    if not len(placebos):
        raise NotIdentified("There is no untreated unit to compare the treated one with.")
    real, others = _extreme(np.array([observed]), alternative), _extreme(placebos, alternative)
    # By the size of what is compared: one placebo far out must not make ties of all others.
    finite = np.abs(others[np.isfinite(others)])
    usual = float(np.median(finite)) if len(finite) else 0.0
    slack = TIE * max(1e-300, usual, abs(float(real[0])) if np.isfinite(real[0]) else 0.0)
    rank = 1 + int((others >= real - slack).sum())
    n = len(placebos) + 1
    return PlaceboTest(rank / n, 1 / n, rank, n)


def placebo_interval(
    estimate: float,
    placebos: np.ndarray,
    *,
    level: float = 0.95,
    scale: float = 1.0,
    scales: np.ndarray | float = 1.0,
) -> tuple[float, float]:
    """The constant effects that the two-sided rank test at 1 − `level` does not reject.

    Read it as “compatible with the placebos”, not as sampling error. It is unbounded where
    1 − `level` lies below the floor 1 / (J + 1).

    Args:
        estimate: Effect of the treated, in the unit of the outcome.
        placebos: Effects of the placebos, same unit, shape (J,).
        level: Between 0 and 1.
        scale, scales: What the effects are divided by before ranking (fit before the start).

    Source:
        Firpo, S. & Possebom, V. (2018). Journal of Causal Inference 6, 20160026.

    Example:
        >>> placebo_interval(-5.0, np.array([1.0, -2.0, 0.5]), level=0.5)
        (-6.0, -4.0)
        >>> placebo_interval(-5.0, np.array([1.0, -2.0, 0.5]), level=0.95)
        (-inf, inf)
    """
    check_level(level)
    # The shifted effect is kept while 1 + #{placebos as large} > (1 − level)(J + 1).
    spare = math.floor((1 - level) * (len(placebos) + 1) + TIE)
    if spare < 1:
        return -math.inf, math.inf
    largest = np.sort(np.abs(placebos) / scales)[::-1]
    half = scale * float(largest[spare - 1]) if spare <= len(largest) else 0.0
    return estimate - half, estimate + half

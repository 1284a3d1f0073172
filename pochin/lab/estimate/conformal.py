"""Conformal inference for a synthetic twin: periods change places instead of units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from pochin.lab.inference.simplex import simplex_weights
from pochin.lab.result import Alternative, NotIdentified, SchemaMismatch, check_level

# Ties are told apart from differences in the last digits of a sum.
TIE = 1e-9
GRID = 24
HALVINGS = 18
DOUBLINGS = 40


@dataclass(frozen=True)
class ConformalTest:
    """How unusual the periods after the start are, once an effect is taken off them.

    Attributes:
        p_value: Share of the moves of time under which the gaps after the start are as large.
        p_floor: 1 / T: no data whatever could have given less.
        statistic: Mean size of the gaps after the start, in the unit of the outcome (signed where
            the test is one-sided).
    """

    p_value: float
    p_floor: float
    statistic: float


def conformal_test(
    y: Any,
    donors: Any,
    start: int,
    effect: Any = 0.0,
    *,
    q: float = 1.0,
    alternative: Alternative = "two-sided",
) -> ConformalTest:
    """Test an effect of one treated unit by moving blocks of time.

    The supposed effect is taken off, the twin is fitted to all periods, and the gaps after the
    start are compared with those of every stretch of time of the same length, running on from the
    end to the beginning. Exact where gaps are exchangeable over time, close where they are
    stationary; it needs no placebo, so it can speak where donors are few, and time must be long.

    Args:
        y: The treated unit, shape (T,), in the unit of the outcome.
        donors: The others, shape (J, T).
        start: Position of the first period with the solution; T − start periods have it.
        effect: What is supposed, one number or shape (T − start,), same unit.
        q: Power of the mean that sums the gaps up; 1 is robust to a single wild period.
        alternative: "greater" and "less" rank the signed mean gap.

    Raises:
        NotIdentified: No donors, no period before, or no period after.
        SchemaMismatch: A value is missing.
        NoConvergence: The weights did not settle.

    Source:
        Chernozhukov, V., Wüthrich, K. & Zhu, Y. (2021). JASA 116, 1849–1864.

    Example:
        >>> donors = np.array([[1.0, 2.0, 3.0, 4.0, 2.0], [5.0, 4.0, 5.0, 6.0, 1.0]])
        >>> y = donors.mean(axis=0) + np.array([0.1, -0.1, 0.1, -0.1, 5.0])
        >>> conformal_test(y, donors, 4).p_value
        0.2
    """
    y, donors = _checked(y, donors, start)
    return _moved(_gaps(y, donors, start, effect), start, q, alternative)


def _checked(y: Any, donors: Any, start: int) -> tuple[np.ndarray, np.ndarray]:
    y, donors = np.asarray(y, float), np.asarray(donors, float)
    if not 0 < start < len(y):
        raise NotIdentified("A twin needs periods before the start and after it.")
    if np.isnan(y).any() or np.isnan(donors).any():
        raise SchemaMismatch("A value is missing; a twin needs every period of every unit.")
    return y, donors


def _gaps(y: np.ndarray, donors: np.ndarray, start: int, effect: Any) -> np.ndarray:
    """Unit less twin under the supposed effect, all periods fitted, shape (T,)."""
    without = y.copy()
    without[start:] -= effect
    return np.asarray(without - simplex_weights(donors.T, without) @ donors)


def _moved(gaps: np.ndarray, start: int, q: float, alternative: Alternative) -> ConformalTest:
    """The gaps after the start among those of each stretch of the same length."""
    periods, length = len(gaps), len(gaps) - start
    if alternative == "two-sided":
        sizes = np.abs(gaps) ** q
    else:
        sizes = gaps if alternative == "greater" else -gaps
    twice = np.concatenate([[0.0], np.cumsum(np.concatenate([sizes, sizes]))])
    sums = twice[length : length + periods] - twice[:periods]
    slack = TIE * max(1e-300, float(np.abs(sizes).max())) * length
    rank = int((sums >= sums[start] - slack).sum())
    mean = float(sums[start]) / length
    told = mean ** (1 / q) if alternative == "two-sided" else mean
    return ConformalTest(rank / periods, 1 / periods, told)


def conformal_interval(
    y: Any, donors: Any, start: int, *, level: float = 0.95, q: float = 1.0
) -> tuple[float, float]:
    """The constant effects `conformal_test` does not reject at 1 − `level`.

    Where the effects kept fall into pieces, the interval holds all of them. It is without end
    where 1 − `level` lies below the floor 1 / T.

    Args:
        y, donors, start, q: As in `conformal_test`.
        level: Between 0 and 1.

    Returns:
        Ends, in the unit of the outcome.

    Raises:
        NotIdentified, SchemaMismatch, NoConvergence: As `conformal_test`.

    Source:
        Chernozhukov, Wüthrich & Zhu (2021), section 2.2.

    Example:
        >>> t = np.arange(40.0)
        >>> donors = np.array([np.sin(t), np.cos(t), t / 40])
        >>> y = donors.mean(axis=0) + 0.1 * (-1) ** t + 3 * (t >= 36)
        >>> low, high = conformal_interval(y, donors, 36, level=0.9)
        >>> 2.5 < low < 3 < high < 3.5
        True
    """
    check_level(level)
    y, donors = _checked(y, donors, start)
    alpha = 1 - level
    if alpha * len(y) < 1 - TIE:
        return -math.inf, math.inf

    def kept(effect: float) -> bool:
        gaps = _gaps(y, donors, start, effect)
        return _moved(gaps, start, q, "two-sided").p_value > alpha + TIE

    middle, width = _guess(y, donors, start)
    ends = [_end(kept, middle, side * width) for side in (-1.0, 1.0)]
    return ends[0], ends[1]


def _guess(y: np.ndarray, donors: np.ndarray, start: int) -> tuple[float, float]:
    """The effect by the twin of the periods before, and how far gaps reach there."""
    gap = y - simplex_weights(donors[:, :start].T, y[:start]) @ donors
    spread = float(np.abs(gap[:start]).mean()) + 1e-6 * (float(np.ptp(y)) or 1.0)
    return float(gap[start:].mean()), spread


def _end(kept: Any, middle: float, width: float) -> float:
    """The outermost effect that is kept on one side of the middle."""
    reach = width
    for _ in range(DOUBLINGS):
        # Twice in a row: what is kept may have holes.
        if not kept(middle + reach) and not kept(middle + 1.5 * reach):
            break
        reach *= 2
    steps = np.linspace(0.0, reach, GRID + 1)
    held = [k for k in range(GRID) if kept(middle + steps[k])]
    inner = steps[held[-1]] if held else 0.0
    outer = steps[held[-1] + 1] if held else steps[1]
    for _ in range(HALVINGS):
        half = (inner + outer) / 2
        if kept(middle + half):
            inner = half
        else:
            outer = half
    return middle + float(outer)


def conformal_path(
    y: Any, donors: Any, start: int, *, level: float = 0.95
) -> tuple[tuple[float, float], ...]:
    """An interval for the effect in each period after the start, one period at a time.

    Each period is tried beside those before the start alone, so its floor is 1 / (start + 1).

    Args:
        y, donors, start, level: As in `conformal_interval`.

    Returns:
        Ends of each period, in the unit of the outcome, T − start pairs.

    Raises:
        NotIdentified, SchemaMismatch, NoConvergence: As `conformal_test`.

    Source:
        Chernozhukov, Wüthrich & Zhu (2021), algorithm 1 (pointwise intervals).

    Example:
        >>> conformal_path([1.0, 2.0, 9.0], [[1.0, 2.0, 3.0]], 2)
        ((-inf, inf),)
    """
    y, donors = _checked(y, donors, start)
    before = np.arange(start)
    return tuple(
        conformal_interval(y[(used := np.append(before, t))], donors[:, used], start, level=level)
        for t in range(start, len(y))
    )

"""Permutation tests and intervals in one pass, for estimates that are linear in the outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pochin.lab.inference.tails import without_spread
from pochin.lab.result import Alternative, Singular

# A statistic counts as extreme as the real one when they differ in the last digits only.
TIE = 1e-10


@dataclass(frozen=True, eq=False)
class LinearPermutation:
    """Estimates of every admissible assignment when an effect c is taken out: A_k − c B_k.

    The real assignment has B = 1, so the test of any constant effect costs one pass.

    Attributes:
        estimate: What the real assignment gives, in the unit of the outcome.
        A: What each assignment gives from the outcome, shape (K,), same unit.
        B: What each gives from the real schedule as outcome, shape (K,).
        exact: Whether all assignments are there, or draws to which the real one is added.
    """

    estimate: float
    A: np.ndarray
    B: np.ndarray
    exact: bool

    @property
    def std_error(self) -> float:
        """Spread of the estimates over the lot when the effect is as estimated."""
        return float(np.sqrt(np.mean((self.A - self.estimate * self.B) ** 2)))

    @property
    def p_floor(self) -> float:
        return 1 / len(self.A) if self.exact else 1 / (len(self.A) + 1)

    def p_value(self, null: float = 0.0, alternative: Alternative = "two-sided") -> float:
        """Share of assignments that give at least as much once the effect `null` is taken out."""
        real, given = self.estimate - null, self.A - null * self.B
        slack = TIE * max(float(np.abs(self.A).max()), abs(real))
        if alternative == "two-sided":
            count = (np.abs(given) >= abs(real) - slack).sum()
        elif alternative == "greater":
            count = (given >= real - slack).sum()
        else:
            count = (given <= real + slack).sum()
        return float(count / len(given)) if self.exact else float((count + 1) / (len(given) + 1))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The constant effects that the two-sided test at 1 − `level` does not reject."""
        if 1 - level < self.p_floor:
            return -math.inf, math.inf
        return self._end(level, -1, "two-sided"), self._end(level, +1, "two-sided")

    def bound(self, level: float, side: int) -> float:
        """The least (side −1) or largest (side 1) effect a one-sided test does not reject.

        Where sequences are of unequal size the estimates of the lot lean to one side, and the
        end of a two-sided interval would be wrong up to twice as often as half its level.
        """
        if 1 - level < self.p_floor:
            return side * math.inf
        return self._end(level, side, "greater" if side < 0 else "less")

    def _end(self, level: float, side: int, alternative: Alternative) -> float:
        def kept_at(away: float) -> bool:
            return self.p_value(self.estimate + side * away, alternative) > 1 - level

        step = self.std_error or abs(self.estimate) or 1.0
        kept, gone = 0.0, 4 * step
        while kept_at(gone):
            kept, gone = gone, 2 * gone
            if gone > 1e6 * step:
                return side * math.inf
        for _ in range(50):
            middle = (kept + gone) / 2
            kept, gone = (middle, gone) if kept_at(middle) else (kept, middle)
        return self.estimate + side * kept


def refuse_alike(A: np.ndarray, outcome: np.ndarray) -> None:
    """Refuse estimates that every assignment gives alike: nothing can be judged by them.

    Args:
        A: What each assignment gives, shape (K,).
        outcome: What it was computed from, any shape; its size tells rounding from spread.

    Raises:
        Singular: All are zero but for rounding.
    """
    if without_spread(float(np.abs(A).max()), float(np.nanmax(np.abs(outcome)))):
        raise Singular("No value differs from another, so no lot differs from another.")

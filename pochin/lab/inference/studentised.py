"""Studentised statistics of every admissible assignment, as functions of the effect supposed."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from pochin.lab.inference.lots import Lots


class Statistic:
    """A statistic of every admissible assignment as a function of the supposed effect.

    `at(effect)` gives the values of the reference set, shape (n,), and the observed one.
    """

    estimate: float
    std_error: float
    scale: float

    def at(self, effect: float) -> tuple[np.ndarray, float]:
        raise NotImplementedError

    @cached_property
    def at_none(self) -> tuple[np.ndarray, float]:
        """The same without an effect."""
        return self.at(0.0)


def _divided(above: np.ndarray, variance: np.ndarray, scale: float) -> np.ndarray:
    """above / sqrt(variance); infinite where there is no spread but a difference.

    Variances are differences of squares, so their last digits are 1e-16 of the squares: what is
    not well above that is none, or an assignment and its mirror image would not tie.
    """
    tiny = 1e-14 * scale**2
    if variance.min(initial=np.inf) > tiny:
        return above / np.sqrt(variance)
    root = np.sqrt(np.where(variance > tiny, variance, 1.0))
    bare = np.where(np.abs(above) > 1e-12 * scale, np.copysign(np.inf, above), 0.0)
    return np.where(variance > tiny, above / root, bare)


def _rest(total: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Sums of the other group: total (k,), sums (k,) or (k, n)."""
    return (total if sums.ndim == 1 else total[:, None]) - sums


Powers = tuple[Any, Any]
"""Sum and sum of squares of a group."""


def _less(sums: np.ndarray, effect: float) -> Powers:
    """Sum and sum of squares of a − effect · b, from the sums of a, b, a², ab, b²."""
    return (
        sums[0] - effect * sums[1],
        sums[2] - 2 * effect * sums[3] + effect**2 * sums[4],
    )


class TwoGroups(Statistic):
    """Welch's t of two groups; a and b are outcome and arm after what was known before is out."""

    def __init__(self, lots: Lots, arms: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
        self.lots, self.V = lots, np.column_stack([a, b, a * a, a * b, b * b])
        V = self.V
        self.total = V.sum(axis=0)
        self.own = arms.astype(float) @ V
        self.n1, self.n0 = float(arms.sum()), float(len(arms) - arms.sum())
        self.scale = float(np.abs(a).max()) or 1.0
        # With a covariate taken out, the shift moves the difference by less than itself.
        slope = self._difference(self.own)[1]
        self.estimate = float(self._difference(self.own)[0] / slope)
        value = self._variance(
            _less(self.own, self.estimate), _less(_rest(self.total, self.own), self.estimate)
        )
        self.std_error = float(math.sqrt(max(value, 0.0)) / abs(slope))

    @cached_property
    def sums(self) -> np.ndarray:
        return self.lots.sums(self.V)

    def _difference(self, sums: np.ndarray) -> tuple[Any, Any]:
        other = _rest(self.total, sums)
        return (
            sums[0] / self.n1 - other[0] / self.n0,
            sums[1] / self.n1 - other[1] / self.n0,
        )

    def _t(self, sums: np.ndarray, effect: float) -> Any:
        return self._welch(_less(sums, effect), _less(_rest(self.total, sums), effect), effect)

    def _variance(self, one: Powers, other: Powers) -> Any:
        parts = ((one, self.n1), (other, self.n0))
        return sum((second - first**2 / n) / (n * (n - 1)) for (first, second), n in parts)

    def _welch(self, one: Powers, other: Powers, effect: float) -> Any:
        apart = one[0] / self.n1 - other[0] / self.n0
        return _divided(apart, np.asarray(self._variance(one, other)), self.scale + abs(effect))

    def at(self, effect: float) -> tuple[np.ndarray, float]:
        return self._t(self.sums, effect), float(self._t(self.own, effect))

    @cached_property
    def at_none(self) -> tuple[np.ndarray, float]:
        # Without an effect the arm drops out, and with it three of five sums.
        values = [
            self._welch((one, two), (self.total[0] - one, self.total[2] - two), 0.0)
            for one, two in self.lots.by_part(self.V[:, [0, 2]])
        ]
        return np.concatenate(values), float(self._t(self.own, 0.0))


class Blocks(Statistic):
    """The effect within blocks over its heteroskedasticity-robust error."""

    def __init__(
        self, lots: Lots, arms: np.ndarray, a: np.ndarray, b: np.ndarray, blocks: np.ndarray
    ) -> None:
        share = np.array([arms[blocks == block].mean() for block in blocks])
        w2, w3 = 1 - 2 * share, (1 - share) ** 3 + share**3
        V = np.column_stack([a, b, w2 * a * a, w2 * a * b, w2 * b * b, w3 * a, w3 * b])
        self.base = np.array(
            [
                -share @ a,
                -share @ b,
                share**2 @ (a * a),
                share**2 @ (a * b),
                share**2 @ (b * b),
                -(share**3) @ a,
                -(share**3) @ b,
            ]
        )
        away = arms - share
        self.Q, self.fourth = float(away @ away), float((away**4).sum())
        self.sums = lots.sums(V) + self.base[:, None]
        self.own = arms.astype(float) @ V + self.base
        self.scale = float(np.abs(a).max()) or 1.0
        self.estimate = float(self.own[0] / self.own[1])
        self.std_error = float(math.sqrt(max(self._variance(self.own, self.estimate), 0.0)))

    def _variance(self, sums: np.ndarray, effect: float) -> Any:
        slope = (sums[0] - effect * sums[1]) / self.Q
        squares = sums[2] - 2 * effect * sums[3] + effect**2 * sums[4]
        cubes = sums[5] - effect * sums[6]
        return (squares - 2 * slope * cubes + slope**2 * self.fourth) / self.Q**2

    def _t(self, sums: np.ndarray, effect: float) -> Any:
        slope = (sums[0] - effect * sums[1]) / self.Q
        variance = np.asarray(self._variance(sums, effect))
        return _divided(slope, variance, self.scale + abs(effect))

    def at(self, effect: float) -> tuple[np.ndarray, float]:
        return self._t(self.sums, effect), float(self._t(self.own, effect))


class Flips(Statistic):
    """The sum of differences under flips of their signs; its t is the same test."""

    def __init__(self, signs: np.ndarray, d: np.ndarray, weights: np.ndarray) -> None:
        share = weights / weights.sum()
        self.sums = Lots.signs(signs).sums(np.column_stack([share * d, share]))
        self.estimate = float(share @ d)
        m = len(d)
        self.scale = float(np.abs(d).max()) or 1.0
        self.std_error = math.sqrt(m / (m - 1) * ((share * d - self.estimate / m) ** 2).sum())

    def at(self, effect: float) -> tuple[np.ndarray, float]:
        return self.sums[0] - effect * self.sums[1], self.estimate - effect

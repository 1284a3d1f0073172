"""A twin: one unit as a weighted average of others, and every unit in turn as a placebo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pochin.lab.estimate.importance import by_predictors
from pochin.lab.inference.placebo import PlaceboTest, rank_test
from pochin.lab.inference.simplex import simplex_weights
from pochin.lab.result import (
    Alternative,
    NotIdentified,
    SchemaMismatch,
)

STARTS = 40
"""Fewer starts end in poor local optima of the predictors' weights."""

Statistic = Literal["mean", "rmspe"]
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class SyntheticFit:
    """One unit and its synthetic twin.

    Attributes:
        weights: Of the donors, shape (J,), not negative, summing to one.
        gap: Unit less twin, shape (T,), in the unit of the outcome.
        start: Position of the first period with the solution.
        importance: Weights of the predictors, shape (K,), summing to one; None without.
        loss: Mean squared gap before the start, unit squared.
    """

    weights: np.ndarray
    gap: np.ndarray
    start: int
    importance: np.ndarray | None = None

    @property
    def loss(self) -> float:
        return float((self.gap[: self.start] ** 2).mean())

    @property
    def effect(self) -> float:
        """Mean gap from the start on."""
        return float(self.gap[self.start :].mean())

    @property
    def misfit(self) -> float:
        """Root mean squared gap before the start (RMSPE)."""
        return math.sqrt(self.loss)

    def statistic(self, kind: Statistic) -> float:
        """What is ranked: mean gap, or root mean squared gap, in units of the misfit."""
        after = self.gap[self.start :]
        size = self.effect if kind == "mean" else math.sqrt(float((after**2).mean()))
        if self.misfit:
            return size / self.misfit
        return math.copysign(math.inf, size) if size else 0.0


def synthetic_control(
    y: np.ndarray,
    donors: np.ndarray,
    start: int,
    *,
    predictors: tuple[np.ndarray, np.ndarray] | None = None,
    starts: int = STARTS,
) -> SyntheticFit:
    """Weigh donors so that together they follow the treated unit before the start.

    By default the weights match every earlier outcome: a convex task with one answer. With
    predictors the weights match those instead, each as important as makes the earlier outcomes
    fit best; that task has many local optima, hence the many starts, which are always the same.

    Args:
        y: The treated unit, shape (T,), in the unit of the outcome.
        donors: The others, shape (J, T).
        start: Position of the first period with the solution, at least 1.
        predictors: Of the treated unit, shape (K,), and of the donors, shape (J, K).
        starts: Of the search for the predictors' importance.

    Raises:
        NotIdentified: No donors, no period before, or no period after.
        SchemaMismatch: A value is missing.
        NoConvergence: The weights did not settle.

    Source:
        Abadie, A. & Gardeazabal, J. (2003). American Economic Review 93, 113–132.
        Abadie, A., Diamond, A. & Hainmueller, J. (2010). JASA 105, 493–505.

    Example:
        >>> donors = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 4.0, 5.0, 6.0]])
        >>> fit = synthetic_control(np.array([3.0, 3.0, 4.0, 9.0]), donors, 3)
        >>> fit.weights, fit.gap[3]
        (array([0.5, 0.5]), np.float64(4.0))
    """
    y, donors = np.asarray(y, float), np.asarray(donors, float)
    if not 0 < start < len(y):
        raise NotIdentified("A twin needs periods before the start and after it.")
    if np.isnan(y).any() or np.isnan(donors).any():
        raise SchemaMismatch("A value is missing; a twin needs every period of every unit.")
    importance = None
    if predictors is None:
        weights = simplex_weights(donors[:, :start].T, y[:start])
    else:
        own, others = (np.asarray(one, float) for one in predictors)
        weights, importance = by_predictors(y[:start], donors[:, :start], own, others, starts)
    gap = y - weights @ donors
    # Last digits of a sum are not a misfit.
    gap[np.abs(gap) < ROUNDING * max(float(np.abs(y).max()), float(np.abs(donors).max()))] = 0.0
    return SyntheticFit(weights, gap, start, importance)


# Placebos.


def in_turn(
    Y: np.ndarray,
    start: int,
    *,
    predictors: np.ndarray | None = None,
    starts: int = STARTS,
) -> tuple[SyntheticFit, ...]:
    """Give every unit a twin made of all the others, as if each had been treated.

    Args:
        Y: Shape (J + 1, T), in the unit of the outcome.
        start: Position of the first period with the solution.
        predictors: Shape (J + 1, K).
        starts: Of the search for the predictors' importance.
    """
    fits = []
    for unit in range(len(Y)):
        others = np.delete(np.arange(len(Y)), unit)
        known = None if predictors is None else (predictors[unit], predictors[others])
        fits.append(synthetic_control(Y[unit], Y[others], start, predictors=known, starts=starts))
    return tuple(fits)


def rank_twins(
    fits: Sequence[SyntheticFit],
    treated: int,
    *,
    statistic: Statistic = "mean",
    alternative: Alternative = "two-sided",
) -> PlaceboTest:
    """Rank the treated unit's statistic among those of all units in turn.

    Args:
        fits: From `in_turn`.
        treated: Position of the treated unit.
        statistic: "mean" ranks the mean gap, "rmspe" the root mean squared gap, both in units of
            the misfit before the start.
        alternative: One-sided only with "mean".
    """
    values = np.array([fit.statistic(statistic) for fit in fits])
    return rank_test(values[treated], np.delete(values, treated), alternative=alternative)

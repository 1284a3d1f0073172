"""What looks by the lot cost: the lot itself is asked at each look of made-up pilots."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pochin.lab.design.watched import LOTS
from pochin.lab.protocol import LookSchedule
from pochin.lab.sequential.randomization_gst import crossings
from pochin.lab.simulate import Estimates, Truth

PILOTS = 1_500
"""Made-up pilots; the price of three looks then has a standard error of about half a per cent."""
MANY = 10_000
"""Made-up pilots that are read by the t-test alone."""
FARTHEST = 1_000.0
"""An effect so many times as large as one look needs, and still not seen, never is."""
NEAR = 1e-3
"""How exactly the effect is sought, as a share of it."""


def price_by_lot(
    design: Any,
    looks: LookSchedule,
    truth: Truth,
    *,
    alpha: float,
    rng: np.random.Generator,
    power: float = 0.8,
    runs: int = PILOTS,
) -> float:
    """How many times as large an effect must be as the one a t-test at the end is said to show.

    Boundaries of a normal estimate do not tell it: a lot of few sites has few outcomes, so it
    may not spend at a look what the plan lets it spend, and never spends the error to its end.
    The same made-up pilots are read by the lot and by the t-test, so that luck plays little part
    in their ratio; many more, read by the t-test alone, set it beside the formula of its power,
    which is rough for arms of unequal size.

    Args:
        design: One whose units a lot parts into two arms.
        looks: Of the plan, by the lot.
        truth: What the pilots are drawn from; its effect plays no part.
        alpha: Two-sided error of all looks together.
        rng: From a seed the caller keeps.
        power: At which the effects are compared.
        runs: Made-up pilots.

    Returns:
        The ratio; infinite where no effect makes the lot reject.

    Raises:
        DesignError: Lots are not drawn for units between two arms.

    Source:
        Lan, K. K. G. & DeMets, D. L. (1983), Biometrika 70, 659–663, applied to the
        randomisation distribution of Fisher (1935), The Design of Experiments.
    """
    reached = [math.ceil(one * design.run_periods - 1e-9) for one in looks.at]
    lots = design.lots(LOTS, rng)
    still = Truth(truth.components, 0.0, truth.cluster_size, truth.size_cv)
    found = design.seen_at(still, reached, runs=runs, rng=rng)
    once = float(np.quantile(_seen_from(found[-1], alpha), power))
    many = design.seen_at(still, reached[-1:], runs=MANY, rng=rng)
    often = float(np.quantile(_seen_from(many[0], alpha), power))
    error = math.sqrt(design.variance(truth.components, truth.cluster_size, truth.size_cv))
    said = error * design.needed(power, alpha=alpha)
    values, known = [one.by_unit for one in found], found[-1].known

    def crosses(effect: float, pilots: np.ndarray) -> np.ndarray:
        moved = [one[pilots] + effect * lots[0] for one in values]
        told = None if known is None else known[pilots]
        crossed = crossings(moved, lots, looks.at, spending=looks.spends, alpha=alpha, known=told)
        return np.asarray(crossed.any(axis=0))

    return _effect_at(power, crosses, runs, near=once) / once * often / said


def _seen_from(found: Estimates, alpha: float) -> np.ndarray:
    """The effect from which each pilot rejects by its t at one look, shape (R,)."""
    centred = Estimates(np.zeros_like(found.estimate), found.std_error, found.df)
    return centred.bound(1 - alpha / 2) - found.estimate


def _effect_at(
    power: float, crosses: Callable[[float, np.ndarray], np.ndarray], runs: int, *, near: float
) -> float:
    """The effect that this share of the pilots sees.

    A pilot that sees an effect sees any larger one, so only those are asked again that saw none
    at the lower end and one at the upper end: half of them each time.
    """
    low, high = 0.0, near
    unsure, sure = np.arange(runs), 0
    while True:
        seen = crosses(high, unsure)
        if sure + int(seen.sum()) >= power * runs:
            break
        if high >= FARTHEST * near:
            return math.inf
        low, sure, unsure, high = high, sure + int(seen.sum()), unsure[~seen], 1.25 * high
    unsure = unsure[seen]
    while high - low > NEAR * high and len(unsure):
        middle = (low + high) / 2
        seen = crosses(middle, unsure)
        if sure + int(seen.sum()) >= power * runs:
            high, unsure = middle, unsure[seen]
        else:
            low, sure, unsure = middle, sure + int(seen.sum()), unsure[~seen]
    return (low + high) / 2

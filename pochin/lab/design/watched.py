"""A plan with earlier looks tried out: when each simulated pilot ends, and what is read then."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import special, stats

from pochin.lab.assignment import count_arrangements, draw_arrangements, enumerate_arrangements
from pochin.lab.protocol import NO_LOOKS, LookSchedule
from pochin.lab.result import DesignError
from pochin.lab.sequential.boundaries import inflation_factor, spending_boundaries
from pochin.lab.sequential.confseq import asymptotic_radius
from pochin.lab.sequential.randomization_gst import crossings
from pochin.lab.simulate import Estimates


@dataclass(frozen=True, eq=False)
class Watched:
    """Simulated pilots as they are read when they end.

    Attributes:
        estimates: At the look that ended each pilot, with bounds that allow for all looks.
        crossed: Whether a boundary was crossed, shape (R,).
        ended: Position of the look that ended it, shape (R,).
        last: Position of the last look.
    """

    estimates: Estimates
    crossed: np.ndarray
    ended: np.ndarray
    last: int = 0

    @property
    def early(self) -> float:
        """Share of the pilots that end before the last look."""
        return float((self.ended < self.last).mean())


def boundaries(looks: LookSchedule, alpha: float, units: int) -> np.ndarray:
    """How far each look must reach, in standard errors of a normal estimate, shape (K,).

    Args:
        looks: When, and by which spending of the error.
        alpha: Two-sided error of all looks together.
        units: Independent units in the end; a confidence sequence reckons with them.
    """
    if looks.spending == "confidence-sequence":
        n = np.array(looks.at) * units
        radius = [asymptotic_radius(1.0, one, n_opt=units / 2, alpha=alpha) for one in n]
        return np.array(radius, float)
    return spending_boundaries(np.array(looks.at), looks.spends, alpha=alpha).upper


def price(looks: LookSchedule | None, alpha: float, units: int, *, power: float = 0.8) -> float:
    """How many times as large an effect must be for the same power as with one look.

    Source:
        Jennison, C. & Turnbull, B. W. (2000). Group Sequential Methods, ch. 2.

    Example:
        >>> round(price(LookSchedule("pocock", (0.5, 1.0)), 0.05, 12), 4)
        1.0595
    """
    if looks is None or len(looks.at) < 2:
        return 1.0
    if looks.spending == "confidence-sequence":
        last = float(boundaries(looks, alpha, units)[-1])
        usual = float(stats.norm.isf(alpha / 2))
        drift = float(stats.norm.ppf(power))
        return (last + drift) / (usual + drift)
    found = spending_boundaries(np.array(looks.at), looks.spends, alpha=alpha)
    return math.sqrt(inflation_factor(found, power=power, alpha=alpha))


def lots_of(
    arms: np.ndarray, blocks: np.ndarray, most: int, rng: np.random.Generator
) -> np.ndarray:
    """The arms that were drawn, and at most so many others that could have been, shape (A, I)."""
    if count_arrangements(arms, blocks) > most:
        return np.vstack([arms, draw_arrangements(arms, blocks, most - 1, rng)])
    rows = enumerate_arrangements(arms, blocks)
    return np.vstack([arms, rows[(rows != arms).any(axis=1)]])


def watched(
    found: Sequence[Estimates],
    looks: LookSchedule,
    *,
    alpha: float,
    units: int,
    lots: np.ndarray | None = None,
) -> Watched:
    """End each simulated pilot at the first look whose boundary it crosses, else at the last.

    Args:
        found: Estimates at each look, of the same pilots.
        looks: As the plan has them.
        alpha: Two-sided error of all looks together.
        units: Independent units in the end.
        lots: From `Design.lots`, where the lot itself is asked at each look.

    Raises:
        DesignError: The method gives no statistic a sequential test could use.
    """
    if any(one.inverter is not None for one in found):
        raise DesignError(NO_LOOKS)
    estimate, error, df = (
        np.stack([getattr(one, name) for one in found]) for name in ("estimate", "std_error", "df")
    )
    limits = cache(lambda error_rate: boundaries(looks, error_rate, units))
    with np.errstate(invalid="ignore"):
        beyond = np.abs(estimate / error) >= _t_of(limits(alpha)[:, None], df)
    if lots is not None:
        seen = [one.by_unit for one in found if one.by_unit is not None]
        beyond = crossings(seen, lots, looks.at, spending=looks.spends, alpha=alpha)
    beyond &= np.isfinite(estimate)
    crossed = beyond.any(axis=0)
    ended = np.where(crossed, beyond.argmax(axis=0), len(found) - 1)
    own = (ended, np.arange(len(ended)))
    told = np.isfinite(estimate[own])  # The product withholds the others.
    own, crossed, ended = (ended[told], own[1][told]), crossed[told], ended[told]
    estimate, error, df = estimate[own], error[own], df[own]
    inverter = _repeated(estimate, error, df, ended, limits)
    return Watched(
        Estimates(estimate, error, df, inverter=inverter), crossed, ended, len(found) - 1
    )


def _repeated(
    estimate: np.ndarray,
    error: np.ndarray,
    df: np.ndarray,
    ended: np.ndarray,
    limits: Callable[[float], np.ndarray],
) -> Callable[[float], np.ndarray]:
    """Ends of repeated confidence intervals, by the probability that lies below."""

    def bound(probability: float) -> np.ndarray:
        both = round(2 * min(probability, 1 - probability), 12)
        half = error * _t_of(limits(both)[ended], df)
        return estimate + math.copysign(1.0, probability - 0.5) * half

    return bound


def _t_of(z: np.ndarray, df: np.ndarray) -> np.ndarray:
    """The t statistic whose normal score is z; infinite where nothing is far enough."""
    finite = np.isfinite(df)
    t = -special.stdtrit(np.where(finite, df, 1.0), special.ndtr(-z))
    return np.where(np.isinf(z), np.inf, np.where(finite, t, z))

"""A plan with earlier looks tried out: when each simulated pilot ends, and what is read then."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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

LOTS = 2_000
"""Lots that are compared at each look of a simulated pilot; of more these are drawn."""


@dataclass(frozen=True, eq=False)
class Watched:
    """Simulated pilots as they are read when they end.

    Attributes:
        estimates: At the look that ended each pilot, with bounds that allow for all looks.
        crossed: Whether a boundary was crossed, shape (R,).
        ended: Position of the look that ended it, shape (R,).
        last: Position of the last look.
        further: The same look of the other primary metrics.
        each: Whether each primary metric was beyond its boundary then, shape (m, R).
        alone: Whether it is at any look, the others aside, shape (m, R).
    """

    estimates: Estimates
    crossed: np.ndarray
    ended: np.ndarray
    last: int = 0
    further: tuple[Estimates, ...] = ()
    each: np.ndarray = field(default_factory=lambda: np.empty((0, 0), bool))
    alone: np.ndarray = field(default_factory=lambda: np.empty((0, 0), bool))

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
    further: Sequence[Sequence[Estimates]] = (),
) -> Watched:
    """End each simulated pilot at the first look whose boundary it crosses, else at the last.

    Args:
        found: Estimates at each look, of the same pilots.
        looks: As the plan has them.
        alpha: Two-sided error of all looks together, of each primary metric.
        units: Independent units in the end.
        lots: From `Design.lots`, where the lot itself is asked at each look.
        further: Estimates of other primary metrics of the same pilots; any one that crosses its
            boundary ends a pilot.

    Raises:
        DesignError: The method gives no statistic a sequential test could use.
    """
    metrics = [found, *further]
    if any(one.inverter is not None for looked in metrics for one in looked):
        raise DesignError(NO_LOOKS)
    limits = cache(lambda error_rate: boundaries(looks, error_rate, units))
    beyond = np.stack([_beyond(one, looks, limits(alpha), alpha, lots) for one in metrics])
    any_beyond = np.asarray(beyond.any(axis=0))
    crossed = np.asarray(any_beyond.any(axis=0))
    ended = np.where(crossed, any_beyond.argmax(axis=0), len(found) - 1)
    own = (ended, np.arange(len(ended)))
    at_end = [[_looked(one, name)[own] for name in PARTS] for one in metrics]
    told = np.isfinite([estimate for estimate, _error, _df in at_end]).all(axis=0)
    ended = ended[told]  # The product withholds the others.
    read = []
    for estimate, error, df in ([part[told] for part in one] for one in at_end):
        inverter = _repeated(estimate, error, df, ended, limits)
        read.append(Estimates(estimate, error, df, inverter=inverter))
    return Watched(
        read[0],
        crossed[told],
        ended,
        len(found) - 1,
        tuple(read[1:]),
        beyond[:, own[0], own[1]][:, told],
        np.asarray(beyond.any(axis=1))[:, told],
    )


PARTS = ("estimate", "std_error", "df")


def _looked(found: Sequence[Estimates], name: str) -> np.ndarray:
    """One part of the estimates at every look, shape (K, R)."""
    return np.stack([getattr(one, name) for one in found])


def _beyond(
    found: Sequence[Estimates],
    looks: LookSchedule,
    limits: np.ndarray,
    alpha: float,
    lots: np.ndarray | None,
) -> np.ndarray:
    """At which looks each pilot lies beyond the boundary, shape (K, R)."""
    estimate, error, df = (_looked(found, name) for name in PARTS)
    if lots is not None:
        seen = [one.by_unit for one in found if one.by_unit is not None]
        known = found[-1].known
        beyond = crossings(seen, lots, looks.at, spending=looks.spends, alpha=alpha, known=known)
    else:
        with np.errstate(invalid="ignore"):
            beyond = np.abs(estimate / error) >= _t_of(limits[:, None], df)
    return np.asarray(beyond & np.isfinite(estimate))


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

"""What a solution brings while it comes to sites wave by wave: each site against its own past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from pochin.lab.result import SchemaMismatch

FEWEST = 2  # sites on a side below which no interval is given


@dataclass(frozen=True)
class Benefit:
    """The effect of a roll-out over a period.

    Attributes:
        effect: In the unit of the metric; a share of the level before where `relative`.
        low, high: Two-sided 95 % interval; NaN where there are too few sites to tell.
        sites: Sites with the solution that were measured before and in the period.
        comparison: Sites without it over the same days; 0: before against after alone.
        df: Degrees of freedom of the interval; NaN where there is none.
    """

    effect: float
    low: float
    high: float
    sites: int
    comparison: int
    df: float


def realised(
    total: np.ndarray,
    base: np.ndarray,
    adopted: np.ndarray,
    *,
    first: int,
    last: int,
    relative: bool = False,
    history: int = 365,
) -> Benefit | None:
    """Compare each site with its own days before, and with sites that do not have it yet.

    The change of a site is its level from its start (or `first`, if that is later) to `last`, less
    its level over the days before its start. From it goes the mean change, over the same two
    stretches of days, of the sites without the solution until `last`. Every site counts alike.
    The interval is Welch's, over sites; nobody drew lots, so it stands or falls with the
    assumption that sites would have changed alike.

    Args:
        total: Sum of values of each site and day, shape (I, T).
        base: What it is divided by: readings, or denominators, shape (I, T); 0 where none came.
        adopted: Day on which each site began, as a position, shape (I,); T or more for never,
            below 0 for before the first day.
        first, last: The period, as positions, both inside.
        relative: Take changes as shares of the level before.
        history: So many days before its start are the past of a site at most.

    Returns:
        The effect, or None where no site was measured both before and in the period.

    Raises:
        SchemaMismatch: Shapes disagree.

    Example:
        >>> y = np.array([[9.0, 9, 5, 5], [7, 7, 4, 4], [8, 8, 7, 7], [6, 6, 5, 5]])
        >>> found = realised(y, np.ones((4, 4)), np.array([2, 2, 9, 9]), first=2, last=3)
        >>> found.effect, found.sites, found.comparison
        (-2.5, 2, 2)

    Source:
        Callaway, B. & Sant'Anna, P. H. C. (2021). Journal of Econometrics 225, 200–230: sites not
        yet treated as the comparison of those that are.
    """
    total, base, adopted = np.asarray(total, float), np.asarray(base, float), np.asarray(adopted)
    if total.ndim != 2 or total.shape != base.shape or adopted.shape != total.shape[:1]:
        raise SchemaMismatch("Totals, bases and starts must be about the same sites and days.")
    sums = [np.pad(np.cumsum(one, axis=1), ((0, 0), (1, 0))) for one in (total, base)]
    with_it, without = np.flatnonzero(adopted <= last), np.flatnonzero(adopted > last)
    changes, peers = [], np.zeros(len(without))
    weight = 0
    for start in np.unique(adopted[with_it]):
        spans = (max(start - history, 0), max(start, 0)), (max(start, first), last + 1)
        own = _change(sums, with_it[adopted[with_it] == start], spans, relative=relative)
        own = own[~np.isnan(own)]
        if len(own):
            changes.append((own, _change(sums, without, spans, relative=relative)))
            weight += len(own)
    if not weight:
        return None
    for own, theirs in changes:
        peers += theirs * len(own) / weight
    kept = ~np.isnan(peers)
    if not kept.any():
        return _alone(np.concatenate([own for own, _theirs in changes]))
    against = [own - theirs[kept].mean() for own, theirs in changes]
    return _beside(np.concatenate(against), peers[kept])


def _change(
    sums: list[np.ndarray],
    sites: np.ndarray,
    spans: tuple[tuple[int, int], tuple[int, int]],
    *,
    relative: bool,
) -> np.ndarray:
    """The level over the second span less that over the first, NaN where either is empty."""
    levels = []
    for begin, end in spans:
        value, under = (one[sites, end] - one[sites, begin] for one in sums)
        levels.append(np.divide(value, under, out=np.full(len(sites), np.nan), where=under > 0))
    before, after = levels
    if not relative:
        return after - before
    return np.divide(after - before, before, out=np.full(len(sites), np.nan), where=before > 0)


def _alone(own: np.ndarray) -> Benefit:
    n = len(own)
    if n < FEWEST:
        return Benefit(float(own.mean()), np.nan, np.nan, n, 0, np.nan)
    return _with_interval(own.mean(), own.var(ddof=1) / n, n - 1.0, n, 0)


def _beside(own: np.ndarray, peers: np.ndarray) -> Benefit:
    n, m = len(own), len(peers)
    if min(n, m) < FEWEST:
        return Benefit(float(own.mean()), np.nan, np.nan, n, m, np.nan)
    a, b = own.var(ddof=1) / n, peers.var(ddof=1) / m
    df = (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1)) if a + b > 0 else n + m - 2.0
    return _with_interval(own.mean(), a + b, df, n, m)


def _with_interval(effect: float, variance: float, df: float, sites: int, peers: int) -> Benefit:
    away = float(stats.t.ppf(0.975, df)) * float(np.sqrt(variance))
    return Benefit(float(effect), float(effect - away), float(effect + away), sites, peers, df)

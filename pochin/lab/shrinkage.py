"""What was believed before, and estimates of a portfolio drawn towards each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from pochin.lab.result import TooFewUnits


@dataclass(frozen=True)
class Prior:
    """A normal belief about an effect, in the unit of the metric, improvement positive."""

    mean: float
    sd: float

    def posterior(self, estimate: float, std_error: float) -> Prior:
        """The belief after seeing an estimate.

        >>> Prior(0.0, 1.0).posterior(2.0, 1.0)
        Prior(mean=1.0, sd=0.7071067811865476)
        """
        weight = self.sd**2 / (self.sd**2 + std_error**2)
        return Prior(self.mean + weight * (estimate - self.mean), std_error * math.sqrt(weight))


def sceptical_prior(claim: float, *, share: float = 0.25, sd: float | None = None) -> Prior:
    """A belief that expects a part of what the vendor claims.

    Args:
        claim: Claimed improvement, in the unit of the metric.
        share: Part of the claim that is expected.
        sd: Default: so wide that the claim itself lies two standard deviations away.
    """
    width = abs(claim) * (1 - share) / 2 if sd is None else sd
    return Prior(share * claim, width)


FEWEST = 5
"""Pilots of one metric from which each may be drawn towards the rest; a prior for the next pilot
asks for more, because then the spread between pilots itself must be known."""


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Effects of closed pilots, each drawn towards the rest by how little it knows.

    Attributes:
        prior: What a next pilot of this kind may be expected to show.
        mean, sd: Shrunken effects and what remains unknown of each, shape (n,).
        weight: How much of each pilot's own estimate was kept, shape (n,).
    """

    prior: Prior
    mean: np.ndarray
    sd: np.ndarray
    weight: np.ndarray


def shrink(
    estimates: Sequence[float] | np.ndarray,
    std_errors: Sequence[float] | np.ndarray,
    *,
    least: int = 20,
) -> Portfolio:
    """Empirical-Bayes shrinkage, against the winner's curse: the best of many looks too good.

    Args:
        estimates: Effects on one scale (e.g. as shares of their thresholds), shape (n,).
        std_errors: Their standard errors, shape (n,).
        least: Closed pilots below which the portfolio says nothing.

    Raises:
        TooFewUnits: Fewer pilots than `least`.

    Source:
        Morris, C. N. (1983). JASA 78, 47–55 (what is not known of the spread included); the
        spread between pilots by Paule, R. C. & Mandel, J. (1982). J. Res. NBS 87, 377–385.

    Example:
        >>> shrink([0.0, 2.0, 3.0, 7.0], [1.0] * 4, least=4).mean.round(2)
        array([0.12, 2.04, 3.  , 6.85])
    """
    y, v = np.asarray(estimates, float), np.asarray(std_errors, float) ** 2
    if len(y) < max(least, 4):
        raise TooFewUnits(
            f"{len(y)} pilots are closed; a portfolio's own prior needs {least}. "
            "Use the registered sceptical prior."
        )
    between = _spread_between(y, v)
    w = 1 / (v + between)
    centre = float(w @ y / w.sum())
    drawn = (len(y) - 3) / (len(y) - 1) * v / (v + between)
    mean = y - drawn * (y - centre)
    # The centre and the spread are themselves estimated; both add to what is unknown.
    of_centre = drawn**2 / w.sum()
    of_spread = 2 / (len(y) - 3) * drawn**2 * (y - centre) ** 2
    sd = np.sqrt(v * (1 - drawn) + of_centre + of_spread)
    return Portfolio(Prior(centre, math.sqrt(between + 1 / w.sum())), mean, sd, 1 - drawn)


def _spread_between(y: np.ndarray, v: np.ndarray) -> float:
    """Variance between pilots at which their weighted scatter is what chance leaves."""

    def excess(between: float) -> float:
        w = 1 / (v + between)
        centre = w @ y / w.sum()
        return float(w @ (y - centre) ** 2) - (len(y) - 1)

    if excess(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(excess, 0.0, 10 * float(np.var(y, ddof=1)) + float(v.max())))

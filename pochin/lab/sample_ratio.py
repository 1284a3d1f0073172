"""Do the arms hold the shares of subjects they should."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from pochin.lab.flags import flag
from pochin.lab.result import Flag, SchemaMismatch

SRM_ALPHA = 0.001
"""Below this the arms do not hold the shares they should; it is looked at every day."""


@dataclass(frozen=True)
class RatioTest:
    """Whether the arms hold the shares of subjects they should.

    Attributes:
        counts, expected: Subjects by arm, as found and as the shares say.
        statistic: χ² of the fixed test; the largest log Bayes factor of the sequential one.
        p_value: Against the planned shares; always valid for the sequential test.
    """

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    statistic: float
    p_value: float

    def flags(self, alpha: float = SRM_ALPHA) -> list[Flag]:
        """Blocks below `alpha`."""
        if self.p_value >= alpha:
            return []
        told = " : ".join(f"{one:.0f}" for one in self.expected)
        counts = " : ".join(str(one) for one in self.counts)
        return [flag("srm", counts=counts, expected=told, p_value=self.p_value)]


def srm_test(counts: Sequence[int], shares: Sequence[float] | None = None) -> RatioTest:
    """Test the shares of the arms once, at the end.

    Args:
        counts: Subjects by arm, shape (k,).
        shares: Planned, in any scale, shape (k,); default equal.

    Raises:
        SchemaMismatch: Fewer than two arms, or shares that do not fit.

    Source:
        Pearson, K. (1900). Philosophical Magazine 50, 157–175; Fabijan, A. et al. (2019). KDD.

    Example:
        >>> srm_test([821588, 815482]).p_value < 2e-6
        True
    """
    n, planned = _shares(counts, shares)
    expected = n.sum() * planned
    statistic = float(((n - expected) ** 2 / expected).sum())
    p = float(stats.chi2.sf(statistic, len(n) - 1))
    return RatioTest(tuple(n.astype(int).tolist()), tuple(expected.tolist()), statistic, p)


def srm_sequential(
    counts: Any, shares: Sequence[float] | None = None, *, concentration: float = 100.0
) -> RatioTest:
    """Test the shares of the arms however often one looks.

    Args:
        counts: Subjects who newly came in, by look and arm, shape (L, k) or (k,).
        shares: Planned, in any scale, shape (k,); default equal.
        concentration: How near to the plan wrong shares are expected; larger finds small
            deviations sooner and large ones later.

    The p-value is one over the largest Bayes factor so far and holds at every moment at once.

    Source:
        Lindon, M. & Malek, A. (2022). Anytime-valid inference for multinomial count data.
        NeurIPS 35.

    Example:
        >>> round(srm_sequential([[60, 40], [70, 30]]).p_value, 4)
        0.004
    """
    path = np.atleast_2d(np.asarray(counts, float)).cumsum(axis=0)
    n, planned = _shares(path[-1], shares)
    prior = concentration * planned
    log_factor = (
        special.gammaln(prior.sum())
        - special.gammaln(prior.sum() + path.sum(axis=1))
        + (special.gammaln(prior + path) - special.gammaln(prior)).sum(axis=1)
        - path @ np.log(planned)
    )
    largest = max(float(log_factor.max()), 0.0)
    expected = tuple((n.sum() * planned).tolist())
    return RatioTest(tuple(n.astype(int).tolist()), expected, largest, math.exp(-largest))


def _shares(counts: Any, shares: Any) -> tuple[np.ndarray, np.ndarray]:
    n = np.asarray(counts, float)
    planned = np.ones(len(n)) if shares is None else np.asarray(shares, float)
    if n.ndim != 1 or len(n) < 2 or planned.shape != n.shape or not (planned > 0).all():
        raise SchemaMismatch("Counts and planned shares are needed for each of two arms or more.")
    if (n < 0).any() or not n.sum():
        raise SchemaMismatch("Counts must not be negative, and somebody must have come.")
    return n, planned / planned.sum()

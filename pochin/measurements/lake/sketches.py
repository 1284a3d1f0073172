"""Sketches of a distribution: counts in bins that grow by a constant factor, exactly mergeable.

A quantile read from a sketch is within half a bin, a quarter of a percent, of the quantile of the
values themselves. A sketch is small: a metric that spans six decades has some 2,800 bins.

Source:
    Masson, C., Rim, J. E. & Lee, H. K. (2019). DDSketch. PVLDB 12(12), 2195–2205.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

GAMMA = 1.005  # each bin ends half a percent above its beginning
LOG = math.log(GAMMA)
# Bins of values above 0 lie around OFFSET, those below 0 around -OFFSET, and 0 has its own.
OFFSET = 1 << 20


def value_of(bins: np.ndarray) -> np.ndarray:
    """The middle of each bin, shape (B,).

    >>> float(value_of(np.array([OFFSET]))[0].round(4)), float(value_of(np.array([0]))[0])
    (1.0025, 0.0)
    """
    sign = np.sign(bins)
    power = np.where(bins == 0, 0, sign * bins - OFFSET)
    return np.asarray(sign * np.exp(power * LOG) * (1 + GAMMA) / 2)


def quantile_of(bins: npt.ArrayLike, counts: npt.ArrayLike, share: float) -> float:
    """The quantile of the values behind a sketch, by the rank that is nearest.

    Args:
        bins: Numbers of bins, shape (B,), in any order; several may be of one bin.
        counts: Values in each, shape (B,).
        share: Which quantile, from 0 to 1.
    """
    bins, counts = np.asarray(bins), np.asarray(counts)
    order = np.argsort(bins, kind="stable")
    reached = np.cumsum(counts[order])
    rank = round(share * (int(reached[-1]) - 1))
    return float(value_of(bins[order])[np.searchsorted(reached, rank, side="right")])

"""Quantiles that merge: a histogram of equal steps on the log scale."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.inference.tails import t_p_value
from pochin.lab.result import (
    Alternative,
    EffectResult,
    NotIdentified,
    SchemaMismatch,
    TooFewUnits,
    check_level,
)


@dataclass(frozen=True, eq=False)
class LogHistogram:
    """Counts of values in bins whose ends grow by the same factor.

    A quantile is off by at most half a bin: 0.25 % at the default width, whatever the scale.

    Args:
        bins: Numbers of the bins, shape (k,), increasing; bin b holds (1+w)^b up to (1+w)^(b+1).
        counts: Values in each, shape (k,).
        zeros: Values that are exactly zero.
        width: Growth of a bin, w.

    Example:
        >>> days = LogHistogram.of([1.0, 2.0, 2.0, 3.0, 10.0])
        >>> round(days.quantile(0.5), 2), days.n
        (2.0, 5)
    """

    bins: np.ndarray
    counts: np.ndarray
    zeros: int = 0
    width: float = 0.005

    @classmethod
    def of(cls, values: Any, *, width: float = 0.005) -> LogHistogram:
        """Count values, shape (n,).

        Raises:
            SchemaMismatch: A value is negative or not a number.
        """
        values = np.asarray(values, float)
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise SchemaMismatch("A histogram of this kind holds numbers that are not negative.")
        positive = values[values > 0]
        places = np.floor(np.log(positive) / math.log1p(width)).astype(np.int64)
        bins, counts = np.unique(places, return_counts=True)
        return cls(bins, counts, len(values) - len(positive), width)

    @classmethod
    def merged(cls, parts: Iterable[LogHistogram]) -> LogHistogram:
        """All of them as one; the order does not matter.

        Raises:
            SchemaMismatch: Widths differ, or there is nothing to merge.
        """
        parts = list(parts)
        if len({part.width for part in parts}) != 1:
            raise SchemaMismatch("Histograms merge when they are there and have one width.")
        bins, place = np.unique(np.concatenate([part.bins for part in parts]), return_inverse=True)
        given = np.concatenate([part.counts for part in parts])
        counts = np.bincount(place.reshape(-1), given, len(bins)).astype(np.int64)
        return cls(bins, counts, sum(part.zeros for part in parts), parts[0].width)

    @property
    def n(self) -> int:
        return int(self.counts.sum()) + self.zeros

    def at_rank(self, rank: int) -> float:
        """The value that is `rank`-th from below, counted from 1; ranks beyond are the ends."""
        rank = min(max(rank, 1), self.n)
        if rank <= self.zeros:
            return 0.0
        place = int(np.searchsorted(np.cumsum(self.counts), rank - self.zeros))
        return float(math.exp((self.bins[place] + 0.5) * math.log1p(self.width)))

    def quantile(self, share: float) -> float:
        """The smallest value that at least a `share` of all do not exceed.

        Raises:
            TooFewUnits: There are no values.
        """
        if not 0 < share < 1:
            raise ValueError(f"share is {share}, but it must lie between 0 and 1")
        if not self.n:
            raise TooFewUnits("There are no values, so there is no quantile.")
        return self.at_rank(math.ceil(share * self.n - 1e-9))

    def conf_int(self, share: float, level: float = 0.95) -> tuple[float, float]:
        """Interval between two order statistics, for independent values.

        Raises:
            NotIdentified: There are too few values for both ends.

        Source:
            Conover, W. J. (1999). Practical Nonparametric Statistics, section 3.2.
        """
        check_level(level)
        tail = (1 - level) / 2
        # The largest rank not reached with more than the tail, and its mirror image.
        low = int(stats.binom.ppf(tail, self.n, share))
        high = int(stats.binom.ppf(1 - tail, self.n, share)) + 1
        if low < 1 or high > self.n:
            raise NotIdentified(f"{self.n} values are too few for an interval of this quantile.")
        return self.at_rank(low), self.at_rank(high)


def difference_of_quantiles(
    control: LogHistogram,
    treatment: LogHistogram,
    share: float,
    *,
    alternative: Alternative = "two-sided",
    **about: Any,
) -> EffectResult:
    """Difference of the same quantile in two arms of independent people.

    The interval joins the arms' order-statistic intervals; the standard error is a normal
    interval's of the same width at 95 %, and only the p-value uses it.

    Source:
        Zou, G. Y. & Donner, A. (2008). Statistics in Medicine 27, 1693–1702.

    Example:
        >>> slow, fast = LogHistogram.of(np.arange(1.0, 401)), LogHistogram.of(np.arange(1.0, 201))
        >>> difference_of_quantiles(slow, fast, 0.9).estimate < -150
        True
    """
    first, second = control.quantile(share), treatment.quantile(share)
    estimate = second - first

    def joined(level: float) -> tuple[float, float]:
        a, b = control.conf_int(share, level), treatment.conf_int(share, level)
        return (
            estimate - math.hypot(second - b[0], a[1] - first),
            estimate + math.hypot(b[1] - second, first - a[0]),
        )

    low, high = joined(0.95)
    error = (high - low) / (2 * 1.959963984540054)
    named: dict[str, Any] = {
        "method": "quantiles-order-statistics",
        "reference": "Zou & Donner 2008",
        "estimand": "participant-average",
        "n_units": {"control": control.n, "treatment": treatment.n},
        "alternative": alternative,
        "reference_distribution": "normal",
        "interval_inverter": joined,
    }
    p = t_p_value(estimate / error, math.inf, alternative) if error > 0 else float(estimate == 0)
    return EffectResult(estimate, error, math.inf, p, **(named | about))

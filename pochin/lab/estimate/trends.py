"""Event study of two groups, and how far trends may differ before a finding breaks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from pochin.lab.result import (
    NotIdentified,
    TooFewUnits,
)

FEW = 6
"""With fewer treated or untreated units than this only ranks are honest."""


@dataclass(frozen=True, eq=False)
class EventStudy:
    """Differences of the arms by period, all against the last period before the start.

    Attributes:
        event_time: Periods since the start, −k to −2 and 0 to q − 1, shape (E,).
        estimate: Shape (E,), in the unit of the metric.
        covariance: Shape (E, E).
        df: Degrees of freedom of a single period.
    """

    event_time: np.ndarray
    estimate: np.ndarray
    covariance: np.ndarray
    df: float

    def rows(self) -> tuple[dict[str, float], ...]:
        """One mapping for each period, for tables and pictures."""
        spread = np.sqrt(np.diag(self.covariance))
        return tuple(
            {"event_time": int(e), "estimate": float(b), "std_error": float(s)}
            for e, b, s in zip(self.event_time, self.estimate, spread, strict=True)
        )


def event_study(Y: np.ndarray, treated: np.ndarray, start: int) -> EventStudy:
    """Compare the arms in every period with the last one before the start.

    With a few treated units their spread is taken from the others.

    Args:
        Y: Shape (I, T), in the unit of the metric; units with gaps are left out.
        treated: Which units were treated, shape (I,).
        start: Position of the first period with the solution, at least 1.

    Raises:
        TooFewUnits: No treated unit, or fewer than two others, have all periods.
    """
    whole = ~np.isnan(Y).any(axis=1)
    changes = np.delete(Y - Y[:, [start - 1]], start - 1, axis=1)[whole]
    on = np.asarray(treated, bool)[whole]
    n1, n0 = int(on.sum()), int((~on).sum())
    if n1 < 1 or n0 < 2:
        raise TooFewUnits("Too few units have readings in every period for a curve over time.")
    estimate = changes[on].mean(axis=0) - changes[~on].mean(axis=0)
    spread = np.atleast_2d(np.cov(changes[~on].T))
    own = np.atleast_2d(np.cov(changes[on].T)) if n1 >= FEW else spread
    time = np.delete(np.arange(Y.shape[1]), start - 1) - start
    df = (n1 - 1 if n1 >= FEW else 0) + n0 - 1
    return EventStudy(time, estimate, own / n1 + spread / n0, float(df))


def breakdown(study: EventStudy, *, level: float = 0.95) -> float:
    """How much worse than ever before the start trends may part until the effect is in doubt.

    Answers with the largest M at which the average effect after the start still differs from
    zero, if from one period to the next the trends part by at most M times the largest step seen
    before the start. 0 means it is in doubt anyway. The interval is the union over all earlier
    steps and both signs, which errs on the side of doubt.

    Args:
        study: With at least two periods before the start, the reference among them.
        level: Confidence level, between 0 and 1.

    Raises:
        NotIdentified: Fewer than two periods before the start.

    Source:
        Rambachan, A. & Roth, J. (2023). Review of Economic Studies 90, 2555–2591 (relative
        magnitudes).
    """
    before = study.event_time < 0
    if not before.any():
        raise NotIdentified("Trends cannot be judged by one period before the start.")
    after = ~before
    mean = after / after.sum()
    # The reference period stands between the last step and the effects, with value zero.
    reach = (after.sum() + 1) / 2
    places = np.flatnonzero(before)
    steps = np.zeros((len(places), len(mean)))
    for row, place in enumerate(places):
        steps[row, place] = -1
        if place + 1 < len(mean) and before[place + 1]:
            steps[row, place + 1] = 1
    quantile = float(stats.t.ppf((1 + level) / 2, study.df))

    def in_doubt(M: float) -> bool:
        low, high = math.inf, -math.inf
        for step in np.concatenate([steps, -steps]):
            c = mean - M * reach * step
            value = float(c @ study.estimate)
            half = quantile * float(np.sqrt(c @ study.covariance @ c))
            low, high = min(low, value - half), max(high, value + half)
        return low <= 0 <= high

    return _first_true(in_doubt)


def _first_true(doubt: Callable[[float], bool]) -> float:
    """Where a question that starts with no and stays at yes turns; infinite if it never does."""
    if doubt(0.0):
        return 0.0
    low, high = 0.0, 0.25
    while not doubt(high):
        low, high = high, 2 * high
        if high > 1e4:
            return math.inf
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if doubt(middle) else (middle, high)
    return low

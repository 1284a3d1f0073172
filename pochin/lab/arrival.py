"""What has arrived of what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.flags import flag
from pochin.lab.result import Flag, SchemaMismatch


def maturity_lag(lags: Any, share: float = 0.95) -> float:
    """How long after an event the wanted share of readings has arrived, in the unit of `lags`.

    >>> maturity_lag([0, 0, 1, 1, 2, 9], 0.8)
    2.0
    """
    return float(np.quantile(np.asarray(lags, float), share, method="higher"))


def completeness_curve(lags: Any, at: Any) -> np.ndarray:
    """Share of readings that have arrived by each lag, shape of `at`."""
    ordered = np.sort(np.asarray(lags, float))
    return np.searchsorted(ordered, np.asarray(at, float), side="right") / len(ordered)


def mature(period_end: Any, cut: float, lag: float) -> np.ndarray:
    """Periods that may enter a look: ended at least `lag` before the cut, shape (T,)."""
    return np.asarray(period_end, float) + lag <= cut


def completeness(
    received: Any,
    expected: Any,
    period_ids: Sequence[Any] | np.ndarray,
    *,
    needed: float = 0.95,
) -> list[Flag]:
    """Block a look at periods whose readings have not arrived.

    Args:
        received: Readings by unit and period, shape (I, T).
        expected: Events known from elsewhere (dispatch data), shape (I, T); 0 where none.
        period_ids: Shape (T,).
        needed: Share of expected readings without which a period may not be looked at.

    Source:
        Little, R. J. A. & Rubin, D. B. (2019). Statistical Analysis with Missing Data, ch. 1.

    Example:
        >>> [one.code for one in completeness([[10, 4]], [[10, 10]], ["may", "june"])]
        ['immature']
    """
    got, due = np.asarray(received, float).sum(axis=0), np.asarray(expected, float).sum(axis=0)
    share = np.divide(got, due, out=np.ones_like(got), where=due > 0)
    return [
        flag(
            "immature",
            at=str(period_ids[t]),
            period=str(period_ids[t]),
            share=100 * float(share[t]),
            needed=100 * needed,
        )
        for t in np.flatnonzero(share < needed).tolist()
    ]


def missingness(
    received: Any,
    expected: Any,
    arms: Any,
    *,
    max_share: float = 0.1,
    max_difference: float = 0.05,
    alpha: float = 0.05,
) -> list[Flag]:
    """Block unblinding when readings are missing, or missing more in one arm.

    Args:
        received, expected: By unit, shape (I,) or (I, T).
        arms: 1 treated, 0 control, shape (I,).
        max_share, max_difference: What the plan allows, as fractions.
        alpha: A difference inside what is allowed is still told when it is below this by
            Welch's test over units.

    Source:
        Little, R. J. A. & Rubin, D. B. (2019). Statistical Analysis with Missing Data, ch. 1;
        National Research Council (2010). The Prevention and Treatment of Missing Data, ch. 3.

    Example:
        >>> [one.code for one in missingness([5, 5, 10, 10], [10] * 4, [1, 1, 0, 0])][:1]
        ['missing-readings']
    """
    got, due = (
        np.asarray(one, float).reshape(len(arms), -1).sum(axis=1)
        for one in _two(received, expected)
    )
    arms = np.asarray(arms)
    lost = np.where(due > 0, 1 - np.minimum(got, due) / np.maximum(due, 1), 0.0)
    total = float(np.maximum(due - got, 0).sum() / due.sum()) if due.sum() else 0.0
    found = []
    if total > max_share:
        found.append(flag("missing-readings", share=100 * total, allowed=100 * max_share))
    one, other = lost[arms == 1], lost[arms == 0]
    difference = float(one.mean() - other.mean())
    evidence: dict[str, Any] = {
        "difference": 100 * abs(difference),
        "allowed": 100 * max_difference,
        "more": "treatment" if difference > 0 else "control",
    }
    if abs(difference) > max_difference:
        found.append(flag("missing-differs", **evidence))
    elif _welch_p(one, other) < alpha:
        found.append(flag("missing-differs", severity="warn", **evidence))
    return found


def _two(received: Any, expected: Any) -> tuple[Any, Any]:
    if np.shape(received) != np.shape(expected):
        raise SchemaMismatch("Received and expected readings are not for the same cells.")
    return received, expected


def _welch_p(one: np.ndarray, other: np.ndarray) -> float:
    if min(len(one), len(other)) < 2 or np.ptp(one) + np.ptp(other) == 0:
        return 1.0
    return float(stats.ttest_ind(one, other, equal_var=False).pvalue)

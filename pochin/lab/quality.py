"""Is what comes in what was planned: checks of the data while a pilot runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from pochin.lab.flags import flag
from pochin.lab.randomize import Assignment
from pochin.lab.result import Flag, SchemaMismatch

SRM_ALPHA = 0.001
"""Below this the arms do not hold the shares they should; it is looked at every day."""

LEAST_PERIODS = 28
"""Fewer cannot tell a change of regime from days that hang together."""

# Shares of subjects.


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


# What has arrived.


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


# Who works how.


def crossover(actual: Any, schedule: Any, *, max_share: float = 0.1, n: Any = None) -> list[Flag]:
    """Compare how units worked with how the lot said they should.

    Args:
        actual: Share of work with the solution, shape (I, T), NaN where not known.
        schedule: 1 with, 0 without, −1 not measured, shape (I, T).
        max_share: Share of unit-periods that may deviate.
        n: Weights of the cells, shape (I, T); default equal.

    Source:
        Hernán, M. A. & Robins, J. M. (2017). NEJM 377, 1391–1398 (per-protocol questions).

    Example:
        >>> [one.severity for one in crossover([[0.0, 0.5]], [[0, 1]])]
        ['block']
    """
    done, planned = np.asarray(actual, float), np.asarray(schedule)
    known = (planned >= 0) & np.isfinite(done)
    weight = np.where(known, 1.0 if n is None else np.asarray(n, float), 0.0)
    away = np.where(known, np.abs(done - planned), 0.0)
    share = float((away * weight).sum() / weight.sum()) if weight.sum() else 0.0
    if share == 0:
        return []
    evidence: dict[str, Any] = {"share": 100 * share, "allowed": 100 * max_share}
    return [flag("crossover", severity="block" if share > max_share else "info", **evidence)]


def census(present: Any, assignment: Assignment, *, alpha: float = 0.05) -> list[Flag]:
    """Compare the units that send data with those of the plan.

    Args:
        present: Ids of the units that sent data.
        assignment: Who was to take part.
        alpha: Level of the primary test, which the units left must still be able to reach.

    Source:
        Campbell, M. K. et al. (2012). CONSORT for cluster trials. BMJ 345, e5661, item 13.

    Example:
        >>> lot = Assignment([[1], [0], [1], [0]], list("abcd"), [0])
        >>> [one.code for one in census(["a", "b", "c", "z"], lot)]
        ['unknown-units', 'units-lost', 'lot-too-small']
    """
    ids = np.asarray(present)
    planned = assignment.unit_ids
    known = {str(one) for one in planned}
    unknown = sorted({str(one) for one in ids} - known)
    left = planned[np.isin(planned.astype(str), ids.astype(str))]
    found = []
    if unknown:
        names = ", ".join(unknown[:10])
        found.append(flag("unknown-units", count=len(unknown), units=names))
    if len(left) == len(planned) or not assignment.randomized or assignment.by_period:
        return found
    rest = assignment.subset(left) if len(left) else None
    floor = rest.min_p_value if rest is not None and len(set(rest.arms.tolist())) == 2 else 1.0
    lost = len(planned) - len(left)
    found.append(flag("units-lost", lost=lost, planned=len(planned), floor=floor))
    if floor > alpha:
        found.append(
            flag(
                "lot-too-small",
                assignments=rest.n_admissible if rest else 0,
                floor=floor,
                alpha=alpha,
                needed=units_needed(alpha),
            )
        )
    return found


def units_needed(alpha: float = 0.05) -> int:
    """Fewest units, halves against halves, whose lot allows a two-sided p-value of alpha.

    >>> units_needed(0.05)
    8
    """
    units = 2
    while 2 / math.comb(units, units // 2) > alpha:
        units += 2
    return units


def dropout(
    treatment: tuple[int, int], control: tuple[int, int], *, alpha: float = 0.05
) -> list[Flag]:
    """Compare how many units left in each arm, by Fisher's exact test.

    Args:
        treatment, control: Units that left, and units that began.
        alpha: Below this, block; above it, tell when the counts differ at all.
    """
    (gone1, all1), (gone0, all0) = treatment, control
    p = float(stats.fisher_exact([[gone1, all1 - gone1], [gone0, all0 - gone0]]).pvalue)
    if gone1 == gone0 == 0:
        return []
    evidence: dict[str, Any] = {"treatment": gone1, "control": gone0, "p_value": p}
    return [flag("dropout-differs", severity="block" if p < alpha else "info", **evidence)]


# Do readings make sense.


def duplicates(keys: Any, *, rule: str = "refuse") -> list[Flag]:
    """Count readings that stand more than once.

    Args:
        keys: What makes a reading itself (event id, or unit, time, metric, subject), shape (N,)
            or (N, k).
        rule: The plan's: "refuse" blocks; "first" and "last" keep one and tell.
    """
    keys = np.asarray(keys)
    rows = keys.reshape(len(keys), -1)
    extra = len(rows) - len(np.unique(rows, axis=0)) if len(rows) else 0
    if not extra:
        return []
    evidence: dict[str, Any] = {"count": extra, "share": 100 * extra / len(rows)}
    return [flag("duplicates", severity="block" if rule == "refuse" else "info", **evidence)]


def time_travel(
    happened: Any, received: Any, *, start: float, end: float, tolerance: float = 0.0
) -> list[Flag]:
    """Count readings outside the pilot's time, or received before they happened.

    Args:
        happened, received: Moments in one unit (e.g. seconds UTC), shape (N,).
        start, end: Of the pilot, half-open, same unit.
        tolerance: How far clocks may disagree.
    """
    happened, received = np.asarray(happened, float), np.asarray(received, float)
    wrong = (happened < start) | (happened >= end) | (received + tolerance < happened)
    count = int(wrong.sum())
    return [flag("time-travel", count=count)] if count else []


def volume_steps(
    n: Any,
    unit_ids: Sequence[Any] | np.ndarray,
    period_ids: Sequence[Any] | np.ndarray,
    *,
    factor: float = 2.0,
) -> list[Flag]:
    """Units whose number of readings jumped and stayed: a new device or another way of counting.

    Args:
        n: Readings by unit and period, shape (I, T).
        factor: A jump of the median by at least this, up or down, is told.
    """
    counts = np.asarray(n, float)
    relative = counts / np.maximum(np.median(counts, axis=0, keepdims=True), 1e-9)
    found = []
    for i, row in enumerate(relative):
        jumps = {
            t: (np.median(row[t:]) + 1e-9) / (np.median(row[:t]) + 1e-9)
            for t in range(2, len(row) - 1)
        }
        t = max(jumps, key=lambda one: abs(math.log(jumps[one])), default=0)
        if jumps and abs(math.log(jumps[t])) >= math.log(factor):
            unit, period = str(unit_ids[i]), str(period_ids[t])
            found.append(
                flag("volume-step", at=unit, unit=unit, period=period, factor=float(jumps[t]))
            )
    return found


def size_drift(before: Any, during: Any, arms: Any, *, most: float = 0.1) -> list[Flag]:
    """Whether volumes of the arms moved apart since the baseline, which a solution can cause.

    Args:
        before, during: Readings a period by unit, shape (I,).
        arms: 1 treated, 0 control, shape (I,).
        most: Relative change of the ratio that is not worth a word.
    """
    b, d, arms = np.asarray(before, float), np.asarray(during, float), np.asarray(arms)
    ratio = (d[arms == 1].sum() / b[arms == 1].sum()) / (d[arms == 0].sum() / b[arms == 0].sum())
    if abs(ratio - 1) <= most:
        return []
    return [flag("sizes-drift", change=100 * float(ratio - 1))]


def drift(
    values: Any, period_ids: Sequence[Any] | np.ndarray, *, alpha: float = 0.01
) -> list[Flag]:
    """Look for a change of regime, on control units only, so that nothing is unblinded.

    The cumulative sum of departures from the mean is compared with a Brownian bridge. The
    long-run variance is that of an autoregression of order one around the best single break,
    so that a change does not hide itself. Below 28 periods nothing is said: the comparison
    would cry wolf.

    Args:
        values: Means of the control units by unit and period, shape (I, T), or (T,); NaN is
            not observed.
        period_ids: Shape (T,).
        alpha: Level.

    Source:
        Ploberger, W. & Krämer, W. (1992). Econometrica 60, 271–285; Andrews, D. W. K. (1991).
        Econometrica 59, 817–858 (AR(1) long-run variance); Vogelsang, T. J. (1999). Journal of
        Econometrics 88, 283–299 (why around the break).
    """
    y = np.atleast_2d(np.asarray(values, float))
    y = y[np.isfinite(y).any(axis=1)]
    if not len(y) or y.shape[1] < LEAST_PERIODS:
        return []
    series = np.nanmean(y - np.nanmean(y, axis=1, keepdims=True), axis=0)
    size = len(series)
    if size < LEAST_PERIODS or not np.isfinite(series).all() or np.ptp(series) == 0:
        return []
    path = np.abs(np.cumsum(series - series.mean()))
    turn = int(path[:-1].argmax()) + 1
    p = float(stats.kstwobign.sf(path.max() / math.sqrt(size * _long_run_variance(series, turn))))
    return [flag("regime-change", period=str(period_ids[turn]), p_value=p)] if p < alpha else []


def _long_run_variance(series: np.ndarray, turn: int) -> float:
    """Of an autoregression of order one around a mean on each side of the turn."""
    away = series - np.where(
        np.arange(len(series)) < turn, series[:turn].mean(), series[turn:].mean()
    )
    phi = float(away[1:] @ away[:-1] / (away[:-1] @ away[:-1])) if away.any() else 0.0
    phi = float(np.clip(phi + (1 + 4 * phi) / len(series), -0.9, 0.95))
    innovation = float(((away[1:] - phi * away[:-1]) ** 2).sum()) / (len(series) - 4)
    return max(innovation, 1e-12 * float(np.var(series))) / (1 - phi) ** 2


def variance_reestimate(
    values: Any, planned_variance: float, n_units: int, *, most: float = 1.25
) -> list[Flag]:
    """Halfway: do units vary more than planned? Arms are pooled, so nothing is unblinded.

    Args:
        values: One value a unit, arms not told apart, shape (I,).
        planned_variance: Of a unit's mean at this moment, unit of the metric squared.
        n_units: Units in the plan.
        most: Ratio that is not worth a word.

    Source:
        Gould, A. L. & Shih, W. J. (1992). Communications in Statistics 21, 2833–2853.
    """
    seen = np.asarray(values, float)
    ratio = float(np.var(seen[np.isfinite(seen)], ddof=1)) / planned_variance
    if ratio <= most:
        return []
    return [flag("variance-above-plan", ratio=ratio, units=2 * math.ceil(n_units * ratio / 2))]


def spillover(values: Any, distance: Any, *, alpha: float = 0.05) -> list[Flag]:
    """Whether control units near treated ones differ from those farther away.

    Args:
        values: Control units' values, or changes from baseline, shape (J,).
        distance: Of each to the nearest treated unit, any unit, shape (J,).
        alpha: Level of Spearman's rank test.
    """
    y, d = np.asarray(values, float), np.asarray(distance, float)
    if len(y) < 4 or np.ptp(y) == 0 or np.ptp(d) == 0:
        return []
    p = float(stats.spearmanr(d, y).pvalue)
    return [flag("spillover", p_value=p)] if p < alpha else []


def unplanned_look(
    share: float, planned: Sequence[float], *, tolerance: float = 0.02
) -> list[Flag]:
    """Block a look that the plan does not name (fixed designs name one, at the end)."""
    if any(abs(share - one) <= tolerance for one in planned):
        return []
    return [flag("looks-unplanned", share=100 * share)]


def stop_reason(reason: str, registered: Sequence[str]) -> list[Flag]:
    """Block a stop for a reason the plan does not name."""
    return [] if reason in registered else [flag("stop-reason-unknown", reason=reason)]


def contamination(schedule: Any, actual: Any, unit_ids: Sequence[Any] | np.ndarray) -> list[Flag]:
    """Comparison units that got the solution after all.

    Args:
        schedule: 1 with, 0 without, −1 not measured, shape (I, T).
        actual: Share of work with the solution, shape (I, T), NaN where not known.
    """
    never = ~(np.asarray(schedule) == 1).any(axis=1)
    reached = never & (np.nan_to_num(np.asarray(actual, float)) > 0).any(axis=1)
    units = [str(unit_ids[i]) for i in np.flatnonzero(reached).tolist()]
    return (
        [flag("comparison-treated", count=len(units), units=", ".join(units[:10]))] if units else []
    )


def costs(actual: Mapping[str, float], high: Mapping[str, float]) -> list[Flag]:
    """Items that cost more than the plan's range, in minor units of the currency."""
    return [
        flag("cost-over-range", at=name, item=name, actual=round(paid), high=round(high[name]))
        for name, paid in actual.items()
        if name in high and paid > high[name]
    ]


def overlap(units: Any, others: Mapping[str, Any]) -> list[Flag]:
    """Units that another pilot uses at the same time.

    Args:
        units: Ids of this pilot's units.
        others: Ids of the units of each concurrent pilot, by its number.
    """
    own = {str(one) for one in units}
    shared = {name: len(own & {str(one) for one in there}) for name, there in others.items()}
    return [
        flag("twin-trial", at=name, units=count, other=name)
        for name, count in shared.items()
        if count
    ]


def same_hash(found: str, locked: str, *, of: str = "plan") -> list[Flag]:
    """Block when the plan, or the metric's definition, is not the locked one."""
    if found.lower() == locked.lower():
        return []
    return [flag("plan-changed" if of == "plan" else "metric-changed")]

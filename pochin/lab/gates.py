"""What in the readings themselves forbids a result, or must be told beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pochin.lab.arrival import completeness, missingness
from pochin.lab.assignment import Assignment
from pochin.lab.evaluation_checks import exclusions, unnamed_findings
from pochin.lab.exposure import census, contamination, crossover, dropout, units_needed
from pochin.lab.flags import flag
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.quality import unplanned_look
from pochin.lab.result import Flag
from pochin.lab.sample_ratio import srm_test

USUAL = 12
"""Units below which a reader is told to look at the randomisation p-value."""


def gates(
    protocol: Protocol, table: MomentTable, assignment: Assignment, run: tuple[str, ...]
) -> tuple[Flag, ...]:
    """Look at the table before anything is estimated.

    Args:
        protocol: The locked plan.
        table: Moments by unit, period and metric.
        assignment: Who gets what.
        run: Periods of the run that are looked at.
    """
    code = protocol.primary.code
    if code not in table.metrics:
        words = "The readings hold nothing of the primary metric “%(metric)s”."
        return (Flag("no-readings", "block", words, {"metric": code}, code),)
    found = []
    if set(assignment.unit_ids.tolist()) == {"control", "treatment"}:
        found += _shares(protocol, table, assignment, run)
    else:
        found += _units(protocol, table.only(metric=code), assignment, run)
    panel = table.to_matrix(code, units=assignment.unit_ids, periods=np.array(run))
    missing = _missing(table, code, assignment, run)
    needed = protocol.data_rules.get("late", {}).get("completeness", 0.95)
    due = np.where(panel.n.sum(axis=0, keepdims=True) > 0, panel.n + missing, 1)
    found += completeness(panel.n, due, run, needed=needed)
    found += _absent(protocol, assignment, panel.n, missing, run)
    found += _reached(protocol, panel.n, run)
    found += _work_done(protocol, table, assignment, run)
    for metric in protocol.guardrails:
        found += _guard_readings(protocol, table, assignment, run, metric.code)
    known = {metric.code for metric in protocol.metrics}
    return tuple(found + unnamed_findings(len(set(table.metrics) - known)))


def _reached(protocol: Protocol, n: np.ndarray, run: tuple[str, ...]) -> list[Flag]:
    """Readings that end before the look does, and periods left out on the way."""
    there = np.flatnonzero(n.sum(axis=0) > 0)
    if not len(there):
        return []
    last = int(there[-1]) + 1
    if last < len(run):
        looks = protocol.analysis.looks
        planned: Sequence[float] = looks.at if looks is not None else (1.0,)
        return unplanned_look(last / len(protocol.run_ids), planned)
    return exclusions(run, [run[t] for t in there.tolist()])


def work_done(protocol: Protocol, table: MomentTable, assignment: Assignment) -> np.ndarray | None:
    """Share of work that was really done with the solution, where the plan names its metric.

    Returns:
        By unit and period, shape (I, T), between 0 and 1, NaN where not known; None where the
        plan names no such metric or the readings hold nothing of it.
    """
    code = protocol.data_rules.get("crossover", {}).get("metric", "")
    if code not in table.metrics:
        return None
    panel = table.to_matrix(code, units=assignment.unit_ids, periods=assignment.period_ids)
    return np.clip(panel.Y, 0.0, 1.0)


def _work_done(
    protocol: Protocol, table: MomentTable, assignment: Assignment, run: tuple[str, ...]
) -> list[Flag]:
    actual = work_done(protocol, table, assignment)
    if actual is None:
        return []
    when = np.isin(assignment.period_ids, np.array(run))
    schedule, actual = assignment.schedule[:, when], actual[:, when]
    if not protocol.randomized:
        return contamination(schedule, actual, assignment.unit_ids)
    most = protocol.data_rules.get("crossover", {}).get("max_share", 0.1)
    return crossover(actual, schedule, max_share=most)


def _absent(
    protocol: Protocol,
    assignment: Assignment,
    n: np.ndarray,
    missing: np.ndarray,
    run: tuple[str, ...],
) -> list[Flag]:
    """What is missing: readings where their number is known, else cells of unit and period."""
    there = n.sum(axis=1) > 0
    if missing.any():
        received, due = n[there], (n + missing)[there]
    else:
        when = np.isin(assignment.period_ids, np.array(run))
        due = (assignment.schedule[there][:, when] >= 0).astype(int)
        received = np.where(due > 0, n[there] > 0, 0)
    limits, arms = protocol.data_rules.get("missing", {}), assignment.arms[there]
    allowed = {name: limits[name] for name in ("max_share", "max_difference") if name in limits}
    if len(np.unique(arms)) == 2 and protocol.kind in ("parallel", "pairs", "individual"):
        return missingness(received, due, arms, **allowed)
    share = 1 - min(received.sum() / due.sum(), 1.0) if due.sum() else 0.0
    most = allowed.get("max_share", 0.1)
    if share <= most:
        return []
    return [flag("missing-readings", share=100 * float(share), allowed=100 * most)]


def _guard_readings(
    protocol: Protocol, table: MomentTable, assignment: Assignment, run: tuple[str, ...], code: str
) -> list[Flag]:
    """Whether what must not get worse went unmeasured more in one arm than in the other."""
    if code not in table.metrics or not set(assignment.unit_ids.tolist()) & set(table.unit):
        return []
    panel = table.to_matrix(code, units=assignment.unit_ids, periods=np.array(run))
    missing = _missing(table, code, assignment, run)
    words = (
        "“%(metric)s”: readings are missing more in one arm than in the other, by "
        "%(difference).1f points; its limit is judged by what is there."
    )
    return [
        Flag("missing-differs", "warn", words, {"metric": code, **one.evidence}, code)
        for one in _absent(protocol, assignment, panel.n, missing, run)
        if one.code == "missing-differs"
    ]


def _missing(
    table: MomentTable, code: str, assignment: Assignment, run: tuple[str, ...]
) -> np.ndarray:
    """Values expected and not received, by unit and period, shape (I, T)."""
    answer = np.zeros((len(assignment.unit_ids), len(run)), np.int64)
    if table.missing is None:
        return answer
    unit = {one: i for i, one in enumerate(assignment.unit_ids.tolist())}
    period = {one: t for t, one in enumerate(run)}
    for one, when, metric, count in zip(
        table.unit.tolist(),
        table.period.tolist(),
        table.metric.tolist(),
        table.missing.tolist(),
        strict=True,
    ):
        if metric == code and one in unit and when in period:
            answer[unit[one], period[when]] += count
    return answer


def _units(
    protocol: Protocol, table: MomentTable, assignment: Assignment, run: tuple[str, ...]
) -> list[Flag]:
    present = np.unique(table.only(periods=np.array(run)).unit[:])
    alpha = protocol.analysis.alpha
    found = census(present, assignment, alpha=alpha)
    codes = {one.code for one in found}
    floor = assignment.min_p_value if assignment.randomized else 0.0
    if floor > alpha and "lot-too-small" not in codes:
        lots, needed = assignment.n_admissible, units_needed(alpha)
        found.append(
            flag("lot-too-small", assignments=lots, floor=floor, alpha=alpha, needed=needed)
        )
    arms, here = assignment.arms, np.isin(assignment.unit_ids, present)
    if assignment.randomized and 0 < arms.sum() < len(arms):
        gone = [(int((~here & (arms == arm)).sum()), int((arms == arm).sum())) for arm in (1, 0)]
        found += dropout(*gone, alpha=alpha)
    units = len(assignment.unit_ids)
    if assignment.randomized and not assignment.by_period and units < USUAL:
        found.append(flag("few-units", units=units, usual=USUAL))
    return found


def _shares(
    protocol: Protocol, table: MomentTable, assignment: Assignment, run: tuple[str, ...]
) -> list[Flag]:
    """Whether the arms hold the shares of people the plan says."""
    panel = table.to_matrix(protocol.primary.code, units=assignment.unit_ids, periods=np.array(run))
    counts = panel.n.sum(axis=1)
    if not counts.all():
        words = "One of the arms has no people, so nothing can be compared."
        return [Flag("empty-arm", "block", words)]
    planned = protocol.design.get("shares", {"control": 1, "treatment": 1})
    shares = [planned[arm] for arm in assignment.unit_ids.tolist()]
    alpha = protocol.data_rules.get("sample_ratio", {}).get("alpha")
    test = srm_test(counts.tolist(), shares)
    return test.flags() if alpha is None else test.flags(alpha)

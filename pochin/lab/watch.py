"""What can be seen to go wrong while a pilot runs, without telling one arm from the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pochin.lab.arrival import completeness, missingness
from pochin.lab.assignment import Assignment
from pochin.lab.course import up_to
from pochin.lab.exposure import census, contamination, crossover, dropout
from pochin.lab.facts import Facts
from pochin.lab.flags import flag
from pochin.lab.gates import work_done
from pochin.lab.methods import Task, estimate
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Metric, Protocol
from pochin.lab.quality import size_drift, variance_reestimate, volume_steps
from pochin.lab.result import Flag, LabError
from pochin.lab.sample_ratio import srm_sequential
from pochin.lab.seeds import generator
from pochin.lab.thoughts import control_flags
from pochin.lab.values import unit_values

HALF = 0.5
"""Share of the run from which on the spread of units is compared with the plan."""
SILENT = 2
"""A unit that sent nothing in so many periods running is taken for lost."""


@dataclass(frozen=True, eq=False)
class _Watched:
    """A pilot under way.

    Attributes:
        over: Periods that have ended and whose readings have had time to come, in order.
        n: Readings of the primary metric by unit and period of `over`, shape (I, T).
    """

    protocol: Protocol
    table: MomentTable
    assignment: Assignment
    over: tuple[str, ...]
    n: np.ndarray

    @property
    def in_run(self) -> np.ndarray:
        """Which of the periods that are over belong to the run, shape (T,)."""
        return np.isin(self.over, self.protocol.run_ids)

    @property
    def arms(self) -> np.ndarray:
        return self.assignment.arms

    @property
    def compares(self) -> bool:
        """Whether units were drawn into two arms for the whole run."""
        return self.protocol.kind in ("parallel", "pairs") and len(set(self.arms.tolist())) == 2


def watch(
    protocol: Protocol,
    table: MomentTable,
    assignment: Assignment,
    over: Sequence[str],
    *,
    facts: Facts | None = None,
) -> list[Flag]:
    """Look at a pilot under way.

    Counts are looked at by arm; values only of units that never get the solution, and of all
    units pooled, so that nobody learns how the arms differ.

    Args:
        protocol: The locked plan.
        table: Moments by unit, period and metric so far.
        assignment: Who gets what.
        over: Periods that have ended, and whose readings have had the plan's time to come.
        facts: What is known beside the readings.

    Returns:
        What blocks first, then what warns and informs.

    Source:
        Lindon & Malek 2022 (shares); Gould & Shih 1992 (spread without unblinding).
    """
    facts = Facts() if facts is None else facts
    found = facts.flags(protocol.document.get("stop_reasons", ()))
    code, known = protocol.primary.code, set(protocol.period_ids)
    ended = tuple(one for one in protocol.period_ids if one in set(over) & known)
    if code in table.metrics and ended:
        panel = table.to_matrix(code, units=assignment.unit_ids, periods=np.array(ended))
        seen = _Watched(protocol, table, assignment, ended, panel.n)
        found += _people(seen) if _is_of_arms(assignment) else _offices(seen, facts)
        found += _tried_out(seen)
    grave = ("block", "warn", "info")
    once = {(one.code, one.at): one for one in found}
    return sorted(once.values(), key=lambda one: grave.index(one.severity))


def _is_of_arms(assignment: Assignment) -> bool:
    return set(assignment.unit_ids.tolist()) == {"control", "treatment"}


def _people(seen: _Watched) -> list[Flag]:
    """Whether people come into the arms as the plan shares them out, however often one looks."""
    counts = seen.n[:, seen.in_run].T
    if not counts.sum():
        return []
    planned = seen.protocol.design.get("shares", {"control": 1, "treatment": 1})
    shares = [planned[arm] for arm in seen.assignment.unit_ids.tolist()]
    alpha = seen.protocol.data_rules.get("sample_ratio", {}).get("alpha", 0.001)
    return srm_sequential(counts[counts.sum(axis=1) > 0], shares).flags(alpha)


def _offices(seen: _Watched, facts: Facts) -> list[Flag]:
    found = _gaps(seen) + _silent(seen) + _volumes(seen) + _work(seen)
    metric = seen.protocol.primary
    if not seen.in_run.any() or metric.two_part:
        return found
    task = Task(
        seen.protocol,
        metric,
        seen.table.only(periods=np.array(seen.over)),
        seen.assignment,
        generator("0"),
        tuple(one for one in seen.over if one in set(seen.protocol.run_ids)),
    )
    return found + control_flags(task, facts) + _spread(seen, task, metric)


def _gaps(seen: _Watched) -> list[Flag]:
    """Cells of unit and period that should hold readings and do not."""
    where = np.isin(seen.assignment.period_ids, seen.over)
    due = (seen.assignment.schedule[:, where] >= 0) & seen.in_run[None, :]
    if not due.any():
        return []
    rules = seen.protocol.data_rules
    limits = rules.get("missing", {})
    allowed = {name: limits[name] for name in ("max_share", "max_difference") if name in limits}
    got = due & (seen.n > 0)
    found = _immature(seen, got, due)
    if seen.compares:
        found += missingness(got.astype(float), due.astype(float), seen.arms, **allowed)
    return found


def _immature(seen: _Watched, got: np.ndarray, due: np.ndarray) -> list[Flag]:
    needed = seen.protocol.data_rules.get("late", {}).get("completeness", 0.95)
    return completeness(got, due, seen.over, needed=needed)


def _silent(seen: _Watched) -> list[Flag]:
    """Units that have sent nothing for a while, and whether they are more of one arm."""
    if seen.n.shape[1] < SILENT or not seen.in_run[-SILENT:].all():
        return []
    here = (seen.n[:, -SILENT:] > 0).any(axis=1)
    alpha = 1 - seen.protocol.analysis.level
    found = census(seen.assignment.unit_ids[here], seen.assignment, alpha=alpha)
    if seen.compares:
        arms = seen.arms
        gone = [(int((~here & (arms == arm)).sum()), int((arms == arm).sum())) for arm in (1, 0)]
        found += dropout(*gone, alpha=alpha)
    return found


def _volumes(seen: _Watched) -> list[Flag]:
    """Readings that jumped at one unit, or moved apart between the arms."""
    found = []
    if seen.n.shape[1] >= 4:
        found += volume_steps(seen.n, seen.assignment.unit_ids, seen.over)
    before, run = seen.n[:, ~seen.in_run], seen.n[:, seen.in_run]
    if seen.compares and before.shape[1] and run.shape[1]:
        sizes = [one.mean(axis=1) for one in (before, run)]
        arms = seen.arms
        if all(one[arms == arm].sum() > 0 for one in sizes for arm in (0, 1)):
            found += size_drift(sizes[0], sizes[1], arms)
    return found


def _work(seen: _Watched) -> list[Flag]:
    """Whether units work as the lot said, where the plan measures it."""
    actual = work_done(seen.protocol, seen.table, seen.assignment)
    if actual is None:
        return []
    where = np.isin(seen.assignment.period_ids, np.array(seen.over)[seen.in_run])
    schedule, actual = seen.assignment.schedule[:, where], actual[:, where]
    if not seen.protocol.randomized:
        return contamination(schedule, actual, seen.assignment.unit_ids)
    most = seen.protocol.data_rules.get("crossover", {}).get("max_share", 0.1)
    return crossover(actual, schedule, max_share=most)


def _tried_out(seen: _Watched) -> list[Flag]:
    """Whether the plan's analysis runs at all on what has come, with the arms shuffled.

    Early enough to mend what it stumbles over, and no number is looked at.
    """
    held = int(seen.in_run.sum()) / len(seen.protocol.run_ids)
    soon = seen.compares or seen.protocol.kind in ("individual", "difference-in-differences")
    if held < (HALF if soon else 1.0) or not seen.n[:, seen.in_run].any():
        return []
    rng = generator("0")
    run = tuple(one for one in seen.over if one in set(seen.protocol.run_ids))
    lot = shuffled(up_to(seen.protocol, seen.assignment, run), rng)
    task = Task(seen.protocol, seen.protocol.primary, seen.table, lot, rng, run)
    try:
        estimate(task)
    except LabError as problem:
        return [flag("analysis-fails", reason=str(problem))]
    return []


def shuffled(assignment: Assignment, rng: np.random.Generator) -> Assignment:
    """Another lot that could have been drawn; where units are not exchanged, their rows are."""
    if assignment.randomized and not assignment.by_period:
        return replace(assignment, schedule=assignment.templates[assignment.draw_labels(1, rng)[0]])
    return replace(assignment, schedule=assignment.schedule[rng.permutation(len(assignment.arms))])


def _spread(seen: _Watched, task: Task, metric: Metric) -> list[Flag]:
    """From half of the run on: whether units vary more than was planned, arms pooled."""
    held = int(seen.in_run.sum()) / len(seen.protocol.run_ids)
    if not seen.compares or held < HALF or metric.planned_std_error is None:
        return []
    n1 = int(seen.arms.sum())
    n0 = len(seen.arms) - n1
    planned = metric.planned_std_error**2 * n0 * n1 / (n0 + n1)
    try:
        units = unit_values(task.table, seen.assignment, metric.code, periods=task.run)
    except LabError:
        return []
    if len(units.y) < 3:
        return []
    return variance_reestimate(units.y, planned, len(seen.arms))

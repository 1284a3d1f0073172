"""Second thoughts on an estimate: what a careful reader would ask once the number is there."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.assignment import Assignment
from pochin.lab.decide import judge_primary
from pochin.lab.estimate.cluster import UnitMeans
from pochin.lab.estimate.complier import ComplierEffect
from pochin.lab.estimate.crossed import crossed_effect
from pochin.lab.estimate.icc import icc_anova
from pochin.lab.evaluation_checks import (
    missing_could_turn,
    realised_icc,
    tipping_point,
    weightings,
    without_neighbours,
)
from pochin.lab.facts import BUFFER_KM, Facts
from pochin.lab.flags import flag
from pochin.lab.inference.balance import ALPHA, balance_p_value
from pochin.lab.methods import Task
from pochin.lab.protocol import Metric, Protocol
from pochin.lab.quality import drift, spillover
from pochin.lab.result import EffectResult, Flag, LabError, NotIdentified, SchemaMismatch
from pochin.lab.unequal_arms import small_arm
from pochin.lab.values import UnitValues, unit_values

ARMED = ("parallel", "pairs", "difference-in-differences")
"""Kinds of design in which a unit keeps its arm."""


def second_thoughts(
    task: Task,
    effect: EffectResult,
    lot: EffectResult | None,
    other: EffectResult | None,
    facts: Facts,
) -> tuple[Flag, ...]:
    """What must be told beside an estimate.

    Args:
        task: The metric.
        effect: By the plan's method.
        lot: By the lot alone, where lots were drawn.
        other: With people counted instead of offices, or the reverse.
        facts: What is known beside the readings.
    """
    found: list[Flag] = []
    if other is not None:
        pair = (effect, other) if task.weights == "units" else (other, effect)
        worth = task.metric.threshold or task.metric.margin or 0.0
        found += [replace(one, at=task.metric.code) for one in weightings(*pair, worth=worth)]
    if task.metric.role != "primary":
        return tuple(found)
    found += realised_icc_of(task, facts)
    found += control_flags(task, facts)
    found += over_time(task)
    if task.metric.scale == "absolute":
        found += _missing(task, effect)
        found += _against_lot(task, effect, lot) if lot is not None else []
    return tuple(found)


SURE = 0.01
"""One sound result of a hundred is told to change along the run."""


def over_time(task: Task) -> list[Flag]:
    """Whether the difference of the arms grows or fades along the run: attention that wears off.

    Each unit's own straight line over time, compared between the arms by Welch's test; within
    pairs by their differences.

    Source:
        Matthews, J. N. S. et al. (1990). BMJ 300, 230–235 (one summary for each unit).
    """
    assignment, run = task.assignment, np.array(task.run)
    if task.protocol.kind not in ("parallel", "pairs") or len(run) < 4:
        return []
    Y = task.panel.to_matrix(task.metric.code, units=assignment.unit_ids, periods=run).Y
    whole = np.isfinite(Y).all(axis=1)
    time = np.linspace(0.0, 1.0, len(run)) - 0.5
    change = Y[whole] @ time / (time @ time)
    arms, blocks = assignment.arms[whole], assignment.blocks[whole]
    if task.protocol.kind == "pairs":
        names, size = np.unique(blocks, return_counts=True)
        pairs = np.isin(blocks, names[size == 2])
        order = np.argsort(blocks[pairs], kind="stable")
        signed = np.where(arms == 1, change, -change)[pairs][order].reshape(-1, 2).sum(axis=1)
        if len(signed) < 2 or not np.ptp(signed):
            return []
        test = stats.ttest_1samp(signed, 0.0)
        moved = float(signed.mean())
    else:
        one, other = change[arms == 1], change[arms == 0]
        if min(len(one), len(other)) < 2 or not (np.ptp(one) or np.ptp(other)):
            return []
        test = stats.ttest_ind(one, other, equal_var=False)
        moved = float(one.mean() - other.mean())
    if not test.pvalue < SURE:
        return []
    words = (
        "Along the run the effect moves by %(change).3g from its first period to its last "
        "(p %(p_value).3f): look at its course before relying on the average."
    )
    evidence = {"change": moved, "p_value": float(test.pvalue)}
    return [Flag("curve-not-constant", "warn", words, evidence, task.metric.code)]


def _against_lot(task: Task, effect: EffectResult, lot: EffectResult) -> list[Flag]:
    """Warn when the t interval clears the threshold and the lot's own interval does not."""
    level = task.protocol.decision.level
    by_t, by_chance = (judge_primary(one, task.metric, level=level) for one in (effect, lot))
    if by_t.finding == by_chance.finding or by_t.finding not in ("meets", "harm"):
        return []
    words = (
        "By the t interval the finding is “%(t)s”, by the lot alone “%(lot)s”; "
        "with so few units rely on the lot."
    )
    evidence = {"t": by_t.finding, "lot": by_chance.finding}
    return [Flag("lot-disagrees", "warn", words, evidence, task.metric.code)]


# How alike readings of one unit were.


def realised_icc_of(task: Task, facts: Facts) -> list[Flag]:
    """Compare the correlation within units with what the plan reckoned with.

    Arms are taken apart first, so that the effect is not counted as a difference of units.
    """
    if not facts.icc or task.assignment.by_period or task.metric.two_part:
        return []
    panel = task.table.to_matrix(
        task.metric.code, units=task.assignment.unit_ids, periods=np.array(task.run)
    )
    n = panel.n.sum(axis=1)
    if not (n > 1).any():
        return []
    mean = np.where(n > 0, np.where(panel.n > 0, panel.n * panel.Y, 0).sum(axis=1), 0)
    mean = mean / np.maximum(n, 1)
    inner = np.where(panel.n > 0, panel.n * (panel.Y - mean[:, None]) ** 2, 0).sum(axis=1)
    arms = task.assignment.arms
    for arm in (0, 1):
        own = (arms == arm) & (n > 0)
        if own.any():
            mean[own] -= np.average(mean[own], weights=n[own])
    try:
        icc = icc_anova(n, mean, panel.m2.sum(axis=1) + inner).icc
    except LabError:
        return []
    return realised_icc(icc, facts.icc)


# Those who work without the solution.


def control_flags(task: Task, facts: Facts) -> list[Flag]:
    """Whether the comparison units changed by themselves, or near treated ones.

    Only units that never get the solution are looked at, so it may be done before the look.
    """
    assignment = task.assignment
    never = ~(assignment.schedule == 1).any(axis=1)
    if assignment.by_period or task.metric.two_part or never.sum() < 2:
        return []
    ids = assignment.unit_ids[never]
    panel = task.panel.to_matrix(task.metric.code, units=ids, periods=assignment.period_ids)
    used = np.isfinite(panel.Y).any(axis=0)
    found = drift(panel.Y[:, used], assignment.period_ids[used])
    return found + _near(task, ids, panel.Y, facts)


def _near(task: Task, ids: np.ndarray, Y: np.ndarray, facts: Facts) -> list[Flag]:
    if not facts.distances:
        return []
    run = np.isin(task.assignment.period_ids, np.array(task.run))
    before = np.isin(task.assignment.period_ids, np.array(task.protocol.baseline_ids))
    distance = np.array([facts.distances.get(str(one), math.nan) for one in ids.tolist()])
    value = _row_means(Y[:, run])
    if before.any():
        value = value - _row_means(Y[:, before])
    known = np.isfinite(distance) & np.isfinite(value)
    return spillover(value[known], distance[known])


def _row_means(Y: np.ndarray) -> np.ndarray:
    n = np.isfinite(Y).sum(axis=1)
    return np.where(n > 0, np.nan_to_num(Y).sum(axis=1) / np.maximum(n, 1), np.nan)


def far_from_treated(
    task: Task, effect: EffectResult, facts: Facts
) -> tuple[EffectResult | None, list[Flag]]:
    """The same comparison without the neighbours of treated units, where there are any."""
    near = {one for one, km in facts.distances.items() if km < BUFFER_KM}
    ids = task.assignment.unit_ids
    kept = np.array([str(one) not in near for one in ids.tolist()])
    if task.protocol.kind != "parallel" or kept.all() or task.metric.scale == "relative":
        return None, []
    try:
        fit = UnitMeans(
            metric=task.metric.code,
            weights=task.weights,
            periods=task.run,
            two_part=task.metric.two_part,
            alternative=task.alternative,
        ).fit(task.table, task.assignment.subset(ids[kept]))
    except LabError:
        return None, []
    fit = replace(fit, method="without-neighbours", flags=(), unit=effect.unit)
    words = (
        "Without the neighbours of treated units %(units)d are left in one arm: that comparison "
        "may take chance for an effect in up to %(worst)d cases of 100 instead of %(usual)d."
    )
    few = small_arm(**fit.n_units, alpha=task.protocol.analysis.alpha)
    small = [replace(one, message=words) for one in few]
    return fit, without_neighbours(effect, fit) + small


def beside_twins(task: Task, facts: Facts) -> tuple[list[EffectResult], list[Flag]]:
    """Whether the effect hangs on another pilot's solution at the same units, for each of them."""
    found: list[EffectResult] = []
    flags: list[Flag] = []
    wanted = task.protocol.kind in ARMED and task.metric.role == "primary"
    if not wanted or task.metric.scale != "absolute" or not facts.crossed:
        return found, flags
    units = unit_values(
        task.table,
        task.assignment,
        task.metric.code,
        periods=task.run,
        two_part=task.metric.two_part,
    )
    ids = [str(one) for one in units.assignment.unit_ids.tolist()]
    for name, treated in sorted(facts.crossed.items()):
        other = np.isin(ids, list(treated)).astype(int)
        if not other.any():
            continue
        try:
            one = crossed_effect(units.y, units.arms, other, name=name, unit=task.metric.unit)
        except LabError:
            flags.append(flag("twins-inseparable", at=name, other=name))
            continue
        found.append(one)
        if one.p_value is not None and one.p_value < ALPHA:
            ends = {key: one.values[key]["estimate"] for key in ("with_other", "without_other")}
            evidence = {"other": name, "p_value": one.p_value, **ends}
            flags.append(flag("twins-interact", at=name, **evidence))
    return found, flags


# Those who did not do as the lot said.


def on_compliers(task: Task, facts: Facts) -> EffectResult | None:
    """The effect for work really done with the solution, where the plan measures that work."""
    code = task.protocol.data_rules.get("crossover", {}).get("metric", "")
    wanted = task.protocol.kind in ("parallel", "pairs") and task.metric.scale == "absolute"
    if not wanted or code in ("", task.metric.code) or code not in task.table.metrics:
        return None
    fit = ComplierEffect(
        task.metric.code, code, task.run, task.metric.two_part, task.alternative
    ).fit(task.table, task.assignment)
    return replace(fit, unit=task.metric.unit)


# What is missing.


def _missing(task: Task, effect: EffectResult) -> list[Flag]:
    """How much worse missing readings would have to be to turn a finding that holds.

    Missing are readings known to be due; without that, cells of unit and period with none, each
    as large as the unit's others. Plausible is what one unit of the comparison differs from
    another.
    """
    protocol, metric = task.protocol, task.metric
    if protocol.kind != "parallel" or metric.two_part or task.weights != "units":
        return []
    try:
        units = unit_values(task.table, task.assignment, metric.code, periods=task.run)
    except LabError:
        return []
    gone = _gone(task, units)
    if not gone.any() or len(np.unique(units.y)) < 2:
        return []
    level, threshold = protocol.decision.level, metric.threshold or 0.0

    def clears(values: np.ndarray) -> float:
        fit = UnitMeans().compare(replace(units, y=values))
        bound = fit.lower(level) if metric.sign > 0 else -fit.upper(level)
        return bound - threshold

    plausible = float(units.y[units.arms == 0].std(ddof=1))
    try:
        turn = tipping_point(
            clears, units.y, units.n, gone, units.arms, sign=metric.sign, most=10 * plausible
        )
    except LabError:
        return []
    return missing_could_turn(turn, plausible)


def _gone(task: Task, units: UnitValues) -> np.ndarray:
    """Readings that are missing, by unit, shape (I,)."""
    panel = task.table.to_matrix(
        task.metric.code, units=units.assignment.unit_ids, periods=np.array(task.run)
    )
    cells = (panel.n > 0).sum(axis=1)
    each = panel.n.sum(axis=1) / np.maximum(cells, 1)
    empty = (panel.n == 0).sum(axis=1) * each
    if task.table.missing is None:
        return empty
    own = task.table.only(metric=task.metric.code, periods=np.array(task.run))
    counts = own.missing if own.missing is not None else np.zeros(len(own))
    known = np.array([counts[own.unit == one].sum() for one in panel.units.tolist()], float)
    return known if known.any() else empty


# Before the start.


def balance_of(protocol: Protocol, table: Any, assignment: Assignment) -> dict[str, float]:
    """Differences of the arms in the baseline, in standard deviations of units, by metric."""
    answer: dict[str, float] = {}
    if not protocol.baseline_ids or protocol.kind not in ("parallel", "pairs"):
        return answer
    for metric in protocol.metrics:
        units = _before(protocol, table, assignment, metric)
        if units is None:
            continue
        treated, spread = units.arms == 1, float(units.y.std(ddof=1))
        if spread > 0:
            away = units.y[treated].mean() - units.y[~treated].mean()
            answer[metric.code] = float(away / spread)
    return answer


def _before(
    protocol: Protocol, table: Any, assignment: Assignment, metric: Metric
) -> UnitValues | None:
    """Values of the units in the baseline; None where they were not measured."""
    try:
        return unit_values(
            table,
            assignment,
            metric.code,
            periods=protocol.baseline_ids,
            two_part=metric.two_part,
        )
    except (SchemaMismatch, NotIdentified):
        return None


def imbalances(
    protocol: Protocol, table: Any, assignment: Assignment, balance: dict[str, float]
) -> tuple[Flag, ...]:
    """Warn about metrics that a fair lot parts so far in fewer than one pilot of twenty.

    The level is shared by the metrics that were looked at, so that a sound lot is called
    unbalanced in at most five pilots of a hundred, however few the units and many the metrics.
    """
    found = []
    for metric in protocol.metrics:
        if metric.code not in balance:
            continue
        units = _before(protocol, table, assignment, metric)
        if units is None or not units.assignment.randomized:
            continue
        if balance_p_value(units.assignment, units.y) <= ALPHA / len(balance):
            away = abs(balance[metric.code])
            name = metric.name or metric.code
            found.append(flag("imbalance", at=metric.code, name=name, difference=away))
    return tuple(found)

"""From a locked plan and a table of moments to the result: one entry for the product."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.course import course, up_to
from pochin.lab.decide import (
    evaluate_rule,
    evidence_class,
    judge_guardrail,
    judge_primary,
    primary_level,
    without_repeats,
)
from pochin.lab.departures import could_hide, departures
from pochin.lab.economics import NetPresentValue, npv
from pochin.lab.evaluation import SCHEMA, Evaluation, MetricResult
from pochin.lab.evaluation_checks import analyses
from pochin.lab.facts import Facts
from pochin.lab.gates import USUAL, gates
from pochin.lab.inference.multiplicity import benjamini_hochberg, holm
from pochin.lab.inference.tails import without_spread
from pochin.lab.looks import at_look, periods_of_look, which_look
from pochin.lab.methods import Task, by_lot, estimate, other_weighting, second_analysis
from pochin.lab.moments import MomentTable
from pochin.lab.money_models import CostModel, ValueModel
from pochin.lab.protocol import Metric, Protocol
from pochin.lab.quality import costs, same_hash
from pochin.lab.result import (
    EffectResult,
    Flag,
    LabError,
    Provenance,
    Singular,
)
from pochin.lab.seeds import generator
from pochin.lab.thoughts import (
    balance_of,
    beside_twins,
    far_from_treated,
    imbalances,
    on_compliers,
    second_thoughts,
)

__all__ = ["SCHEMA", "Evaluation", "MetricResult", "evaluate_plan"]

TOO_ALIKE = "The readings are too alike, or too far apart, to be computed with."


def evaluate_plan(
    protocol: Protocol,
    table: MomentTable,
    *,
    assignment: Assignment | None = None,
    seed: str | None = None,
    look: int | None = None,
    facts: Facts | None = None,
    locked: str = "",
    flags: Sequence[Flag] = (),
    rng: np.random.Generator | None = None,
    code_version: str = "",
) -> Evaluation:
    """Run the plan's analysis, and only that.

    Args:
        protocol: The locked plan.
        table: Moments by unit, period and metric; units and periods as the plan names them. For
            people assigned by hash the units are "control" and "treatment", or the people
            themselves together with `assignment`.
        assignment: Who gets what, where the plan does not list it and no seed draws it.
        seed: The drawn number, where the plan holds only its commitment.
        look: Which of the plan's looks this is, from 1; the last if left out.
        facts: What is known beside the readings: how the pilot ended, its costs, who lies near.
        locked: SHA-256 of the plan that was locked, where it is known otherwise.
        flags: What other checks found; one that blocks withholds every number.
        rng: For drawn reference sets and money; by default from the plan's seed and hash, so that
            a second run gives every digit again.
        code_version: Written into the provenance.

    Returns:
        The evaluation. Through a blocked gate no number passes: effects are withheld and the
        verdict is "invalid".

    Raises:
        ProtocolViolation: The lot was not drawn, the look is not planned, or the method is
            unknown.

    Example:
        >>> from pochin.lab.tests.plans import plan
        >>> rows = [(str(101 + i), week, 30 - 4 * (i % 2) * (week >= "2026-03-16") + i / 7 % 1)
        ...         for i in range(12) for week in Protocol.parse(plan()).period_ids]
        >>> unit, period, mean = zip(*rows)
        >>> table = MomentTable(unit, period, ["delay"] * 72, [50] * 72, mean, [80.0] * 72)
        >>> protocol = Protocol.parse(plan(metrics=plan()["metrics"][:1]))
        >>> evaluate_plan(protocol, table).decision.colour
        'green'
    """
    number = which_look(protocol, look)
    assignment = protocol.assignment(seed) if assignment is None else assignment
    facts = Facts() if facts is None else facts
    over = facts.held(protocol.period_ids[protocol.baseline :])
    look_run = periods_of_look(protocol, number)
    run = tuple(one for one in look_run if one in over) or look_run
    assignment = up_to(protocol, assignment, run)
    drawn = generator(str(protocol.analysis.seed), bound_to=protocol.sha256)
    tasks = [
        Task(protocol, metric, table, assignment, rng or drawn, run) for metric in _asked(protocol)
    ]
    stop_reasons = protocol.document.get("stop_reasons", ())
    found = tuple(flags) + gates(protocol, table, assignment, run)
    found += tuple(facts.flags(stop_reasons))
    found += tuple(departures(facts.left, assignment, alpha=protocol.analysis.alpha))
    found += tuple(same_hash(protocol.sha256, locked or protocol.sha256))
    balance: dict[str, float] = {}
    if not any(one.blocks for one in found):
        balance = balance_of(protocol, table, assignment)
        found += imbalances(protocol, table, assignment, balance)
    results = [_result(task, number, found, facts) for task in tasks]
    results = _adjusted(protocol, results)
    effects = {one.metric.code: one.effect for one in results}
    evidence = evidence_class(protocol.kind, protocol.analysis.method, _lots(assignment))
    effect = results[_first_primary(results)].effect
    worth, more = _money(protocol, effect, rng or drawn, facts.paid)
    found = _ordered(found + more)
    decision = evaluate_rule(
        protocol.decision,
        effects,
        protocol.metrics,
        evidence=evidence,
        money=worth,
        archive=protocol.archive,
        flags=found,
    )
    if decision.verdict == "invalid":
        results, balance = _all_withheld(results, found), {}
    return Evaluation(
        metrics=tuple(_judged(one, protocol) for one in results),
        decision=decision,
        flags=found,
        balance=balance,
        assignment=_told(assignment),
        provenance=Provenance(
            protocol.sha256, table.fingerprint, code_version, protocol.analysis.seed
        ),
        look=number,
        archive=protocol.archive,
        facts=facts,
    )


def _asked(protocol: Protocol) -> list[Metric]:
    """The metrics a question is about; how much work went by the lot is no outcome."""
    done = protocol.data_rules.get("crossover", {}).get("metric", "")
    return [one for one in protocol.metrics if one.code != done or one.role != "secondary"]


def _lots(assignment: Assignment) -> int:
    """How many things were drawn: units, or couples of blocks of time."""
    if assignment.by_period:
        return max(len(assignment.unit_ids), int(math.log2(assignment.n_admissible)))
    if set(assignment.unit_ids.tolist()) == {"control", "treatment"}:
        return USUAL
    return len(assignment.unit_ids)


def _told(assignment: Assignment) -> dict[str, Any]:
    treated = int(assignment.arms.sum())
    return {
        "units": {"control": len(assignment.arms) - treated, "treatment": treated},
        "randomized": assignment.randomized,
        "n_admissible": assignment.n_admissible,
        "min_p_value": assignment.min_p_value if assignment.randomized else None,
        "sha256": assignment.sha256,
    }


def _all_withheld(results: list[MetricResult], flags: tuple[Flag, ...]) -> list[MetricResult]:
    """Every number taken out: where one metric that is judged fails, the others say no verdict."""
    why = [one for one in flags if one.blocks]
    why += [
        flag
        for one in results
        if one.metric.role != "secondary"
        for flag in one.effect.flags
        if flag.blocks
    ]
    causes = tuple(without_repeats(why))
    return [
        one
        if one.effect.blocked
        else MetricResult(
            one.metric, EffectResult.withheld(one.effect.method, causes, unit=one.metric.unit)
        )
        for one in results
    ]


def _ordered(flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
    grave = ("block", "warn", "info")
    once = {(one.code, one.at): one for one in flags}
    return tuple(sorted(once.values(), key=lambda one: grave.index(one.severity)))


# Metrics.


def _result(task: Task, look: int | None, gates: tuple[Flag, ...], facts: Facts) -> MetricResult:
    """One metric estimated, or withheld with the reasons why."""
    blocking = tuple(one for one in gates if one.blocks)
    name = task.protocol.analysis.method
    if blocking:
        return MetricResult(
            task.metric, EffectResult.withheld(name, blocking, unit=task.metric.unit)
        )
    try:
        effect = _finite(estimate(task))
    except LabError as problem:
        why = _why_not(task, problem) if _varies(task) else _alike(task)
        return MetricResult(task.metric, EffectResult.withheld(name, (why,)))
    effect = _proven(task, effect)
    if effect.blocked:
        return MetricResult(task.metric, effect)
    lot = _tried(lambda: by_lot(task))
    other = _tried(lambda: other_weighting(task))
    second = _tried(lambda: second_analysis(task))
    compliers = _tried(lambda: on_compliers(task, facts))
    far, near = far_from_treated(task, effect, facts)
    beside = (other, second, compliers, far)
    sensitivity = effect.sensitivity + tuple(one for one in beside if one is not None)
    if second is not None:
        effect = replace(effect, flags=effect.flags + tuple(analyses(effect, second)))
    taken = None
    if look is not None and task.metric.role == "primary":
        effect, taken = at_look(task, effect, look)
    more = second_thoughts(task, effect, lot, other, facts) + tuple(near)
    more += () if compliers is None else compliers.flags
    twins, twin_flags = beside_twins(task, facts)
    more += tuple(twin_flags)
    if task.metric.role == "primary":
        more += tuple(could_hide(task, effect, facts.left))
    effect = replace(effect, flags=effect.flags + more)
    way = course(task, effect) if task.metric.role == "primary" else ()
    return MetricResult(
        task.metric,
        effect,
        lot,
        look=taken,
        sensitivity=sensitivity,
        course=way,
        crossed=tuple(twins),
    )


def _varies(task: Task) -> bool:
    """Whether a guardrail's values differ at all; another metric is asked for an effect anyway."""
    if task.metric.role != "guardrail" or task.metric.code not in task.table.metrics:
        return True
    cells = task.panel.only(units=task.assignment.unit_ids, periods=np.array(task.run))
    values = cells.mean[cells.n > 0]
    return not len(values) or not without_spread(float(np.ptp(values)), float(abs(values).max()))


def _alike(task: Task) -> Flag:
    """Not a failed check: nothing went wrong anywhere, and nothing tells how far it could have."""
    words = "“%(metric)s” had the same value everywhere, so its limit cannot be judged."
    return Flag("not-estimable", "warn", words, {"metric": task.metric.code}, task.metric.code)


def _why_not(task: Task, problem: LabError) -> Flag:
    words = "“%(metric)s” could not be estimated: %(reason)s"
    evidence = {"metric": task.metric.code, "reason": str(problem)}
    return Flag("not-estimable", "block", words, evidence, task.metric.code)


def _finite(effect: EffectResult) -> EffectResult:
    """The effect, if its numbers are numbers."""
    numbers = (effect.estimate, effect.std_error, effect.p_value)
    if not all(one is None or math.isfinite(one) for one in numbers):
        raise Singular(TOO_ALIKE)
    return effect


def _tried(question: Any) -> EffectResult | None:
    """A side analysis; where it cannot be done the main one stands alone."""
    try:
        answer: EffectResult | None = question()
    except LabError:
        return None
    return None if answer is None or answer.blocked else answer


def _proven(task: Task, effect: EffectResult) -> EffectResult:
    provenance = replace(
        effect.provenance,
        protocol_hash=task.protocol.sha256,
        table_hash=task.table.fingerprint,
        seed=task.protocol.analysis.seed,
    )
    return replace(effect, provenance=provenance)


def _adjusted(protocol: Protocol, results: list[MetricResult]) -> list[MetricResult]:
    """P-values for the family each metric belongs to."""
    answer = list(results)
    for role, adjust in (("primary", holm), ("secondary", benjamini_hochberg)):
        places = [
            i
            for i, one in enumerate(results)
            if one.metric.role == role and one.p_value is not None
        ]
        if len(places) < 2 or (role == "primary" and protocol.analysis.multiplicity != "holm"):
            continue
        p_values = adjust([results[i].p_value for i in places])
        for i, p in zip(places, p_values.tolist(), strict=True):
            answer[i] = replace(answer[i], adjusted_p=p)
    return answer


def _judged(one: MetricResult, protocol: Protocol) -> MetricResult:
    if one.effect.blocked or one.metric.role == "secondary":
        return one
    level = protocol.decision.level
    if one.metric.role == "guardrail":
        return replace(one, judged=judge_guardrail(one.effect, one.metric, level=level))
    level = primary_level(level, len(protocol.primaries))
    return replace(one, judged=judge_primary(one.effect, one.metric, level=level))


def _first_primary(results: Sequence[MetricResult]) -> int:
    return [one.metric.role for one in results].index("primary")


# Money.


def _money(
    protocol: Protocol, effect: EffectResult, rng: np.random.Generator, paid: Mapping[str, float]
) -> tuple[NetPresentValue | None, tuple[Flag, ...]]:
    """The net present value of the first primary metric's effect, where the plan can count it.

    What was paid takes the place of what was guessed, and is told where it is beyond the guess.
    """
    if protocol.value is None or protocol.cost is None or effect.estimate is None:
        return None, ()
    value, guessed = ValueModel.from_plan(protocol.value), CostModel.from_plan(protocol.cost)
    most = {one.name: one.amount.high for one in guessed.items}
    over = tuple(costs(paid, most))
    try:
        cost = guessed.with_paid(paid)
        return npv(effect, value, cost, rng=rng, sign=protocol.primary.sign), over
    except LabError as problem:
        words = "The money could not be counted: %(reason)s"
        return None, (*over, Flag("money-unknown", "warn", words, {"reason": str(problem)}))

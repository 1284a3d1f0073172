"""The life of an evaluation: computed → released; computed → replaced by a later run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

import pochin
from pochin.core import signatures
from pochin.core.lifecycle import NOW, Lifecycle, Refused, guard
from pochin.core.moves import check_guards
from pochin.core.policy import SYSTEM, system
from pochin.evaluations.alike import kept_of
from pochin.evaluations.models import Evaluation, State
from pochin.evaluations.printed import printed
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.facts import Facts
from pochin.lab.moments import MomentTable
from pochin.lab.result import LabError
from pochin.measurements import readings, watching
from pochin.measurements.models import Snapshot
from pochin.participants.policy import person_hat
from pochin.pilots import lifecycle as pilots
from pochin.pilots import noticing
from pochin.pilots.models import Pilot, Plan
from pochin.pilots.models import State as PilotState
from pochin.pilots.policy import analyst

life: Lifecycle[Evaluation] = Lifecycle(
    "evaluations",
    State,
    ends=frozenset({State.REPLACED, State.RELEASED}),
)
life.waits(
    State.COMPUTED,
    on=lambda evaluation: person_hat(evaluation.pilot.analyst_id),
    owner=_("the analyst of the pilot"),
    clock="evaluation",
    days=5,
    words=_("Check the result and show it to the sides"),
)


@guard(_("The data of the pilot are not closed, or its evaluation has not begun."))
def is_being_evaluated(pilot: Pilot) -> bool:
    return pilot.state == PilotState.EVALUATION and bool(pilot.data_sha256)


@guard(_("The plan no longer has the bytes that were signed."))
def plan_is_whole(pilot: Pilot) -> bool:
    plan = pilot.locked_plan()
    return plan is not None and plan.is_whole


@guard(_("The result no longer is the one that was computed."))
def result_is_whole(evaluation: Evaluation) -> bool:
    return evaluation.is_whole


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to, before it is written down: of which plan, over which closed data."""

    plan_id: int
    snapshot: Snapshot
    result: dict[str, Any]


def outcome(pilot: Pilot, *, at: datetime) -> Outcome:
    """Compute the result of a pilot; writes nothing but that these readings are stood on."""
    snapshot = readings.frozen(pilot)
    readings.cite(snapshot)
    plan = pilot.locked_plan()
    assert plan is not None, "only pilots with a locked plan have closed data"
    result = run(pilot, readings.moments(pilot, at=at, snapshot=snapshot), plan)
    return Outcome(plan.pk, snapshot, result)


def begin_allowed(pilot: Pilot, *, by: Any) -> None:
    """Pass quietly where this person may compute the result now, before hours go into it.

    Raises:
        Forbidden, Refused: As `compute` would say.
    """
    analyst.demand(by, pilot)
    check_guards(life.moves["compute"], pilot, {})


@life.birth(
    State.COMPUTED,
    who=analyst,
    label=_("Compute the result"),
    done=_("The result was computed"),
    guards=[is_being_evaluated, plan_is_whole],
)
def compute(
    pilot: Pilot, *, by: Any, at: datetime = NOW, found: Outcome | None = None
) -> Evaluation:
    """Run the analysis of the locked plan over the closed data, and nothing else."""
    # What was computed before, outside of this transaction, keeps nobody else from writing.
    found = found or outcome(pilot, at=at)
    plan = pilot.locked_plan()
    if plan is None or (found.plan_id, found.snapshot.sha256) != (plan.pk, pilot.data_sha256):
        raise Refused(_t("The plan or the data changed meanwhile. Compute the result again."))
    for earlier in pilot.evaluations.filter(state=State.COMPUTED):
        replace(earlier, by=SYSTEM, at=at)
    return Evaluation(
        pilot=pilot,
        number=pilot.evaluations.count() + 1,
        plan=plan,
        snapshot=found.snapshot,
        result=found.result,
        sha256=signatures.fingerprint(found.result),
        **kept_of(found.result).columns,
        computed_by_id=by.pk,
        computed_at=at,
    )


@life.move(
    State.COMPUTED,
    to=State.REPLACED,
    who=system,
    label=_("Replace by a later run"),
    done=_("A later run took its place"),
)
def replace(evaluation: Evaluation, *, by: Any, at: datetime = NOW) -> None:
    """A later run takes its place; this one stays in the list."""


@life.move(
    State.COMPUTED,
    to=State.RELEASED,
    who=analyst,
    label=_("Show the result to the sides"),
    done=_("The result was shown to the sides"),
    guards=[result_is_whole],
    is_final=True,
)
def release(evaluation: Evaluation, *, by: Any, at: datetime = NOW) -> None:
    """From now on the sides see it; they have ten working days to comment."""
    evaluation.released_at = at
    finding = pilots.Finding(
        verdict=evaluation.verdict,
        colour=evaluation.colour,
        sha256=evaluation.sha256,
        data_sha256=evaluation.snapshot.sha256,
        plan_sha256=evaluation.plan.sha256,
    )
    pilots.hand_over(evaluation.pilot, by=by, finding=finding, at=at)


def run(
    pilot: Pilot, table: MomentTable, plan: Plan | None = None, facts: Facts | None = None
) -> dict[str, Any]:
    """The result of a plan (usually the locked one) over a table of moments, as a document.

    Args:
        pilot: Whose data are closed.
        table: Its moments.
        plan: The locked one where it is left out.
        facts: What is known beside the readings; as they are now where they are left out.

    Raises:
        Refused: The plan cannot be computed over these data; the sentence says why.
    """
    plan = plan or pilot.locked_plan()
    assert plan is not None, "only pilots with a locked plan have closed data"
    if facts is None:
        facts = noticing.facts_of(pilot, plan, set_aside=watching.set_aside(pilot))
    try:
        found = evaluate_plan(
            plan.protocol,
            table,
            assignment=pilot.assignment(),
            seed=pilot.seed or None,
            facts=facts,
            locked=plan.sha256,
            code_version=pochin.__version__,
        )
    except LabError as error:
        raise Refused(_t("The result cannot be computed: %(why)s") % {"why": error}) from error
    return found.to_dict()


@dataclass(frozen=True, slots=True)
class Recheck:
    """What a second run over the rows of the store said of an evaluation.

    Attributes:
        largest: The largest difference of two numbers, relative to their size.
        differences: Places of the document, and parts of the page, that are unlike.
        numbers: How many places were compared.
    """

    is_equal: bool
    largest: float
    differences: tuple[str, ...]
    numbers: int = 0


# Sums in another order may differ in the last digits.
TOLERANCE = 1e-9


def recheck(evaluation: Evaluation) -> Recheck:
    """Compute an evaluation anew from every row it was judged on, and compare each number.

    Numbers agree to 1e-9, and each digit that a page prints is the same.
    """
    table = readings.recomputed(evaluation.pilot, evaluation.snapshot)
    facts = Facts.of(evaluation.result.get("facts"))
    again = run(evaluation.pilot, table, evaluation.plan, facts)
    found = list(_compare(evaluation.result, again, ""))
    unlike = [path for path, far in found if far > TOLERANCE]
    protocol = evaluation.plan.protocol
    before, after = printed(evaluation.result, protocol), printed(again, protocol)
    unlike += [] if unlike else [part for part in before if before[part] != after[part]]
    largest = max((far for _path, far in found), default=0.0)
    return Recheck(not unlike, largest, tuple(unlike), len(found))


# What names the run and not its outcome.
OTHER_NAMES = frozenset({"table_hash", "code_version"})


def _compare(before: Any, after: Any, path: str) -> Any:
    """Every place of two documents with how far they are apart, relative to their size."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() | after.keys():
            if name not in OTHER_NAMES:
                yield from _compare(before.get(name), after.get(name), f"{path}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _compare(one, other, f"{path}[{place}]")
    elif isinstance(before, int | float) and isinstance(after, int | float):
        yield path, abs(before - after) / max(abs(before), abs(after), 1.0)
    else:
        yield path, 0.0 if before == after else math.inf

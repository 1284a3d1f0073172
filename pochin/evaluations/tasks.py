"""What is computed apart from any page: results of large pilots, and their second computing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone, translation
from django_tasks import task

from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.evaluations import lifecycle
from pochin.evaluations.lifecycle import Recheck
from pochin.evaluations.models import Evaluation
from pochin.jobs.models import LIVE, Job, State
from pochin.lab.protocol import Protocol
from pochin.participants.models import Person
from pochin.pilots.models import Pilot

# Units times metrics that are answered within the page (measured by `benchmarks.lab.judging`).
AT_ONCE = 300
# Where each unit is judged in turn or a model is fitted step by step, fewer.
SLOW_KINDS, SLOW_AT_ONCE = {"stepped-wedge", "synthetic-control"}, 100
# Single rows that a second computing reads within the page.
ROWS_AT_ONCE = 200_000


def is_large(pilot: Pilot) -> bool:
    """Whether the result of a pilot takes longer than a page may."""
    plan = pilot.locked_plan()
    return plan is not None and asks_much(plan.protocol)


def asks_much(protocol: Protocol) -> bool:
    """Whether the analysis of a plan takes longer than a page may, however few its readings."""
    most = min(AT_ONCE, SLOW_AT_ONCE) if protocol.kind in SLOW_KINDS else AT_ONCE
    return max(len(protocol.units), 2) * len(protocol.metrics) > most


def reads_much(evaluation: Evaluation) -> bool:
    """Whether computing an evaluation a second time takes longer than a page may."""
    return evaluation.snapshot.rows > ROWS_AT_ONCE or is_large(evaluation.pilot)


def _of_pilot(pilot_id: int, *_more: Any) -> str:
    """One result of a pilot is computed at a time."""
    return str(pilot_id)


# The evaluation to come is named by its number: begun again after its worker was killed, the task
# finds that it is there and leaves it.
@task(unique=_of_pilot, attempts=3)
def compute(pilot_id: int, number: int, person_id: int, language: str) -> dict[str, Any]:
    """Compute the result of a pilot; what is refused is kept for who asked, in their language."""
    pilot = Pilot.objects.get(pk=pilot_id)
    if pilot.evaluations.filter(number__gte=number).exists():
        return {"number": number}
    by = Person.objects.get(pk=person_id)
    with translation.override(language):
        try:
            lifecycle.begin_allowed(pilot, by=by)
            found = lifecycle.outcome(pilot, at=timezone.now())
            return {"number": lifecycle.compute(pilot, by=by, found=found).number}
        except (Refused, Forbidden) as why:
            return {"refused": str(why)}


@task(unique=True, attempts=3)
def recheck(evaluation_id: int) -> dict[str, Any]:
    """Compute an evaluation anew from every row; tells places, and no value."""
    found = lifecycle.recheck(Evaluation.objects.get(pk=evaluation_id))
    return {"is_equal": found.is_equal, "differences": list(found.differences)}


def ask(pilot: Pilot, *, by: Any) -> None:
    """Have the result of a pilot computed; asked twice, it is computed once."""
    number = pilot.evaluations.count() + 1
    compute.enqueue(pilot.pk, number, by.pk, translation.get_language())


@dataclass(frozen=True, slots=True)
class Work:
    """How far the computing is, as its page tells it."""

    since: datetime
    is_live: bool
    is_begun: bool
    refused: str
    has_failed: bool
    result: dict[str, Any]


def work_on(pilot: Pilot) -> Work | None:
    """The last computing of a pilot's result; None where none was asked for, or it is forgotten."""
    named: Any = compute
    return _work(named.key([pilot.pk], {}))


def work_again(evaluation: Evaluation) -> Work | None:
    """The last time an evaluation was computed a second time in the background."""
    named: Any = recheck
    return _work(named.key([evaluation.pk], {}))


def checked(work: Work | None) -> Recheck | None:
    """What a second computing found, once it is over."""
    if work is None or "is_equal" not in work.result:
        return None
    return Recheck(work.result["is_equal"], 0.0, tuple(work.result["differences"]))


def _work(key: str) -> Work | None:
    job = Job.objects.filter(unique_key=key).order_by("-enqueued_at").first()
    if job is None:
        return None
    told = job.result if isinstance(job.result, dict) else {}
    return Work(
        since=job.enqueued_at,
        is_live=job.state in LIVE,
        is_begun=job.state == State.RUNNING,
        refused=told.get("refused", ""),
        has_failed=job.state in (State.FAILED, State.CANCELLED),
        result=told,
    )

"""What happens to agreements and commitments because time passes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import task

from pochin.agreements import lifecycle
from pochin.agreements.lifecycle import commitments
from pochin.agreements.models import (
    SHARES,
    Agreement,
    Commitment,
    CommitmentState,
    Completion,
    Renewal,
    State,
)
from pochin.core.calendar import between
from pochin.core.policy import SYSTEM

# Days before the due day on which who owes it is reminded.
BEFORE_DUE = (7, 2, 0)


@task(cron="5 0 * * *")
def keep_terms() -> int:
    """Let terms begin, go on and end on their days; returns how many did."""
    now = timezone.now()
    today = timezone.localdate(now)
    begun = Agreement.objects.filter(state=State.SIGNED, starts_on__lte=today)
    entered = [lifecycle.enter_into_force(a, by=SYSTEM, at=now) for a in begun]
    over = [
        a
        for a in Agreement.objects.filter(state=State.IN_FORCE, ends_on__lt=today)
        if lifecycle.term_is_over.holds(a, at=now)
    ]
    for agreement in over:
        goes_on = agreement.renewal == Renewal.AUTOMATIC
        (lifecycle.prolong if goes_on else lifecycle.expire)(agreement, by=SYSTEM, at=now)
    return len(entered) + len(over)


@task(cron="15 0 * * *")
def keep_commitments() -> int:
    """Begin, remind, mark as late and confirm by silence; returns how many moves were made."""
    now = timezone.now()
    today = timezone.localdate(now)
    return _begin(now, today) + _remind(now, today) + _close(now, today) + _hear_silence(now)


def _all(**chosen: object) -> QuerySet[Commitment]:
    found = Commitment.objects.filter(**chosen).select_related("agreement__programme")
    return found.order_by("pk")


def _begin(now: datetime, today: date) -> int:
    ready = _all(
        state=CommitmentState.PLANNED, starts_on__lte=today, agreement__state=State.IN_FORCE
    )
    return len([commitments.activate(c, by=SYSTEM, at=now) for c in ready])


def _remind(now: datetime, today: date) -> int:
    days = [today + timedelta(days=n) for n in BEFORE_DUE]
    soon = _all(state=CommitmentState.ACTIVE, due_on__in=days).exclude(due_noted_on=today)
    made = len([commitments.note_due(c, by=SYSTEM, at=now) for c in soon])
    late = Commitment.objects.overdue(today).filter(overdue_noted_on__isnull=True)
    for commitment in late.select_related("agreement__programme"):
        commitments.note_overdue(commitment, by=SYSTEM, at=now)
        made += 1
    return made


def _close(now: datetime, today: date) -> int:
    """A share is judged when its time is over: only then it cannot fall again."""
    over = _all(state=CommitmentState.ACTIVE, counter__in=SHARES, due_on__lt=today)
    reached = [c for c in over.exclude(completion=Completion.COMPLETE) if c.is_reached]
    return len([commitments.reach(c, by=SYSTEM, at=now) for c in reached])


def _hear_silence(now: datetime) -> int:
    made = 0
    for commitment in _all(state=CommitmentState.SUBMITTED):
        waited = between(commitment.reported_at, now) if commitment.reported_at else 0
        step = commitments.REMIND_EVERY * (commitment.reminders + 1)
        if commitment.reminders < commitments.REMINDERS and waited >= step:
            commitments.remind_to_confirm(commitment, by=SYSTEM, at=now)
            made += 1
        elif commitments.silence_lasted.holds(commitment, at=now):
            is_done = commitments.reported_complete.holds(commitment)
            end = commitments.confirm_by_silence if is_done else commitments.accept_by_silence
            end(commitment, by=SYSTEM, at=now)
            made += 1
    return made

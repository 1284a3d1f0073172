"""Turns: whose move it is on each thing, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q

from pochin.core import calendar, journal
from pochin.core.models import Turn
from pochin.core.policy import SYSTEM

# Working days after the due date at which the next one up is told:
# the holder, the coordinator, the decision owner.
ESCALATION = (0, 5, 10)


def of(thing: models.Model) -> models.QuerySet[Turn]:
    """The open turns on a thing, soonest first."""
    return _open(thing).filter(paused_at__isnull=True).order_by("due_at")


def settle(
    thing: models.Model,
    *,
    state: str,
    holders: Iterable[str],
    clock: str,
    days: int,
    pauses: frozenset[str],
    at: datetime,
    due_at: datetime | Mapping[str, datetime] | None = None,
) -> None:
    """Make the open turns on `thing` those of `holders` in `state`.

    Turns of the states in `pauses` stand still meanwhile and go on when their state returns;
    all other turns end. `due_at` is the thing's own day, or the day of each holder; it rules
    over `days`, and moves the turns that stay when it moves.
    """
    wanted = set(holders)
    own: Mapping[str, datetime | None] = (
        due_at if isinstance(due_at, Mapping) else dict.fromkeys(wanted, due_at)
    )
    for turn in _open(thing):
        day = own.get(turn.holder)
        if turn.state == state and turn.holder in wanted:
            wanted.discard(turn.holder)
            if turn.paused_at:
                _resume(turn, at)
            elif day is not None and turn.due_at != day:
                _move_due(turn, day)
        elif turn.state in pauses:
            _pause(turn, at)
        else:
            _end(turn, at)
    Turn.objects.bulk_create(
        Turn(
            kind=ContentType.objects.get_for_model(thing),
            thing_id=thing.pk,
            state=state,
            holder=holder,
            programme_id=getattr(thing, "programme_id", None),
            clock=clock,
            days=calendar.between(at, day) if day else days,
            since=at,
            due_at=day or calendar.after(at, days),
        )
        for holder, day in sorted((one, own.get(one)) for one in wanted)
    )


def days_for(thing: models.Model, clock: str, default: int) -> int:
    """How many working days the programme of the thing gives for this clock."""
    programme = getattr(thing, "programme", None)
    return programme.clocks.get(clock, default) if programme is not None else default


@transaction.atomic
def escalate(*, at: datetime) -> int:
    """Record every step of lateness that was reached; returns how many steps were taken."""
    steps, corrections = 0, calendar.read_corrections()
    late = Turn.objects.overdue(at).filter(escalated__lt=len(ESCALATION)).select_for_update()
    for turn in late:
        over = calendar.between(turn.due_at, at, corrections=corrections)
        reached = sum(over >= step for step in ESCALATION)
        thing = turn.thing
        if reached <= turn.escalated or thing is None:
            continue
        turn.escalated = reached
        turn.save(update_fields=["escalated"])
        facts = {"holder": turn.holder, "clock": turn.clock, "step": reached, "days": over}
        state = getattr(thing, "state", "")
        journal.write("turns.overdue", thing, by=SYSTEM, at=at, before=state, facts=facts)
        steps += 1
    return steps


def _open(thing: models.Model) -> models.QuerySet[Turn]:
    kind = ContentType.objects.get_for_model(thing)
    return Turn.objects.filter(kind=kind, thing_id=thing.pk, ended_at__isnull=True)


def _end(turn: Turn, at: datetime) -> None:
    turn.ended_at = max(at, turn.since)
    if turn.paused_at:
        # What was spent is counted already; the pause is not the holder's.
        turn.since = turn.ended_at
    turn.save(update_fields=["ended_at", "since"])


def _pause(turn: Turn, at: datetime) -> None:
    if turn.paused_at is None:
        turn.spent_days += calendar.between(turn.since, at)
        turn.paused_at = turn.since = at
        turn.save(update_fields=["paused_at", "since", "spent_days"])


def _resume(turn: Turn, at: datetime) -> None:
    left = max(turn.days - turn.spent_days, 0)
    turn.paused_at, turn.since, turn.due_at = None, at, calendar.after(at, left)
    turn.save(update_fields=["paused_at", "since", "due_at"])


def _move_due(turn: Turn, due_at: datetime) -> None:
    turn.due_at, turn.escalated = due_at, 0
    turn.days = calendar.between(turn.since, due_at)
    turn.save(update_fields=["due_at", "escalated", "days"])


def holders(things: Iterable[Any]) -> dict[tuple[int, int], list[Turn]]:
    """The open turns of many things of any models in one query, by (kind, thing)."""
    found: dict[tuple[int, int], list[Turn]] = {}
    by_kind: dict[int, list[int]] = {}
    for thing in things:
        by_kind.setdefault(ContentType.objects.get_for_model(thing).pk, []).append(thing.pk)
    if not by_kind:
        return found
    held = [Q(kind_id=kind, thing_id__in=keys) for kind, keys in by_kind.items()]
    for turn in Turn.objects.open().filter(reduce(or_, held)).order_by("due_at"):
        found.setdefault((turn.kind_id, turn.thing_id), []).append(turn)
    return found

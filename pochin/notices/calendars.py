"""What stands in a person's calendar: their meetings, and the days on which something is due."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.coordination.models import Meeting, MeetingState, TakenOff
from pochin.core import tongue
from pochin.core.lifecycle import to_do
from pochin.core.models import Turn
from pochin.notices import ics
from pochin.notices.models import Feed
from pochin.participants.models import Person
from pochin.ui.named import named
from pochin.ui.quick import lightly

# How far back a calendar reaches.
KEPT = timedelta(days=90)


def make_anew(person: Person, *, at: datetime) -> str:
    """The key of a new address of the person's calendar; the one before opens nothing any more.

    It is told this once: only its hash is kept.
    """
    key = secrets.token_urlsafe(32)
    Feed.objects.update_or_create(
        person=person, defaults={"digest": digest(key), "made_at": at, "read_at": None}
    )
    return key


def digest(key: str) -> str:
    """What is kept of the key of an address."""
    return hashlib.sha256(key.encode()).hexdigest()


def of(person: Person, *, at: datetime) -> str:
    """The calendar of a person as it is now: only what they may see at this moment."""
    events = [*_meetings(person, at), *_turns(person, at)]
    return ics.calendar(events, name=_("Innovation centre"))


def _meetings(person: Person, at: datetime) -> list[ics.Event]:
    seen = Meeting.objects.visible_to(person).filter(
        Q(invitees__person=person) | Q(chair=person), starts_at__gte=at - KEPT
    )
    shown = seen.exclude(state=MeetingState.PLANNED).select_related("programme")
    return [event_of(meeting, at=at) for meeting in shown.distinct().order_by("starts_at")]


def _turns(person: Person, at: datetime) -> list[ics.Event]:
    mine = list(Turn.objects.open().visible_to(person).order_by("due_at")[:500])
    found: dict[tuple[int, int], Any] = {}
    keys: dict[int, list[int]] = {}
    for turn in mine:
        keys.setdefault(turn.kind_id, []).append(turn.thing_id)
    for kind, ids in keys.items():
        model: Any = ContentType.objects.get_for_id(kind).model_class()
        seen = model.objects.visible_to(person).filter(pk__in=ids)
        for thing in lightly(seen):
            found[kind, thing.pk] = thing
    return [
        _due(turn, found[turn.kind_id, turn.thing_id], at)
        for turn in mine
        if (turn.kind_id, turn.thing_id) in found
    ]


def _due(turn: Turn, thing: Any, at: datetime) -> ics.Event:
    return ics.Event(
        uid=f"turn-{turn.pk}@{_host()}",
        title=_("Due: %(thing)s") % {"thing": named(thing)},
        stamp=at,
        starts=timezone.localdate(turn.due_at),
        words=to_do(thing),
        url=f"{settings.SITE_URL}{thing.get_absolute_url()}",
    )


def event_of(meeting: Meeting, *, at: datetime, to: Person | None = None) -> ics.Event:
    """A meeting as an entry of a calendar; `to` makes it an invitation to that person."""
    chair = meeting.chair
    return ics.Event(
        uid=uid_of(meeting),
        title=str(meeting),
        stamp=at,
        starts=meeting.starts_at,
        ends=meeting.ends_at,
        place=tongue.own(meeting.place) or meeting.link,
        words="\n".join(filter(None, [*map(str, meeting.items.order_by("place")), meeting.link])),
        url=f"{settings.SITE_URL}{meeting.get_absolute_url()}",
        sequence=meeting.sequence,
        is_cancelled=meeting.state == MeetingState.CANCELLED,
        organiser=(str(chair), chair.email) if to else None,
        attendees=((str(to), to.email),) if to else (),
    )


def invitation(meeting: Meeting, person: Person, *, at: datetime) -> tuple[str, str]:
    """What calendars accept from a letter, and the method it must be sent with."""
    event = event_of(meeting, at=at, to=person)
    method = "CANCEL" if event.is_cancelled else "REQUEST"
    return ics.calendar([event], method=method), method


def withdrawal(taken: TakenOff) -> str:
    """What takes a meeting out of the calendar of somebody who is not invited any more."""
    meeting, chair = taken.meeting, taken.meeting.chair
    event = ics.Event(
        uid=uid_of(meeting),
        title=str(meeting),
        stamp=taken.at,
        starts=meeting.starts_at,
        ends=meeting.ends_at,
        sequence=meeting.sequence,
        is_cancelled=True,
        organiser=(str(chair), chair.email),
        attendees=((str(taken.person), taken.person.email),),
    )
    return ics.calendar([event], method="CANCEL")


def uid_of(meeting: Meeting) -> str:
    """The name of a meeting in calendars; it stays whatever changes."""
    return f"meeting-{meeting.programme.code}-{meeting.number}@{_host()}"


def _host() -> str:
    return settings.SITE_URL.partition("://")[2].partition("/")[0].partition(":")[0]

"""What a notice says to the one who gets it: what happened, what is to be done and by when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.agreements.ending import ended
from pochin.agreements.models import Agreement
from pochin.coordination import talking
from pochin.coordination.models import Meeting
from pochin.core import tongue, turns
from pochin.core.lifecycle import label_of, says_what_happened, to_do
from pochin.core.models import Entry, Turn
from pochin.notices import of_pilots
from pochin.notices.models import Group, Notice
from pochin.participants import tokens
from pochin.participants.models import Person
from pochin.participants.words import holder_words
from pochin.pilots.models import Pilot
from pochin.ui import formats
from pochin.ui.named import named
from pochin.ui.quick import lightly

OVERDUE = "turns.overdue"
ASKED_TO_COME = {"coordination.meeting.send_invitations", "coordination.meeting.add_invitee"}
# What goes into the calendars of those who are invited.
INVITING = ASKED_TO_COME | {"coordination.meeting.edit", "coordination.meeting.call_off"}
REMINDING = {"applications.remind", "reviews.remind", "agreements.commitment.remind"}


# What ends something between two sides: each reads the reason the other gave.
REASONED = {
    "agreements.terminate", "agreements.break_off", "deals.terminate", "deals.break_off",
    "deals.return_delivery",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What one notice says."""

    title: str
    what: str
    why: str
    reason: str
    by_when: str
    url: str
    at: datetime
    group: str
    is_new: bool


def lines(notices: Iterable[Notice], person: Person) -> list[Line]:
    """The notices in the present language; what the person may no longer see is left out."""
    told = list(notices)
    things = _things(told, person)
    open_turns = turns.holders(things.values())
    inside = of_pilots.inside(things.values(), person)
    late = {n.entry.text.facts["holder"] for n in told if n.entry.verb == OVERDUE}
    names = holder_words(late) if late else {}
    found = []
    for notice in told:
        key = (notice.entry.kind_id, notice.entry.thing_id)
        if key in things:
            thing = things[key]
            still_open = open_turns.get(key, [])
            may_know = not isinstance(thing, Pilot) or thing.pk in inside
            why = _why(notice.entry, thing, person, names) if may_know else ""
            since = _gone_on(notice, thing, still_open, person)
            found.append(
                _line(notice, thing, _mine(notice, still_open, person), why, since, person)
            )
    return found


def _mine(notice: Notice, still_open: list[Turn], person: Person) -> Turn | None:
    """The turn of the person that the event gave or found; a later one has a notice of its own."""
    hats, at = person.hats, notice.entry.at
    return next((t for t in still_open if t.holder in hats and t.since <= at), None)


def _gone_on(notice: Notice, thing: Any, still_open: list[Turn], person: Person) -> str:
    """What to say where what the event asked for is over by now; empty while it is not.

    Letters leave late, and notices are read late: a task of today is none of yesterday's event.
    """
    entry = notice.entry
    if notice.group not in (Group.TURN, Group.LATE) or entry.verb == talking.VERB:
        return ""
    asked = {entry.text.facts["holder"]} if entry.verb == OVERDUE else person.hats
    if any(turn.holder in asked and turn.since <= entry.at for turn in still_open):
        return ""
    states = dict(thing._meta.get_field("state").choices or ()) if hasattr(thing, "state") else {}
    if entry.after in states and entry.after != thing.state:
        return _("It has gone on since then; now: %(state)s.") % {"state": states[thing.state]}
    return _("It has been dealt with since then.") if entry.verb == OVERDUE else ""


def _things(notices: list[Notice], person: Person) -> dict[tuple[int, int], Any]:
    """What the notices are about and the person may see, one query for each model."""
    keys: dict[int, set[int]] = defaultdict(set)
    for notice in notices:
        keys[notice.entry.kind_id].add(notice.entry.thing_id)
    found: dict[tuple[int, int], Any] = {}
    for kind, ids in keys.items():
        model: Any = ContentType.objects.get_for_id(kind).model_class()
        shown = model.objects.visible_to(person).filter(pk__in=ids)
        for thing in lightly(shown):
            found[kind, thing.pk] = thing
    return found


def _line(
    notice: Notice, thing: Any, mine: Turn | None, why: str, since: str, person: Person
) -> Line:
    asked = to_do(thing) if mine else since
    if notice.entry.verb in ASKED_TO_COME and not _leads(thing, person):
        asked = asked or _("Say whether you come.")
    return Line(
        title=named(thing),
        what=_what(notice.entry, thing, person),
        why=why,
        reason=asked,
        by_when=_by_when(mine) if mine else "",
        url=thing.get_absolute_url() if hasattr(thing, "get_absolute_url") else "/",
        at=notice.at,
        group=notice.group,
        is_new=notice.read_at is None,
    )


def _what(entry: Entry, thing: Any, person: Person) -> str:
    """What happened, said to this person and not to whoever did it."""
    said = {
        OVERDUE: _("The clock ran out"),
        talking.VERB: _("You are named in a remark"),
        tokens.ENDS: _("This token for programs ends within two weeks; issue a new one"),
        **dict.fromkeys(REMINDING, _("A reminder: this waits for you")),
    }
    if entry.verb in ASKED_TO_COME and not _leads(thing, person):
        return _("You are invited")
    if entry.verb in said:
        return said[entry.verb]
    states = dict(thing._meta.get_field("state").choices or ()) if hasattr(thing, "state") else {}
    if not says_what_happened(entry.verb) and entry.after in states and entry.after != entry.before:
        return str(states[entry.after])
    return label_of(entry.verb)


def _why(entry: Entry, thing: Any, person: Person, names: Mapping[str, Any]) -> str:
    """What the receiver needs to know besides; empty where what happened says all."""
    if isinstance(thing, Meeting) and entry.verb in INVITING:
        place = tongue.own(thing.place) or thing.link
        return capfirst(", ".join(filter(None, (formats.moment(thing.starts_at), place))))
    if entry.verb in REASONED:
        who = ended(thing) if isinstance(thing, Agreement) else ""
        return ". ".join(filter(None, (capfirst(who), of_pilots.given_reason(entry))))
    if entry.verb != OVERDUE:
        return of_pilots.why(entry, thing)
    facts = entry.text.facts
    if facts["holder"] in person.hats:
        return ""
    late = ngettext("%(n)d working day late", "%(n)d working days late", facts["days"])
    said = [_("Waited for: %(who)s") % {"who": names[facts["holder"]]}, to_do(thing, entry.before)]
    return ". ".join(filter(None, [*said, facts["days"] and late % {"n": facts["days"]}]))


def _by_when(turn: Turn) -> str:
    words = _("it was due on %(moment)s") if turn.due_at < timezone.now() else _("until %(moment)s")
    return words % {"moment": formats.moment(turn.due_at)}


def _leads(meeting: Any, person: Person) -> bool:
    return bool(meeting.chair_id == person.pk)

"""Parts every thing's page has: what may be done, whose turn it is, what happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django import template
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from pochin.core import journal, turns
from pochin.core.calendar import between, read_corrections
from pochin.core.lifecycle import Action, label_of, lives_of, says_what_happened
from pochin.core.models import Entry
from pochin.participants.words import holder_words
from pochin.ui import pieces
from pochin.ui.components.buttons import with_request
from pochin.ui.moves import words_read

register = template.Library()


@register.inclusion_tag("participants/actions.html", takes_context=True)
def actions(
    context: template.Context,
    thing: Any,
    offered: Sequence[Action],
    *,
    but: str = "",
    main: str = "",
) -> dict[str, Any]:
    """The moves the reader may make now; what is not possible yet says why.

    Args:
        thing: The thing they happen to; its address and the move's name make the move's address.
        offered: `life.actions(user, thing)`.
        but: Names of moves the page offers in another way, divided by spaces.
        main: The move that is the next step; its button is the strong one and the first.
    """
    left_out = set(but.split())
    rows = [
        {"action": action, "url": _way_to(action.move.name, thing),
         "tone": "primary" if action.move.name == main else ""}
        for action in sorted(offered, key=lambda action: action.move.name != main)
        if action.move.name not in left_out
    ]  # fmt: skip
    return with_request(context, rows=rows)


def _way_to(move: str, thing: Any) -> str:
    """The address of a move; it carries what the reader saw where a name is put under words."""
    read = words_read(move, thing)
    return f"{thing.get_absolute_url()}{move}/" + (f"?read={read}" if read else "")


@register.inclusion_tag("participants/turn.html")
def whose_turn(thing: Any) -> dict[str, Any]:
    """Whose turn it is on a thing, what is to be done, and until when."""
    life = next(iter(lives_of(type(thing))), None)
    wait = life.waiting.get(thing.state) if life else None
    held = getattr(thing, "held", {}).get("turns")
    open_turns = list(turns.of(thing)) if held is None else held
    names = holder_words({turn.holder for turn in open_turns})
    now = timezone.now()
    # Those who have the same days are named together: what is to be done is said once.
    together: dict[Any, tuple[list[str], Any]] = {}
    for turn in open_turns:
        together.setdefault(turn.due_at, ([], turn))[0].append(str(names[turn.holder]))
    rows = [(", ".join(who), turn, due < now) for due, (who, turn) in together.items()]
    rest = life.rests.get(thing.state, "") if life else ""
    return {"rows": rows, "words": wait.words if wait else "", "rest": rest}


@register.inclusion_tag("ui/history.html")
def story(entries: Iterable[Entry], thing: Any) -> dict[str, Any]:
    """What happened to a thing, newest first, in the words of its lifecycle."""
    states = dict(thing._meta.get_field("state").choices or ())
    events: list[pieces.Event] = []
    times = 1
    for event in (_event(entry, states) for entry in entries):
        last = events[-1] if events else None
        if last is not None and _is_again(last, event, times):
            times += 1
            what = f"{str(last.what).removesuffix(f' × {times - 1}')} × {times}"
            events[-1] = replace(event, what=what)
        else:
            times = 1
            events.append(event)
    return {"events": events[::-1], "empty": _("Nothing has happened yet.")}


def _is_again(last: pieces.Event, event: pieces.Event, times: int) -> bool:
    """Whether the same person did the same thing once more, without a word to it."""
    same = str(last.what).removesuffix(f" × {times}") == str(event.what)
    return same and str(last.who) == str(event.who) and not (last.reason or event.reason)


def _event(entry: Entry, states: dict[str, Any]) -> pieces.Event:
    said = {"turns.overdue": _("The clock ran out"), "coordination.say": _("Said something"),
            "measurements.take_out": _("Downloaded readings")}  # fmt: skip
    what: Any = said.get(entry.verb) or label_of(entry.verb)
    is_moved = entry.after != entry.before and entry.after in states
    if is_moved and not says_what_happened(entry.verb):
        what = capfirst(str(states[entry.after]))
    words = getattr(entry, "text", None)
    return pieces.Event(
        what=what,
        who=entry.by or _("the system"),
        at=entry.at,
        reason=words.note if words else "",
        tone="bad" if entry.verb == "turns.overdue" else "",
    )


@register.inclusion_tag("participants/stays.html")
def stays(entries: Iterable[Entry], thing: Any) -> dict[str, Any]:
    """How long a thing was in each state, in working days."""
    states = dict(thing._meta.get_field("state").choices or ())
    now, corrections = timezone.now(), read_corrections()
    rows = [
        (
            states.get(stay.state, stay.state),
            stay.since,
            stay.until,
            between(stay.since, stay.until or now, corrections=corrections),
        )
        for stay in journal.stays(entries)
    ]
    return {"rows": rows}


@register.inclusion_tag("participants/talk.html", takes_context=True)
def talk(context: template.Context, thing: Any) -> dict[str, Any]:
    """What is said about a thing, as a part that loads by itself."""
    word = signing.Signer(salt="talk").sign_object([thing._meta.label_lower, thing.pk])
    return with_request(context, url=reverse("coordination:talk", args=[word]))

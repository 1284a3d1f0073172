"""«Ждут вас»: the open turns of a person, with the things they are on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.core.calendar import Corrections, between, read_corrections
from pochin.core.lifecycle import to_do
from pochin.core.models import Turn
from pochin.ui import formats
from pochin.ui.named import named, things_of
from pochin.ui.pieces import Attention
from pochin.ui.quick import quickly

# More than this nobody reads on a first page; the lists of the rooms show the rest.
MOST = 50
# So many parts a question to the database may have.
MANY_HATS = 40


def open_turns(user: Any) -> list[Turn]:
    """The turns that wait for the person, the most urgent first."""
    hats = sorted(user.hats)
    if len(hats) > MANY_HATS:
        return list(Turn.objects.open().visible_to(user).order_by("due_at")[:MOST])
    # The first of each hat, then the first of these: every step is read from an index.
    first = Q(pk__in=[])
    for hat in hats:
        held = Turn.objects.open().visible_to(user).filter(holder=hat).order_by("due_at")
        first |= Q(pk__in=held.values("pk")[:MOST])
    return list(quickly(Turn.objects.visible_to(user).filter(first)).order_by("due_at")[:MOST])


def waiting(
    user: Any, turns: list[Turn], *, at: datetime, but: Collection[tuple[type, int]] = ()
) -> list[Attention]:
    """These turns with their things; what the person may not see is not there.

    Args:
        user: Who reads.
        turns: The open turns of the reader.
        at: The present moment.
        but: Things that are told elsewhere on the page, by model and key.
    """
    things = things_of(turns, user)
    found = [(turn, things.get((turn.kind_id, turn.thing_id))) for turn in turns]
    corrections = read_corrections() if turns else {}
    told = [
        (turn, thing)
        for turn, thing in found
        if thing is not None and (type(thing), thing.pk) not in but
    ]
    return [_attention(among, at, corrections) for among in _gathered(told)]


def _gathered(told: list[tuple[Turn, Any]]) -> list[list[tuple[Turn, Any]]]:
    """Those that wait for the same and are done together stand as one, where the first of them
    stood: twelve acts of one pilot are one line."""
    found: dict[Any, list[tuple[Turn, Any]]] = {}
    for turn, thing in told:
        among = thing.waits_among(is_mine=True) if hasattr(thing, "waits_among") else None
        key = (among, turn.state) if among else turn.pk
        found.setdefault(key, []).append((turn, thing))
    return list(found.values())


def _attention(among: list[tuple[Turn, Any]], at: datetime, corrections: Corrections) -> Attention:
    turn, thing = among[0]
    late = turn.due_at < at
    left = between(at, turn.due_at, corrections=corrections)
    many = len({thing.pk for _turn, thing in among})
    about, href, what = named(thing), thing.get_absolute_url(), to_do(thing)
    if many > 1:
        about, href = thing.waits_among(is_mine=True)
        what = _("%(what)s: %(n)d at once") % {"what": what, "n": many}
    first, rest, further = what.partition("; ")
    title = format_html('{}<span class="muted">{}{}</span>', first, rest, further) if rest else what
    return Attention(
        title=title or about,
        href=href,
        about=about if what else "",
        due=_until(turn, at, corrections),
        tone="bad" if late else "waiting" if left <= 2 else "neutral",
        icon="triangle-alert" if late else "clock",
    )


def _until(turn: Turn, at: datetime, corrections: Corrections) -> str:
    if turn.due_at < at:
        days = max(between(turn.due_at, at, corrections=corrections), 1)
        words = ngettext("%(n)d working day late", "%(n)d working days late", days) % {"n": days}
        return words.replace(" ", formats.NBSP, 1)
    return _("until %(day)s") % {"day": formats.day(turn.due_at)}

"""One move for several things that wait: what can be done, what would come of it, then done.

Each thing goes through the same move as by its own button, in a transaction of its own: what is
refused for one does not stop the others. What would come of it is not guessed: the move is made
and taken back, so that the page before shows exactly what the one after will.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.core import once, turns
from pochin.core.lifecycle import Lifecycle, Refused, obstacles
from pochin.core.policy import Forbidden
from pochin.participants.words import holder_words
from pochin.ui.moves import OFFERS, MoveForm


@dataclass(frozen=True, slots=True)
class Row:
    """A picked thing, and what its row is called."""

    thing: Any
    key: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A move by its name, the same for things of several kinds, and the picked rows."""

    name: str
    label: str
    form: type[MoveForm] | None
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a thing stands: its state, whose turn it is, until when."""

    state: str
    holders: tuple[str, ...]
    due_on: date | None
    # Filled for the page: the holders by name.
    names: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page: where the thing stands before and after, or why it cannot be done."""

    thing: Any
    key: str
    why_not: str = ""
    before: Standing | None = None
    after: Standing | None = None

    @property
    def is_open(self) -> bool:
        return not self.why_not


@dataclass(frozen=True, slots=True)
class Lines:
    """What would be done or was done, and what is refused."""

    made: list[Line] = field(default_factory=list)
    refused: list[Line] = field(default_factory=list)


def offered(rows: Iterable[Row], user: Any) -> list[tuple[str, str, int]]:
    """The moves that are open to the user for at least one row: name, label, for how many."""
    counts: dict[str, int] = {}
    labels: dict[str, str] = {}
    for row in rows:
        for name, label in _moves(row.thing):
            labels.setdefault(name, label)
            counts[name] = counts.get(name, 0) + (not _why_not(name, row.thing, user))
    return [(name, labels[name], n) for name, n in counts.items() if n]


def choice(name: str, rows: list[Row]) -> Choice | None:
    """The chosen move, if it belongs to any of the rows."""
    for row in rows:
        offer = OFFERS.get(type(row.thing))
        if offer is not None and name in offer.moves:
            return Choice(name, str(offer.life.moves[name].label), offer.moves[name], rows)
    return None


def look(chosen: Choice, user: Any) -> Lines:
    """Which rows the move is open for now, as far as it can be told before it is asked for more."""
    lines = Lines()
    for row in chosen.rows:
        why = _why_not(chosen.name, row.thing, user)
        (lines.refused if why else lines.made).append(Line(row.thing, row.key, why))
    return lines


def question(chosen: Choice, said: Mapping[str, Any] | None, user: Any) -> MoveForm | None:
    """The form of the move while it is to be filled in: nothing was said, or nothing fits."""
    if chosen.form is None:
        return None
    things = [line.thing for line in look(chosen, user).made] or [chosen.rows[0].thing]
    forms = [chosen.form(said, thing=thing, user=user) for thing in things]
    return None if any(form.is_valid() for form in forms) else forms[0]


def filled(form: MoveForm, said: Mapping[str, Any]) -> MoveForm:
    """The same form with what was said before, to be changed."""
    form.initial.update({name: said[name] for name in form.fields if name in said})
    return form


def rehearse(chosen: Choice, said: Mapping[str, Any], user: Any) -> Lines:
    """What would come of the move for each row; nothing of it stays."""
    # Outside of the request's key: a rehearsal is not the answer to it.
    with once.request("", ""):
        found = [_rehearse(chosen, row, said, user) for row in chosen.rows]
    return _parted(found)


def do(chosen: Choice, said: Mapping[str, Any], user: Any) -> Lines:
    """Make the move for each row by itself."""
    return _parted([_act(chosen, row, said, user) for row in chosen.rows])


def _moves(thing: Any) -> list[tuple[str, str]]:
    offer = OFFERS.get(type(thing))
    return [(name, str(offer.life.moves[name].label)) for name in offer.moves] if offer else []


def _life(name: str, thing: Any) -> Lifecycle[Any] | None:
    offer = OFFERS.get(type(thing))
    return offer.life if offer is not None and name in offer.moves else None


def _why_not(name: str, thing: Any, user: Any) -> str:
    life = _life(name, thing)
    if life is None:
        return _("This cannot be done with it.")
    move = life.moves[name]
    if thing.state not in move.starts:
        return _("It is already “%(state)s”.") % {"state": thing.get_state_display()}
    if not move.who(user, thing):
        return _("This may be done only by %(who)s.") % {"who": move.who.words}
    return " ".join(obstacles(move, thing, {"by": user, "at": timezone.now()}))


def _rehearse(chosen: Choice, row: Row, said: Mapping[str, Any], user: Any) -> Line:
    why = _why_not(chosen.name, row.thing, user)
    if why:
        return Line(row.thing, row.key, why)
    before = _standing(row.thing)
    with transaction.atomic():
        # A copy, because what is taken back in the database stays on the thing in hand.
        line = _act(chosen, replace(row, thing=copy(row.thing)), said, user)
        after = _standing(line.thing)
        transaction.set_rollback(True)
    return Line(row.thing, row.key, line.why_not, before, after)


def _act(chosen: Choice, row: Row, said: Mapping[str, Any], user: Any) -> Line:
    life = _life(chosen.name, row.thing)
    if life is None:
        return Line(row.thing, row.key, _("This cannot be done with it."))
    given: dict[str, Any] = {}
    if chosen.form is not None:
        form = chosen.form(said, thing=row.thing, user=user)
        if not form.is_valid():
            found = [str(error) for errors in form.errors.values() for error in errors]
            return Line(row.thing, row.key, " ".join(found))
        given = form.given()
    try:
        made = life.make(chosen.name, row.thing, by=user, **given)
    except (Refused, Forbidden) as refusal:
        return Line(row.thing, row.key, str(refusal))
    return Line(made, row.key)


def _standing(thing: Any) -> Standing:
    open_turns = list(turns.of(thing))
    holders = tuple(sorted({turn.holder for turn in open_turns}))
    due_on = timezone.localdate(open_turns[0].due_at) if open_turns else None
    return Standing(str(thing.get_state_display()), holders, due_on)


def _parted(found: list[Line]) -> Lines:
    standings = [one for line in found for one in (line.before, line.after) if one is not None]
    words = holder_words({holder for one in standings for holder in one.holders})
    lines = Lines()
    for line in found:
        named = replace(line, before=_named(line.before, words), after=_named(line.after, words))
        (lines.made if line.is_open else lines.refused).append(named)
    return lines


def _named(standing: Standing | None, words: dict[str, str]) -> Standing | None:
    if standing is None:
        return None
    # Several hats of one organisation are one name.
    names = ", ".join(dict.fromkeys(words[holder] for holder in standing.holders))
    return replace(standing, names=names)

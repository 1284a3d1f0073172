"""A move and what it needs: its guards, its refusal, whose turn comes after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import signature
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from pochin.core.policy import Rule

# The default of a body's `at`: the moment when the move is made.
NOW = datetime(1, 1, 1, tzinfo=UTC)

# Until when a thing waits: its own day, the day of each holder, or that of the clock.
Until = datetime | Mapping[str, datetime] | None

# The target of a move that leaves the state as it is.
STAY = ""


class Refused(Exception):
    """The move cannot be made now; the text is fit to show to the user."""


class SentOtherwise(Refused):
    """The same request came before with other content."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of a move, with the sentence that says what is missing.

    Where one that is lasting does not hold, it never will for this thing: the move is not offered.
    """

    name: str
    sentence: Any
    holds: Callable[..., bool]
    needs: frozenset[str]
    is_lasting: bool = False

    def stands(self, thing: models.Model, given: dict[str, Any]) -> bool:
        return bool(self.holds(thing, **{name: given[name] for name in self.needs}))

    def can_be_asked(self, given: dict[str, Any]) -> bool:
        return self.needs <= set(given)


def guard(sentence: Any, *, is_lasting: bool = False) -> Callable[[Callable[..., bool]], Guard]:
    """Name a condition: ``sentence`` says what is missing where it does not hold.

    The function takes the thing and, by keyword, whatever of the move's own arguments it
    needs (``at`` among them); a lasting one asks the thing alone.
    """

    def name(holds: Callable[..., bool]) -> Guard:
        needs = frozenset(list(signature(holds).parameters)[1:])
        if is_lasting and needs:
            raise ValueError(f"{holds.__name__} is lasting, but it asks more than the thing")
        return Guard(holds.__name__, sentence, holds, needs, is_lasting)

    return name


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a life. A move without `starts` brings the thing into being.

    A move that needs nothing but the thing is a button; any other has a form of its own.
    """

    name: str
    label: Any
    starts: frozenset[str]
    leads_to: str
    who: Rule
    guards: tuple[Guard, ...]
    is_button: bool
    is_final: bool
    meaning: str
    holds: Callable[[Any], models.Model] | None = None
    # What is told afterwards: a sentence of what happened, without its full stop.
    done: Any = ""

    def is_open_to(self, user: Any, thing: Any) -> bool:
        return thing.state in self.starts and self.who(user, thing) and self.fits(thing)

    def fits(self, thing: Any) -> bool:
        """Whether the move can ever be made for this thing, by what lasts."""
        return all(guard.stands(thing, {}) for guard in self.guards if guard.is_lasting)


@dataclass(frozen=True, slots=True)
class Action:
    """A move that a person may make now, with what still stands in its way."""

    move: Move
    obstacles: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        return not self.obstacles


@dataclass(frozen=True, slots=True)
class Wait:
    """Who is waited for in a state, and how long."""

    state: str
    holders: Callable[[Any], Iterable[str]]
    owner: Any
    clock: str
    days: int
    pauses: frozenset[str]
    words: Any
    until: Callable[[Any], Until] | None = None
    now: Callable[[Any], Any] | None = None


def obstacles(move: Move, thing: models.Model, given: dict[str, Any]) -> list[str]:
    """What stands in the way of a move, as far as it can be told from what is given."""
    return [
        str(guard.sentence)
        for guard in move.guards
        if guard.can_be_asked(given) and not guard.stands(thing, given)
    ]


def check_guards(move: Move, thing: Any, given: dict[str, Any]) -> None:
    missing = [str(g.sentence) for g in move.guards if not g.stands(thing, given)]
    if missing:
        raise Refused(" ".join(missing))


def check_state(move: Move, thing: Any) -> None:
    if thing.state not in move.starts:
        raise Refused(
            _("“%(move)s” is not possible: it is already “%(state)s”.")
            % {"move": move.label, "state": thing.get_state_display()}
        )

"""Lifecycles: the only way a thing changes its state.

A move is a plain function that says where it starts, where it leads and who may make it.
Calling it locks the thing, checks the rule, the state and the guards, runs the body, saves,
writes the journal and passes the turn: all of it or nothing, and once for each request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.core import imprints, journal, once, turns
from pochin.core.calendar import MOSCOW
from pochin.core.moves import (
    NOW,
    STAY,
    Action,
    Guard,
    Move,
    Refused,
    SentOtherwise,
    Until,
    Wait,
    check_guards,
    check_state,
    guard,
    obstacles,
)
from pochin.core.policy import Rule

__all__ = [
    "LIVES", "NOW", "STAY", "Action", "Guard", "Lifecycle", "Move", "Refused", "SentOtherwise",
    "Wait", "guard", "label_of", "lives_of", "obstacles", "says_what_happened", "to_do",
]  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T", bound=models.Model)

# Every lifecycle of the house, by the word before the dot in the journal's verbs.
LIVES: dict[str, Lifecycle[Any]] = {}


@dataclass(slots=True)
class Lifecycle(Generic[T]):
    """The moves of one model, in the order in which they are written down.

    Args:
        name: The room, as it stands in the journal's verbs.
        states: All states of the model.
        ends: States in which the story of a thing is over.
        rests: States in which nobody is waited for, each with the reason why.
    """

    name: str
    states: type[models.TextChoices]
    ends: frozenset[str] = frozenset()
    rests: dict[str, Any] = field(default_factory=dict)
    moves: dict[str, Move] = field(default_factory=dict)
    waiting: dict[str, Wait] = field(default_factory=dict)
    _makers: dict[str, Callable[..., Any]] = field(default_factory=dict)
    _followers: dict[str, list[Callable[..., None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        LIVES[self.name] = self

    def waits(
        self,
        state: str,
        *,
        on: Callable[[T], Iterable[str]],
        clock: str,
        days: int,
        owner: Any = "",
        words: Any = "",
        pauses: Iterable[str] = (),
        until: Callable[[T], Until] | None = None,
        now: Callable[[T], Any] | None = None,
    ) -> None:
        """Declare whose turn it is in `state`: the hats `on` names, for `days` working days.

        `owner` says in general who that is, for whoever reads how things live.
        `clock` is the name under which a programme may set other days. The clocks of the
        states in `pauses` stand still meanwhile. `words` say what is to be done. Where the
        thing or each holder has a day of its own, `until` answers it and rules over `days`. Where
        the words hold several turns one after another, `now` answers which of them this thing has
        come to.
        """
        self.waiting[state] = Wait(
            state, on, owner, clock, days, frozenset(pauses), words, until, now
        )

    def birth(
        self, to: str, *, who: Rule, label: Any, guards: Iterable[Guard] = (), done: Any = ""
    ) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Decorate a function that returns a new, unsaved thing."""

        def decorate(body: Callable[P, T]) -> Callable[P, T]:
            move = self._remember(body, (), to, who, label, guards, is_final=False, done=done)

            @wraps(body)
            def make(*args: P.args, **given: P.kwargs) -> T:
                return self._make(move, body, args, dict(given))

            self._makers[move.name] = make
            return make

        return decorate

    def move(
        self,
        *starts: str,
        to: str,
        who: Rule,
        label: Any,
        guards: Iterable[Guard] = (),
        is_final: bool = False,
        holds: Callable[[T], models.Model] | None = None,
        done: Any = "",
    ) -> Callable[[Callable[Concatenate[T, P], None]], Callable[Concatenate[T, P], T]]:
        """Decorate a function that changes a thing and leads it from `starts` to `to`.

        `label` asks for the move, `done` tells afterwards what has happened: in the message after
        the button, in the history of the thing and in letters.
        `is_final` asks for a page of confirmation before a button that cannot be taken back.
        Where a guard counts other things, `holds` names what they share: it is locked while the
        guards are asked, so that of two moves at once the second sees the first.
        """

        def decorate(
            body: Callable[Concatenate[T, P], None],
        ) -> Callable[Concatenate[T, P], T]:
            move = self._remember(
                body, starts, to, who, label, guards, is_final=is_final, holds=holds, done=done
            )

            @wraps(body)
            def make(thing: T, *args: P.args, **given: P.kwargs) -> T:
                return self._make(move, body, (thing, *args), dict(given))

            self._makers[move.name] = make
            return make

        return decorate

    def follows(
        self, *names: str
    ) -> Callable[[Callable[[T, datetime], None]], Callable[[T, datetime], None]]:
        """Decorate what the house does right after these moves, all or nothing with them."""

        def remember(act: Callable[[T, datetime], None]) -> Callable[[T, datetime], None]:
            for name in names:
                self._followers.setdefault(name, []).append(act)
            return act

        return remember

    def press(self, name: str, thing: T, *, by: Any) -> T:
        """Make the move behind a button."""
        if name not in self.moves or not self.moves[name].is_button:
            raise Refused(_("There is no such button: %(name)s.") % {"name": name})
        return self.make(name, thing, by=by)

    def make(self, name: str, thing: T, *, by: Any, **given: Any) -> T:
        """Make a move by its name, with what its form gave."""
        return self._makers[name](thing, by=by, **given)

    def buttons(self, user: Any, thing: T) -> list[Move]:
        """The buttons this user has on the thing now, in the order of the lifecycle."""
        return [a.move for a in self.actions(user, thing) if a.move.is_button]

    def actions(self, user: Any, thing: T, *, at: datetime | None = None) -> list[Action]:
        """All moves this user may make now, each with what still stands in its way."""
        given = {"at": at or timezone.now(), "by": user}
        with timezone.override(MOSCOW):
            return [
                Action(move, tuple(obstacles(move, thing, given)))
                for move in self.moves.values()
                if move.starts and move.is_open_to(user, thing)
            ]

    def pass_turn(self, thing: T, at: datetime) -> None:
        """Make the open turns on the thing those its present state asks for."""
        wait = self.waiting.get(thing.state)  # type: ignore[attr-defined]
        if wait is None:
            turns.settle(thing, state="", holders=(), clock="", days=0, pauses=frozenset(), at=at)
            return
        turns.settle(
            thing,
            state=wait.state,
            holders=wait.holders(thing),
            clock=wait.clock,
            days=turns.days_for(thing, wait.clock, wait.days),
            pauses=wait.pauses,
            at=at,
            due_at=wait.until(thing) if wait.until else None,
        )

    def _remember(
        self,
        body: Callable[..., Any],
        starts: tuple[str, ...],
        to: str,
        who: Rule,
        label: Any,
        guards: Iterable[Guard],
        *,
        is_final: bool,
        holds: Callable[[T], models.Model] | None = None,
        done: Any = "",
    ) -> Move:
        parameters = list(signature(body).parameters.values())
        own = [p for p in parameters if p.name not in {"by", "at"}]
        asked = [p for p in own[1:] if p.default is Parameter.empty or p.kind is p.VAR_KEYWORD]
        move = Move(
            name=body.__name__,
            label=label,
            starts=frozenset(starts),
            leads_to=to,
            who=who,
            guards=tuple(guards),
            is_button=bool(starts) and not asked,
            is_final=is_final,
            meaning=(body.__doc__ or "").strip(),
            holds=holds,
            done=done,
        )
        self.moves[move.name] = move
        return move

    def _make(self, move: Move, body: Callable[..., Any], args: tuple, given: dict) -> Any:
        if given.get("at", NOW) is NOW:
            given["at"] = timezone.now()
        by, at = given["by"], given["at"]
        verb = f"{self.name}.{move.name}"
        key = args[0].pk if move.starts else None
        # A day begins for everybody in Moscow: no rule depends on where its reader sits.
        with timezone.override(MOSCOW), transaction.atomic():
            try:
                with once.claim(verb, by, at, key) as done:
                    if done is not None and done.thing_id is not None:
                        return once.outcome(done)
                    thing, before = self._act(move, body, args, given)
                    self._record(verb, thing, before, given)
                    for follow in self._followers.get(move.name, ()):
                        follow(thing, at)
                    if done is not None:
                        once.settle(done, thing)
            except once.SaidOtherwise:
                raise SentOtherwise(
                    _("This form was already sent with other content. Open the page again.")
                ) from None
        return thing

    def _act(
        self, move: Move, body: Callable[..., Any], args: tuple, given: dict
    ) -> tuple[Any, dict[str, Any]]:
        if not move.starts:
            if args:
                _hold(args[0])
            check_guards(move, args[0] if args else None, given)
            thing = body(*args, **given)
            move.who.demand(given["by"], thing)
            before: dict[str, Any] = {}
        else:
            thing = args[0]
            _lock(thing)
            move.who.demand(given["by"], thing)
            check_state(move, thing)
            if move.holds is not None:
                shared = move.holds(thing)
                type(shared)._base_manager.select_for_update().get(pk=shared.pk)
            check_guards(move, thing, given)
            before = _values(thing)
            body(*args, **given)
        if move.leads_to != STAY:
            thing.state = move.leads_to
        thing.save()
        return thing, before

    def _record(self, verb: str, thing: Any, before: dict[str, Any], given: dict) -> None:
        after = _values(thing)
        changes = (
            {
                name: [before[name], value]
                for name, value in after.items()
                if before.get(name) != value
            }
            if before
            else {}
        )
        was = changes.pop("state", [before.get("state", "")])[0]
        words = {n: given[n] for n in ("reason", "note") if isinstance(given.get(n), str)}
        journal.write(
            verb,
            thing,
            by=given["by"],
            at=given["at"],
            before=was or "",
            note=" ".join(words.values()),
            changes=changes,
            imprint=imprints.of(thing),
        )
        self.pass_turn(thing, given["at"])


def _lock(thing: models.Model) -> None:
    """Re-read the thing under a row lock, so that two people cannot make one move twice."""
    manager = type(thing)._base_manager
    thing.refresh_from_db(from_queryset=manager.select_for_update())


def _hold(within: Any) -> None:
    """Let what begins within one thing begin one after the other.

    Of two people who begin the same at once, the second is told so by a guard. Where a transaction
    writes alone anyway nothing is asked. The key stays free, so that whoever only points at the
    thing does not wait.
    """
    if connection.features.has_select_for_no_key_update and getattr(within, "pk", None):
        held = type(within)._base_manager.select_for_update(no_key=True)
        held.filter(pk=within.pk).values_list("pk").first()


def _values(thing: models.Model) -> dict[str, Any]:
    return {f.attname: getattr(thing, f.attname) for f in thing._meta.concrete_fields}


def lives_of(model: type[models.Model]) -> tuple[Lifecycle[Any], ...]:
    """The lifecycles whose states are those of the model."""
    return _lives_of(model, len(LIVES))


@cache
def _lives_of(model: type[models.Model], _known: int) -> tuple[Lifecycle[Any], ...]:
    field: Any = model._meta.get_field("state")
    states = [value for value, _label in field.choices or ()]
    return tuple(life for life in LIVES.values() if list(life.states.values) == states)


def to_do(thing: Any, state: str = "") -> str:
    """What is to be done about a thing in its state (or in `state`); "" where nobody has a turn."""
    state = state or thing.state
    for life in lives_of(type(thing)):
        if wait := life.waiting.get(state):
            now = wait.now if state == thing.state else None
            return str(now(thing) if now else wait.words)
    return ""


def label_of(verb: str) -> str:
    """The words for a verb of the journal, in the reader's language."""
    move = _move_of(verb)
    return str(move.done or move.label) if move else verb


def says_what_happened(verb: str) -> bool:
    """Whether the words of a verb tell more than the name of the state it led to."""
    move = _move_of(verb)
    return move is not None and bool(move.done)


def _move_of(verb: str) -> Move | None:
    room, _dot, name = verb.rpartition(".")
    life = LIVES.get(room)
    return life.moves.get(name) if life else None

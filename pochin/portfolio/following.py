"""Whose turn it is in the programmes of a reader, and what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from pochin.core.models import Turn, kinds_of_turns
from pochin.participants.models import Programme, programmes_named
from pochin.participants.policy import programmes
from pochin.ui.counting import counted
from pochin.ui.lists import LIMIT, midnight
from pochin.ui.quick import in_utc, told
from pochin.ui.seen import written_once

# What is due within this stands on the page.
SOON = timedelta(days=14)
DAY = timedelta(days=1)


def turns(user: Any) -> QuerySet[Turn]:
    """The turns of the reader's programmes: their own, and those on things they may see."""
    return written_once(_Followed(tuple(kinds_of_turns())))(Turn.objects.all(), user)


@dataclass(frozen=True, slots=True)
class _Followed:
    """The right to turns of these kinds."""

    kinds: tuple[int, ...]

    def __call__(self, turns: QuerySet[Turn], user: Any) -> QuerySet[Turn]:
        seen = Q(holder__in=user.hats)
        for kind in self.kinds:
            model: Any = ContentType.objects.get_for_id(kind).model_class()
            if model is not None:
                things = model._default_manager.visible_to(user)
                # Asked of each turn in its order: the first page need not know all things there
                # are. Between itself and itself, because PostgreSQL would answer `=` by reading
                # all things.
                this = things.filter(pk__gte=OuterRef("thing_id"), pk__lte=OuterRef("thing_id"))
                seen |= Q(Exists(this), kind=kind)
        return turns.filter(Q(programme_id__in=programmes(user)), seen)


def programmes_of(user: Any) -> list[tuple[str, str]]:
    """The programmes in which the reader holds a role, as answers of a filter."""
    return [(one.code, one.name) for one in programmes_named(user, programmes(user))]


def keys_of(codes: list[str]) -> QuerySet[Programme, Any]:
    """The keys of programmes by their codes."""
    return Programme.objects.filter(code__in=codes).values("pk")


class Due(NamedTuple):
    """An open turn by what the portfolio tells of it."""

    clock: str
    holder: str
    due_at: datetime
    kind_id: int
    thing_id: int
    state: str


class Soon(NamedTuple):
    """What is due within two weeks or late.

    Attributes:
        first: Those that are due first.
        due: How many there are, counted no further than the list of turns counts, and one.
        late: How many of them are late, counted alike.
    """

    first: list[Due]
    due: int
    late: int


# Turns that are read for what is due.
READ = 100


def due(waiting: QuerySet[Turn], *, at: datetime) -> Soon:
    """Those of these `turns` that are open, and due within two weeks or late."""
    last = timezone.localtime(at).date() + SOON
    found = waiting.open().filter(due_at__lt=midnight(last + DAY))  # type: ignore[attr-defined]
    asked = told(found.order_by("due_at", "pk").values_list(*Due._fields)[:READ])
    first = [Due(clock, holder, in_utc(due_at), *more) for clock, holder, due_at, *more in asked]
    late = sum(turn.due_at < at for turn in first)
    if len(first) < READ:
        return Soon(first, len(first), late)
    if late == READ:
        # By the minute, so that where there are many it is known for a while.
        minute = at.replace(second=0, microsecond=0)
        late = max(READ, counted(waiting.overdue(minute), LIMIT + 1))  # type: ignore[attr-defined]
    # Who is late is due: more than enough of those are enough of all.
    return Soon(first, late if late > LIMIT else counted(found, LIMIT + 1), late)

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


def keys_of(codes: list[str]) -> QuerySet[Programme]:
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


def due(waiting: QuerySet[Turn], *, at: datetime) -> list[Due]:
    """Those of these `turns` that are open, and due within two weeks or late: the first first, no
    more than the list of turns counts, and one."""
    last = timezone.localtime(at).date() + SOON
    found = waiting.open().filter(due_at__lt=midnight(last + DAY)).order_by("due_at", "pk")  # type: ignore[attr-defined]
    asked = told(found.values_list(*Due._fields)[: LIMIT + 1])
    return [Due(clock, holder, in_utc(due_at), *thing) for clock, holder, due_at, *thing in asked]

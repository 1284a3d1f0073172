"""The things that turns stand on, read only as far as their names and addresses need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from pochin.core.models import Turn
from pochin.ui.at_once import rows_at_once
from pochin.ui.quick import Row, lightly, rows_asked

Place = tuple[int, int]  # the kind of a thing and its key


class Waiting(Protocol):
    """Whatever stands on a thing, as a turn does."""

    @property
    def kind_id(self) -> int: ...
    @property
    def thing_id(self) -> int: ...


def places_of(turns: Iterable[Waiting]) -> list[Place]:
    """Where these turns stand."""
    return [(turn.kind_id, turn.thing_id) for turn in turns]


def things_of(turns: Collection[Turn], user: Any) -> dict[Place, Any]:
    """The things of these turns the user may see; one query for all kinds."""
    return {place: row.thing for place, row in rows_of(places_of(turns), user).items()}


def rows_of(places: Iterable[Place], user: Any) -> dict[Place, Row]:
    """The rows of the things that stand here and that the user may see; one query for all kinds.

    A model says in `shown_with` what its names need of other things, and in `shown_by` which of
    its own texts.
    """
    keys = _keys(places)
    if len(keys) == 1:
        [(kind, wanted)] = keys.items()
        found = rows_asked(_model(kind).objects.visible_to(user), _Named(tuple(wanted)))
        return {(kind, row.pk): row for row in found}
    return things_from(rows_at_once(_lists(keys, user)))


def lists_for(turns: Iterable[Waiting], user: Any) -> dict[str, QuerySet]:
    """The same as a list for each kind, for a page that asks them together with more."""
    return _lists(_keys(places_of(turns)), user)


def _lists(keys: Mapping[int, Sequence[int]], user: Any) -> dict[str, QuerySet]:
    return {
        f"{KIND}{kind}": _Named(tuple(wanted))(_model(kind).objects.visible_to(user))
        for kind, wanted in keys.items()
    }


def things_from(found: Mapping[str, list[Any]]) -> dict[Place, Any]:
    """The things by kind and key, of what `lists_for` has found among other lists."""
    return {
        (int(name.removeprefix(KIND)), one.pk): one
        for name, things in found.items()
        if name.startswith(KIND)
        for one in things
    }


KIND = "kind "


def _keys(places: Iterable[Place]) -> dict[int, list[int]]:
    keys: dict[int, list[int]] = {}
    for kind, key in places:
        keys.setdefault(kind, []).append(key)
    return keys


def _model(kind: int) -> Any:
    return ContentType.objects.get_for_id(kind).model_class()


@dataclass(frozen=True, slots=True)
class _Named:
    """The things with these keys, to be named."""

    keys: tuple[int, ...]

    def __call__(self, things: QuerySet) -> QuerySet:
        return lightly(things.filter(pk__in=self.keys))


def named(thing: Any) -> str:
    """What a thing is called where many kinds stand together: its number, then its name."""
    return f"{getattr(thing, 'code', '')} {thing}".strip()

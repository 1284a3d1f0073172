"""The things that turns stand on, read only as far as their names and addresses need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from pochin.core.models import Turn
from pochin.ui.at_once import at_once
from pochin.ui.quick import asked, lightly


def things_of(turns: Collection[Turn], user: Any) -> dict[tuple[int, int], Any]:
    """The things the user may see, by kind and key; one query for all kinds.

    A model says in `shown_with` what its names need of other things, and in `shown_by` which of
    its own texts.
    """
    keys = _keys(turns)
    if len(keys) == 1:
        [(kind, wanted)] = keys.items()
        found = asked(_model(kind).objects.visible_to(user), _Named(tuple(wanted)))
        return {(kind, one.pk): one for one in found}
    return things_from(at_once(lists_for(turns, user)))


def lists_for(turns: Iterable[Turn], user: Any) -> dict[str, QuerySet]:
    """The same as a list for each kind, for a page that asks them together with more."""
    return {
        f"{KIND}{kind}": _Named(tuple(wanted))(_model(kind).objects.visible_to(user))
        for kind, wanted in _keys(turns).items()
    }


def things_from(found: Mapping[str, list[Any]]) -> dict[tuple[int, int], Any]:
    """The things by kind and key, of what `lists_for` has found among other lists."""
    return {
        (int(name.removeprefix(KIND)), one.pk): one
        for name, things in found.items()
        if name.startswith(KIND)
        for one in things
    }


KIND = "kind "


def _keys(turns: Iterable[Turn]) -> dict[int, list[int]]:
    keys: dict[int, list[int]] = {}
    for turn in turns:
        keys.setdefault(turn.kind_id, []).append(turn.thing_id)
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

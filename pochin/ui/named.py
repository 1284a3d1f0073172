"""The things that turns stand on, read only as far as their names and addresses need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from pochin.core.models import Turn
from pochin.ui.at_once import at_once
from pochin.ui.quick import asked, lightly


def things_of(turns: Iterable[Turn], user: Any) -> dict[tuple[int, int], Any]:
    """The things the user may see, by kind and key; one query for all kinds.

    A model says in `shown_with` what its names need of other things, and in `shown_by` which of
    its own texts.
    """
    keys: dict[int, list[int]] = {}
    for turn in turns:
        keys.setdefault(turn.kind_id, []).append(turn.thing_id)
    named: dict[int, tuple[Any, _Named]] = {
        kind: (ContentType.objects.get_for_id(kind).model_class(), _Named(tuple(wanted)))
        for kind, wanted in keys.items()
    }
    if len(named) == 1:
        [(kind, (model, these))] = named.items()
        return {(kind, one.pk): one for one in asked(model.objects.visible_to(user), these)}
    found = at_once({
        str(kind): these(model.objects.visible_to(user)) for kind, (model, these) in named.items()
    })  # fmt: skip
    return {(kind, one.pk): one for kind in keys for one in found[str(kind)]}


@dataclass(frozen=True, slots=True)
class _Named:
    """The things with these keys, to be named."""

    keys: tuple[int, ...]

    def __call__(self, things: QuerySet) -> QuerySet:
        return lightly(things.filter(pk__in=self.keys))


def named(thing: Any) -> str:
    """What a thing is called where many kinds stand together: its number, then its name."""
    return f"{getattr(thing, 'code', '')} {thing}".strip()

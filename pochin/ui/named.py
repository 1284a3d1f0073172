"""The things that turns stand on, read only as far as their names and addresses need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from pochin.core.models import Turn
from pochin.ui.quick import asked, lightly


def things_of(turns: Iterable[Turn], user: Any) -> dict[tuple[int, int], Any]:
    """The things the user may see, by kind and key; one query for each kind.

    A model says in `shown_with` what its names need of other things, and in `shown_by` which of
    its own texts.
    """
    keys: dict[int, list[int]] = {}
    for turn in turns:
        keys.setdefault(turn.kind_id, []).append(turn.thing_id)
    found: dict[tuple[int, int], Any] = {}
    for kind, wanted in keys.items():
        model: Any = ContentType.objects.get_for_id(kind).model_class()
        named = asked(model.objects.visible_to(user), _Named(tuple(wanted)))
        found |= {(kind, one.pk): one for one in named}
    return found


@dataclass(frozen=True, slots=True)
class _Named:
    """The things with these keys, to be named."""

    keys: tuple[int, ...]

    def __call__(self, things: QuerySet) -> QuerySet:
        return lightly(things.filter(pk__in=self.keys))

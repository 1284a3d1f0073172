"""The things that turns stand on, read only as far as their names and addresses need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType

from pochin.core.models import Turn
from pochin.ui.quick import lightly


def things_of(turns: Iterable[Turn], user: Any) -> dict[tuple[int, int], Any]:
    """The things the user may see, by kind and key; one query for each kind.

    A model says in `shown_with` what its names need of other things, and in `shown_by` which of
    its own texts.
    """
    keys: dict[int, list[int]] = {}
    for turn in turns:
        keys.setdefault(turn.kind_id, []).append(turn.thing_id)
    found: dict[tuple[int, int], Any] = {}
    for kind, asked in keys.items():
        model: Any = ContentType.objects.get_for_id(kind).model_class()
        things = model.objects.visible_to(user).filter(pk__in=asked)
        found |= {(kind, one.pk): one for one in lightly(things)}
    return found

"""A card of the first page, and the words of who holds what stands on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType

from pochin.core import turns
from pochin.core.models import Turn
from pochin.participants.words import holder_words

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Section:
    """A card of the first page: its words and the part of the template that draws it."""

    title: Any
    draws: str
    rows: Any = ()
    note: Any = ""
    href: str = ""
    empty: Any = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def template(self) -> str:
        return f"home/sections/{self.draws}.html"


def with_turns(things: list[Any]) -> Iterable[tuple[Any, Turn | None, str]]:
    """Each thing with its first open turn and the words for who holds it."""
    open_turns = turns.holders(things)
    names = holder_words({turn.holder for some in open_turns.values() for turn in some})
    for thing in things:
        kind = ContentType.objects.get_for_model(thing).pk
        held = open_turns.get((kind, thing.pk), [])
        yield thing, (held[0] if held else None), (names[held[0].holder] if held else "")

"""Columns of a list: what stands in a cell, on the page and in the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.parts import escaped, own

NOTHING = mark_safe(formats.DASH)
ALIGNED_RIGHT = frozenset({"number", "money", "percent"})


def path_to(name: str) -> Callable[[Any], Any]:
    steps = name.split("__")
    if len(steps) == 1:
        return attrgetter(name)

    def read(thing: Any) -> Any:
        for step in steps:
            if thing is None:
                return None
            thing = getattr(thing, step)
        return thing

    return read


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a list.

    Args:
        name: The attribute it shows, `__` for the way through relations, and its name in the
            address when sorted by.
        label: The word above it, lazily translated.
        value: How to read the raw value; by default the attribute `name`.
        cell: What stands on the page; by default the value in the language of the page.
        sort: The field to order by (``"-"`` in front where the first click shows the greatest
            first); empty: the column cannot be sorted by. Several fields as a tuple.
        kind: text, number, money, percent, day or moment.
        main: The column that names the row; it is the head of the card on a phone.
        shown: Stands on the page.
        taken: Is part of the file.
        css: Extra class of the cell, for example ``plot``.
    """

    name: str
    label: Any
    value: Callable[[Any], Any] | None = None
    cell: Callable[[Any], Any] | None = None
    sort: str | tuple[str, ...] = ""
    kind: str = "text"
    main: bool = False
    shown: bool = True
    taken: bool = True
    css: str = ""

    @cached_property
    def read(self) -> Callable[[Any], Any]:
        return self.value or path_to(self.name)

    @property
    def take(self) -> Callable[[Any], Any]:
        """How to read what stands on the page."""
        return self.cell or self.read

    @property
    def order(self) -> tuple[str, ...]:
        return (self.sort,) if isinstance(self.sort, str) else self.sort

    @property
    def align(self) -> str:
        # The number of a thing is one word: «З-737598» does not break at its hyphen.
        return " r" if self.kind in ALIGNED_RIGHT else " no nw" * (self.name == "number")


def markup(value: Any, kind: str, reader: Reader) -> SafeString:
    """What stands in a cell of this kind for a value."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        return own(value)
    if isinstance(value, _REMEMBERED):
        return _words(value, kind, *reader)
    return own(str(value))


# The reader's language, zone and year: what the words for a value depend on.
Reader = tuple[str, str, int]
_REMEMBERED = (bool, int, float, Decimal, dt.date, dt.datetime)


def reader_now() -> Reader:
    return formats.language(), timezone.get_current_timezone_name(), formats.this_year()


@lru_cache(maxsize=16384, typed=True)
def _words(value: Any, kind: str, *_reader: Any) -> SafeString:
    """Write a raw value in the language of the page; lists repeat their values, so remember."""
    return escaped(_written(value, kind))


def _written(value: Any, kind: str) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.datetime):
        return formats.short_moment(value)
    if isinstance(value, dt.date):
        return formats.day(value, short=True)
    if kind == "money":
        return formats.money(value)
    return formats.percent(value) if kind == "percent" else formats.number(value)

"""Pages of a list: numbered while rows can be counted, then from row to row, so that page 3,000
costs what page 1 costs.

`listing` and `found` are a `Listing`, which calls what stands here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.lists.asking import PAGE
from pochin.ui.lists.columns import path_to
from pochin.ui.lists.drawn import PageLink
from pochin.ui.lists.filters import refuse
from pochin.ui.quick import Row, rows_asked

LIMIT = 1000  # Lists count exactly up to here; page numbers end here too.
NUMBERED = LIMIT // PAGE


@dataclass(frozen=True, slots=True)
class Key:
    """One field of the order: its name, its direction, and whether it may be empty."""

    name: str
    down: bool
    empty: bool
    field: models.Field = dataclasses.field(compare=False)  # follows from the things and the name

    def clause(self) -> str | OrderBy:
        if not self.empty:
            # Bare names, so that the index is used as it is.
            return f"-{self.name}" if self.down else self.name
        ordered = F(self.name)
        return ordered.desc(nulls_last=True) if self.down else ordered.asc(nulls_last=True)

    def beyond(self, value: Any, ahead: bool) -> Q:
        """Select rows further along this key than `value`; empty values come last."""
        if value is None:
            return Q(pk__in=[]) if ahead else Q(**{f"{self.name}__isnull": False})
        lookup = "lt" if self.down == ahead else "gt"
        further = Q(**{f"{self.name}__{lookup}": value})
        if self.empty and ahead:
            further |= Q(**{f"{self.name}__isnull": True})
        return further

    def equal(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def turned(self) -> str | OrderBy:
        """The same order read from its end."""
        if not self.empty:
            return self.name if self.down else f"-{self.name}"
        ordered = F(self.name)
        return ordered.asc(nulls_first=True) if self.down else ordered.desc(nulls_first=True)


def keys_of(things: QuerySet, names: Iterable[str]) -> list[Key]:
    keys = []
    for name in names:
        bare = name.removeprefix("-")
        field_, empty = _field_of(things, bare)
        keys.append(Key(bare, name.startswith("-"), empty, field_))
    return keys


def _field_of(things: QuerySet, name: str) -> tuple[models.Field, bool]:
    annotation = things.query.annotations.get(name)
    if annotation is not None:
        return annotation.output_field, True
    options, empty, found = things.model._meta, False, None
    for step in name.split("__"):
        found = options.pk if step == "pk" else options.get_field(step)
        empty = empty or bool(getattr(found, "null", False))
        if found.is_relation and found.related_model:
            options = found.related_model._meta
    if found is None:
        raise FieldDoesNotExist(name)
    return found, empty


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    first: int
    number: int  # 0 beyond the numbered pages
    has_next: bool
    has_before: bool = False

    @property
    def things(self) -> list[Any]:
        return [row.thing for row in self.rows]


class Ranked(Protocol):
    """What a search found and ranked, for a list to show the best of it."""

    @property
    def keys(self) -> list[Any]:
        """The keys of the ranked hits, the best first."""

    @property
    def has_more(self) -> bool:
        """Whether there are hits behind the ranked ones."""

    def narrow(self, things: QuerySet) -> QuerySet:
        """Answer all that is found among these, the ranked hits first."""


def fetch(listing: Any) -> Page:
    after, before = listing.asked.get("after", ""), listing.asked.get("before", "")
    if after:
        return _fetch_after(listing, *_opened(listing, after))
    if before:
        return _fetch_before(listing, *_opened(listing, before))
    number = _page_number(listing.asked.get("page", "") or "1")
    start, size = (number - 1) * listing.page_size, listing.page_size
    if listing.ranked:
        rows = _ranked(listing, listing.ranked.keys[start : start + size + 1])
    else:
        rows = rows_asked(listing.found, _span(listing, start, start + size + 1))
    return Page(rows[:size], start + 1, number, len(rows) > size, number > 1)


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of a page, as they are asked of what is found.

    Attributes:
        keys: The order.
        reads: The fields that are read; empty: all.
        begin, end: From which row to which.
    """

    keys: tuple[Key, ...]
    reads: tuple[str, ...]
    begin: int
    end: int

    def __call__(self, things: QuerySet) -> QuerySet:
        ordered = things.order_by(*(key.clause() for key in self.keys))
        return narrowed(ordered, self.reads, self.keys)[self.begin : self.end]


def narrowed(things: QuerySet, reads: Sequence[str], keys: Iterable[Key]) -> QuerySet:
    """Read only what is shown: most of a wide row is never looked at."""
    if not reads:
        return things
    annotated = things.query.annotations
    read = things.only(*reads, *(key.name for key in keys if key.name not in annotated))
    ways = {name.rpartition("__")[0] for name in reads if "__" in name}
    return read.select_related(*sorted(ways)) if ways else read


@dataclass(frozen=True, slots=True)
class These:
    """The rows of things with these keys, in no order.

    Attributes:
        wanted: The keys.
        keys: The order they would have, whose fields are read, too.
        reads: The fields that are read; empty: all.
    """

    wanted: tuple[Any, ...]
    keys: tuple[Key, ...]
    reads: tuple[str, ...]

    def __call__(self, things: QuerySet) -> QuerySet:
        return narrowed(things.filter(pk__in=self.wanted).order_by(), self.reads, self.keys)


def _ranked(listing: Any, keys: list[Any]) -> list[Row]:
    if not keys:
        return []
    these = These(tuple(keys), tuple(listing.keys), tuple(listing.reads))
    found = {row.pk: row for row in rows_asked(listing.visible, these)}
    return [found[key] for key in keys if key in found]


def _page_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= NUMBERED:
        raise refuse()
    return int(text)


def _fetch_after(listing: Any, values: list[Any], place: int) -> Page:
    size, first = listing.page_size, listing.keys[0]
    if first.empty and values[0] is not None:
        # First what has a value, by the index; what has none is read only where they end.
        filled = [replace(first, empty=False), *listing.keys[1:]]
        rows = rows_asked(listing.found, _behind(listing, filled, values))
        if len(rows) <= size:
            empty = listing.found.filter(**{f"{first.name}__isnull": True})
            rows += rows_asked(empty, _span(listing, 0, size + 1 - len(rows)))
    else:
        rows = rows_asked(listing.found, _behind(listing, listing.keys, values))
    return Page(rows[:size], place + 1, 0, len(rows) > size, True)


def _fetch_before(listing: Any, values: list[Any], place: int) -> Page:
    size = listing.page_size
    found = rows_asked(listing.found, _behind(listing, listing.keys, values, ahead=False))
    rows = list(reversed(found[:size]))
    return Page(rows, max(1, place - len(rows)), 0, True, len(found) > size)


def _span(listing: Any, begin: int, end: int) -> Span:
    return Span(tuple(listing.keys), tuple(listing.reads), begin, end)


def _behind(listing: Any, keys: list[Key], values: list[Any], *, ahead: bool = True) -> Beyond:
    reads, most = tuple(listing.reads), listing.page_size + 1
    return Beyond(tuple(keys), tuple(values), ahead, reads, most)


@dataclass(frozen=True, slots=True)
class Beyond:
    """The rows further on than one with these values, or before it, the nearest first.

    Attributes:
        keys: The order.
        values: What the row has in these fields.
        ahead: Further on.
        reads: The fields that are read; empty: all.
        most: How many at most.
    """

    keys: tuple[Key, ...]
    values: tuple[Any, ...]
    ahead: bool
    reads: tuple[str, ...]
    most: int

    def __call__(self, things: QuerySet) -> QuerySet:
        found = things.filter(_beyond(self.keys, self.values, ahead=self.ahead))
        ordered = found.order_by(
            *(key.clause() if self.ahead else key.turned() for key in self.keys)
        )
        return narrowed(ordered, self.reads, self.keys)[: self.most]


def _beyond(keys: Sequence[Key], values: Sequence[Any], *, ahead: bool) -> Q:
    further, same = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        further |= same & key.beyond(value, ahead)
        same &= key.equal(value)
    if values[0] is None or (keys[0].empty and ahead):
        return further
    # Says nothing new, but lets the database start reading the index at this row.
    edge = "lte" if keys[0].down == ahead else "gte"
    return Q(**{f"{keys[0].name}__{edge}": values[0]}) & further


def mark_of(listing: Any, thing: Any, place: int) -> str:
    values = [_plain(path_to(key.name)(thing)) for key in listing.keys]
    return signing.dumps([place, *values], salt=_salt(listing), compress=True)


def _salt(listing: Any) -> str:
    column, backwards = listing.order
    return (
        f"pochin.ui.lists:{listing.name}:{'-' if backwards else ''}{column.name if column else ''}"
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | None) else str(value)


def _opened(listing: Any, text: str) -> tuple[list[Any], int]:
    try:
        place, *values = signing.loads(text, salt=_salt(listing))
        read = [
            None if value is None else key.field.to_python(value)
            for key, value in zip(listing.keys, values, strict=True)
        ]
    except (signing.BadSignature, ValueError, ValidationError) as error:
        raise refuse() from error
    return read, int(place)


def links(listing: Any) -> list[PageLink]:
    here = listing.page
    if here.number == 0:
        return _row_links(listing, here)
    if here.number == 1 and not here.has_next:
        return []
    last = _last(listing)
    links = [_numbered(listing, n, here.number) for n in _around(here.number, last)]
    if here.number > 1:
        href = listing.address(page=here.number - 1 if here.number > 2 else "")
        links.insert(0, PageLink(_("Back"), href, walk="prev"))
    if here.has_next and here.number < last:
        links.append(PageLink(_("Next"), listing.address(page=here.number + 1), walk="next"))
    elif here.has_next and not listing.ranked:
        links.append(PageLink(_("Next"), _after(listing, here), walk="next"))
    return links


def _last(listing: Any) -> int:
    """The last of the numbered pages."""
    return min(-(-min(listing.total, LIMIT) // listing.page_size), NUMBERED)


def follows(listing: Any) -> tuple[int, ...] | None:
    """What the way to the other pages follows from besides the address; None where it leads on
    from one of the rows."""
    here = listing.page
    if here.number == 0:
        return None
    last, is_ranked = _last(listing), bool(listing.ranked)
    if here.has_next and here.number >= last and not is_ranked:
        return None
    return here.number, len(here.rows), here.has_next, last, is_ranked


def _row_links(listing: Any, here: Page) -> list[PageLink]:
    links = [PageLink(_("To the first page"), listing.address())]
    if here.has_before and here.rows:
        mark = mark_of(listing, here.rows[0].thing, here.first)
        links.append(PageLink(_("Back"), listing.address(before=mark), walk="prev"))
    if here.has_next and here.rows:
        links.append(PageLink(_("Next"), _after(listing, here), walk="next"))
    return links


def _after(listing: Any, here: Page) -> str:
    mark = mark_of(listing, here.rows[-1].thing, here.first + len(here.rows) - 1)
    return listing.address(after=mark)


def _around(number: int, last: int) -> list[int]:
    """Choose the page numbers to show; 0 stands for a gap.

    >>> _around(6, 20)
    [1, 0, 5, 6, 7, 0, 20]
    """
    near = sorted({1, last, *(n for n in range(number - 1, number + 2) if 1 <= n <= last)})
    shown: list[int] = []
    for n in near:
        if shown and n - shown[-1] > 1:
            shown.append(0)
        shown.append(n)
    return shown


def _numbered(listing: Any, n: int, current: int) -> PageLink:
    if not n:
        return PageLink("…")
    if n == current:
        return PageLink(formats.number(n), current=True)
    aria = _("Page %(n)d") % {"n": n}
    return PageLink(formats.number(n), listing.address(page=n if n > 1 else ""), aria=aria)

"""The rows of a list as markup: what is the same in every row is drawn once for the page.

`listing` and `found` are a `Listing`, which calls what stands here. A list is drawn column by
column, for then nothing has to be looked up anew in every cell; and texts are put together by `+`
and `join`, for what is marked safe takes its time in a pattern.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from pochin.core import tongue
from pochin.ui import addresses
from pochin.ui.lists.columns import NOTHING, Column, Reader, markup, reader_now
from pochin.ui.parts import escaped, plain
from pochin.ui.quick import Row

# The cell before a row, cut in three by the row's key and its name; empty where nothing is picked.
Tick = tuple[str, ...]


MOST = 4096  # rows kept by a process; those nobody asked for longest go first


def drawn(listing: Any, found: list[Row]) -> list[str]:
    """Each row as markup; of a steady list only what was not drawn before."""
    if not listing.steady or any(row.words is None for row in found):
        return afresh(listing, [row.thing for row in found])
    page, beside = _page(listing), listing.beside(found)
    kept = [_kept(page, row.words, more) for row, more in zip(found, beside, strict=True)]
    new = [place for place, html in enumerate(kept) if not html]
    if new:
        things = [found[place].thing for place in new]
        things = _told(listing, things, [beside[place] for place in new])
        for place, html in zip(new, _drawn(listing, things), strict=True):
            kept[place].append(html)
    return [html[0] for html in kept]


@lru_cache(maxsize=MOST)
def _kept(_page: object, _words: Hashable, _beside: Hashable) -> list[str]:
    """Where a row is kept, by the page it was drawn for and all it is made of; empty until then."""
    return []


def _page(listing: Any) -> object:
    """What all rows of a page are made of, besides what was read."""
    columns = tuple([column.name for column in listing.shown])
    reader = (*reader_now(), timezone.localdate())
    kind: Any = type(listing)
    return _alike(kind, columns, bool(listing.actions), reader, addresses.where())


@lru_cache(maxsize=1024)
def _alike(*_page: Hashable) -> object:
    """The same for pages whose rows are made of the same: every row is looked for by it."""
    return object()


def afresh(listing: Any, things: list[Any]) -> list[str]:
    """Each thing as a row, prepared and drawn now."""
    return _drawn(listing, prepared(listing, things))


def prepared(listing: Any, things: list[Any]) -> list[Any]:
    """The things with all that their cells need."""
    return _told(listing, things, listing.beside(list(map(Row.of, things))))


def _told(listing: Any, things: list[Any], beside: Sequence[Hashable]) -> list[Any]:
    for thing, more in zip(things, beside, strict=True):
        if more is not None:
            thing.beside = more
    prepared_: list[Any] = listing.prepare(things)
    return prepared_


def _drawn(listing: Any, things: list[Any]) -> list[str]:
    reader = reader_now()
    columns: list[list[str]] = []
    names = [""] * len(things)
    with tongue.settled(), addresses.settled():
        for column in listing.shown:
            said = _said(column, things, reader)
            if column.main:
                names = said
                said = _linked(listing, things, said)
            columns.append(_cells(column, said))
        if tick := _tick(listing):
            columns.insert(0, _ticks(listing, things, names, tick))
    return ["<tr>" + "".join(cells) + "</tr>" for cells in zip(*columns, strict=True)]


def _said(column: Column, things: list[Any], reader: Reader) -> list[str]:
    """What a column shows of each thing; most of it are words."""
    kind, said = column.kind, []
    for value in map(column.take, things):
        if value and type(value) is str:
            said.append(plain(tongue.own(value)))
        elif value and type(value) is SafeString:
            said.append(value)
        else:
            said.append(markup(value, kind, reader))
    return said


def _linked(listing: Any, things: list[Any], said: list[str]) -> list[str]:
    """The words that name the rows, leading to the things where they do not lead anywhere yet."""
    return [
        '<a href="' + plain(href) + '">' + html + "</a>"
        if "<a" not in html and (href := listing.href(thing))
        else html
        for thing, html in zip(things, said, strict=True)
    ]


def _cells(column: Column, said: list[str]) -> list[str]:
    css = f"{column.css}{column.align}".strip()
    if column.kind in ("day", "moment"):
        css = f"{css} nw".strip()
    classes = f' class="{css}"' if css else ""
    if column.main:
        opening = f'<th scope="row"{classes}>'
        return [opening + html + "</th>" for html in said]
    label = f' data-label="{escaped(capfirst(column.label))}"'
    opening, empty = f"<td{label}{classes}>", f'<td{label} class="none {css}">'
    return [(empty if html == NOTHING else opening) + html + "</td>" for html in said]


def _ticks(listing: Any, things: list[Any], names: list[str], tick: Tick) -> list[str]:
    """The cells before the rows, each read aloud by the name of its row."""
    start, middle, end = tick
    cells = []
    for thing, name in zip(things, names, strict=True):
        if "<" in name:
            name = strip_tags(name.replace("<", " <"))
        said = " ".join(name.replace('"', "&quot;").split())
        cells.append(start + plain(listing.key(thing)) + middle + said + end)
    return cells


def _tick(listing: Any) -> Tick:
    """The cell before a row that may be picked, cut where the row's key and name stand."""
    if not listing.actions:
        return ()
    before, _key, after = escaped(_("Pick %(name)s")).partition("%(name)s")
    start = '<td class="pick"><input type="checkbox" name="pick" value="'
    return start, f'" aria-label="{before}', f'{after}"></td>'

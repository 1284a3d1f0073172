"""The rows of a list as markup: what is the same in every row is drawn once for the page.

`listing` and `found` are a `Listing`, which calls what stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from pochin.core import tongue
from pochin.ui import addresses
from pochin.ui.lists.columns import NOTHING, Column, Reader, markup, reader_now
from pochin.ui.parts import escaped
from pochin.ui.quick import Row

# The cell before a row, cut in three by the row's key and its name; empty where nothing is picked.
Tick = tuple[str, ...]
# How to take what a cell shows, the kind of its column, whether that column names the row; the
# start of the cell, and its start when there is nothing in it.
Frame = tuple[Callable[[Any], Any], str, bool, str, str]


MOST = 4096  # rows kept by a process; those nobody asked for longest go first


def drawn(listing: Any, found: list[Row]) -> list[str]:
    """Each row as markup; of a steady list only what was not drawn before."""
    if not listing.steady or any(row.words is None for row in found):
        return _drawn(listing, [row.thing for row in found])
    page = _page(listing)
    kept = [_kept(page, row.words) for row in found]
    new = [(row, place) for row, place in zip(found, kept, strict=True) if not place]
    if new:
        fresh = _drawn(listing, [row.thing for row, _place in new])
        for (_row, place), html in zip(new, fresh, strict=True):
            place.append(html)
    return [place[0] for place in kept]


@lru_cache(maxsize=MOST)
def _kept(_page: Hashable, _words: Hashable) -> list[str]:
    """Where a row is kept, by the page it was drawn for and what was read; empty until then."""
    return []


def _page(listing: Any) -> Hashable:
    """What all rows of a page are made of, besides what was read."""
    columns = tuple([column.name for column in listing.shown])
    reader = (*reader_now(), timezone.localdate())
    return type(listing), columns, bool(listing.actions), reader, addresses.where()


def _drawn(listing: Any, things: list[Any]) -> list[str]:
    things, frames = listing.prepare(things), list(map(_frame, listing.shown))
    reader, tick = reader_now(), _tick(listing)
    with tongue.settled(), addresses.settled():
        return [_row(listing, thing, frames, reader, tick) for thing in things]


def _row(listing: Any, thing: Any, frames: list[Frame], reader: Reader, tick: Tick) -> str:
    cells, name = [], ""
    for take, kind, is_main, opening, empty in frames:
        html: str = markup(take(thing), kind, reader)
        if is_main:
            name = html
            if "<a" not in html and (href := listing.href(thing)):
                html = f'<a href="{escaped(href)}">{html}</a>'
            cells.append(f"{opening}{html}</th>")
        else:
            cells.append(f"{empty if html == NOTHING else opening}{html}</td>")
    return f"<tr>{_ticked(listing, thing, name, tick)}{''.join(cells)}</tr>"


def _ticked(listing: Any, thing: Any, name: str, tick: Tick) -> str:
    """The cell before the row, read aloud by the name of the row."""
    if not tick:
        return ""
    start, middle, end = tick
    if "<" in name:
        name = strip_tags(name.replace("<", " <"))
    said = " ".join(name.replace('"', "&quot;").split())
    return f"{start}{escaped(listing.key(thing))}{middle}{said}{end}"


def _tick(listing: Any) -> Tick:
    """The cell before a row that may be picked, cut where the row's key and name stand."""
    if not listing.actions:
        return ()
    before, _key, after = escaped(_("Pick %(name)s")).partition("%(name)s")
    start = '<td class="pick"><input type="checkbox" name="pick" value="'
    return start, f'" aria-label="{before}', f'{after}"></td>'


def _frame(column: Column) -> Frame:
    css = f"{column.css}{column.align}".strip()
    if column.kind in ("day", "moment"):
        css = f"{css} nw".strip()
    classes = f' class="{css}"' if css else ""
    if column.main:
        return column.take, column.kind, True, f'<th scope="row"{classes}>', ""
    label = f' data-label="{escaped(str(column.label))}"'
    empty = f'<td{label} class="none {css}">'
    return column.take, column.kind, False, f"<td{label}{classes}>", empty

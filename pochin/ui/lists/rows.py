"""The rows of a list as markup: what is the same in every row is drawn once for the page.

`listing` and `found` are a `Listing`, which calls what stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from pochin.core import tongue
from pochin.ui import addresses
from pochin.ui.lists.columns import NOTHING, Column, Reader, markup, reader_now
from pochin.ui.parts import escaped

# The cell before a row, cut in three by the row's key and its name; empty where nothing is picked.
Tick = tuple[str, ...]
# How to take what a cell shows, the kind of its column, whether that column names the row; the
# start of the cell, and its start when there is nothing in it.
Frame = tuple[Callable[[Any], Any], str, bool, str, str]


def drawn(listing: Any, things: list[Any]) -> list[str]:
    """Each thing as a row."""
    frames = list(map(_frame, listing.shown))
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
            cells.append(f"{empty if html is NOTHING else opening}{html}</td>")
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

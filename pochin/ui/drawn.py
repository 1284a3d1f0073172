"""The fixed parts of a list as markup: filters, heads, pages. Drawn by hand, because every list
draws them and a template would take longer over them than over the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui.icons import icon
from pochin.ui.parts import escaped
from pochin.ui.saved import Kept


@dataclass(frozen=True, slots=True)
class Question:
    """A filter as the page draws it."""

    name: str
    label: Any
    widget: str
    kind: str
    options: list[tuple[str, Any, bool]] = field(default_factory=list)
    values: list[tuple[str, Any, str]] = field(default_factory=list)
    picked: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a column as the page draws it."""

    label: Any
    css: str
    href: str = ""
    aria: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to another page of the list; without `href` the present one or a gap."""

    label: Any
    href: str = ""
    current: bool = False
    aria: Any = ""
    walk: str = ""  # "next" or "prev", for those who walk by keyboard


def choices(name: str, questions: Sequence[Question]) -> SafeString:
    """The filters of a list, each a pill that opens a panel; empty without any."""
    if not questions:
        return SafeString("")
    word = escaped(_("Show"))
    show = f'<button class="btn primary sm">{word}</button></div></details>'
    drawn = [_choice(name, question, show) for question in questions]
    return SafeString(f'<div class="choices">{"".join(drawn)}</div>')


def _choice(name: str, question: Question, show: str) -> str:
    label, on = escaped(question.label), " on" if question.picked else ""
    inside = _days(question) if question.widget == "days" else _options(question, label)
    return (
        f'<details class="choice" name="{name}-choices">'
        f'<summary class="pill{on}" id="{name}-{question.name}">{label}'
        f'{icon("chevron-down", size=16)}</summary><div class="panel">{inside}{show}'
    )


def _days(question: Question) -> str:
    return "".join(
        f'<label class="row"><span>{escaped(word)}</span>'
        f'<input type="date" name="{name}" value="{escaped(value)}"></label>'
        for name, word, value in question.values
    )


def _options(question: Question, label: str) -> str:
    start = f'<label class="option"><input type="{question.kind}" name="{question.name}" value="'
    options = "".join(
        f'{start}{escaped(value)}"{" checked" if picked else ""}>'
        f"<span>{escaped(words)}</span></label>"
        for value, words, picked in question.options
    )
    if not options:
        nothing = escaped(_("Nothing to choose from"))
        options = f'<p class="muted">{nothing}</p>'
    return f'<div class="options" role="group" aria-label="{label}">{options}</div>'


def orders(sorts: Sequence[tuple[str, Any, bool]]) -> SafeString:
    """The box on a phone that chooses the order; the one asked for is selected."""
    if not sorts:
        return SafeString("")
    options = "".join(
        f'<option value="{value}"{" selected" if chosen else ""}>{escaped(label)}</option>'
        for value, label, chosen in sorts
    )
    order, usual = escaped(_("Order")), escaped(_("as usual"))
    return SafeString(
        f'<label class="show-s row"><span class="small muted">{order}</span>'
        f'<select name="sort" data-submit><option value="">{usual}</option>'
        f"{options}</select></label>"
    )


def keeping(name: str, current: Kept | None) -> SafeString:
    """The panel in which the list as it is now gets a name; it belongs to a form of its own."""
    of_form = f'form="{name}-keep"'
    label, keep, by_default = escaped(_("Name")), escaped(_("Keep")), escaped(_("Open with it"))
    value = escaped(current.label) if current else ""
    ticked = " checked" if current and current.is_default else ""
    title = escaped(_("Keep the view"))
    drop = ""
    if current:
        delete = escaped(_("Delete the view"))
        drop = (
            f'<button class="btn sm bad" name="view" value="drop" {of_form} formnovalidate>'
            f"{delete}</button>"
        )
    return SafeString(
        f'<details class="menu keep"><summary class="btn sm">{icon("bookmark", size=16)}{title}'
        f'</summary><div class="panel"><label>{label}<input name="view_label" value="{value}" '
        f'maxlength="60" required {of_form}></label><label class="option"><input type="checkbox" '
        f'name="view_default" value="yes" {of_form}{ticked}><span>{by_default}</span></label>'
        f'<div class="btns"><button class="btn primary sm" name="view" value="keep" {of_form}>'
        f"{keep}</button>{drop}</div></div></details>"
    )


def heads(headers: Sequence[Header]) -> SafeString:
    """The heads of the columns."""
    return SafeString("".join(map(_head, headers)))


def _head(head: Header) -> str:
    css = f' class="{head.css}"' if head.css else ""
    aria = f' aria-sort="{head.aria}"' if head.aria else ""
    words: Any = escaped(head.label)
    if head.href:
        words = f'<a href="{escaped(head.href)}">{words}{escaped(head.mark)}</a>'
    return f'<th scope="col"{css}{aria}>{words}</th>'


def pages(span: str, links: Sequence[PageLink]) -> SafeString:
    """Which rows of how many, and the way to the others; empty where there are no rows."""
    if not span:
        return SafeString("")
    ways = "".join(map(_way, links))
    if ways:
        ways = f"<ul>{ways}</ul>"
    label = escaped(_("Pages"))
    return SafeString(
        f'<nav class="pages" aria-label="{label}" hx-boost="true" '
        f'hx-swap="outerHTML show:top"><span>{escaped(span)}</span>{ways}</nav>'
    )


def _way(link: PageLink) -> str:
    words = escaped(link.label)
    if not link.href:
        current = ' aria-current="page"' if link.current else ""
        return f"<li><span{current}>{words}</span></li>"
    aria = f' aria-label="{escaped(link.aria)}"' if link.aria else ""
    walk = f' rel="{link.walk}"' if link.walk else ""
    return f'<li><a href="{escaped(link.href)}"{aria}{walk}>{words}</a></li>'

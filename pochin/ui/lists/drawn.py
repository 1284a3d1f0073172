"""A list as markup. Drawn by hand, because every list draws the same, and a template would take
longer over what stands around the rows than over the rows.

`listing` and `found` are a `Listing`, which calls what stands here.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pochin.ui import formats
from pochin.ui.icons import icon
from pochin.ui.parts import escaped
from pochin.ui.saved import Kept

CURRENT = ' aria-current="page"'


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


@dataclass(frozen=True, slots=True)
class Pill:
    """A filter in force, and the address without it."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Around:
    """What of a list follows from its address alone: heads, the box of orders, the files."""

    heads: str
    orders: str
    files: str


def around(found: Any) -> Around:
    export, zeros = escaped(_("Export")), _("Codes keep their zeros in Excel.")
    files = "".join(
        f'<a href="{escaped(href)}" download>{label}</a>' for label, href in found.files
    )
    menu = (
        f'<details class="menu"><summary class="btn sm">{icon("download", size=16)}{export}'
        f'</summary><div class="panel">{files}<p class="cap muted">{escaped(zeros)}</p></div>'
        "</details>"
    )
    return Around(heads(found.headers), orders(found.sorts), menu)


@lru_cache(maxsize=2048)
def kept_by(*_made_of: Hashable) -> list[Any]:
    """Where a piece is kept by all it is made of, language and all; empty until it is drawn."""
    return []


def listing(found: Any, token: str) -> SafeString:
    """The whole list; `token` lets the form be sent that keeps what is asked as a view."""
    name, bar = found.name, [_tabs(found), _toolbar(found)]
    if found.may_keep:
        bar.append(
            f'<form id="{name}-keep" method="post" action="{escaped(found.here)}" hidden>'
            f'<input type="hidden" name="csrfmiddlewaretoken" value="{escaped(token)}"></form>'
        )
    announced = escaped(found.total_words)
    return SafeString(
        f'<section class="card listing" id="{name}" data-walk data-announce="{announced}" '
        f'hx-target="this" hx-swap="outerHTML show:none">\n{"".join(bar)}{_pills(found)}'
        f"{_table(found) if found.rows else _empty(found)}\n{found.ways}</section>"
    )


def _tabs(found: Any) -> str:
    tabs = found.tabs
    if not tabs:
        return ""
    links = "".join(
        f'<a href="{escaped(tab["url"])}"{CURRENT if tab["current"] else ""}>'
        f"{escaped(tab['label'])}{_count(tab['count'])}</a>"
        for tab in tabs
    )
    label = escaped(_("Views of this list"))
    return f'<nav class="tabs" aria-label="{label}">{links}</nav>'


def _count(count: int | None) -> str:
    return "" if count is None else f" · {formats.number(count)}"


def _toolbar(found: Any) -> str:
    path, show = escaped(found.path), escaped(_("Show"))
    inside = [_hidden(name, value) for name, value in found.kept]
    if found.default:
        inside.append(_hidden("all", "yes"))
    if found.has_search:
        label = escaped(found.search_label)
        inside.append(
            f'<span class="find">{icon("search")}<input type="search" id="{found.name}-q" '
            f'name="q" value="{escaped(found.words)}" data-find aria-label="{label}" '
            f'placeholder="{label}" autocomplete="off"></span>'
        )
    inside += [
        found.choices,
        found.around.orders,
        f'<noscript><button class="btn sm">{show}</button></noscript>',
        _end(found),
    ]
    return (
        f'<form class="toolbar" method="get" action="{path}" hx-get="{path}" data-tidy>'
        f"{''.join(inside)}</form>"
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escaped(value)}">'


def _end(found: Any) -> str:
    """What stands at the end of the toolbar: keeping a view, taking out a file."""
    kept = ""
    if found.may_keep:
        kept = keeping(found.name, next((v for v in found.kept_views if found.is_view(v)), None))
    if not found.rows:
        return f'<div class="end">{kept}</div>' if kept else ""
    return f'<div class="end">{kept}{found.around.files}</div>'


def _pills(found: Any) -> str:
    if not found.pills:
        return ""
    remove, sign = escaped(_("Remove the filter")), icon("x", size=16)
    pills = "".join(
        f'<a class="pill on" href="{escaped(pill.href)}"><span class="vh">{remove} </span>'
        f"{escaped(pill.words)}{sign}</a>"
        for pill in found.pills
    )
    reset, words = escaped(_("Reset all")), escaped(_("Found:"))
    return (
        f'<div class="pills active" hx-boost="true">{pills}<a href="{escaped(found.bare)}">{reset}'
        f'</a><span class="small muted">{words} {escaped(found.total_words)}</span></div>'
    )


def _table(found: Any) -> str:
    pick = ""
    if found.actions:
        label = escaped(_("Pick all on this page"))
        pick = f'<th class="pick"><input type="checkbox" data-pick-all aria-label="{label}"></th>'
    table = (
        '<div class="scroll"><table class="cards"><thead hx-boost="true">'
        f"<tr>{pick}{found.around.heads}</tr></thead>"
        f"<tbody>{''.join(found.rows)}</tbody></table></div>"
    )
    if not found.actions:
        return table
    buttons = "".join(
        f'<button class="btn sm {action.tone}" formaction="{escaped(action.href)}">'
        f"{escaped(action.label)}</button>"
        for action in found.actions
    )
    return (
        f'<form method="get" data-picking>{table}<div class="pickbar">'
        f'<span class="small" data-picked></span>{buttons}</div></form>'
    )


def _empty(found: Any) -> str:
    if found.pills:
        title, text = escaped(_("Nothing matches")), _("Remove a filter or look for other words.")
        reset = escaped(_("Reset all"))
        inside = (
            f"<h2>{title}</h2><p>{escaped(text)}</p>"
            f'<div class="btns"><a class="btn sm" href="{escaped(found.bare)}">{reset}</a></div>'
        )
    else:
        text = f"<p>{escaped(found.empty_text)}</p>" if found.empty_text else ""
        inside = f"<h2>{escaped(found.empty_title)}</h2>{text}"
    return f'<div class="empty" hx-boost="true">{inside}</div>'


def choices(near: Sequence[str], far: Sequence[str] = ()) -> str:
    """The filters of a list, the rare ones behind “More”; empty without any.

    On a phone the filters take one row, and “More” opens the others, the order and the files.
    """
    if not near and not far:
        return ""
    word, phone = escaped(pgettext("filters", "More")), "" if far else " show-s"
    return (
        f'<div class="choices"><div class="near">{"".join(near)}</div>'
        f'<details class="rare{phone}"><summary class="pill">{word}'
        f'{icon("chevron-down", size=16)}</summary><div class="pills">{"".join(far)}</div>'
        "</details></div>"
    )


def choice(name: str, question: Question) -> str:
    """A filter as a pill that opens a panel."""
    word = escaped(_("Show"))
    show = f'<button class="btn primary sm">{word}</button></div></details>'
    label, on = escaped(question.label), " on" if question.picked else ""
    if question.widget == "options":
        inside = _options(question, label)
    else:
        inside = _typed(question, "date" if question.widget == "days" else "text")
    return (
        f'<details class="choice" name="{name}-choices">'
        f'<summary class="pill{on}" id="{name}-{question.name}">{label}'
        f'{icon("chevron-down", size=16)}</summary><div class="panel">{inside}{show}'
    )


def _typed(question: Question, kind: str) -> str:
    return "".join(
        f'<label class="row"><span>{escaped(word)}</span>'
        f'<input type="{kind}" name="{name}" value="{escaped(value)}"></label>'
        for name, word, value in question.values
    )


def _options(question: Question, label: str) -> str:
    start = f'<label><input type="{question.kind}" name="{question.name}" value="'
    options = "".join(
        f'{start}{escaped(value)}"{" checked" if picked else ""}>{escaped(words)}</label>'
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
    label, keep, by_default = (
        escaped(_("Name")),
        escaped(_("Keep")),
        escaped(_("Open the list with it")),
    )
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
    words: Any = escaped(capfirst(head.label))
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

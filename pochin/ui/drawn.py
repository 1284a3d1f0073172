"""The fixed parts of a list as markup: filters, heads, pages. Drawn by hand, because every list
draws them and a template would take longer over them than over the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui.icons import icon
from pochin.ui.parts import escaped

if TYPE_CHECKING:
    from pochin.ui.lists import Header, PageLink, Question


def choices(name: str, questions: Sequence[Question]) -> SafeString:
    """The filters of a list, each a pill that opens a panel; empty without any."""
    if not questions:
        return SafeString("")
    show = f'<button class="btn primary sm">{escaped(_("Show"))}</button></div></details>'
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
    options = options or f'<p class="muted">{escaped(_("Nothing to choose from"))}</p>'
    return f'<div class="options" role="group" aria-label="{label}">{options}</div>'


def orders(sorts: Sequence[tuple[str, Any, bool]]) -> SafeString:
    """The box on a phone that chooses the order; the one asked for is selected."""
    if not sorts:
        return SafeString("")
    options = "".join(
        f'<option value="{value}"{" selected" if chosen else ""}>{escaped(label)}</option>'
        for value, label, chosen in sorts
    )
    return SafeString(
        f'<label class="show-s row"><span class="small muted">{escaped(_("Order"))}</span>'
        f'<select name="sort" data-submit><option value="">{escaped(_("as usual"))}</option>'
        f"{options}</select></label>"
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
    return SafeString(
        f'<nav class="pages" aria-label="{escaped(_("Pages"))}" hx-boost="true" '
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

"""Components: one function and one template each; an unknown prop is an error."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.messages import constants
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import BaseForm, BoundField, ModelChoiceField
from django.forms import widgets as w
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from pochin.ui import digits, formats, icons, parts, pieces
from pochin.ui.lists import Listing

register = template.Library()

REQUEST_KEY = "request_key"
THEMES = ("system", "light", "dark")

# Words and numbers ---------------------------------------------------------------------------


@register.simple_tag
def badge(text: Any, *, tone: str = "neutral", icon: str | None = None) -> SafeString:
    """A word on a coloured ground; for the tones see `parts.badge`."""
    return parts.badge(text, tone=tone, icon_name=icon)


@register.simple_tag
def icon(name: str, *, size: int = 18) -> SafeString:
    """A lucide icon."""
    return icons.icon(name, size=size)


@register.simple_tag
def index_number(text: str, *, aloud: bool = True) -> SafeString:
    """A number in the digits of the postal index."""
    return digits.index_number(str(text), aloud=aloud)


@register.simple_tag
def number(value: Any, *, places: int | None = None, sign: bool = False, unit: str = "") -> str:
    """A number in the language of the page, with its unit."""
    return formats.with_unit(value, unit, places=places, sign=sign)


@register.simple_tag
def percent(value: Any, *, places: int = 1, sign: bool = False) -> str:
    """A share as a percentage."""
    return formats.percent(value, places=places, sign=sign)


@register.simple_tag
def money(value: Any, *, currency: str = "RUB", short: bool = False) -> str:
    """A sum of money."""
    return formats.money(value, currency, short=short)


@register.simple_tag
def day(value: dt.date | None, *, short: bool = False) -> SafeString:
    """A calendar day."""
    return parts.day(value, short=short)


@register.simple_tag
def moment(value: dt.datetime | None, *, relative: bool = False) -> SafeString:
    """A moment in full, or how long ago with the exact moment on hover and focus."""
    return parts.relative_time(value) if relative else parts.exact_time(value)


@register.simple_tag
def said(text: str, *, lang: str = "") -> SafeString:
    """Words a person wrote, marked when they are in the other language."""
    return parts.said(text, lang)


@register.simple_tag
def pair_of(thing: Any, field: str) -> SafeString:
    """The text `<field>_ru` or `<field>_en` of a thing, whichever the page speaks."""
    return parts.pair_of(thing, field)


register.filter("number", lambda value: formats.number(value))
register.filter("percent", lambda value: formats.percent(value))
register.filter("money", lambda value: formats.money(value))
register.filter("day", lambda value: formats.day(value))
register.filter("moment", lambda value: formats.moment(value))
register.filter("size", lambda value: formats.size(value))
register.filter("said", lambda value: parts.said(value))
register.filter("initials", lambda value: parts.initials(str(value)))

# The frame -----------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The look the reader chose: system, light or dark."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else "system"


@register.simple_tag(takes_context=True)
def top_bar(context: template.Context) -> SafeString:
    """The bar over every page: sections, search, language, the reader's menu."""
    request, plain = context.get("request"), bool(context.get("plain"))
    reader = getattr(request, "user", None) if not plain else None
    name = parts.said(reader) if reader is not None and reader.is_authenticated else ""
    given = {
        "menus": context.get("menus"),
        "demo": context.get("demo"),
        "reader": name,
        "initials": parts.initials(str(reader)) if name else "",
        "plain": plain,
    }
    return _framed(context, "ui/top.html", given)


@register.simple_tag(takes_context=True)
def page_foot(context: template.Context) -> SafeString:
    """What stands under every page: further links, the colours, who publishes, words of scripts."""
    menus = context.get("menus")
    given = {
        "footer": menus.footer if menus else (),
        "imprint": menus.imprint if menus else (),
        "chosen": theme(context),
        "theme_url": "" if context.get("plain") else _url("ui:theme"),
    }
    return _framed(context, "ui/foot.html", given)


@register.simple_tag
def theme_choices() -> list[tuple[str, str, str]]:
    """The looks to choose from: value, words, icon."""
    return [
        ("system", _("As in the system"), "monitor"),
        ("light", _("Light"), "sun"),
        ("dark", _("Dark"), "moon"),
    ]


@register.simple_tag(takes_context=True)
def language_switch(context: template.Context) -> SafeString:
    """Two buttons that show this same page in the other language."""
    choices = (("ru", "Рус", "Русский"), ("en", "Eng", "English"))
    given = {"choices": choices, "chosen": formats.language(), "url": _url("set_language")}
    return _framed(context, "ui/language.html", given)


def _with_request(context: template.Context, **more: Any) -> dict[str, Any]:
    """Hand the request and its token to a component that holds a form."""
    kept = {name: context.get(name) for name in ("request", "csrf_token", REQUEST_KEY)}
    return {**kept, **more}


# Stands for the token of the forms while a piece of the frame is kept.
TOKEN = "token-of-this-reading"


def _framed(context: template.Context, name: str, given: dict[str, Any]) -> SafeString:
    """A piece of the frame, drawn once for all pages that have the same in it.

    Everything it shows is in `given`; only the token of its forms is put in for each reading.
    """
    drawn = _drawn(name, formats.language(), get_urlconf(), tuple(given.items()))
    if TOKEN not in drawn:
        return drawn
    token = context.get("csrf_token")
    return SafeString(drawn.replace(TOKEN, str(token) if token else ""))


@lru_cache(maxsize=1024)
def _drawn(
    name: str, language: str, urlconf: str | None, given: tuple[tuple[str, Any], ...]
) -> SafeString:
    return SafeString(render_to_string(name, {**dict(given), "csrf_token": TOKEN}))


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def request_key(context: template.Context) -> SafeString:
    """The key of the page's form in a hidden input: pressed twice, done once."""
    return _key_input(context.get(REQUEST_KEY) or uuid.uuid4().hex)


@register.simple_tag
def fresh_key() -> SafeString:
    """A key of its own, for the small forms of a page that holds several."""
    return _key_input(uuid.uuid4().hex)


def _key_input(key: str) -> SafeString:
    return mark_safe(
        f'<input type="hidden" name="{REQUEST_KEY}" value="{conditional_escape(key)}">'
    )


MESSAGE_TONES = {
    constants.DEBUG: "neutral",
    constants.INFO: "primary",
    constants.SUCCESS: "good",
    constants.WARNING: "waiting",
    constants.ERROR: "bad",
}
BANNER_ICONS = {
    "neutral": "info", "primary": "info", "good": "check", "waiting": "triangle-alert",
    "bad": "triangle-alert", "seal": "award",
}  # fmt: skip


@register.inclusion_tag("ui/banner.html")
def banner(
    text: Any, *, tone: str = "primary", title: Any = "", href: str = "", action: Any = ""
) -> dict[str, Any]:
    """A message over a page. Tones: primary, good, waiting, bad, seal, neutral."""
    return {"text": text, "tone": tone, "title": title, "href": href, "action": action,
            "icon_name": BANNER_ICONS[tone]}  # fmt: skip


@register.inclusion_tag("ui/banner.html")
def message_banner(message: Any) -> dict[str, Any]:
    """A message of the framework as a banner."""
    return banner(message, tone=MESSAGE_TONES.get(message.level, "primary"))


@register.inclusion_tag("ui/crumbs.html")
def crumbs(links: Sequence[Any]) -> dict[str, Any]:
    """The way here: links (`pieces.Link`), the last one without an address."""
    return {"links": links}


@register.simple_block_tag
def page_head(
    content: SafeString, *, title: Any, number: str = "", sub: Any = "", meta: Sequence[Any] = ()
) -> SafeString:
    """The head of a page; inside stand its buttons.

    Args:
        title: What the page is called.
        number: The number of the thing, drawn in postal digits.
        sub: A quiet line under the title.
        meta: Facts in one line: pairs of a word and a value, or ready parts.
    """
    stamp = f'<div class="stamp">{digits.index_number(str(number))}</div>' if number else ""
    quiet = f'<p class="sub">{parts.escaped(sub)}</p>' if sub else ""
    facts = "".join(f"<span>{_fact(fact)}</span>" for fact in meta)
    facts = f'<div class="meta">{facts}</div>' if facts else ""
    buttons = content.strip()
    buttons = f'<div class="btns">{buttons}</div>' if buttons else ""
    return SafeString(
        f'<div class="head"><div class="grow">{stamp}<h1>{parts.escaped(title)}</h1>{quiet}{facts}'
        f"</div>{buttons}</div>\n"
    )


def _fact(fact: Any) -> str:
    label, value = fact if isinstance(fact, tuple) else ("", fact)
    said = parts.escaped(localize(value))
    return f"{parts.escaped(label)} <b>{said}</b>" if label else said


@register.inclusion_tag("ui/tabs.html")
def tabs(links: Sequence[Any], *, label: Any) -> dict[str, Any]:
    """Views of one thing side by side; `label` says aloud what they are."""
    return {"links": links, "label": label}


@register.simple_block_tag
def card(
    content: SafeString,
    *,
    title: Any = "",
    href: str = "",
    note: Any = "",
    end: Any = "",
    foot: Any = "",
    flush: bool = False,
    css: str = "",
    anchor: str = "",
) -> SafeString:
    """A framed block.

    Args:
        title: Its heading; `href` makes it a link.
        note: A quiet line under the heading.
        end: What stands at the right end of the heading: words, a tag, a link.
        foot: A quiet line at the bottom.
        flush: Without inner space: for tables and rows.
        css: Place in the grid: ``c8``, ``c4 eq`` (as high as its neighbour).
        anchor: Name by which an address leads here.
    """
    context = {"content": content, "title": title, "href": href, "note": note, "end": end,
               "foot": foot, "flush": flush, "css": css, "anchor": anchor}  # fmt: skip
    return render_to_string("ui/card.html", context)


@register.simple_block_tag
def empty_state(content: SafeString, *, title: Any, text: Any = "", icon: str = "") -> SafeString:
    """What stands where there is nothing: why, and what to do; inside stand buttons."""
    context = {
        "content": mark_safe(content.strip()),
        "title": title,
        "text": text,
        "icon_name": icon,
    }
    return render_to_string("ui/empty.html", context)


# Where things stand --------------------------------------------------------------------------


@register.inclusion_tag("ui/steps.html")
def stage_steps(steps: Sequence[pieces.Step], *, label: Any = "") -> dict[str, Any]:
    """The stages of a thing in a row, with postal digits."""
    numbered = [(digits.index_number(str(n), aloud=False), s) for n, s in enumerate(steps, 1)]
    return {"steps": numbered, "label": label or _("Stages")}


@register.simple_tag
def stage_minibar(*, now: int, total: int, label: str = "", tone: str = "primary") -> SafeString:
    """The stages as small bars, for a table."""
    return parts.minibar(now, total, tone=tone, label=label)


@register.inclusion_tag("ui/attention.html")
def attention_list(items: Sequence[pieces.Attention], *, empty: Any = "") -> dict[str, Any]:
    """What waits for the reader, the most urgent first."""
    return {"items": items, "empty": empty or _("That is all for today.")}


@register.inclusion_tag("ui/tasks.html")
def task_list(tasks: Sequence[pieces.Task]) -> dict[str, Any]:
    """The parts of a long form with their states; the whole row is the link."""
    numbered = [(digits.index_number(str(n), aloud=False), t) for n, t in enumerate(tasks, 1)]
    return {"tasks": numbered}


@register.inclusion_tag("ui/history.html")
def history(events: Sequence[pieces.Event], *, empty: Any = "") -> dict[str, Any]:
    """Who did what and when, newest first."""
    return {"events": events, "empty": empty or _("Nothing has happened yet.")}


@register.inclusion_tag("ui/commitments.html")
def commitment_list(items: Sequence[pieces.Commitment], *, empty: Any = "") -> dict[str, Any]:
    """Who promised what by when."""
    return {"items": items, "empty": empty or _("Nothing is promised.")}


@register.inclusion_tag("ui/job.html")
def job_progress(
    title: Any, *, done: int, total: int, left: Any = "", href: str = "", refused: Any = ""
) -> dict[str, Any]:
    """A long piece of work: its share, the time left; it can be left and found again."""
    share = done / total if total else 0
    return {"title": title, "done": done, "total": total, "share": formats.percent(share, places=0),
            "left": left, "href": href, "refused": refused, "finished": done >= total}  # fmt: skip


@register.inclusion_tag("ui/checks.html")
def check_list(checks: Sequence[pieces.Check]) -> dict[str, Any]:
    """What was checked in the data and how it came out."""
    names = {"good": "check", "waiting": "triangle-alert", "bad": "circle-x"}
    return {"checks": [(names[check.tone], check) for check in checks]}


# Facts ---------------------------------------------------------------------------------------


@register.inclusion_tag("ui/definitions.html")
def definitions(pairs: Any) -> dict[str, Any]:
    """Words and what they stand for, one under another."""
    return {"pairs": pairs.items() if isinstance(pairs, Mapping) else pairs}


@register.inclusion_tag("ui/facts.html")
def facts(pairs: Sequence[tuple[Any, Any]], *, css: str = "") -> dict[str, Any]:
    """Large numbers, each with the words it needs: pairs of a number and words."""
    return {"pairs": pairs, "css": css}


# Who sees, who signs -------------------------------------------------------------------------


@register.inclusion_tag("ui/visibility.html")
def visibility(
    summary: Any, *, readers: Sequence[pieces.Reader] = (), rule: Any = "", log: str = ""
) -> dict[str, Any]:
    """The chip “who sees this”; opened, it lists the people and states the rule."""
    return {"summary": summary, "readers": readers, "rule": rule, "log": log}


@register.inclusion_tag("ui/readers.html")
def reader_list(readers: Sequence[pieces.Reader], *, empty: Any = "") -> dict[str, Any]:
    """Who opened a document, or may."""
    return {"readers": readers, "empty": empty or _("Nobody has opened it yet.")}


@register.simple_block_tag
def decision_sheet(
    content: SafeString, *, title: Any = "", rule: Any = "", anchor: str = ""
) -> SafeString:
    """The sheet with the perforated edge: what a person locks, signs or promises stands on it."""
    context = {"content": content, "title": title or _("Decision"), "rule": rule, "anchor": anchor}
    return render_to_string("ui/sheet.html", context)


@register.inclusion_tag("ui/decision_options.html")
def decision_options(options: Sequence[pieces.Option], *, name: str, legend: Any) -> dict[str, Any]:
    """The decisions to choose from, each with what it takes."""
    return {"options": options, "name": name, "legend": legend}


@register.inclusion_tag("ui/signatures.html")
def signatures(rows: Sequence[pieces.Signature]) -> dict[str, Any]:
    """Who has signed, who is waited for, who abstains and why."""
    return {"rows": rows}


@register.inclusion_tag("ui/signatures.html")
def signature_row(
    name: Any, *, role: Any = "", state: str = "waiting", at: dt.datetime | None = None,
    note: Any = "", fingerprint: str = "",
) -> dict[str, Any]:  # fmt: skip
    """One line of signatures."""
    row = pieces.Signature(
        name=name, role=role, state=state, at=at, note=note, fingerprint=fingerprint
    )
    return {"rows": [row]}


@register.inclusion_tag("ui/thread.html")
def thread(comments: Sequence[pieces.Comment], *, empty: Any = "") -> dict[str, Any]:
    """Questions, answers and remarks, each with the label who reads it."""
    return {"comments": comments, "empty": empty or _("Nobody has written yet.")}


@register.inclusion_tag("ui/part.html")
def part(url: str, *, title: Any, css: str = "") -> dict[str, Any]:
    """A part of a page that loads by itself; without scripts it is a link to the same."""
    return {"url": url, "title": title, "css": css}


# Forms ---------------------------------------------------------------------------------------


@register.inclusion_tag("ui/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """What must be put right, each line a link to its field, in the field's own words."""
    return {"problems": list(_problems(form))}


def _problems(form: BaseForm) -> Any:
    for error in form.non_field_errors():
        yield "", "", error
    for bound in form:
        for error in bound.errors:
            yield _first_id(bound), capfirst(bound.label), error


def _first_id(bound: BoundField) -> str:
    many = isinstance(bound.field.widget, w.RadioSelect | w.CheckboxSelectMultiple)
    return f"{bound.auto_id}_0" if many else bound.auto_id


@register.inclusion_tag("ui/field.html")
def field(
    bound: BoundField,
    *,
    label: Any = "",
    hint: Any = "",
    size: str = "",
    unit: Any = "",
    rows: int = 0,
    limit: int = 0,
    seen_by: Any = "",
    autofocus: bool = False,
    placeholder: Any = "",
) -> dict[str, Any]:
    """A question: label, help, what is wrong, and the control that fits its widget.

    Args:
        label: Other words than the form's own.
        hint: Other help than the form's own.
        size: short, middle, or empty for the whole width.
        unit: Stands behind the control: “days”, “₽”.
        rows: Height of a text area.
        limit: Letters allowed; a counter shows how many are left.
        seen_by: Who will see the answer.
    """
    typed = isinstance(bound.field.widget, w.DateInput) and "type" not in bound.field.widget.attrs
    if hint or (typed and not bound.help_text):
        bound.help_text = hint or formats.date_pattern()
    attrs = _attributes(bound, rows=rows, limit=limit, autofocus=autofocus, placeholder=placeholder)
    kind = _kind(bound)
    _say_plainly(bound)
    control = "" if kind == "options" else bound.as_widget(attrs=attrs)
    words = capfirst(label or bound.label)
    return {"bound": bound, "kind": kind, "control": control, "label": words,
            "hint": bound.help_text, "size": size, "unit": unit, "limit": limit,
            "seen_by": seen_by, "optional": not bound.field.required,
            "max_bytes": getattr(bound.field, "max_bytes", "")}  # fmt: skip


def _say_plainly(bound: BoundField) -> None:
    """A number without the zeros of its column; words instead of a dash for no choice."""
    asked, blank = bound.field, BLANK_CHOICE_DASH[0]
    if isinstance(bound.initial, Decimal) and bound.initial.is_finite():
        bound.initial = Decimal(f"{bound.initial.normalize():f}")
    if isinstance(asked, ModelChoiceField):
        if asked.empty_label == blank[1]:
            asked.empty_label = _("Not chosen")
    elif isinstance(asked.widget, w.Select):
        options = list(asked.widget.choices)
        if options and options[0] == blank:
            asked.widget.choices = [(blank[0], _("Not chosen")), *options[1:]]


def _kind(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, w.RadioSelect | w.CheckboxSelectMultiple):
        return "options"
    if isinstance(widget, w.CheckboxInput):
        return "check"
    return "file" if isinstance(widget, w.FileInput) else "control"


def _attributes(
    bound: BoundField, *, rows: int, limit: int, autofocus: bool, placeholder: Any
) -> dict[str, Any]:
    widget, attrs = bound.field.widget, {}
    if isinstance(widget, w.NumberInput):
        attrs["inputmode"] = "decimal"
    if isinstance(widget, w.Textarea) and rows:
        attrs["rows"] = rows
    if isinstance(widget, w.DateInput):
        attrs["autocomplete"] = "off"  # the keyboards of digits of some phones have no full stop
    if limit:
        attrs["data-limit"] = limit
    if autofocus:
        attrs["autofocus"] = True
    if placeholder or widget.attrs.get("placeholder") == bound.label:
        attrs["placeholder"] = placeholder or False  # the label once is enough
    return attrs


@register.simple_tag
def fields(form: BaseForm) -> SafeString:
    """All questions of a form, one under another, the hidden ones with them."""
    shown = [render_to_string("ui/field.html", field(bound)) for bound in form.visible_fields()]
    hidden = [str(bound) for bound in form.hidden_fields()]
    return mark_safe("".join(hidden + shown))


@register.inclusion_tag("ui/answers.html")
def check_answers(answers: Sequence[pieces.Answer]) -> dict[str, Any]:
    """All answers before they are handed in, each with its way back."""
    return {"answers": answers}


@register.inclusion_tag("ui/files.html")
def file_list(files: Sequence[pieces.FileLine], *, empty: Any = "") -> dict[str, Any]:
    """Files with their state: waiting, checking, ready, refused with the reason."""
    return {"files": [(_FILE_STATES[file.state], file) for file in files],
            "empty": empty or _("No files yet.")}  # fmt: skip


_FILE_STATES = {
    "waiting": {"icon": "clock", "tone": "muted"},
    "checking": {"icon": "shield-check", "tone": "muted"},
    "ready": {"icon": "check", "tone": "good"},
    "refused": {"icon": "circle-x", "tone": "bad"},
}


@register.simple_tag
def saved_line(*, at: dt.datetime | None = None) -> SafeString:
    """The line that says when the draft was last saved; autosave writes into it."""
    words = _("Saved at %(time)s") % {"time": formats.clock(at)} if at else ""
    sign = icons.icon("check", size=16) if at else ""
    inside = f"{sign}<span>{conditional_escape(words)}</span>"
    return mark_safe(f'<p class="saved" data-saved role="status">{inside}</p>')


@register.inclusion_tag("ui/conflict.html")
def edit_conflict(
    *, who: Any, at: dt.datetime, mine: str, theirs: str, name: str = "keep"
) -> dict[str, Any]:
    """Two people wrote at once: both texts side by side and the choice what to keep."""
    return {"who": who, "time": formats.clock(at), "mine": mine, "theirs": theirs, "name": name}


@register.inclusion_tag("ui/action.html", takes_context=True)
def action_button(
    context: template.Context, label: Any, *, url: str, tone: str = "", why_not: Any = "",
    icon: str = "", small: bool = False, hidden: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A button that does something at once; with `why_not` it cannot be pressed and says why."""
    return _with_request(
        context, label=label, url=url, tone=tone, why_not=why_not, icon_name=icon, small=small,
        hidden=(hidden or {}).items(), uid=uuid.uuid4().hex[:8] if why_not else "",
    )  # fmt: skip


@register.simple_tag
def begin_in(
    programmes: Sequence[Any], address: str, label: Any, *, tone: str = "", icon: str = "plus"
) -> SafeString:
    """The button that begins something; where several programmes take it, a list of them."""
    links = [(reverse(address, args=[one.code]), one) for one in programmes]
    inside = (icons.icon(icon) if icon else "") + conditional_escape(label)
    if len(links) < 2:
        return mark_safe(
            "".join(f'<a class="btn {tone}" href="{to}">{inside}</a>' for to, _one in links)
        )
    panel = "".join(f'<a href="{to}">{parts.said(str(one))}</a>' for to, one in links)
    return mark_safe(
        f'<details class="menu"><summary class="btn {tone}">{inside}'
        f'{icons.icon("chevron-down", size=16)}</summary><div class="panel">{panel}</div></details>'
    )


@register.inclusion_tag("ui/confirm.html", takes_context=True)
def confirm(
    context: template.Context, title: Any, *, url: str, label: Any, back: str,
    consequences: Sequence[Any] = (), tone: str = "seal", form: BaseForm | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A page of its own before what cannot be undone: what will happen, then the button."""
    return _with_request(
        context, title=title, url=url, label=label, back=back, consequences=consequences,
        tone=tone, form=form,
    )  # fmt: skip


@register.inclusion_tag("ui/toast.html", takes_context=True)
def toast(context: template.Context, text: Any, *, undo: str = "") -> dict[str, Any]:
    """A short word about what was done, with ten seconds to take it back."""
    return _with_request(context, text=text, undo=undo)


# Lists ---------------------------------------------------------------------------------------


@register.simple_tag
def listing(found: Listing) -> SafeString:
    """A whole list: search, filters, table, pages, files."""
    return found.markup


@register.simple_tag
def pagination(found: Listing) -> SafeString:
    """Which rows of how many, and the way to the others."""
    return found.ways

"""Questions of a form: each with its help, its control and what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import BaseForm, BoundField, ModelChoiceField
from django.forms import widgets as w
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from pochin.ui import formats, icons, pieces

register = template.Library()


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
        size: short, middle, or by the widget: a number and a day are short.
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
            "hint": bound.help_text, "size": size or _size(bound), "unit": unit, "limit": limit,
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


def _size(bound: BoundField) -> str:
    """As wide as its answer: a number or a day does not ask for a line of text."""
    widget = bound.field.widget
    is_figure = widget.attrs.get("inputmode") in ("decimal", "numeric")
    return "short" if is_figure or isinstance(widget, w.NumberInput | w.DateInput) else ""


def _attributes(
    bound: BoundField, *, rows: int, limit: int, autofocus: bool, placeholder: Any
) -> dict[str, Any]:
    widget = bound.field.widget
    attrs: dict[str, Any] = {}
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
    return mark_safe("".join([*hidden, *shown]))


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

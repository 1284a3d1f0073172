"""Who sees, who signs, who wrote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import pieces

register = template.Library()


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

"""Where things stand: stages, turns, tasks, history, work under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import digits, formats, parts, pieces

register = template.Library()


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

"""What must not get worse, each with its interval and its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.charts.frame import Hidden, Scale
from pochin.ui.charts.intervals import Estimate, axis, interval
from pochin.ui.parts import badge, escaped


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A metric that must not get worse beyond `limit`; all in its own unit."""

    name: Any
    estimate: Estimate | Hidden
    limit: float
    verdict: Any
    tone: str = "quiet"
    unit: str = ""
    places: int = 1


def guardrails(rows: Sequence[Guardrail], *, caption: Any = "") -> SafeString:
    """A table of what must not get worse: each change on an axis of its own limit."""
    scale = _guard_scale(rows)
    marks = [(0.0, "0", ""), (1.0, _("limit"), "plan")]
    aloud = _aloud(_("Change against the limit"))
    axis_head = SafeString(f"{axis(scale, marks, lines=1)}{aloud}")
    head = "".join(
        f'<th scope="col"{more}>{escaped(each)}</th>'
        for each, more in (
            (_("Metric"), ""),
            (_("By how much it changed"), ""),
            (axis_head, ' class="plot-head"'),
            (_aloud(_("Limit of the plan")), ""),
            (_("Verdict"), ""),
        )
    )
    body = "".join(_guard_row(row, scale) for row in rows)
    said = f'<caption class="vh">{escaped(caption)}</caption>' if caption else ""
    return SafeString(
        f'<div class="scroll"><table class="cards guard">{said}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _aloud(words: str) -> SafeString:
    return SafeString(f'<span class="vh">{escaped(words)}</span>')


def _guard_scale(rows: Sequence[Guardrail]) -> Scale:
    ends = [-0.3, 1.3]
    for row in rows:
        if isinstance(row.estimate, Estimate):
            share = row.estimate.over(row.limit)
            ends += [max(-2.0, min(share.reach)), min(3.0, max(share.reach))]
    return Scale.around(ends, pad=0.05)


def _guard_row(row: Guardrail, scale: Scale) -> str:
    limit = formats.with_unit(row.limit, row.unit, places=row.places, sign=True)
    if isinstance(row.estimate, Hidden):
        change = formats.DASH
        drawn = interval(row.estimate, scale, threshold=1, fill=True)
    else:
        words = row.estimate.words(row.unit, row.places, sign=True)
        span = row.estimate.span_words("", row.places, sign=True)
        change = f'<span class="num">{escaped(words)}</span><span class="cap num">{span}</span>'
        if (bound := row.estimate.toward(row.limit)) is not None:
            worst = formats.with_unit(bound, row.unit, places=row.places, sign=True)
            judged = _("at worst by the rule %(bound)s") % {"bound": worst}
            change += f'<span class="cap">{escaped(judged)}</span>'
        tone = {"waiting": "ochre", "bad": "brick"}.get(row.tone, "with")
        said = f"{row.name}: {words}, {span}"
        shares = row.estimate.over(row.limit)
        drawn = interval(
            shares, scale, threshold=1, fill=True, tone=tone, label=said, line=_("limit")
        )
    names = (_("By how much it changed"), _("Limit"), _("Verdict"))
    labels = [escaped(each) for each in names]
    return (
        f'<tr><th scope="row"><b>{escaped(row.name)}</b></th>'
        f'<td data-label="{labels[0]}"><span>{change}</span></td><td class="plot">{drawn}</td>'
        f'<td class="num" data-label="{labels[1]}">{escaped(limit)}</td>'
        f'<td data-label="{labels[2]}">{badge(row.verdict, tone=row.tone)}</td></tr>'
    )

"""An effect week by week, with the band in which it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.charts.frame import (
    SHEET,
    Scale,
    anchor_at,
    box,
    figure,
    figures,
    path,
    sheet,
    step_places,
    svg,
    word,
)
from pochin.ui.charts.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Moment:
    """The estimate as it stood after so many days."""

    day: int
    estimate: Estimate


def over_time(
    moments: Sequence[Moment],
    *,
    days: int,
    look_day: int,
    threshold: float,
    scale: Scale | None = None,
    unit: str = "",
    places: int = 1,
    title: Any = "",
    measure: Any = "",
    note: Any = "",
) -> SafeString:
    """How the estimate settled from day to day, against the threshold.

    Before the look day hand over no moments at all: the picture then shows the days, the
    threshold and that the estimate is hidden. What lies before the look day stays veiled.
    """
    shown = [moment for moment in moments if moment.estimate]
    ends = [end for m in shown if m.day >= look_day for end in (m.estimate.low, m.estimate.high)]
    values = scale or Scale.around([0.0, threshold, threshold * 1.5, *ends])
    drawing = svg(
        HEIGHT + 30,
        _time_words(shown, look_day, threshold, unit, places),
        sheet(0, HEIGHT, *_time_sheet(shown, values, days, look_day, threshold)),
        _time_marks(shown, values, days, look_day, threshold, unit, places),
    )
    table = ""
    if shown:
        rows = [(m.day, m.estimate.words(unit, places), m.estimate.span_words(unit, places))
                for m in shown if m.day >= look_day]  # fmt: skip
        table = figures((_("Day"), _("Estimate"), _("95% interval")), rows)
    framed = SafeString(f'<div class="time-band">{drawing}</div>')
    return figure(framed, title=title, measure=measure, note=note, table=table)


HEIGHT = 230


def _time_words(
    shown: Sequence[Moment], look_day: int, threshold: float, unit: str, places: int
) -> str:
    if not shown:
        return _("The estimate is hidden until day %(day)d, as the plan says.") % {"day": look_day}
    last = shown[-1]
    return _("Estimate by day: on day %(day)d %(middle)s, %(span)s; threshold %(threshold)s.") % {
        "day": last.day,
        "middle": last.estimate.words(unit, places),
        "span": last.estimate.span_words(unit, places),
        "threshold": formats.with_unit(threshold, unit, places=places),
    }


def _time_sheet(
    shown: Sequence[Moment], values: Scale, days: int, look_day: int, threshold: float
) -> list[str]:
    across = Scale(1, max(days, 2))
    down = lambda value: (1 - values.share(value)) * HEIGHT  # noqa: E731
    marks = [
        f'<line class="ax flat" x1="0" x2="{SHEET}" y1="{down(t):.1f}" y2="{down(t):.1f}"/>'
        for t in values.ticks(4)
    ]
    if shown:
        upper = [(across.on_sheet(m.day), down(m.estimate.high)) for m in shown]
        lower = [(across.on_sheet(m.day), down(m.estimate.low)) for m in reversed(shown)]
        middle = [(across.on_sheet(m.day), down(m.estimate.middle)) for m in shown]
        marks += [path(upper + lower, "f-with soft", closed=True), path(middle, "line k-with")]
    y = f"{down(threshold):.1f}"
    marks.append(f'<line class="axt flat" x1="0" x2="{SHEET}" y1="{y}" y2="{y}"/>')
    x = f"{across.on_sheet(look_day):.1f}"
    if shown:
        marks.append(box(0, 0, x, HEIGHT, "veil"))
    marks.append(f'<line class="ax0 flat" x1="{x}" x2="{x}" y1="0" y2="{HEIGHT}"/>')
    return marks


def _time_marks(
    shown: Sequence[Moment], values: Scale, days: int, look_day: int, threshold: float,
    unit: str, places: int,
) -> str:  # fmt: skip
    across = Scale(1, max(days, 2))
    at = lambda value: f"{(1 - values.share(value)) * HEIGHT + 4:.1f}"  # noqa: E731
    ticks = values.ticks(4)
    decimals = step_places(ticks)
    marks = [
        word("0", at(t), formats.number(t, places=decimals), anchor="end", dx=-8) for t in ticks
    ]
    until = _("hidden until day %(day)d") % {"day": look_day}
    if shown:
        marks.append(word("0", 18, until, "", "start", 10))
    else:
        marks.append(word(across.at((1 + look_day) / 2), HEIGHT / 2 - 14, until, "v"))
    marks.append(word("100%", at(threshold), _("threshold"), "plan", "start", 8))
    if shown:
        last = shown[-1].estimate
        y = at(last.middle)
        close = abs(values.share(last.middle) - values.share(threshold)) < 0.07
        if close:
            y = f"{float(at(threshold)) + (-16 if last.middle >= threshold else 16):.1f}"
        marks.append(word("100%", y, last.words(unit, places), "v", "start", 8))
    named = sorted({1, look_day, days})
    marks += [
        word(across.at(day), HEIGHT + 20, formats.number(day), anchor=anchor_at(across.share(day)))
        for day in named
    ]
    gap = (1 + look_day) / 2
    marks.append(word(across.at(gap), HEIGHT + 20, _("day")))
    return "".join(marks)

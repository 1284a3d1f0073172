"""What had come by each day against what was due by then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.charts.counts import Day
from pochin.ui.charts.frame import (
    SHEET,
    Scale,
    anchor_at,
    dot,
    figure,
    figures,
    level,
    path,
    sheet,
    svg,
    word,
)
from pochin.ui.parts import escaped

LEFT, TOP, TALL = 0.08, 14, 190


def catching_up(
    days: Sequence[Day], *, title: Any = "", measure: Any = "", note: Any = ""
) -> SafeString:
    """Two sums that grow: what had been received by the end of each day, and what was due."""
    most = max(max(day.received, day.expected) for day in days) or 1
    scale = Scale(0, most * 1.02)
    down = lambda value: TOP + (1 - scale.share(value)) * TALL  # noqa: E731
    marks = []
    for tick in scale.ticks(4):
        marks.append(level(f"{LEFT:.0%}", "100%", f"{down(tick):.1f}", "ax0" if not tick else "ax"))
        marks.append(
            word(f"{LEFT - 0.01:.0%}", f"{down(tick) + 4:.1f}", formats.number(tick), "", "end")
        )
    across = lambda n: LEFT + (1 - LEFT) * n / max(len(days) - 1, 1)  # noqa: E731
    for css, line in (
        ("line axt", [day.expected for day in days]),
        ("line k-with", [day.received for day in days]),
    ):
        points = _stairs(line, lambda n: across(n) * SHEET, down)
        marks.append(sheet(0, TOP + TALL, path(points, css)))
    last = days[-1]
    marks.append(dot("100%", f"{down(last.received):.1f}", 5, "f-with"))
    for n in sorted({0, len(days) // 2, len(days) - 1}):
        at = across(n)
        said = formats.day(days[n].on, short=True)
        marks.append(word(f"{at:.2%}", TOP + TALL + 20, said, "", anchor_at(at)))
    label = _("By %(day)s %(received)s of %(expected)s readings due had arrived.") % {
        "day": formats.day(last.on),
        "received": formats.number(last.received),
        "expected": formats.number(last.expected),
    }
    table = figures(
        (_("Day"), _("Received"), _("Expected")),
        [(formats.day(day.on), formats.number(day.received), formats.number(day.expected))
         for day in days],
    )  # fmt: skip
    drawing = SafeString(str(svg(TOP + TALL + 26, label, *marks)) + _key())
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def _stairs(values: Sequence[float], across: Any, down: Any) -> list[tuple[float, float]]:
    """The corners of a line that stays level through a day and steps at its end."""
    points: list[tuple[float, float]] = []
    for n, value in enumerate(values):
        if points:
            points.append((across(n), points[-1][1]))
        points.append((across(n), down(value)))
    return points


def _key() -> str:
    drawn = (
        f'<span><svg class="chart" width="22" height="14" aria-hidden="true">'
        f"{level('0', '22', 7, css)}</svg>{escaped(words)}</span>"
        for css, words in (("k-with thin", _("received")), ("axt wide", _("due by then")))
    )
    return f'<div class="key-row">{"".join(drawn)}</div>'

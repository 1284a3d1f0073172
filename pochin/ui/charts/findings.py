"""What a pilot has shown: the finding, what must not get worse, the way there, the sites."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.charts.frame import (
    SHEET,
    Hidden,
    Scale,
    anchor_at,
    box,
    dot,
    figure,
    figures,
    hidden,
    level,
    path,
    sheet,
    step_places,
    svg,
    tick_words,
    upright,
    word,
)
from pochin.ui.charts.intervals import Estimate, axis, interval
from pochin.ui.parts import badge, escaped

TOP, CURVE = 26, 150
DENSE = 241  # points of a curve


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


@dataclass(frozen=True, slots=True)
class Moment:
    """The estimate as it stood after so many days."""

    day: int
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Site:
    """The estimate at one site; `weight` says how much was measured there."""

    name: Any
    estimate: Estimate
    weight: Any = ""


def finding(
    estimate: Estimate | Hidden,
    *,
    threshold: float,
    unit: str = "",
    places: int = 1,
    density: Sequence[tuple[float, float]] = (),
    title: Any = "",
    measure: Any = "",
    note: Any = "",
) -> SafeString:
    """The main picture: the shape of the estimate over three zones.

    The sign of `threshold` says which way is better. Without `density` (pairs of value and
    height) the shape is that of a normal estimate with this interval.
    """
    if isinstance(estimate, Hidden):
        return figure(hidden(estimate), title=title, measure=measure, note=note)
    scale = Scale.around([0, threshold * 1.6, estimate.low, estimate.high], pad=0.18)
    drawing = svg(
        TOP + CURVE + 60,
        _finding_words(estimate, threshold, unit, places),
        _zones(scale, threshold),
        sheet(TOP, CURVE, *_curve(estimate, scale, density)),
        _finding_marks(estimate, scale, threshold, unit, places),
    )
    rows = [
        (_("Estimate"), estimate.words(unit, places, sign=True)),
        (_("95% interval"), estimate.span_words(unit, places, sign=True)),
        (
            _("80% interval"),
            Estimate(estimate.middle, *estimate.inner).span_words(unit, places, sign=True),
        ),
        (_("Threshold of the plan"), formats.with_unit(threshold, unit, places=places, sign=True)),
    ]
    table = figures((_("What"), _("Value")), rows)
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def _finding_words(estimate: Estimate, threshold: float, unit: str, places: int) -> str:
    return _("Estimate %(middle)s, 95%% interval %(span)s, threshold %(threshold)s.") % {
        "middle": estimate.words(unit, places, sign=True),
        "span": estimate.span_words(unit, places, sign=True),
        "threshold": formats.with_unit(threshold, unit, places=places, sign=True),
    }


def _zones(scale: Scale, threshold: float) -> str:
    """Worse, better but too little, threshold passed: from left to right or the other way."""
    ends = [(scale.low, 0.0), (0.0, threshold), (threshold, scale.high)]
    if threshold < 0:
        ends = [(0.0, scale.high), (threshold, 0.0), (scale.low, threshold)]
    looks = [
        ("z-bad", _("became worse"), _("worse"), ""),
        ("z-mid", _("better, but too little"), _("too little"), ""),
        ("z-ok", _("threshold passed"), _("threshold passed"), "okt"),
    ]
    marks = []
    for (low, high), (zone, words, short, css) in zip(ends, looks, strict=True):
        left, width = scale.share(low), scale.share(high) - scale.share(low)
        marks.append(box(f"{left:.2%}", TOP, f"{width:.2%}", CURVE, zone))
        if _fits(words, width, 700):
            marks.append(word(f"{left:.2%}", 16, words, f"{css} hide-s", "start", 4))
        elif _fits(short, width, 700):
            marks.append(word(f"{left:.2%}", 16, short, f"{css} hide-s", "start", 4))
        if _fits(short, width, 320):
            marks.append(word(f"{left:.2%}", 16, short, f"{css} show-s", "start", 4))
    return "".join(marks)


def _fits(words: str, share: float, pixels: int) -> bool:
    """Whether words fit into their share of a chart this wide, at some 7.5 pixels a letter."""
    return len(words) * 7.5 + 8 < share * pixels


def _curve(estimate: Estimate, scale: Scale, density: Sequence[tuple[float, float]]) -> list[str]:
    points = list(density) or _normal(estimate, scale)
    peak = max(height for _value, height in points)
    drawn = [(v, CURVE - h / peak * CURVE * 0.92) for v, h in points]
    inner = [(v, y) for v, y in drawn if estimate.low <= v <= estimate.high]
    return [_area(drawn, scale, "f-with soft"), _area(inner, scale, "f-with half")]


def _normal(estimate: Estimate, scale: Scale) -> list[tuple[float, float]]:
    deviation = (estimate.high - estimate.low) / 2 / 1.959964 or 1e-9
    step = (scale.high - scale.low) / (DENSE - 1)
    values = [scale.low + step * n for n in range(DENSE)]
    values += [estimate.low, estimate.middle, estimate.high]
    return [(v, math.exp(-(((v - estimate.middle) / deviation) ** 2) / 2)) for v in sorted(values)]


def _area(points: list[tuple[float, float]], scale: Scale, css: str) -> str:
    if not points:
        return ""
    placed = [(scale.on_sheet(value), y) for value, y in points]
    return path([(placed[0][0], CURVE), *placed, (placed[-1][0], CURVE)], css, closed=True)


def _finding_marks(
    estimate: Estimate, scale: Scale, threshold: float, unit: str, places: int
) -> str:
    floor = TOP + CURVE
    low, high = scale.at(estimate.low), scale.at(estimate.high)
    wide = scale.share(estimate.high) - scale.share(estimate.low)
    said = formats.number(estimate.middle, places=places, sign=True)
    inner_low, inner_high = (scale.at(end) for end in estimate.inner)
    marks = [
        upright(scale.at(0), TOP, floor + 6, "ax0"),
        upright(scale.at(threshold), TOP, floor + 6, "axt wide"),
        level(low, high, floor, "thin k-with"),
        level(inner_low, inner_high, floor, "thick k-with"),
        dot(scale.at(estimate.middle), floor, 8, "f-with"),
        tick_words(scale, floor + 52, unit),
    ]
    if wide > 0.2:
        marks.append(word(scale.at(estimate.middle), TOP + CURVE * 0.62, said, "key"))
    else:
        left = scale.share(estimate.middle) > 0.8
        side, anchor, shift = (low, "end", -8) if left else (high, "start", 8)
        marks.append(word(side, TOP + 34, said, "key out", anchor, shift))
    if wide > 0.08:
        for end, at in ((estimate.low, low), (estimate.high, high)):
            marks.append(word(at, floor + 26, formats.number(end, places=places, sign=True)))
    return "".join(marks)


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
        f'<table class="cards guard">{said}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _aloud(words: str) -> SafeString:
    return SafeString(f'<span class="vh">{escaped(words)}</span>')


def _guard_scale(rows: Sequence[Guardrail]) -> Scale:
    ends = [-0.3, 1.3]
    for row in rows:
        if isinstance(row.estimate, Estimate):
            share = row.estimate.over(row.limit)
            ends += [max(-2.0, share.low), min(3.0, share.high)]
    return Scale.around(ends, pad=0.05)


def _guard_row(row: Guardrail, scale: Scale) -> str:
    limit = formats.with_unit(row.limit, row.unit, places=row.places, sign=True)
    if isinstance(row.estimate, Hidden):
        change, drawn = formats.DASH, interval(row.estimate, scale, threshold=1, fill=True)
    else:
        words = row.estimate.words(row.unit, row.places, sign=True)
        span = row.estimate.span_words("", row.places, sign=True)
        change = f'<span class="num">{escaped(words)}</span><span class="cap num">{span}</span>'
        tone = {"waiting": "ochre", "bad": "brick"}.get(row.tone, "with")
        said = f"{row.name}: {words}, {span}"
        shares = row.estimate.over(row.limit)
        drawn = interval(shares, scale, threshold=1, fill=True, tone=tone, label=said)
    labels = [escaped(each) for each in (_("Change"), _("Limit"), _("Verdict"))]
    return (
        f'<tr><th scope="row"><b>{escaped(row.name)}</b></th>'
        f'<td data-label="{labels[0]}"><span>{change}</span></td><td class="plot">{drawn}</td>'
        f'<td class="num" data-label="{labels[1]}">{escaped(limit)}</td>'
        f'<td data-label="{labels[2]}">{badge(row.verdict, tone=row.tone)}</td></tr>'
    )


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


def forest(
    sites: Sequence[Site],
    *,
    total: Site | None = None,
    threshold: float | None = None,
    unit: str = "",
    places: int = 1,
    title: Any = "",
    measure: Any = "",
    note: Any = "",
) -> SafeString:
    """The same estimate at each site on one axis, by value, all together last."""
    ordered = sorted(sites, key=lambda site: -site.estimate.middle)
    rows = [*ordered, *([total] if total else [])]
    ends = [end for row in rows for end in (row.estimate.low, row.estimate.high)]
    scale = Scale.around([0, *([threshold] if threshold is not None else []), *ends], pad=0.04)
    lines = [_forest_head(scale, threshold)]
    lines += [_forest_line(row, scale, threshold, places, last=row is total) for row in rows]
    table = figures(
        (_("Site"), _("Estimate"), _("95% interval"), _("Measured")),
        [(r.name, r.estimate.words(unit, places), r.estimate.span_words(unit, places), r.weight)
         for r in rows],
    )  # fmt: skip
    drawing = SafeString(f'<ul class="bars forest">{"".join(lines)}</ul>')
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def _forest_head(scale: Scale, threshold: float | None) -> str:
    ticks = scale.ticks(4)
    decimals = step_places(ticks)
    far = lambda tick: threshold is None or abs(scale.share(tick) - scale.share(threshold)) > 0.12  # noqa: E731
    marks = [(t, formats.number(t, places=decimals), "") for t in ticks if far(t)]
    if threshold is not None:
        marks.append((threshold, _("threshold"), "plan"))
    return f'<li aria-hidden="true"><span></span>{axis(scale, marks, lines=1)}<span></span></li>'


def _forest_line(
    row: Site, scale: Scale, threshold: float | None, places: int, *, last: bool
) -> str:
    half = (row.estimate.high - row.estimate.low) / 2
    said = f"{row.name}: {row.estimate.words('', places)}, {row.estimate.span_words('', places)}"
    drawn = interval(row.estimate, scale, threshold=threshold, label=said)
    middle = formats.number(row.estimate.middle, places=places)
    spread = formats.number(half, places=places)
    css = ' class="all"' if last else ""
    return (
        f'<li{css}><span class="word">{escaped(row.name)}</span>{drawn}'
        f'<span class="r num"><b>{middle}</b> '
        f'<span class="muted hide-s">± {spread}</span></span></li>'
    )

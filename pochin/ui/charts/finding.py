"""The main finding: an effect with its intervals against the threshold of the plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.charts.frame import (
    Hidden,
    Scale,
    box,
    dot,
    figure,
    figures,
    hidden,
    level,
    path,
    sheet,
    svg,
    tick_words,
    upright,
    word,
)
from pochin.ui.charts.intervals import Estimate, bound_marks

TOP, CURVE = 26, 150
DENSE = 241  # points of a curve


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
    scale = Scale.around([0, threshold * 1.6, *estimate.reach], pad=0.18)
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
        *bounds_row(estimate, unit, places),
        (_("Threshold of the plan"), formats.with_unit(threshold, unit, places=places, sign=True)),
    ]
    table = figures((_("What"), _("Value")), rows)
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def bounds_row(estimate: Estimate, unit: str, places: int) -> list[tuple[str, str]]:
    """What the rule judges by, as a row of the table under a picture; none where no rule does."""
    if estimate.bounds is None:
        return []
    at = f"{100 * estimate.bounds.level:.10g}".partition(".")[2]
    name = _("Bounds of the rule, each of %(level)s") % {
        "level": formats.percent(estimate.bounds.level, places=len(at))
    }
    return [(name, estimate.bounds_words(unit, places))]


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
        bound_marks(estimate, scale, floor),
        dot(scale.at(estimate.middle), floor, 8, "f-with"),
        tick_words(scale, floor + 52, unit, is_wide=True),
    ]
    marks += _large_digits(said, estimate, scale)
    if wide > 0.08:
        for end, at in ((estimate.low, low), (estimate.high, high)):
            marks.append(word(at, floor + 26, formats.number(end, places=places, sign=True)))
    return "".join(marks)


def _large_digits(said: str, estimate: Estimate, scale: Scale) -> list[str]:
    """The estimate in large digits: in the curve where it holds them, else beside it.

    At the height of the digits the curve is some 0.69 of the interval wide; a digit takes 15
    pixels of a chart that is 300 wide on a phone.
    """
    wide = scale.share(estimate.high) - scale.share(estimate.low)
    in_sheet, in_phone = wide > 0.2, wide > 0.2 and len(said) * 15 < wide * 0.69 * 300
    left = scale.share(estimate.high) > 0.75
    away = (estimate.high - estimate.low) / 4  # past the curve, at the height of the digits
    end, anchor = (estimate.middle - away, "end") if left else (estimate.middle + away, "start")
    only = in_sheet != in_phone
    marks = []
    if in_sheet:
        css = "key hide-s" if only else "key"
        marks.append(word(scale.at(estimate.middle), TOP + CURVE * 0.62, said, css))
    if not in_phone:
        css = "key out show-s" if only else "key out"
        marks.append(word(scale.at(end), TOP + 34, said, css, anchor, -8 if left else 8))
    return marks

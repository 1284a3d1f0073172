"""Several estimates in one drawing: one after another, one under another, unit by unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.charts.frame import (
    Scale,
    anchor_at,
    dot,
    figure,
    figures,
    level,
    room_beside,
    step_places,
    svg,
    tick_words,
    upright,
    word,
)
from pochin.ui.charts.intervals import Estimate, interval_marks

LEFT, RIGHT = 0.085, 0.97  # where the first and the last of a series stand
HEIGHT, TOP = 200, 24
LETTER = 0.021  # as a share of the narrowest drawing
WORD_PLACES = (
    ("100%", "end", -6),
    ("100%", "end", 17),
    ("8.5%", "start", -6),
    ("8.5%", "start", 17),
)
ROW = 50
LONGEST = 52  # letters of a name that fit over its mark
NARROW = 33  # so many on a phone
SHORT = 16  # letters of a name that fit beside it


@dataclass(frozen=True, slots=True)
class Point:
    """One estimate of a series; without an interval only its middle is drawn."""

    label: Any
    estimate: Estimate
    has_interval: bool = True


@dataclass(frozen=True, slots=True)
class Rung:
    """One estimate among others; `said` stands at its right end in place of its numbers."""

    name: Any
    estimate: Estimate
    tone: str = "with"
    said: Any = ""
    has_interval: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """The values of the units of one arm."""

    name: Any
    values: Sequence[tuple[Any, float]]
    tone: str = "with"

    @property
    def mean(self) -> float:
        return sum(value for _label, value in self.values) / len(self.values)


def along(
    points: Sequence[Point],
    *,
    threshold: float | None = None,
    split: int | None = None,
    unit: str = "",
    places: int = 1,
    axis_words: Any = "",
    title: Any = "",
    measure: Any = "",
    note: Any = "",
) -> SafeString:
    """Estimates one after another: by period, by time with the solution, by time since the start.

    Args:
        points: In order.
        threshold: The threshold of the plan; its sign says which way is better.
        split: How many points lie before the start.
        unit: Unit of the estimates.
        places: Decimals to print.
        axis_words: What the points are counted in.
    """
    scale = Scale.around(_ends(points, threshold), pad=0.08)
    step = (RIGHT - LEFT) / max(len(points), 1)
    stands = [LEFT + step * (n + 0.5) for n in range(len(points))]
    marks = _levels(scale, threshold)
    for n, (point, at) in enumerate(zip(points, stands, strict=True)):
        marks.append(_stick(point, scale, at))
        if _is_named(n, len(points)):
            marks.append(word(f"{at:.2%}", TOP + HEIGHT + 20, point.label))
    if split:
        x = f"{LEFT + step * split:.2%}"
        marks.append(upright(x, TOP - 8, TOP + HEIGHT, "ax0"))
        marks.append(word(x, 12, _("start"), "v", "start", 6))
    if threshold is not None:  # Over the sticks, where the fewest of them are.
        marks.append(_threshold_word(points, stands, scale, threshold, places))
    if axis_words:
        marks.append(word("100%", TOP + HEIGHT + 40, axis_words, "", "end"))
    last = points[-1]
    label = _("%(count)s estimates; the last, %(label)s: %(value)s.") % {
        "count": formats.number(len(points)),
        "label": last.label,
        "value": _words(last, unit, places),
    }
    drawing = svg(TOP + HEIGHT + (46 if axis_words else 26), label, *marks)
    rows = [
        (p.label, p.estimate.words(unit, places, sign=True), _span(p, unit, places)) for p in points
    ]
    table = figures((axis_words or _("When"), _("Estimate"), _("95% interval")), rows)
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def _ends(points: Sequence[Point | Rung], threshold: float | None) -> list[float]:
    ends = [0.0] if threshold is None else [0.0, threshold]
    for point in points:
        one = point.estimate
        ends += one.reach if point.has_interval else [one.middle]
    return ends


def _is_named(n: int, count: int) -> bool:
    """Whether a point has its label: all of a few, else some, the last, and none too near it."""
    step = max(1, count // 8) if count > 12 else 1
    return n == count - 1 or (n % step == 0 and (step == 1 or count - 1 - n > step / 2))


def _down(scale: Scale, value: float) -> float:
    return TOP + (1 - scale.share(value)) * HEIGHT


def _levels(scale: Scale, threshold: float | None) -> list[str]:
    ticks = scale.ticks(4)
    decimals = step_places(ticks)
    marks = []
    for tick in ticks:
        y = _down(scale, tick)
        marks.append(level("8%", "100%", f"{y:.1f}", "ax0" if tick == 0 else "ax"))
        said = formats.number(tick, places=decimals)
        marks.append(word("7%", f"{y + 4:.1f}", said, "", "end"))
    if threshold is not None:
        marks.append(level("8%", "100%", f"{_down(scale, threshold):.1f}", "axt"))
    return marks


def _threshold_word(
    points: Sequence[Point],
    stands: Sequence[float],
    scale: Scale,
    threshold: float,
    places: int,
) -> str:
    """The words of the threshold at the end of its line, over or under it, off the estimates."""
    said = _("threshold %(value)s") % {"value": formats.number(threshold, places=places)}
    y, wide = _down(scale, threshold), len(said) * LETTER

    def covered(place: tuple[str, str, int]) -> int:
        x, _anchor, dy = place
        first, last = (1 - wide, 1.0) if x == "100%" else (LEFT, LEFT + wide)
        top, bottom = y + dy - 15, y + dy + 5
        return sum(
            first <= at <= last and _down(scale, high) <= bottom and _down(scale, low) >= top
            for at, (low, high) in zip(stands, map(_reach, points), strict=True)
        ) + (top < 0 or bottom > TOP + HEIGHT)

    x, anchor, dy = min(WORD_PLACES, key=covered)
    if covered((x, anchor, dy)):  # Estimates stand all along the line: over the drawing, then.
        return word("100%", 12, said, "plan", "end")
    return word(x, f"{y + dy:.1f}", said, "plan halo", anchor)


def _reach(point: Point) -> tuple[float, float]:
    one = point.estimate
    return (one.low, one.high) if point.has_interval else (one.middle, one.middle)


def _stick(point: Point, scale: Scale, at: float) -> str:
    x = f"{at:.2%}"
    down = lambda value: f"{_down(scale, value):.1f}"  # noqa: E731
    one = point.estimate
    drawn = ""
    if point.has_interval:
        low, high = one.inner
        drawn = upright(x, down(one.low), down(one.high), "thin k-with")
        drawn += upright(x, down(low), down(high), "thick k-with")
    return drawn + dot(x, down(one.middle), 5, "f-with")


def _words(point: Point | Rung, unit: str, places: int) -> str:
    said = point.estimate.words(unit, places, sign=True)
    return f"{said}, {_span(point, unit, places)}" if point.has_interval else said


def _span(point: Point | Rung, unit: str, places: int) -> str:
    known = point.has_interval
    return point.estimate.span_words(unit, places, sign=True) if known else formats.DASH


def ladder(
    rungs: Sequence[Rung],
    *,
    threshold: float | None = None,
    threshold_words: Any = "",
    unit: str = "",
    places: int = 1,
    title: Any = "",
    measure: Any = "",
    note: Any = "",
) -> SafeString:
    """Estimates one under another on a common axis, each with its name and its numbers.

    Many short-named ones without intervals are drawn close together, name and number beside them.
    """
    close = all(not r.has_interval and len(str(r.name)) <= SHORT for r in rungs) and len(rungs) > 4
    row, left, right = (24, 0.22, 0.86) if close else (ROW, 0.0, 1.0)
    scale = Scale.around(_ends(rungs, threshold), pad=0.05)
    if unit:  # It stands at the right end, where no number may be.
        scale = Scale(scale.low, scale.high + 0.1 * (scale.high - scale.low))
    at = lambda value: f"{left + scale.share(value) * (right - left):.2%}"  # noqa: E731
    bottom = 22 + row * len(rungs)
    marks = []
    if threshold is not None:
        said = threshold_words or _("threshold")
        marks.append(word(at(threshold), 12, said, "plan", anchor_at(scale.share(threshold))))
    for n, rung in enumerate(rungs):
        # The lines stop where words stand.
        ends = 22 + row * n + (0 if close else 21), 22 + row * (n + 1) - (0 if close else 5)
        marks.append(upright(at(0), *ends, "ax0"))
        if threshold is not None:
            marks.append(upright(at(threshold), *ends, "axt"))
        marks += _rung(rung, scale, at, 22 + row * n, places, close=close)
    marks.append(level(f"{left:.0%}", f"{right:.0%}", bottom, "ax"))
    ticks = scale.ticks(5)
    marks += [
        word(at(tick), bottom + 18, formats.number(tick, places=step_places(ticks)))
        for tick in ticks
        if scale.share(tick) < room_beside(unit)
    ]
    if unit:
        marks.append(word("100%", bottom + 18, unit, "", "end"))
    label = "; ".join(f"{rung.name}: {rung.said or _words(rung, unit, places)}" for rung in rungs)
    drawing = svg(bottom + 24, label, *marks)
    rows = [
        (r.name, r.said or r.estimate.words(unit, places, sign=True), _span(r, unit, places))
        for r in rungs
    ]
    table = figures((_("What"), _("Estimate"), _("95% interval")), rows)
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def _rung(
    rung: Rung, scale: Scale, at: Callable[[float], str], top: float, places: int, *, close: bool
) -> list[str]:
    words = rung.said or _words(rung, "", places)
    y = top + (17 if close else 15)
    marks = _named(rung.name, y)
    if rung.said or not rung.has_interval:
        marks.append(word("100%", y, words, "", "end"))
    else:  # On a narrow screen the interval is drawn, and told in the table.
        middle = rung.estimate.words("", places, sign=True)
        marks.append(word("100%", y, words, "hide-s", "end"))
        marks.append(word("100%", y, middle, "show-s", "end"))
    if rung.has_interval:
        marks.append(interval_marks(rung.estimate, scale, top + 32, rung.tone))
    else:
        down = top + (13 if close else 32)
        marks.append(dot(at(rung.estimate.middle), down, 5, f"f-{rung.tone}"))
    return marks


def _named(name: Any, y: float) -> list[str]:
    """The name of a rung, cut further on a narrow screen; its table has the whole of it."""
    said = str(name)
    if len(said) <= NARROW:
        return [word("0%", y, said, "v", "start")]
    return [
        word("0%", y, _cut(said, LONGEST), "v hide-s", "start"),
        word("0%", y, _cut(said, NARROW), "v show-s", "start"),
    ]


def _cut(said: str, letters: int) -> str:
    return said if len(said) <= letters else f"{said[: letters - 1].rstrip()}…"


def spread(
    groups: Sequence[Group],
    *,
    unit: str = "",
    places: int = 1,
    title: Any = "",
    measure: Any = "",
    note: Any = "",
) -> SafeString:
    """Each unit's value as a dot, one row an arm, the mean of the arm as a line."""
    scale = Scale.around([value for group in groups for _l, value in group.values], pad=0.05)
    bottom = 8 + ROW * len(groups)
    marks = []
    for n, group in enumerate(groups):
        y = 8 + ROW * n
        mean = formats.with_unit(group.mean, unit, places=places)
        said = _("mean %(value)s, units: %(count)s") % {
            "value": mean,
            "count": formats.number(len(group.values)),
        }
        marks += _named(group.name, y + 13)
        marks.append(word("100%", y + 13, said, "", "end"))
        marks.append(upright(scale.at(group.mean), y + 20, y + 44, f"thin k-{group.tone}"))
        marks += [
            f'<g class="half">{dot(scale.at(value), y + 32, 5.5, f"f-{group.tone}")}</g>'
            for _label, value in group.values
        ]
    marks.append(level("0%", "100%", bottom, "ax"))
    marks.append(tick_words(scale, bottom + 18, unit))
    label = "; ".join(
        f"{group.name}: {formats.with_unit(group.mean, unit, places=places)}" for group in groups
    )
    rows = [
        (label_, group.name, formats.number(value, places=places))
        for group in groups
        for label_, value in sorted(group.values, key=lambda one: -one[1])
    ]
    table = figures((_("Unit"), _("Arm"), _("Value")), rows)
    return figure(
        svg(bottom + 24, label, *marks), title=title, measure=measure, note=note, table=table
    )

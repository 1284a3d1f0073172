"""A tornado: what a sum hangs on, each unknown moved alone, the one that moves it most on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.charts.frame import (
    Scale,
    anchor_at,
    box,
    figure,
    figures,
    level,
    room_beside,
    step_places,
    svg,
    upright,
    word,
)

ROW, HEAD, THICK = 52, 24, 14
# Room for the words at the ends of a bar.
LEFT, RIGHT = 0.22, 0.78


@dataclass(frozen=True, slots=True)
class Swing:
    """One unknown: between what it moves, and what the sum is at these two ends.

    Attributes:
        name: What it is called.
        low, high: Its ends, as words.
        at_low, at_high: The sum there.
        turning: Where the sum is zero, as words; empty where that lies beyond its ends.
    """

    name: Any
    low: Any
    high: Any
    at_low: float
    at_high: float
    turning: Any = ""


def tornado(
    swings: Sequence[Swing],
    *,
    middle: float,
    unit: str = "",
    places: int = 1,
    title: Any = "",
    measure: Any = "",
    note: Any = "",
) -> SafeString:
    """Bars under each other on one axis; below zero they have the colour of what is worse.

    Args:
        swings: The widest first.
        middle: The sum where every unknown is at its middle.
        unit: Unit of the sum.
        places: Decimals of the sum to print.
    """
    ends = [end for one in swings for end in (one.at_low, one.at_high)]
    scale = Scale.around([0.0, middle, *ends], pad=0.02)
    at = lambda value: f"{LEFT + scale.share(value) * (RIGHT - LEFT):.2%}"  # noqa: E731
    bottom = HEAD + ROW * len(swings)
    said = formats.with_unit(middle, unit, places=places, sign=True)
    marks = [word(at(middle), 14, said, "v", anchor_at(scale.share(middle)))]
    for n, swing in enumerate(swings):
        top = HEAD + ROW * n
        # The lines stop where words stand.
        marks.append(upright(at(0), top + 20, top + ROW - 4, "ax0"))
        marks += _swing(swing, at, top)
        marks.append(upright(at(middle), top + 20, top + ROW - 4, "ax"))
    marks.append(level("0%", "100%", bottom, "ax"))
    ticks = scale.ticks(4)
    marks += [
        word(at(tick), bottom + 18, formats.number(tick, places=step_places(ticks)))
        for tick in ticks
        if LEFT + scale.share(tick) * (RIGHT - LEFT) < room_beside(unit) - 0.05
    ]
    marks.append(word("100%", bottom + 18, unit, "", "end"))
    label = "; ".join(f"{one.name}: {_span(one, unit, places)}" for one in swings)
    heads = (_("What"), _("From"), _("To"), _("Net value there"), _("It is zero at"))
    rows = [
        (one.name, one.low, one.high, _span(one, unit, places), one.turning or formats.DASH)
        for one in swings
    ]
    return figure(
        svg(bottom + 24, label, *marks),
        title=title,
        measure=measure,
        note=note,
        table=figures(heads, rows),
    )


def _span(swing: Swing, unit: str, places: int) -> str:
    """The sum at both ends, in the order of the ends."""
    return _("from %(low)s to %(high)s") % {
        "low": formats.number(swing.at_low, places=places, sign=True),
        "high": formats.with_unit(swing.at_high, unit, places=places, sign=True),
    }


def _swing(swing: Swing, at: Any, top: float) -> list[str]:
    left, right = sorted((swing.at_low, swing.at_high))
    words = (swing.low, swing.high) if swing.at_low <= swing.at_high else (swing.high, swing.low)
    y = top + 27
    marks = [word("0%", top + 15, swing.name, "v", "start")]
    for low, high, tone in ((left, min(right, 0.0), "brick"), (max(left, 0.0), right, "with")):
        if low < high:
            width = f"{float(at(high)[:-1]) - float(at(low)[:-1]):.2f}%"
            marks.append(box(at(low), y, width, THICK, f"f-{tone}"))
    marks.append(word(at(left), y + 11, words[0], "halo", "end", -6))
    marks.append(word(at(right), y + 11, words[1], "halo", "start", 6))
    return marks

"""What every chart shares: scales, marks, and the figure around them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.icons import icon
from pochin.ui.parts import escaped

# Paths are drawn on a sheet this wide and stretched; words and dots are placed in per cent.
SHEET = 1000


@dataclass(frozen=True, slots=True)
class Hidden:
    """What stands in place of a mark: hidden by the plan, or by a fault of the data."""

    words: Any
    fault: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Values laid along a line from its left end to its right."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Where a value lies, from 0 to 1; a little beyond the ends at most."""
        return max(-0.02, min(1.02, (value - self.low) / (self.high - self.low)))

    def at(self, value: float) -> str:
        """The same as a coordinate: “34.2%”."""
        return f"{self.share(value) * 100:.4g}%"

    def on_sheet(self, value: float) -> float:
        return self.share(value) * SHEET

    def ticks(self, about: int = 5) -> list[float]:
        """Round values inside the scale, about so many."""
        rough = (self.high - self.low) / about
        power = 10 ** math.floor(math.log10(rough))
        step = min((power * s for s in (1, 2, 5, 10)), key=lambda s: abs(math.log(s / rough)))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(n * step, 12) for n in range(first, last + 1)]

    @classmethod
    def around(cls, values: Iterable[float], *, pad: float = 0.1) -> Scale:
        """A scale that holds all values with some air at both ends."""
        held = [value for value in values if math.isfinite(value)]
        low, high = min(held), max(held)
        air = (high - low) * pad or abs(high) * pad or 1.0
        return cls(low - air, high + air)


def step_places(ticks: Sequence[float]) -> int:
    """How many decimal places the labels of these ticks need."""
    if len(ticks) < 2:
        return 0
    step = abs(ticks[1] - ticks[0])
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0


def svg(height: float | str, label: str, *marks: str, css: str = "chart") -> SafeString:
    """A drawing as wide as its place; `label` is the sentence said in its stead."""
    said = f'role="img" aria-label="{escaped(label)}"' if label else 'aria-hidden="true"'
    return SafeString(f'<svg class="{css}" height="{height}" {said}>{"".join(marks)}</svg>')


def sheet(y: float, height: float, *marks: str) -> str:
    """A part of a drawing that is stretched to the whole width."""
    return (
        f'<svg x="0" y="{y:g}" width="100%" height="{height:g}" '
        f'viewBox="0 0 {SHEET} {height:g}" preserveAspectRatio="none">{"".join(marks)}</svg>'
    )


def upright(x: str, top: Any, bottom: Any, css: str) -> str:
    return f'<line class="{css}" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'


def level(left: str, right: str, y: Any, css: str) -> str:
    return f'<line class="{css}" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'


def dot(x: str, y: Any, radius: float, css: str) -> str:
    return f'<circle class="dot {css}" cx="{x}" cy="{y}" r="{radius:g}"/>'


def box(x: Any, y: Any, width: Any, height: Any, css: str, more: str = "") -> str:
    return f'<rect class="{css}" x="{x}" y="{y}" width="{width}" height="{height}"{more}/>'


def word(x: str, y: Any, text: Any, css: str = "", anchor: str = "middle", dx: int = 0) -> str:
    """A label; `text` may hold marked-up spans."""
    shift = f' dx="{dx}"' if dx else ""
    named = f' class="{css}"' if css else ""
    return f'<text{named} x="{x}" y="{y}" text-anchor="{anchor}"{shift}>{escaped(text)}</text>'


def anchor_at(share: float) -> str:
    """Which way a label grows so that it stays inside."""
    if share < 0.05:
        return "start"
    return "end" if share > 0.95 else "middle"


def path(points: Iterable[tuple[float, float]], css: str, *, closed: bool = False) -> str:
    drawn = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="{css}" d="M{drawn}{"Z" if closed else ""}"/>'


def room_beside(unit: str) -> float:
    """Up to which share of a scale numbers may stand, so that they do not meet its unit."""
    return 0.97 - max(0.07, 0.025 * len(unit)) if unit else 1.01


def tick_words(
    scale: Scale, y: Any, unit: str = "", about: int = 5, *, is_wide: bool = False
) -> str:
    """Round numbers under a scale; the unit stands at its right end.

    What would meet the unit on a phone stands on a sheet only, where the chart `is_wide` there.
    """
    ticks = scale.ticks(about)
    places = step_places(ticks)
    on_phone = room_beside(unit)
    room = 0.97 - 0.0145 * len(unit) if unit and is_wide else on_phone
    marks = [
        word(scale.at(tick), y, formats.number(tick, places=places),
             "" if share < on_phone else "hide-s", anchor_at(share))
        for tick in ticks
        if (share := scale.share(tick)) < max(room, on_phone)
        and (share >= 0.05 or len(ticks) <= about)
    ]  # fmt: skip
    if unit:
        marks.append(word("100%", y, unit, anchor="end"))
    return "".join(marks)


def hidden(state: Hidden) -> SafeString:
    """The place of a mark that may not be seen, with the reason."""
    css, sign = ("hidden-fault", "triangle-alert") if state.fault else ("hidden-plan", "lock")
    return SafeString(f'<div class="{css}">{icon(sign)}<span>{escaped(state.words)}</span></div>')


def figures(
    heads: Sequence[Any], rows: Iterable[Sequence[Any]], *, summary: Any = ""
) -> SafeString:
    """The numbers of a chart as a table, folded away."""
    head = "".join(f'<th scope="col">{escaped(each)}</th>' for each in heads)
    body = "".join(
        "<tr>"
        + f'<th scope="row">{escaped(row[0])}</th>'
        + "".join(f'<td class="num">{escaped(each)}</td>' for each in row[1:])
        + "</tr>"
        for row in rows
    )
    words = escaped(summary or _("The numbers as a table"))
    return SafeString(
        f"<details><summary>{words}</summary>"
        f'<div class="scroll"><table class="figures">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def figure(
    drawing: Any,
    *,
    title: Any = "",
    measure: Any = "",
    note: Any = "",
    source: Any = "",
    download: str = "",
    table: Any = "",
) -> SafeString:
    """A chart as it stands on a page.

    Args:
        drawing: What was drawn.
        title: The finding in a sentence.
        measure: What is measured, unit, period, how many.
        note: How to read it.
        source: Where the numbers come from and of what day.
        download: Where the series can be taken.
        table: The numbers, from `figures`.
    """
    caption = [escaped(note)] if note else []
    if source:
        named = _("Source:")
        caption.append(SafeString(f"{escaped(named)} {escaped(source)}"))
    if download:
        words = escaped(_("Download the series"))
        caption.append(SafeString(f'<a href="{escaped(download)}">{words}</a>'))
    return SafeString(
        '<figure class="fig">'
        + (f"<h2>{escaped(title)}</h2>" if title else "")
        + (f'<p class="measure">{escaped(measure)}</p>' if measure else "")
        + str(escaped(drawing))
        + (f"<figcaption>{' '.join(caption)}</figcaption>" if caption else "")
        + str(escaped(table))
        + "</figure>"
    )

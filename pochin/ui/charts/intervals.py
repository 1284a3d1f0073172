"""An estimate with its two nested intervals, against zero and the threshold of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.charts.frame import (
    Hidden,
    Scale,
    anchor_at,
    dot,
    hidden,
    level,
    svg,
    tick_words,
    upright,
    word,
)
from pochin.ui.parts import escaped

# The half-width of an 80 % interval as a share of that of a 95 % one, for a normal estimate.
INNER = 1.2815515655446004 / 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and how far it may be off, in its own unit.

    Args:
        middle: The estimate.
        low: Lower end of the two-sided 95 % interval.
        high: Its upper end.
        inner_low: Lower end of the 80 % interval; as for a normal estimate where not given.
        inner_high: Its upper end.
    """

    middle: float
    low: float
    high: float
    inner_low: float | None = None
    inner_high: float | None = None

    @property
    def inner(self) -> tuple[float, float]:
        low = self.middle - (self.middle - self.low) * INNER
        high = self.middle + (self.high - self.middle) * INNER
        return (
            low if self.inner_low is None else self.inner_low,
            high if self.inner_high is None else self.inner_high,
        )

    def over(self, threshold: float) -> Estimate:
        """The same as a share of a threshold, to stand beside other units."""
        ends = [self.low, self.high, *self.inner]
        low, high, inner_low, inner_high = (end / threshold for end in ends)
        if threshold < 0:
            low, high, inner_low, inner_high = high, low, inner_high, inner_low
        return Estimate(self.middle / threshold, low, high, inner_low, inner_high)

    def words(self, unit: str = "", places: int = 1, *, sign: bool = False) -> str:
        """Say it: “3,1 п. п.”."""
        return formats.with_unit(self.middle, unit, places=places, sign=sign)

    def span_words(self, unit: str = "", places: int = 1, *, sign: bool = False) -> str:
        """Say the 95 % interval: “от 2,2 до 4,0”."""
        return _("from %(low)s to %(high)s") % {
            "low": formats.number(self.low, places=places, sign=sign),
            "high": formats.with_unit(self.high, unit, places=places, sign=sign),
        }


def interval_marks(estimate: Estimate, scale: Scale, y: Any, tone: str = "with") -> str:
    """Thin line 95 %, thick line 80 %, dot."""
    low, high = estimate.inner
    return (
        level(scale.at(estimate.low), scale.at(estimate.high), y, f"thin k-{tone}")
        + level(scale.at(low), scale.at(high), y, f"thick k-{tone}")
        + dot(scale.at(estimate.middle), y, 5.5, f"f-{tone}")
    )


def interval(
    estimate: Estimate | Hidden,
    scale: Scale,
    *,
    label: str = "",
    zero: float | None = 0,
    threshold: float | None = None,
    tone: str = "with",
    height: int = 30,
    fill: bool = False,
    grid: tuple[float, ...] = (),
    line: str = "",
) -> SafeString:
    """Draw one estimate on an axis shared with its neighbours.

    Args:
        estimate: The estimate, or why it is hidden.
        scale: The shared axis.
        label: The sentence said in its stead.
        zero: Where nothing changes; None where that has no meaning.
        threshold: The threshold of the plan.
        tone: with (the solution), without, ochre, brick.
        height: Height in pixels.
        fill: For the cell of a table: as high as the row, so that the lines run through.
        grid: Further values marked by thin lines.
        line: What the threshold is called where the row stands alone, without a head: on a phone.
    """
    tall, y = ("100%", "50%") if fill else (height, height / 2)
    marks = [upright(scale.at(value), 0, tall, "ax") for value in grid]
    if zero is not None:
        marks.append(upright(scale.at(zero), 0, tall, "ax0"))
    if threshold is not None:
        marks.append(upright(scale.at(threshold), 0, tall, "axt"))
    if isinstance(estimate, Hidden):
        drawn = svg(tall, "", *marks)
        css = "note bad" if estimate.fault else "note"
        note = f'<span class="{css}">{escaped(estimate.words)}</span>'
        return (
            SafeString(f'<div class="fill told">{drawn}{note}</div>') if fill else hidden(estimate)
        )
    marks.append(interval_marks(estimate, scale, y, tone))
    if fill:
        marks += _lines_named(scale, zero, threshold, line or _("threshold"))
    drawn = svg(tall, label or estimate.span_words(), *marks)
    return SafeString(f'<div class="fill">{drawn}</div>') if fill else drawn


def _lines_named(scale: Scale, zero: float | None, threshold: float | None, line: str) -> list[str]:
    """Words over the lines of a row that stands alone: tables are cards on a phone."""
    named = [(zero, "0", "halo show-s"), (threshold, line, "plan halo show-s")]
    return [
        word(scale.at(value), 12, words, css, anchor_at(scale.share(value)))
        for value, words, css in named
        if value is not None
    ]


def axis(scale: Scale, marks: Sequence[tuple[float, Any, str]], *, lines: int = 2) -> SafeString:
    """The head of a column of intervals: words over the values they name.

    Args:
        scale: The shared axis.
        marks: Value, words (a line break splits them) and style: empty or ``plan``.
        lines: How many lines of words there are.
    """
    drawn = []
    for value, words, css in marks:
        rows = str(words).split("\n")
        for n, row in enumerate(rows):
            y = 15 * (lines - len(rows) + n) + 12
            drawn.append(word(scale.at(value), y, row, css, anchor_at(scale.share(value))))
    return svg(15 * lines + 3, "", *drawn)


def with_axis(
    estimate: Estimate,
    *,
    scale: Scale,
    label: str,
    unit: str = "",
    zero: float | None = None,
    threshold: float | None = None,
) -> SafeString:
    """One estimate with its own axis under it, for a large number."""
    ticks = scale.ticks(4)
    marks = [upright(scale.at(tick), 0, 26, "ax") for tick in ticks]
    if zero is not None:
        marks.append(upright(scale.at(zero), 0, 26, "ax0"))
    if threshold is not None:
        marks.append(upright(scale.at(threshold), 0, 26, "axt"))
    return svg(
        46, label, *marks, interval_marks(estimate, scale, 13), tick_words(scale, 42, unit, 4)
    )


def key() -> SafeString:
    """What the marks mean, once under a table of intervals."""
    sample = Estimate(0.5, 0.05, 0.95)
    mark = interval_marks(sample, Scale(0, 1), 6)
    line = upright("50%", 0, 14, "axt")
    bands = escaped(_("estimate; thick band 80%, thin line 95%"))
    threshold = escaped(_("threshold written down before the start"))
    return SafeString(
        '<div class="key-row"><span>'
        f'<svg class="chart" width="34" height="12" aria-hidden="true">{mark}</svg>'
        f"{bands}</span><span>"
        f'<svg class="chart" width="14" height="14" aria-hidden="true">{line}</svg>'
        f"{threshold}</span></div>"
    )

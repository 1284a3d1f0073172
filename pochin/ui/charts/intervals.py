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
class Bounds:
    """The two one-sided bounds a rule compares with its lines, in the unit of the estimate.

    Args:
        low: The lower one; None where none exists.
        high: The upper one; None where none exists.
        level: At which each of them holds by itself.
    """

    low: float | None
    high: float | None
    level: float = 0.95

    @property
    def known(self) -> list[float]:
        return [end for end in (self.low, self.high) if end is not None]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and how far it may be off, in its own unit.

    Args:
        middle: The estimate.
        low: Lower end of the two-sided 95 % interval.
        high: Its upper end.
        inner_low: Lower end of the 80 % interval; as for a normal estimate where not given.
        inner_high: Its upper end.
        bounds: What a rule judges it by, where one does.
    """

    middle: float
    low: float
    high: float
    inner_low: float | None = None
    inner_high: float | None = None
    bounds: Bounds | None = None

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
        bounds = self.bounds and self._bounds_over(self.bounds, threshold)
        return Estimate(self.middle / threshold, low, high, inner_low, inner_high, bounds)

    @staticmethod
    def _bounds_over(bounds: Bounds, threshold: float) -> Bounds:
        low, high = (end and end / threshold for end in (bounds.low, bounds.high))
        return Bounds(*((low, high) if threshold > 0 else (high, low)), bounds.level)

    @property
    def reach(self) -> list[float]:
        """Everything that is drawn of it: an axis holds it all."""
        return [self.low, self.high, *(self.bounds.known if self.bounds else ())]

    def toward(self, line: float) -> float | None:
        """The bound of the rule on the side of a line: of a limit the worst that may be."""
        if self.bounds is None:
            return None
        return self.bounds.high if line > 0 else self.bounds.low

    def words(self, unit: str = "", places: int = 1, *, sign: bool = False) -> str:
        """Say it: “3,1 п. п.”."""
        return formats.with_unit(self.middle, unit, places=places, sign=sign)

    def span_words(self, unit: str = "", places: int = 1, *, sign: bool = False) -> str:
        """Say the 95 % interval: “от 2,2 до 4,0”."""
        return _("from %(low)s to %(high)s") % {
            "low": formats.number(self.low, places=places, sign=sign),
            "high": formats.with_unit(self.high, unit, places=places, sign=sign),
        }

    def bounds_words(self, unit: str = "", places: int = 1) -> str:
        """Say the bounds of the rule: “от +2,4 до +3,8”; a missing one is told."""
        assert self.bounds is not None, "a rule judges it"
        ends = [
            _("no bound") if end is None else formats.number(end, places=places, sign=True)
            for end in (self.bounds.low, self.bounds.high)
        ]
        if self.bounds.high is not None:
            ends[1] = formats.with_unit(self.bounds.high, unit, places=places, sign=True)
        return _("from %(low)s to %(high)s") % {"low": ends[0], "high": ends[1]}


def interval_marks(estimate: Estimate, scale: Scale, y: Any, tone: str = "with") -> str:
    """Thin line 95 %, thick line 80 %, dot; short uprights where the rule judges."""
    low, high = estimate.inner
    return (
        level(scale.at(estimate.low), scale.at(estimate.high), y, f"thin k-{tone}")
        + level(scale.at(low), scale.at(high), y, f"thick k-{tone}")
        + bound_marks(estimate, scale, y, tone)
        + dot(scale.at(estimate.middle), y, 5.5, f"f-{tone}")
    )


def bound_marks(estimate: Estimate, scale: Scale, y: Any, tone: str = "with") -> str:
    """Short upright lines at the bounds the rule judges by."""
    if estimate.bounds is None:
        return ""
    top, bottom = ("25%", "75%") if isinstance(y, str) else (y - 8, y + 8)
    return "".join(
        upright(scale.at(value), top, bottom, f"thin k-{tone}") for value in estimate.bounds.known
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
    ruled = Estimate(0.5, 0.05, 0.95, bounds=Bounds(0.15, 0.85))
    rule = bound_marks(ruled, Scale(0, 1), 6) + level("5%", "95%", 6, "thin k-with")
    line = upright("50%", 0, 14, "axt")
    bands = escaped(_("estimate; thick band 80%, thin line 95%"))
    threshold = escaped(_("threshold written down before the start"))
    judged = escaped(_("short upright lines: the bounds the rule judges by"))
    return SafeString(
        '<div class="key-row"><span>'
        f'<svg class="chart" width="34" height="12" aria-hidden="true">{mark}</svg>'
        f"{bands}</span><span>"
        f'<svg class="chart" width="34" height="12" aria-hidden="true">{rule}</svg>'
        f"{judged}</span><span>"
        f'<svg class="chart" width="14" height="14" aria-hidden="true">{line}</svg>'
        f"{threshold}</span></div>"
    )

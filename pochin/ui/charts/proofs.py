"""Pictures for those who ask how sure it is: the permutation test and the power of a design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pochin.ui import formats
from pochin.ui.charts.frame import (
    Scale,
    anchor_at,
    box,
    dot,
    figure,
    figures,
    level,
    path,
    sheet,
    svg,
    tick_words,
    upright,
    word,
)

HEIGHT, TOP = 140, 24


@dataclass(frozen=True, slots=True)
class Bin:
    """How many of the drawn assignments gave a value between `low` and `high`."""

    low: float
    high: float
    count: int


def permutation(
    bins: Sequence[Bin],
    *,
    observed: float,
    p: float,
    draws: int,
    two_sided: bool = True,
    title: Any = "",
    measure: Any = "",
    note: Any = "",
    placebo: bool = False,
) -> SafeString:
    """What chance alone, or units that got nothing, would give, and where the real result lies."""
    scale = Scale.around([observed, -observed, bins[0].low, bins[-1].high], pad=0.04)
    most = max(each.count for each in bins) or 1
    bars = []
    for each in bins:
        x, width = scale.on_sheet(each.low), scale.on_sheet(each.high) - scale.on_sheet(each.low)
        tall = each.count / most * HEIGHT
        middle = (each.low + each.high) / 2
        far = abs(middle) >= abs(observed) if two_sided else middle >= observed
        css = "f-brick" if far else "f-without"
        bars.append(
            box(f"{x:.1f}", f"{HEIGHT - tall:.1f}", f"{max(width - 1, 1):.1f}", f"{tall:.1f}", css)
        )
    floor = TOP + HEIGHT
    share = scale.share(observed)
    said = _("Of %(draws)s drawn assignments a share of %(p)s is at least as far as observed.")
    if placebo:
        said = _("Of %(draws)s placebos a share of %(p)s is at least as far as observed.")
    label = said % {"draws": formats.number(draws), "p": formats.number(p, places=4)}
    drawing = svg(
        floor + 26, label, sheet(TOP, HEIGHT, *bars), level("0", "100%", floor, "ax0"),
        upright(scale.at(observed), TOP - 6, floor, "thin k-with"),
        word(scale.at(observed), 13, _("observed"), "v", anchor_at(share)),
        tick_words(scale, floor + 20),
    )  # fmt: skip
    table = figures(
        (pgettext("numbers", "From"), pgettext("numbers", "To"),
         _("Placebos") if placebo else _("Draws")),
        [(formats.number(b.low, places=3), formats.number(b.high, places=3),
          formats.number(b.count)) for b in bins],
    )  # fmt: skip
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def power_curve(
    points: Sequence[tuple[float, float]],
    *,
    target: float = 0.8,
    chosen: float | None = None,
    unit: str = "",
    title: Any = "",
    measure: Any = "",
    note: Any = "",
) -> SafeString:
    """How often the design would find an effect of each size.

    Args:
        points: Pairs of a true effect and the power against it, by rising effect.
        target: The power that is asked for.
        chosen: The effect the plan counts on.
        unit: Unit of the effect.
    """
    scale = Scale(points[0][0], points[-1][0])
    down = lambda power: TOP + (1 - power) * HEIGHT  # noqa: E731
    line = [(scale.on_sheet(effect), down(power) - TOP) for effect, power in points]
    marks = [sheet(TOP, HEIGHT, path(line, "line k-with"))]
    marks += [level("0", "100%", f"{down(power):g}", "ax") for power in (0, 0.5, 1)]
    marks.append(level("0", "100%", f"{down(target):g}", "axt"))
    marks.append(
        word("0", f"{down(target) - 6:g}", formats.percent(target, places=0), "plan", "start")
    )
    label = _("Power by the size of the effect.")
    if chosen is not None:
        power = _between(points, chosen)
        label = _("Against an effect of %(effect)s the power is %(power)s.") % {
            "effect": formats.with_unit(chosen, unit),
            "power": formats.percent(power, places=0),
        }
        at, y = scale.at(chosen), down(power)
        marks += [upright(at, TOP, TOP + HEIGHT, "ax0"), dot(at, f"{y:g}", 5.5, "f-with")]
        side = "end" if scale.share(chosen) > 0.7 else "start"
        shift = -10 if side == "end" else 10
        marks.append(word(at, f"{y + 18:g}", formats.percent(power, places=0), "v", side, shift))
    marks.append(tick_words(scale, TOP + HEIGHT + 20, unit))
    table = figures(
        (_("Effect"), _("Power")),
        [(formats.with_unit(effect, unit), formats.percent(power)) for effect, power in points],
    )
    drawing = svg(TOP + HEIGHT + 26, label, *marks)
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def _between(points: Sequence[tuple[float, float]], effect: float) -> float:
    """Read the curve at an effect between two of its points."""
    for (left, low), (right, high) in pairwise(points):
        if left <= effect <= right:
            return low + (high - low) * (effect - left) / ((right - left) or 1)
    return points[-1][1] if effect > points[-1][0] else points[0][1]

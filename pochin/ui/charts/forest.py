"""The same effect in many places, one under another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats
from pochin.ui.charts.frame import Scale, figure, figures, step_places
from pochin.ui.charts.intervals import Estimate, axis, interval
from pochin.ui.parts import escaped


@dataclass(frozen=True, slots=True)
class Site:
    """The estimate at one site; `weight` says how much was measured there."""

    name: Any
    estimate: Estimate
    weight: Any = ""


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

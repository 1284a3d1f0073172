"""Counts and times: the funnel, promised against actual, days received, small series."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pochin.ui import formats
from pochin.ui.charts.frame import (
    SHEET,
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
    upright,
    word,
)
from pochin.ui.parts import escaped


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a way: how many got so far, the median time it took, the list they stand in."""

    name: Any
    count: int
    days: float | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """A term: days promised, days in half and in nine of ten cases; `count` cases in all."""

    name: Any
    promised: float
    median: float | None
    ninth: float | None = None
    count: int = 0
    href: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of intake: rows received against expected; `expected` 0 stands for a day to come."""

    on: dt.date
    received: int
    expected: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A bar of a series."""

    name: Any
    value: float


def funnel(
    stages: Sequence[Stage], *, title: Any = "", measure: Any = "", note: Any = ""
) -> SafeString:
    """How many went how far: count, share of the step before, median days."""
    most = max([stage.count for stage in stages] or [0]) or 1
    lines = []
    before: int | None = None
    for stage in stages:
        # A step that others joined on the way is no share of the step before.
        is_share = bool(before) and stage.count <= (before or 0)
        share = formats.percent(stage.count / (before or 1), places=0) if is_share else ""
        lines.append(_funnel_line(stage, share, most))
        before = stage.count
    table = figures(
        (_("Step"), _("Count"), _("Median, days")),
        [(s.name, formats.number(s.count), _days_or_dash(s.days)) for s in stages],
    )
    drawing = SafeString(f'<ol class="bars">{"".join(lines)}</ol>')
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def _days_or_dash(days: float | None) -> str:
    return formats.number(days, places=0)


def _funnel_line(stage: Stage, share: str, most: int) -> str:
    # Leaves room for the words behind the longest bar.
    width = max(0.5, stage.count / most * 74)
    name = escaped(stage.name)
    if stage.href:
        name = SafeString(f'<a href="{escaped(stage.href)}">{name}</a>')
    said = formats.number(stage.count)
    behind = f'<tspan class="v">{said}</tspan><tspan dx="8">{share}</tspan>'
    drawn = svg(
        26, "",
        box(0, 2, f"{width:.2f}%", 22, "f-with", ' rx="3"'),
        word(f"{width:.2f}%", 18, SafeString(behind), "", "start", 9),
    )  # fmt: skip
    days = formats.days(round(stage.days)) if stage.days is not None else ""
    aloud = f'<span class="vh">{said} {share}</span>'
    end = f'<span class="r muted">{days}</span>'
    return f'<li><span class="word">{name}{aloud}</span>{drawn}{end}</li>'


def promises(
    rows: Sequence[Promise], *, title: Any = "", measure: Any = "", note: Any = ""
) -> SafeString:
    """Promised against actual: the tick is what we promised, the dot is half of the cases."""
    ends = [e for r in rows for e in (r.promised, r.median, r.ninth) if e is not None]
    scale = Scale(0, max(ends or [1]) * 1.05)
    lines = "".join(_promise_line(row, scale) for row in rows)
    table = figures(
        (_("Term"), _("Promised, days"), _("Half of cases"), _("9 of 10 cases"), _("Cases")),
        [(r.name, formats.number(r.promised), formats.number(r.median), formats.number(r.ninth),
          formats.number(r.count)) for r in rows],
    )  # fmt: skip
    drawing = SafeString(f'<ul class="bars">{lines}</ul>{_promise_key()}')
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def _promise_line(row: Promise, scale: Scale) -> str:
    marks = [level("0", "100%", 13, "ax")]
    late = row.median is not None and row.median > row.promised
    tone = "ochre" if late else "with"
    if row.ninth is not None:
        end = scale.at(row.ninth)
        marks += [level("0", end, 13, f"thin k-{tone}"), upright(end, 8, 18, f"thin k-{tone}")]
    if row.median is not None:
        marks.append(dot(scale.at(row.median), 13, 5.5, f"f-{tone}"))
    marks.append(upright(scale.at(row.promised), 2, 24, "promise"))
    of = ngettext("of %(n)s day", "of %(n)s days", round(row.promised)) % {
        "n": formats.number(row.promised)
    }
    if row.median is None:
        none = escaped(_("no cases yet"))
        words = f'<span class="muted">{none}</span>'
    else:
        css = ' class="waiting"' if late else ""
        took = formats.number(row.median)
        if took == "0":
            took, of = escaped(_("same day")), ""
        words = f'<b{css}>{took}</b> <span class="muted">{of}</span>'
    name = escaped(row.name)
    if row.href:
        name = SafeString(f'<a href="{escaped(row.href)}">{name}</a>')
    drawn = svg(26, _promise_words(row), *marks)
    return f'<li><span class="word">{name}</span>{drawn}<span class="r num">{words}</span></li>'


def _promise_words(row: Promise) -> str:
    if row.median is None:
        return _("Promised %(promised)s days; no cases yet.") % {
            "promised": formats.number(row.promised)
        }
    said = _("Promised %(promised)s days; half took %(median)s, 9 of 10 took %(ninth)s.")
    if formats.number(row.median) == "0":
        said = _(
            "Promised %(promised)s days; half were done on the same day, 9 of 10 took %(ninth)s."
        )
    return said % {
        "promised": formats.number(row.promised),
        "median": formats.number(row.median),
        "ninth": formats.number(row.ninth),
    }


def _promise_key() -> str:
    marks = [
        (8, 16, upright("50%", 0, 16, "promise"), _("promised")),
        (14, 12, dot("50%", 6, 5, "f-with"), _("half of cases")),
        (16, 14, level("0", "88%", 7, "thin k-with") + upright("88%", 2, 12, "thin k-with"),
         _("9 of 10")),
    ]  # fmt: skip
    drawn = (
        f'<span><svg class="chart" width="{w}" height="{h}" aria-hidden="true">{mark}</svg>'
        f"{escaped(words)}</span>"
        for w, h, mark, words in marks
    )
    return f'<div class="key-row">{"".join(drawn)}</div>'


def days_strip(
    days: Sequence[Day], *, look_on: dt.date | None = None, title: Any = "", measure: Any = "",
    note: Any = "",
) -> SafeString:  # fmt: skip
    """A cell for each day: all received, most, some, nothing, still to come."""
    label = _strip_words(days)
    marks = _cells(days, 0, 28, days)
    width = 100 / max(len(days), 1)
    for n, each in enumerate(days):
        if n in {0, len(days) - 1} or each.on == look_on:
            x = (n + 0.5) * width
            words = formats.day(each.on, short=True)
            marks.append(word(f"{x:.2f}%", 46, words, anchor=anchor_at((n + 0.5) / len(days))))
        if each.on == look_on:
            marks.append(upright(f"{n * width:.2f}%", 0, 34, "axt"))
    drawing = SafeString(str(svg(52, label, *marks)) + _strip_key())
    table = figures(
        (_("Day"), _("Received"), _("Expected")),
        [(formats.day(d.on), formats.number(d.received), formats.number(d.expected)) for d in days],
    )
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def heat_map(
    rows: Mapping[Any, Sequence[Day]], *, title: Any = "", measure: Any = "", note: Any = "",
    unexpected: Any = "",
) -> SafeString:  # fmt: skip
    """The same for several sites; `unexpected` names a day of which nothing is expected."""
    lines = []
    for name, days in rows.items():
        drawn = svg(24, _strip_words(days), *_cells(days, 1, 22, days))
        # One day of too much does not make up for another of nothing.
        came = sum(min(day.received, day.expected) for day in days)
        due = sum(day.expected for day in days)
        share = formats.percent(came / due, places=0) if due else formats.DASH
        end = f'<span class="r num">{share}</span>'
        lines.append(f'<li><span class="word">{escaped(name)}</span>{drawn}{end}</li>')
    table = figures(
        (_("Site"), _("Received"), _("Expected")),
        [(name, formats.number(sum(d.received for d in days)),
          formats.number(sum(d.expected for d in days))) for name, days in rows.items()],
    )  # fmt: skip
    drawing = SafeString(f'<ul class="bars">{"".join(lines)}</ul>{_strip_key(unexpected)}')
    return figure(drawing, title=title, measure=measure, note=note, table=table)


def _state(day: Day) -> str:
    if not day.expected:
        return "later"
    share = day.received / day.expected
    if share >= 0.98:
        return "full"
    if share >= 0.8:
        return "most"
    return "some" if day.received else "gap"


def _cells(days: Sequence[Day], y: int, height: int, whole: Sequence[Day]) -> list[str]:
    width = 100 / max(len(whole), 1)
    return [
        box(f"{n * width:.3f}%", y, f"{width:.3f}%", height, f"cell {_state(day)}")
        for n, day in enumerate(days)
    ]


def _strip_words(days: Sequence[Day]) -> str:
    states = [_state(day) for day in days]
    return _("Of %(days)d days %(full)d are complete, %(part)d in part, %(gap)d empty.") % {
        "days": len(days) - states.count("later"),
        "full": states.count("full"),
        "part": states.count("most") + states.count("some"),
        "gap": states.count("gap"),
    }


def _strip_key(unexpected: Any = "") -> str:
    names = [
        ("full", _("all received")),
        ("most", _("80% or more")),
        ("some", _("less")),
        ("gap", _("nothing")),
        ("later", unexpected or _("to come")),
    ]
    drawn = (
        f'<span><svg class="chart" width="14" height="14" aria-hidden="true">'
        f"{box(0, 0, 14, 14, f'cell {css}')}</svg>{escaped(words)}</span>"
        for css, words in names
    )
    return f'<div class="key-row">{"".join(drawn)}</div>'


def columns(
    amounts: Sequence[Amount],
    *,
    title: Any = "",
    measure: Any = "",
    note: Any = "",
    source: Any = "",
    download: str = "",
    places: int = 0,
) -> SafeString:
    """A short series as upright bars from zero; the last one is the one that counts."""
    most = max([amount.value for amount in amounts] or [0]) or 1
    width = 100 / max(len(amounts), 1)
    tall, top = 150, 22
    least = min(amounts, key=lambda amount: amount.value) if amounts else None
    marks = []
    for n, amount in enumerate(amounts):
        height = amount.value / most * tall
        last = n == len(amounts) - 1
        css = "f-with" if last else "f-with half"
        x, middle = n * width + width * 0.1, f"{(n + 0.5) * width:.2f}%"
        spot = f"{top + tall - height:.1f}"
        marks.append(box(f"{x:.2f}%", spot, f"{width * 0.8:.2f}%", f"{height:.1f}", css, ' rx="3"'))
        if last or n == 0 or amount is least:
            said = formats.number(amount.value, places=places)
            marks.append(word(middle, f"{float(spot) - 6:.1f}", said, "v" if last else ""))
        hide = "" if n % 2 == (len(amounts) - 1) % 2 else "hide-s"
        marks.append(word(middle, top + tall + 18, amount.name, hide))
    said = "; ".join(f"{a.name}: {formats.number(a.value, places=places)}" for a in amounts)
    table = figures(
        (_("Period"), _("Value")),
        [(a.name, formats.number(a.value, places=places)) for a in amounts],
    )
    drawing = svg(top + tall + 24, f"{title}. {said}" if title else said, *marks)
    return figure(
        drawing, title=title, measure=measure, note=note, source=source, download=download,
        table=table,
    )  # fmt: skip


def sparkline(values: Sequence[float], *, label: str) -> SafeString:
    """A line as small as a word; `label` says what it shows."""
    if len(values) < 2:
        return SafeString(formats.DASH)
    scale = Scale.around(values, pad=0.12)
    step = SHEET / (len(values) - 1)
    points = [(n * step, (1 - scale.share(value)) * 24) for n, value in enumerate(values)]
    end = dot("100%", f"{points[-1][1]:.1f}", 3.5, "f-with")
    return svg(24, label, sheet(0, 24, path(points, "line k-with")), end, css="chart spark")

"""How complete the readings are and how they come: curve, gaps, volume, sources, clocks."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.measurements import flow, words
from pochin.measurements.models import Batch, State
from pochin.measurements.views.tabs import tabs
from pochin.pilots.models import Pilot
from pochin.pilots.shown import marks
from pochin.ui import access, charts, formats
from pochin.ui.shortcuts import page, visible_or_404

UNITS_SHOWN = 60
GAPS_SHOWN = 50
PERIODS_NAMED = 6


@access.shows(Pilot)
def quality(request: HttpRequest, pilot: int) -> HttpResponse:
    """Counts and times of all that arrived; never what a row says."""
    subject = visible_or_404(Pilot.objects.inside(request.user), request.user, number=pilot)
    batches = Batch.objects.visible_to(request.user).filter(pilot=subject)
    counted = list(batches.filter(state=State.ACCEPTED).select_related("pilot").order_by("-number"))
    plan, today = subject.locked_plan(), timezone.localdate()
    shown: dict[str, Any] = {}
    if plan is not None:
        known = flow.cells(subject, plan)
        gaps = flow.gaps(known, today=today)
        shown = {
            "curve": _curve(flow.curve(known, today=today)),
            "gaps": [(gap, _periods(gap.periods)) for gap in gaps[:GAPS_SHOWN]],
            "more_gaps": max(len(gaps) - GAPS_SHOWN, 0),
            "is_over": bool(known.ended(today)),
        }
    titles = words.titles()
    return page(
        request, "measurements/quality.html", pilot=subject, marks=marks(subject),
        tabs=tabs(subject, "quality") if plan else [],
        volume=_volume(flow.volume(subject)),
        senders=flow.senders(batches),
        warnings=[(b, words.of_warning(w)) for b, w in flow.warned(counted)],
        reasons=[(titles.get(code, code), n) for code, n in flow.reasons(batches)],
        **shown,
    )  # fmt: skip


def _periods(periods: tuple[str, ...]) -> str:
    """The first periods by their names, and how many more there are."""
    named = ", ".join(_name(one) for one in periods[:PERIODS_NAMED])
    left = len(periods) - PERIODS_NAMED
    return _("%(some)s and %(n)d more") % {"some": named, "n": left} if left > 0 else named


def _name(period: str) -> str:
    try:
        return formats.day(date.fromisoformat(period), short=True)
    except ValueError:
        return period


def _curve(reached: list[flow.Reached]) -> Any:
    """Received against due, day by day, as a picture with its table."""
    if not reached:
        return ""
    last = reached[-1]
    share = formats.percent(last.received / last.expected, places=0) if last.expected else "—"
    return charts.catching_up(
        [charts.Day(one.on, one.received, one.expected) for one in reached],
        title=_("Completeness day by day"),
        measure=_("Readings of unit, period and metric that had arrived, against those due"),
        note=_("Due by now: %(due)s. Received: %(received)s, %(share)s.")
        % {"due": formats.number(last.expected), "received": formats.number(last.received),
           "share": share},
    )  # fmt: skip


def _volume(units: dict[str, list[tuple[date, int, int]]]) -> Any:
    """Rows a day against what is usual for the unit."""
    if not units:
        return ""
    rows = {unit: [charts.Day(*day) for day in days]
            for unit, days in list(units.items())[:UNITS_SHOWN]}  # fmt: skip
    left = len(units) - len(rows)
    return charts.heat_map(
        rows,
        title=_("Rows a day"),
        unexpected=_("never any on this weekday"),
        measure=_("The last four weeks of readings, against the median day of the unit"),
        note=_("%(n)d more units are not shown.") % {"n": left} if left else "",
    )

"""How the readings of a pilot come in: completeness day by day, gaps, volume, sources, clocks.

Counts and times only, for everybody inside the pilot; never what a row says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, F, Max, Min, Sum
from django.utils import timezone
from django.utils.translation import ngettext

from pochin.measurements.expectations import Calendar
from pochin.measurements.models import Arrival, Batch, Source
from pochin.measurements.readings import expectation
from pochin.participants.models import Person
from pochin.pilots.models import Pilot, Plan

LAST_DAYS = 28
CLOCK_AHEAD = timedelta(minutes=1)  # less is the time a file takes


@dataclass(frozen=True, slots=True)
class Reached:
    """How complete the readings were at the end of a day: cells of unit, period and metric."""

    on: date
    received: int
    expected: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Ended periods of a unit in which a metric, or several, did not arrive."""

    unit: str
    missing: int
    expected: int
    periods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cells:
    """When each cell of unit, period and metric first arrived, against when it was due.

    Attributes:
        units, metrics: How many the plan has.
        periods: Ids of the periods in order.
        ends: The last day of each; None where periods have no dates.
        here: For each cell that arrived, the day its first file was sent.
    """

    units: tuple[str, ...]
    metrics: int
    periods: tuple[str, ...]
    ends: tuple[date, ...] | None
    here: dict[tuple[str, str, str], date]

    def ended(self, today: date) -> list[str]:
        """The periods that are over; all of them where they have no dates."""
        if self.ends is None:
            return list(self.periods)
        return [one for one, end in zip(self.periods, self.ends, strict=True) if end < today]


def cells(pilot: Pilot, plan: Plan) -> Cells:
    """Read once what the curve and the gaps are made of."""
    protocol = plan.protocol
    calendar = Calendar.of(protocol)
    spans = [calendar.days(place) for place in range(len(calendar.ids))]
    ends = tuple(span[1] for span in spans if span is not None)
    arrived = Arrival.objects.filter(batch__in=pilot.batches.counted().order_by())
    first = arrived.values_list("unit", "period", "metric").annotate(at=Min("batch__sent_at"))
    rows = first.order_by().iterator(chunk_size=10_000)
    here = {(unit, period, metric): timezone.localdate(at) for unit, period, metric, at in rows}
    return Cells(
        expectation(plan).units,
        len(protocol.metrics),
        calendar.ids,
        ends if len(ends) == len(spans) else None,
        here,
    )


def curve(known: Cells, *, today: date) -> list[Reached]:
    """Day by day from the first file or period on: cells that had come, and that were due."""
    if known.ends is None or not known.here:
        return []
    each = len(known.units) * known.metrics
    due = Counter(end + timedelta(days=1) for end in known.ends)
    came = Counter(known.here.values())
    last = min(today, max(*came, known.ends[-1] + timedelta(days=1)))
    day, received, expected = min(*came, *due), 0, 0
    found = []
    while day <= last:
        received += came[day]
        expected += due[day] * each
        found.append(Reached(day, received, expected))
        day += timedelta(days=1)
    return found


def gaps(known: Cells, *, today: date) -> list[Gap]:
    """The units that lack something of ended periods, those that lack the most first."""
    over = known.ended(today)
    here = Counter((unit, period) for unit, period, _metric in known.here)
    found = []
    for unit in known.units:
        short = [one for one in over if here[unit, one] < known.metrics]
        if short:
            missing = sum(known.metrics - here[unit, one] for one in short)
            found.append(Gap(unit, missing, len(over) * known.metrics, tuple(short)))
    return sorted(found, key=lambda gap: (-gap.missing, gap.unit))


# Rows day by day -----------------------------------------------------------------------------


def volume(pilot: Pilot) -> dict[str, list[tuple[date, int, int]]]:
    """For each unit the last four weeks: day, rows, and how many are usual.

    Usual is the median of the days that have any; of a weekday on which never any came, none.
    """
    arrived = Arrival.objects.filter(batch__in=pilot.batches.counted().order_by())
    last = arrived.aggregate(last=Max("day"))["last"]
    if last is None:
        return {}
    first = last - timedelta(days=LAST_DAYS - 1)
    counted = arrived.filter(day__gte=first).values_list("unit", "day").annotate(n=Sum("n"))
    rows: dict[str, dict[date, int]] = {}
    for unit, day, n in counted.order_by().iterator(chunk_size=10_000):
        rows.setdefault(unit, {})[day] = n
    days = [first + timedelta(days=i) for i in range(LAST_DAYS)]
    found = {}
    for unit, known in sorted(rows.items()):
        usual = round(float(np.median(list(known.values()))))
        weekdays = {day.weekday() for day in known}
        found[unit] = [
            (day, known.get(day, 0), usual if day.weekday() in weekdays else 0) for day in days
        ]
    return found


# Sources -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sender:
    """One person's files from one system.

    Attributes:
        ahead: How far its clock is ahead of ours at most, where it is.
    """

    who: str
    way: str
    origin: str
    files: int
    received: int
    accepted: int
    quarantined: int
    duplicates: int
    last_at: datetime
    ahead: timedelta | None

    @property
    def ahead_words(self) -> str:
        """How far the clock is ahead, in words."""
        if self.ahead is None:
            return ""
        minutes = round(self.ahead.total_seconds() / 60)
        if minutes < 120:
            said = ngettext("%(n)d minute ahead", "%(n)d minutes ahead", minutes)
            return said % {"n": minutes}
        hours = round(minutes / 60)
        if hours < 48:
            return ngettext("%(n)d hour ahead", "%(n)d hours ahead", hours) % {"n": hours}
        days = round(hours / 24)
        return ngettext("%(n)d day ahead", "%(n)d days ahead", days) % {"n": days}


def senders(batches: Any) -> list[Sender]:
    """Who sent what, by person, way and system; the latest first."""
    groups = (
        batches.order_by()
        .values("sent_by", "source", "origin")
        .annotate(
            files=Count("pk"),
            received=Sum("received"),
            accepted=Sum("accepted"),
            quarantined=Sum("quarantined"),
            duplicates=Sum("duplicates"),
            last_at=Max("sent_at"),
            ahead=Max(F("newest_at") - F("sent_at")),
        )
    )
    who = Person.objects.filter(pk__in=batches.order_by().values("sent_by"))
    people = {one.pk: str(one) for one in who}
    ways = dict(Source.choices)
    found = [
        Sender(
            who=people[one["sent_by"]],
            way=str(ways[one["source"]]),
            origin=one["origin"],
            files=one["files"],
            received=one["received"] or 0,
            accepted=one["accepted"] or 0,
            quarantined=one["quarantined"] or 0,
            duplicates=one["duplicates"] or 0,
            last_at=one["last_at"],
            ahead=one["ahead"] if one["ahead"] and one["ahead"] > CLOCK_AHEAD else None,
        )
        for one in groups
    ]
    return sorted(found, key=lambda one: one.last_at, reverse=True)


def reasons(batches: Iterable[Batch]) -> list[tuple[str, int]]:
    """How many rows each reason kept out, over all files; the most frequent first."""
    counts: Counter[str] = Counter()
    for batch in batches:
        counts.update(batch.by_reason)
    return counts.most_common()


def warned(batches: Iterable[Batch], most: int = 10) -> Sequence[tuple[Batch, dict[str, Any]]]:
    """What people should look at in the files that count, the latest file first."""
    found = [(batch, warning) for batch in batches for warning in batch.warnings]
    return found[:most]

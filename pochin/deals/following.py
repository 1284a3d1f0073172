"""Readings after the pilot: a file of them by site and day, and what they amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.utils import timezone

from pochin.core.lifecycle import Refused
from pochin.deals.models import FollowedDay, Gap, Realised, RollOut, WaveSite, Way
from pochin.lab.estimate.roll_out import Benefit, realised
from pochin.lab.protocol import Metric, Protocol
from pochin.measurements import intake, readings
from pochin.measurements.expectations import DAY_US, MOSCOW, Calendar, Expectation
from pochin.measurements.intake import READINGS, Dialect
from pochin.pilots.models import Pilot

LISTED = 100  # rows set aside that are kept one by one; more are only counted
PAST = timedelta(days=366)  # so long before the pilot, or the first wave, readings may reach back
MONTHS = 24  # periods that are shown one by one at most, the latest
Cells = Mapping[tuple[str, date], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Frame:
    """Which metric is followed at which sites, from which day on.

    Attributes:
        began: Since when a site works with the solution; those that do not are not in it. What
            lies before is its past; a site of the pilot has it from before the pilot.
        works: Since when it works with it in the roll-out, as somebody noted.
        unclear: Sites that had it in the pilot, and of which nobody noted that they kept it.
        after: The first day after the pilot.
        pilot: What the pilot itself measured, by site and first day of the period.
        measured_until: The last day of the pilot's readings, of the sites it had.
    """

    metric: Metric
    sites: tuple[str, ...]
    zones: Mapping[str, str]
    began: Mapping[str, date]
    works: Mapping[str, date]
    unclear: frozenset[str]
    after: date
    pilot: Cells
    measured_until: date | None
    protocol: Protocol

    def is_between(self, site: str, day: date) -> bool:
        """Whether it is a day after the pilot on which nobody knows if the site had it still."""
        works = self.works.get(site, day)
        return self.began.get(site, day) < works and self.after <= day < works

    @property
    def pilot_sites(self) -> frozenset[str]:
        return frozenset(site for site, _day in self.pilot)


def frame(roll_out: RollOut) -> Frame | None:
    """What is followed after the pilot of this deal; None where nothing was promised in numbers."""
    pilot = roll_out.deal.pilot
    plan = pilot.locked_plan() if pilot is not None else None
    if pilot is None or plan is None:
        return None
    protocol = plan.protocol
    places = WaveSite.objects.filter(wave__roll_out=roll_out).select_related("site")
    zones = {str(slot.site.number): slot.site.zone for slot in pilot.slots.select_related("site")}
    zones |= {str(place.site.number): place.site.zone for place in places}
    measured, tried, until = _of_the_pilot(pilot, protocol, zones)
    noted = {str(p.site.number): p.adopted_on for p in places if p.adopted_on is not None}
    began = {site: min(day, tried.get(site, day)) for site, day in noted.items()}
    ended = pilot.ends_on or until or timezone.localdate(roll_out.deal.opened_at)
    return Frame(
        protocol.primaries[0], tuple(zones), zones, began, noted, frozenset(tried) - began.keys(),
        ended + timedelta(days=1), measured, until, protocol,
    )  # fmt: skip


def _of_the_pilot(
    pilot: Pilot, protocol: Protocol, zones: Mapping[str, str]
) -> tuple[Cells, dict[str, date], date | None]:
    """The readings the data of the pilot were closed with, who had the solution, until when."""
    calendar = Calendar.of(protocol)
    spans = [calendar.days(place) for place in range(len(calendar.ids))]
    days = {one: span[0] for one, span in zip(calendar.ids, spans, strict=True) if span}
    if len(days) < len(spans):
        return {}, {}, None
    assignment = protocol.assignment()
    began = {}
    mixed = set()
    for unit, row in zip(assignment.unit_ids, assignment.schedule, strict=True):
        said = [value for value in row.tolist() if value >= 0]
        if 1 in said and said != sorted(said):
            mixed.add(str(unit))  # it goes back and forth, so it has no day of its own
        elif 1 in said:
            began[str(unit)] = days[str(assignment.period_ids[row.tolist().index(1)])]
    with suppress(Refused):
        table = readings.moments(pilot, at=timezone.now(), snapshot=readings.frozen(pilot))
        cells = _cells_of(table, protocol.primaries[0], days)
        kept = {k: v for k, v in cells.items() if k[0] in zones and k[0] not in mixed}
        began = {unit: day for unit, day in began.items() if unit in zones}
        return kept, began, spans[-1][1] if spans[-1] else None
    return {}, {}, None


def _cells_of(table: Any, metric: Metric, days: Mapping[str, date]) -> Cells:
    """The moments of one metric as totals and bases."""
    rows = np.flatnonzero(np.asarray(table.metric) == metric.code)
    base = table.n[rows] * (table.den_mean[rows] if metric.two_part else 1.0)
    totals = table.n[rows] * table.mean[rows]
    return {
        (str(table.unit[row]), days[str(table.period[row])]): (float(total), float(under))
        for row, total, under in zip(rows, totals, base, strict=True)
    }


# A file --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Taken:
    """What became of a file: counts, what was set aside, and the days of the sites."""

    received: int = 0
    accepted: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)
    cells: dict[tuple[str, date], tuple[float, float]] = field(default_factory=dict)

    @property
    def set_aside(self) -> int:
        return self.by_reason.total()

    def blame(
        self, line: int, column: str, value: str, reason: str, params: Mapping[str, Any]
    ) -> None:
        self.by_reason[reason] += 1
        self._list(line, column, value, reason, params)

    def note(self, faults: Iterable[intake.Fault]) -> None:
        """List what the checks found; they have counted it."""
        for fault in faults:
            self._list(fault.line, fault.column, fault.value, str(fault.reason), fault.params)

    def _list(self, line: int, column: str, value: str, reason: str, params: Any) -> None:
        if len(self.faults) < LISTED:
            self.faults.append({"line": line, "column": column, "value": value, "reason": reason,
                                "params": dict(params)})  # fmt: skip


def expectation(known: Frame, at: datetime) -> Expectation:
    """What a row may say: a site of the waves or of the pilot, a metric of the plan, a day."""
    began = [*known.began.values(), *(day for _site, day in known.pilot), known.after]
    first, last = min(began) - PAST, timezone.localdate(at)
    zone = known.protocol.document["periods"].get("zone", "")
    if all(len(one) == 7 for one in known.protocol.period_ids):
        calendar = _months(first, last, zone)
    else:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        calendar = Calendar(
            tuple(map(str, days)), _us([*days, last + timedelta(days=1)]), zone, by_name=False
        )
    zones = tuple(known.zones.get(site) or zone or MOSCOW for site in known.sites)
    return Expectation(known.sites, zones, known.protocol.metrics, calendar)


def _months(first: date, last: date, zone: str) -> Calendar:
    starts, month = [], first.replace(day=1)
    while month <= last:
        starts.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    ids = tuple(f"{start:%Y-%m}" for start in starts)
    return Calendar(ids, _us([*starts, month]), zone, by_name=True)


def _us(days: list[date]) -> np.ndarray:
    return np.array([(day - date(1970, 1, 1)).days * DAY_US for day in days], np.int64)


def take(
    path: Path, dialect: Dialect, known: Frame, told: Mapping[tuple[str, date], int], at: datetime
) -> Taken:
    """Check the rows of a file and add up those of the metric that is followed.

    Args:
        told: For each site and day that is known already, the number of the file it came with.

    Raises:
        Unreadable: The file as a whole cannot be read.
    """
    taken, expect, blocks = Taken(), expectation(known, at), []
    for raw in intake.read(path, dialect):
        found = intake.check(raw, expect, decimal=dialect.decimal, now=at, details=LISTED)
        taken.received += raw.received
        taken.by_reason.update({str(reason): n for reason, n in found.by_reason.items()})
        taken.note(found.faults)
        blocks.append(found.readings)
    rows = pa.concat_tables(blocks) if blocks else READINGS.empty_table()
    rows = _of_the_metric(rows, known.metric, taken)
    rows = _not_told_before(rows, known, told, taken)
    rows = _once(rows, taken)
    taken.accepted = rows.num_rows
    taken.cells = _summed(rows, known.metric)
    return taken


def _of_the_metric(rows: pa.Table, metric: Metric, taken: Taken) -> pa.Table:
    ours = pc.equal(rows["metric"], metric.code)
    for row in rows.filter(pc.invert(ours)).select(["line", "metric"]).to_pylist():
        taken.blame(row["line"], "metric", row["metric"], "other_metric", {"code": metric.code})
    return rows.filter(ours)


def _not_told_before(
    rows: pa.Table, known: Frame, told: Mapping[tuple[str, date], int], taken: Taken
) -> pa.Table:
    """Without rows about days that came before: in another file, or within the pilot itself."""
    keep, until = np.ones(rows.num_rows, bool), known.measured_until
    pilot_first = min((day for _site, day in known.pilot), default=None)
    sites, days = rows["unit"].to_pylist(), rows["day"].to_pylist()
    for n, (site, day) in enumerate(zip(sites, days, strict=True)):
        if (site, day) in told:
            reason, params = "told", {"file": told[site, day]}
        elif until and pilot_first and pilot_first <= day <= until and site in known.pilot_sites:
            reason, params = "in_pilot", {}
        else:
            continue
        keep[n] = False
        taken.blame(rows["line"][n].as_py(), "at", str(day), reason, params)
    return rows.filter(pa.array(keep))


def _once(rows: pa.Table, taken: Taken) -> pa.Table:
    """Without rows that speak of a reading another row of the file speaks of."""
    keys = ["unit", "at", "subject", "event_id"]
    first = rows.group_by(keys).aggregate([("line", "min")])["line_min"]
    once = pc.is_in(rows["line"], first)
    if pc.all(once).as_py() is not False:
        return rows
    kept = rows.filter(once).select([*keys, "line", "value"]).to_pylist()
    stands = {tuple(row[key] for key in keys): row for row in kept}
    for row in rows.filter(pc.invert(once)).select([*keys, "line", "value"]).to_pylist():
        other = stands[tuple(row[key] for key in keys)]
        reason = "duplicate" if other["value"] == row["value"] else "contradiction"
        where = {"batch": 0, "line": other["line"]}
        taken.blame(row["line"], "value", f"{row['value']:.15g}", reason, where)
    return rows.filter(once)


def _summed(rows: pa.Table, metric: Metric) -> dict[tuple[str, date], tuple[float, float]]:
    """Total and base of each site and day."""
    value = rows["value"]
    if metric.cap is not None:
        value = pc.min_element_wise(value, pa.scalar(float(metric.cap)))
    under = rows["denominator"] if metric.two_part else pa.chunked_array(
        [np.ones(rows.num_rows)], pa.float64())  # fmt: skip
    table = pa.table({"unit": rows["unit"], "day": rows["day"], "value": value, "under": under})
    grouped = table.group_by(["unit", "day"])
    if metric.kind == "quantile":
        # A quantile of a day is one number, known once.
        lists = grouped.aggregate([("value", "list")]).to_pylist()
        share = float(metric.quantile or 0.5)
        return {(r["unit"], r["day"]): (float(np.quantile(r["value_list"], share)), 1.0)
                for r in lists}  # fmt: skip
    sums = grouped.aggregate([("value", "sum"), ("under", "sum")]).to_pylist()
    return {(r["unit"], r["day"]): (r["value_sum"], r["under_sum"]) for r in sums}


def told(roll_out: RollOut) -> dict[tuple[str, date], int]:
    """For each site and day that came after the pilot, the number of its file."""
    days = FollowedDay.objects.filter(follow_up__in=roll_out.follow_ups.counted())
    rows = days.values_list("site", "day", "follow_up__number")
    return {(site, day): number for site, day, number in rows.iterator(chunk_size=10_000)}


# What they amount to -------------------------------------------------------------------------


def count_anew(roll_out: RollOut, at: datetime) -> None:
    """Write what the readings after the pilot show, whole and by month, in place of what stood."""
    roll_out.realised.exclude(way=Way.TYPED).delete()
    known = frame(roll_out)
    gap, lines = (Gap.NO_READINGS, []) if known is None else _found(roll_out, known)
    roll_out.gap = gap
    before = max(roll_out.realised.values_list("number", flat=True), default=0)
    Realised.objects.bulk_create(
        _line(roll_out, before + n, first, last, whole, benefit, at)
        for n, (first, last, whole, benefit) in enumerate(lines, 1)
    )


Line = tuple[date, date, bool, Benefit]


def _found(roll_out: RollOut, known: Frame) -> tuple[str, list[Line]]:
    cells: dict[tuple[str, date], tuple[float, float]] = {}
    days = FollowedDay.objects.filter(follow_up__in=roll_out.follow_ups.counted())
    for site, day, total, base in days.values_list("site", "day", "total", "base").iterator():
        cells[site, day] = (total, base)
    late = [day for _site, day in cells if day >= known.after]
    if not late:
        return Gap.NO_READINGS, []
    here = {site for site, _day in cells}
    started = [day for site, day in known.works.items() if site in here]
    if not started or min(started) > max(late):
        return Gap.NOBODY_BEGAN, []
    cells = {
        (site, day): amounts
        for (site, day), amounts in {**cells, **known.pilot}.items()
        if site not in known.unclear and not known.is_between(site, day)
    }
    panel = _Panel.of(cells, known)
    first, last = max(min(late), min(started)), max(late)
    relative = known.metric.scale == "relative"
    whole = panel.benefit(first, last, relative=relative)
    if whole is None:
        return Gap.NO_PAST, []
    lines: list[Line] = [(first, last, True, whole)]
    for begin, end in _each_month(first, last):
        month = panel.benefit(begin, end, relative=relative)
        if month is not None:
            lines.append((begin, end, False, month))
    return "", lines if len(lines) > 2 else lines[:1]


def _each_month(first: date, last: date) -> list[tuple[date, date]]:
    found, begin = [], first
    while begin <= last:
        after = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
        found.append((begin, min(after - timedelta(days=1), last)))
        begin = after
    return found[-MONTHS:]


@dataclass(frozen=True, eq=False)
class _Panel:
    """Totals and bases by site and day, and the day each site began, as a position."""

    start: date
    total: np.ndarray
    base: np.ndarray
    began: np.ndarray

    @classmethod
    def of(cls, cells: Cells, known: Frame) -> _Panel:
        sites = sorted({site for site, _day in cells})
        start, end = min(day for _s, day in cells), max(day for _s, day in cells)
        shape = (len(sites), (end - start).days + 1)
        total, base = np.zeros(shape), np.zeros(shape)
        place = {site: n for n, site in enumerate(sites)}
        for (site, day), (value, under) in cells.items():
            total[place[site], (day - start).days] = value
            base[place[site], (day - start).days] = under
        never = shape[1]
        began = [
            (known.began[site] - start).days if site in known.began else never for site in sites
        ]
        return cls(start, total, base, np.array(began))

    def benefit(self, first: date, last: date, *, relative: bool) -> Benefit | None:
        return realised(
            self.total, self.base, self.began, first=(first - self.start).days,
            last=(last - self.start).days, relative=relative,
        )  # fmt: skip


def _line(
    roll_out: RollOut, number: int, first: date, last: date, whole: bool, benefit: Benefit,
    at: datetime,
) -> Realised:  # fmt: skip
    return Realised(
        roll_out=roll_out, number=number, first_day=first, last_day=last, is_whole=whole,
        way=Way.BESIDE if benefit.comparison else Way.ALONE, sites=benefit.sites,
        comparison=benefit.comparison, effect=Decimal(f"{benefit.effect:.6f}"),
        low=_decimal(benefit.low), high=_decimal(benefit.high), noted_at=at,
    )  # fmt: skip


def _decimal(value: float) -> Decimal | None:
    return None if np.isnan(value) else Decimal(f"{value:.6f}")

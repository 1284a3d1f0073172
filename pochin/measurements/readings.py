"""Questions to the readings of a pilot, answered in numbers the lab and the pilots understand.

The one gate to values stands here: who works with the solution is known, so before the look day
a unit's value is an arm's value, and nobody is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.core import signatures
from pochin.core.lifecycle import Refused
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Metric, Protocol
from pochin.measurements.expectations import Calendar, Expectation
from pochin.measurements.lake import NOWHERE, Store
from pochin.measurements.models import Arrival, Batch, Crossing, Moment, Snapshot
from pochin.pilots.lifecycle.evidence import Completeness
from pochin.pilots.models import Pilot, Plan

FORMAT = "pochin-readings/1"


def expectation(plan: Plan, own: Iterable[str] | None = None) -> Expectation:
    """What the locked plan lets a row say; units that are sites live in their sites' zones."""
    slots = plan.pilot.slots.select_related("site")
    zones = {str(slot.site.number): slot.site.zone for slot in slots}
    return Expectation.of(plan.protocol, zones, own)


# What counts ---------------------------------------------------------------------------------


def listed(batches: Iterable[Batch]) -> list[list[Any]]:
    """What a fingerprint stands for: each batch, its rows, whether it speaks of the primary."""
    ordered = sorted(batches, key=lambda batch: batch.number)
    return [[batch.number, batch.rows_sha256, batch.is_confirmed] for batch in ordered]


def fingerprint(batches: Iterable[Batch]) -> str:
    """SHA-256 over the readings that count, whatever files hold them; empty where none do."""
    said = listed(batches)
    return signatures.fingerprint({"format": FORMAT, "batches": said}) if said else ""


def frozen(pilot: Pilot) -> Snapshot:
    """The readings the data of a pilot were closed with.

    Raises:
        Refused: They are not closed.
    """
    found = pilot.snapshots.filter(sha256=pilot.data_sha256).first() if pilot.data_sha256 else None
    if found is None:
        raise Refused(_("The data of the pilot are not closed, so nothing can be computed yet."))
    return found


def cite(snapshot: Snapshot) -> None:
    """Keep the version of the store these readings stand in: an evaluation rests on it."""
    Snapshot.objects.filter(pk=snapshot.pk, is_cited=False).update(is_cited=True)


def completeness(pilot: Pilot, batches: Sequence[Batch], *, at: datetime) -> Completeness:
    """What arrived of what the plan expects until now: a reading for each unit, period, metric."""
    plan = pilot.locked_plan()
    assert plan is not None, "readings are taken only under a locked plan"
    protocol = plan.protocol
    over = _over(protocol, timezone.localdate(at))
    here = _seen(protocol, batches)
    run = [one for one in protocol.run_ids if one in over]
    baseline = [one for one in protocol.baseline_ids if one in over]
    each = len(expectation(plan).units) * len(protocol.metrics)
    return Completeness(
        expected=each * len(run),
        received=_among(here, run),
        baseline_expected=each * len(baseline),
        baseline_received=_among(here, baseline),
        sha256=fingerprint(batches),
        version=max([batch.store_version or 0 for batch in batches], default=0),
        importers=tuple(sorted({batch.sent_by_id for batch in batches})),
        unsettled=sum(batch.is_stale for batch in batches),
    )


def source(pilot: Pilot) -> str:
    """Whose readings the locked plan uses where both sides tell them: "post" or "vendor"."""
    plan = pilot.locked_plan()
    return plan.protocol.data_rules.get("source", "post") if plan is not None else "post"


def both_told(pilot: Pilot) -> dict[str, Any]:
    """Which readings both sides told and whose are used, as a snapshot keeps it."""
    pairs = Crossing.objects.filter(batch__pilot=pilot).counted()
    found = pairs.values_list("batch__number", "used__number", "rows")
    return {"source": source(pilot), "pairs": [list(pair) for pair in found]} if found else {}


def _over(protocol: Protocol, today: date) -> set[str]:
    """The periods that have ended; all of them where periods have no dates."""
    calendar = Calendar.of(protocol)
    ended = set()
    for place, period in enumerate(calendar.ids):
        days = calendar.days(place)
        if days is None or days[1] < today:
            ended.add(period)
    return ended


def _seen(protocol: Protocol, batches: Sequence[Batch]) -> set[tuple[str, str, str]]:
    """Unit, period and metric of every cell with a reading that counts."""
    sure = [batch.pk for batch in batches if batch.is_confirmed]
    declared = [batch.pk for batch in batches if not batch.is_confirmed]
    cells = ("unit", "period", "metric")
    arrived = Arrival.objects.filter(batch__in=sure).values_list(*cells)
    told = Arrival.objects.filter(batch__in=declared).exclude(metric__in=_primary(protocol))
    return set(arrived.distinct()) | set(told.values_list(*cells).distinct())


def _among(cells: set[tuple[str, str, str]], periods: Iterable[str]) -> int:
    wanted = set(periods)
    return sum(period in wanted for _unit, period, _metric in cells)


def _primary(protocol: Protocol) -> list[str]:
    return [metric.code for metric in protocol.primaries]


# Values, behind the gate ---------------------------------------------------------------------


def look_day(pilot: Pilot, plan: Plan | None = None) -> date | None:
    """From which day on values may be asked for; None where the plan has no days.

    Give the locked `plan` where it was read already; the same for the functions below.
    """
    plan = plan or pilot.locked_plan()
    days = plan.look_days() if plan is not None else []
    return days[0] if days else None


def demand_look(pilot: Pilot, *, at: datetime) -> None:
    """Pass quietly once the first look day has come.

    Raises:
        Refused: It has not.
    """
    day = look_day(pilot)
    if day is None or timezone.localdate(at) < day:
        raise Refused(
            _("Nobody sees values before the look day of the plan; until then only counts.")
        )


def moments(pilot: Pilot, *, at: datetime, snapshot: Snapshot | None = None) -> MomentTable:
    """Counts, means and centred second moments of the readings that count.

    Args:
        pilot: Whose readings.
        at: Now; before the look day nothing is told.
        snapshot: The closed data of the pilot (`frozen`), which an evaluation may read at once.

    Raises:
        Refused: The look day has not come, and these are not the closed data.
    """
    if snapshot is None or not _is_closed(pilot, snapshot):
        demand_look(pilot, at=at)
    batches = snapshot.batches if snapshot else listed(pilot.batches.counted())
    version = snapshot.version if snapshot else _newest(pilot)
    protocol = _protocol(pilot)
    if still_kept(pilot, batches):
        columns = _kept(pilot, batches, protocol)
    else:
        columns = _from_store(pilot, batches, protocol, _version(version))
    return _table(columns, protocol, _quantiles(pilot, batches, protocol, _version(version)))


def for_the_watch(pilot: Pilot) -> MomentTable:
    """Moments for the watch alone, which turns them into flags and tells no value.

    Raises:
        Refused: The plan is not locked.
    """
    protocol, batches = _protocol(pilot), listed(pilot.batches.counted())
    return _table(_kept(pilot, batches, protocol), protocol, [])


def recomputed(pilot: Pilot, snapshot: Snapshot) -> MomentTable:
    """The same moments as they follow from every single row in the store at that version."""
    if not _is_closed(pilot, snapshot):
        raise Refused(_("Only closed data can be computed again."))
    protocol, version = _protocol(pilot), _version(snapshot.version)
    columns = _from_store(pilot, snapshot.batches, protocol, version)
    return _table(columns, protocol, _quantiles(pilot, snapshot.batches, protocol, version))


def _is_closed(pilot: Pilot, snapshot: Snapshot) -> bool:
    """Whether these are data a pilot was closed with, now or before it was extended."""
    return snapshot.is_cited or snapshot.sha256 == pilot.data_sha256


def _protocol(pilot: Pilot) -> Protocol:
    plan = pilot.locked_plan()
    if plan is None:
        raise Refused(_("The plan of the pilot is not locked."))
    return plan.protocol


def _version(version: int | None) -> int:
    return NOWHERE if version is None else version


def _newest(pilot: Pilot) -> int | None:
    return pilot.batches.counted().aggregate(newest=Max("store_version"))["newest"]


def still_kept(pilot: Pilot, batches: Sequence[Sequence[Any]]) -> bool:
    """Whether the moments beside the rows are still those of these batches."""
    present = dict(pilot.batches.counted().values_list("number", "rows_sha256"))
    return all(present.get(number) == rows for number, rows, _primary in batches)


NUMBERS = ("n", "mean", "m2", "den_mean", "den_m2", "den_co")
KEYS = ("unit", "period", "metric")


def _kept(
    pilot: Pilot, batches: Sequence[Sequence[Any]], protocol: Protocol
) -> dict[str, np.ndarray]:
    """The moments that stand beside the rows, as arrays."""
    parts: list[tuple[Any, ...]] = []
    for speaks in (True, False):
        numbers = [number for number, _rows, primary in batches if primary is speaks]
        rows = Moment.objects.filter(batch__pilot=pilot, batch__number__in=numbers)
        rows = rows if speaks else rows.exclude(metric__in=_primary(protocol))
        parts += rows.values_list(*KEYS, *NUMBERS).iterator(chunk_size=10_000)
    columns = list(zip(*parts, strict=True)) or [()] * (len(KEYS) + len(NUMBERS))
    found = {name: np.array(columns[i], dtype=str) for i, name in enumerate(KEYS)}
    for i, name in enumerate(NUMBERS, len(KEYS)):
        found[name] = np.array(columns[i], dtype=np.int64 if name == "n" else np.float64)
    return found


def _from_store(
    pilot: Pilot, batches: Sequence[Sequence[Any]], protocol: Protocol, version: int
) -> dict[str, np.ndarray]:
    """The same from the rows themselves."""
    store, parts = Store(pilot.number), []
    for speaks in (True, False):
        numbers = [number for number, _rows, primary in batches if primary is speaks]
        part = store.moments(version=version, batches=numbers, **how(protocol))
        if not speaks:
            keep = ~np.isin(part["metric"].astype(str), _primary(protocol))
            part = {name: column[keep] for name, column in part.items()}
        parts.append(part)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in (*KEYS, *NUMBERS)}
    return joined | {name: joined[name].astype(str) for name in KEYS}


def quantile_codes(protocol: Protocol) -> list[str]:
    """The metrics that are quantiles."""
    return [metric.code for metric in protocol.metrics if metric.kind == "quantile"]


def how(protocol: Protocol) -> dict[str, Any]:
    """How the plan lets rows be reduced: caps of metrics, and whether denominators count."""
    capped = {metric.code: metric.cap for metric in protocol.metrics if metric.cap is not None}
    return {"caps": capped, "paired": any(metric.two_part for metric in protocol.metrics)}


def _quantiles(
    pilot: Pilot, batches: Sequence[Sequence[Any]], protocol: Protocol, version: int
) -> list[tuple[Metric, dict[str, np.ndarray]]]:
    """Metrics that are quantiles: no moments give them, so they come from the rows."""
    found = []
    for metric in protocol.metrics:
        if metric.kind == "quantile":
            primary = metric.role == "primary"
            numbers = [number for number, _rows, speaks in batches if speaks or not primary]
            share = float(metric.quantile or 0.5)
            found.append((metric, Store(pilot.number).quantiles(
                metric.code, share, version=version, batches=numbers)))  # fmt: skip
    return found


def _table(
    columns: dict[str, np.ndarray],
    protocol: Protocol,
    quantiles: list[tuple[Metric, dict[str, np.ndarray]]],
) -> MomentTable:
    whole = ~np.isin(columns["metric"], [metric.code for metric, _found in quantiles])
    columns = {name: column[whole] for name, column in columns.items()}
    for metric, found in quantiles:
        columns = _with_quantile(columns, metric, found)
    if not any(metric.two_part for metric in protocol.metrics):
        return MomentTable(**{name: columns[name] for name in (*KEYS, "n", "mean", "m2")})
    # A metric without a denominator is one for each reading.
    single = ~np.isin(columns["metric"], [m.code for m in protocol.metrics if m.two_part])
    for name, alone in (("den_mean", 1.0), ("den_m2", 0.0), ("den_co", 0.0)):
        columns[name] = np.where(single, alone, columns[name])
    return MomentTable(**columns)


def _with_quantile(
    columns: dict[str, np.ndarray], metric: Metric, found: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """A quantile of a unit and period is one number, known once."""
    count = len(found["n"])
    more: dict[str, np.ndarray] = {
        "unit": found["unit"].astype(str),
        "period": found["period"].astype(str),
        "metric": np.full(count, metric.code),
        "n": np.ones(count, np.int64),
        "mean": found["value"].astype(np.float64),
    }
    zeros = np.zeros(count)
    return {
        name: np.concatenate([column, more.get(name, zeros)]) for name, column in columns.items()
    }


# Counts, for everybody inside ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A unit in a period, or on a day: metrics that arrived of those expected."""

    on: date | None
    period: str
    received: int
    expected: int


def arrivals(pilot: Pilot, *, at: datetime, plan: Plan | None = None) -> dict[str, list[Cell]]:
    """For each unit of the plan its periods in order."""
    plan = plan or pilot.locked_plan()
    if plan is None:
        return {}
    protocol = plan.protocol
    here: dict[tuple[str, str], set[str]] = {}
    for unit, period, metric in _seen(protocol, list(pilot.batches.counted())):
        here.setdefault((unit, period), set()).add(metric)
    calendar, today = Calendar.of(protocol), timezone.localdate(at)
    spans = [(one, calendar.days(i)) for i, one in enumerate(calendar.ids)]
    every = len(protocol.metrics)
    return {
        unit: [
            Cell(
                days[0] if days else None,
                period,
                len(here.get((unit, period), ())),
                every if days is None or days[1] < today else 0,
            )
            for period, days in spans
        ]
        for unit in expectation(plan).units
    }


@dataclass(frozen=True, slots=True)
class Freshness:
    """When readings last came, and up to which day they reach."""

    last_sent_at: datetime | None
    last_day: date | None
    rows: int
    days_behind: int | None


def freshness(pilot: Pilot, *, at: datetime) -> Freshness:
    """How fresh the readings are; days behind yesterday, or behind the end of the run."""
    counted = pilot.batches.counted().order_by()
    found = counted.aggregate(sent=Max("sent_at"), last=Max("last_day"), rows=Sum("accepted"))
    last, behind = found["last"], None
    if last is not None:
        due = timezone.localdate(at) - timedelta(days=1)
        due = min(due, pilot.ends_on) if pilot.ends_on else due
        behind = max((due - last).days, 0)
    return Freshness(found["sent"], last, found["rows"] or 0, behind)

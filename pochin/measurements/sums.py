"""What is written down of a batch: counts, rows set aside, moments; what the pilot hears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from pochin.core.policy import SYSTEM
from pochin.measurements import readings, volume
from pochin.measurements.intake import Dialect, Reason
from pochin.measurements.models import (
    Arrival,
    Batch,
    Crossing,
    Moment,
    QuarantineRow,
    Sketch,
    Snapshot,
    State,
)
from pochin.measurements.taking import Taken
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Pilot


def counted(batch: Batch) -> list[Batch]:
    """The other batches of the pilot that count."""
    return list(batch.pilot.batches.counted().exclude(pk=batch.pk))


def keep(batch: Batch, taken: Taken, at: datetime) -> None:
    keep_counts(batch, taken)
    batch.plan_sha256, batch.rows_sha256 = taken.plan_sha256, taken.rows_sha256
    batch.store_version, batch.checked_at = taken.version, at
    batch.first_day, batch.last_day = taken.first_day, taken.last_day
    keep_faults(batch, taken)
    if taken.newest_us is not None:
        batch.newest_at = datetime.fromtimestamp(taken.newest_us / 1_000_000, UTC)
    forget_sums(batch)
    Moment.objects.bulk_create(_moments(batch, taken.moments), batch_size=2_000)
    Arrival.objects.bulk_create(_arrivals(batch, taken.arrivals), batch_size=2_000)
    Sketch.objects.bulk_create(_sketches(batch, taken.sketches), batch_size=500)
    batch.warnings = volume.warnings(batch, counted(batch))
    here = _still_there(batch)
    _keep_crossings(batch, taken, here)
    # What it repeats may have been withdrawn while it was checked, or the other side told since
    # what it says.
    gone = set(taken.overlaps) - {other.number for other in here}
    if gone or taken.is_behind or any(_came_later(other, batch) for other in here):
        batch.is_stale = True
        batch.round += 1


def _came_later(other: Batch, batch: Batch) -> bool:
    """Whether the other side's batch found rows of this one, which gives way, in the store."""
    return (
        other.state == State.ACCEPTED
        and str(batch.number) in other.overrules
        and (other.store_version or 0) > (batch.store_version or 0)
    )


def _keep_crossings(batch: Batch, taken: Taken, here: Sequence[Batch]) -> None:
    batch.crossings.all().delete()
    by_number = {other.number: other for other in here}
    Crossing.objects.bulk_create(
        Crossing(
            batch=batch,
            used=by_number[number],
            rows=crossed.rows,
            differing=crossed.differing,
            unlike=crossed.unlike,
        )
        for number, crossed in taken.crossings.items()
        if number in by_number
    )


def forget_sums(batch: Batch) -> None:
    for sums in (batch.moments, batch.arrivals, batch.sketches):
        sums.all().delete()


def _still_there(batch: Batch) -> Sequence[Batch]:
    return list(batch.pilot.batches.filter(state__in=[State.CHECKING, State.ACCEPTED]))


def keep_counts(batch: Batch, taken: Taken) -> None:
    batch.received, batch.accepted = taken.received, taken.accepted
    batch.quarantined, batch.duplicates = taken.quarantined, taken.duplicates
    batch.by_reason = {str(reason): count for reason, count in sorted(taken.by_reason.items())}
    batch.overlaps = {str(number): count for number, count in sorted(taken.overlaps.items())}
    batch.overrules = {str(number): count for number, count in sorted(taken.overrules.items())}


def keep_faults(batch: Batch, taken: Taken) -> None:
    """Write down the first rows that were set aside, each with its line and reason."""
    batch.set_aside.all().delete()
    dialect = Dialect.of(batch.dialect)
    others = {one.number: Dialect.of(one.dialect) for one in batch.pilot.batches.all()
              if one.number in taken.overlaps}  # fmt: skip
    rows = []
    for fault in sorted(taken.faults, key=lambda fault: fault.line):
        line, head = dialect.place(fault.line)
        params = dict(fault.params)
        if "line" in params:
            other = others.get(params["batch"], dialect)
            params["line"] = other.place(params["line"])[0]
        rows.append(
            QuarantineRow(
                batch=batch,
                line=line,
                # By its heading in the file, as people know it.
                column=(
                    dialect.columns.get(fault.column, fault.column)
                    if not head or fault.column != "value"
                    else head
                )[:60],
                # PostgreSQL keeps no NUL in a text.
                value=fault.value.replace("\0", "\ufffd")[:200],
                reason=fault.reason,
                params=params,
                is_duplicate=fault.reason in (Reason.DUPLICATE, Reason.OTHER_SIDE),
            )
        )
    QuarantineRow.objects.bulk_create(rows, batch_size=2_000)


def _moments(batch: Batch, columns: Mapping[str, np.ndarray]) -> list[Moment]:
    plain = {name: column.tolist() for name, column in columns.items() if name != "den_n"}
    for name in ("den_mean", "den_m2", "den_co"):
        plain[name] = [None if value is None or np.isnan(value) else value for value in plain[name]]
    rows = zip(*plain.values(), strict=True)
    return [Moment(batch=batch, **dict(zip(plain, row, strict=True))) for row in rows]


def _arrivals(batch: Batch, columns: Mapping[str, np.ndarray]) -> list[Arrival]:
    plain = {name: column.tolist() for name, column in columns.items()}
    rows = zip(*plain.values(), strict=True)
    return [Arrival(batch=batch, **dict(zip(plain, row, strict=True))) for row in rows]


def _sketches(batch: Batch, columns: Mapping[str, np.ndarray]) -> list[Sketch]:
    bins: dict[tuple[str, ...], list[list[int]]] = {}
    names = ("unit", "period", "metric", "bin", "n")
    for *key, place, count in zip(*(columns[name].tolist() for name in names), strict=True):
        bins.setdefault(tuple(key), []).append([place, count])
    return [
        Sketch(batch=batch, unit=unit, period=period, metric=metric, bins=found)
        for (unit, period, metric), found in bins.items()
    ]


def tell_pilot(pilot: Pilot, batches: Sequence[Batch], at: datetime) -> None:
    """Hand down what arrived, and remember which readings these were."""
    ordered = sorted(batches, key=lambda batch: batch.number)
    data = readings.completeness(pilot, ordered, at=at)
    if data.sha256:
        Snapshot.objects.get_or_create(
            pilot=pilot,
            sha256=data.sha256,
            defaults={
                "version": data.version,
                "batches": readings.listed(ordered),
                "rows": sum(batch.accepted or 0 for batch in ordered),
                "both_told": readings.both_told(pilot),
                "at": at,
            },
        )
    fresh = Pilot.objects.get(pk=pilot.pk)
    pilots.note_data(fresh, by=SYSTEM, data=data, at=at)

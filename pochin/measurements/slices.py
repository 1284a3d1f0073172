"""Slices of the readings: which rows a person may look at and take out, and whence each came.

The gate is the one of `readings`: before a look day a person meets the rows they sent themselves;
between two looks, what was due at the first; from the last one on, or once the result was handed
over, all that counts.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from django.db.models import F, Q, Sum
from django.utils import timezone

from pochin.core import journal
from pochin.measurements import readings
from pochin.measurements.intake import Dialect
from pochin.measurements.lake import NOWHERE, STORED, Slice, Store, quantile_of
from pochin.measurements.models import Arrival, Batch, Moment, Sketch, Snapshot
from pochin.pilots.models import Pilot, Plan
from pochin.ui import formats

PREVIEW = 50
SORTED = 2_000_000  # rows that are put in order for a preview; of more the first ones are shown
SKETCHES = 5_000  # sketches that are merged for a page
BOM = b"\xef\xbb\xbf"
# What a spreadsheet would run as a formula (`ui.files_out`).
FORMULA = "^[\\s\u00a0]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]"
# The columns of a file of readings first, so that what was taken out can be read again.
TAKEN_OUT = ("unit", "at", "metric", "value", "denominator", "subject", "event_id", "day",
             "period", "batch", "line")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person may see of the values of a pilot.

    Attributes:
        numbers: Batches whose rows are shown.
        own: Batches this person sent, whose rows are shown whatever the plan hides.
        is_open: Whether a look day has come; until then there is nothing but `own`.
        until: The last day that is shown where a later look is still to come.
        but: Metrics a batch may not speak of, by its number: the vendor's, until confirmed.
        version: The version of the store.
    """

    numbers: tuple[int, ...]
    own: tuple[int, ...]
    is_open: bool
    until: date | None
    but: dict[int, list[str]]
    version: int

    @property
    def is_empty(self) -> bool:
        return not (self.numbers or self.own)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for; what is None does not narrow."""

    unit: str | None = None
    metric: str | None = None
    first: date | None = None
    last: date | None = None
    batch: int | None = None


def sight(
    pilot: Pilot, user: Any, *, at: datetime, plan: Plan, snapshot: Snapshot | None = None
) -> Sight:
    """What this person may see of the readings now, or as they stood in a snapshot."""
    days = plan.look_days()
    passed = [day for day in days if day <= timezone.localdate(at)]
    counted = list(pilot.batches.counted())
    own = tuple(batch.number for batch in counted if batch.sent_by_id == user.pk)
    newest = Store(pilot.number).version()
    is_told = pilot.result_at is not None
    if not passed and not is_told:
        return Sight((), own, False, None, {}, newest)
    until = None if is_told or len(passed) == len(days) else passed[-1] - timedelta(days=1)
    batches = snapshot.batches if snapshot else readings.listed(counted)
    primary = [metric.code for metric in plan.protocol.primaries]
    but = {number: primary for number, _rows, speaks in batches if not speaks}
    version = newest if snapshot is None else snapshot.version
    return Sight(
        tuple(number for number, _rows, _speaks in batches),
        () if snapshot else own,
        True,
        until,
        but,
        NOWHERE if version is None else version,
    )


def states(pilot: Pilot) -> list[Snapshot]:
    """The states of the readings that can always be looked at again: those that are cited."""
    closed = Q(sha256=pilot.data_sha256) if pilot.data_sha256 else Q(pk__in=[])
    found = pilot.snapshots.filter(Q(is_cited=True) | closed, version__isnull=False)
    return list(found.order_by("-at"))


def question(seen: Sight, wanted: Wanted) -> Slice:
    """The rows that are wanted, among those that may be seen."""

    def only(numbers: tuple[int, ...]) -> list[int]:
        return [one for one in numbers if wanted.batch is None or one == wanted.batch]

    return Slice(
        only(seen.numbers),
        only(seen.own),
        unit=wanted.unit,
        metric=wanted.metric,
        first=wanted.first,
        last=wanted.last,
        until=seen.until,
        but=seen.but,
    )


# Rows ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One reading, and whence it came."""

    unit: str
    at: datetime | None
    day: date | None
    period: str
    metric: str
    value: float
    denominator: float | None
    about: str
    batch: Batch
    line: int

    @property
    def when(self) -> str:
        """The moment in few words; the name of the period where there is none."""
        return formats.short_moment(self.at) if self.at else self.period


def preview(pilot: Pilot, seen: Sight, wanted: Wanted, *, count: int | None) -> list[Row]:
    """The first rows of a slice, each with its file and line."""
    if seen.is_empty:
        return []
    ordered = count is not None and count <= SORTED
    table = Store(pilot.number).slice(
        question(seen, wanted), version=seen.version, limit=PREVIEW, ordered=ordered
    )
    numbers = set(table["batch"].to_pylist())
    found = pilot.batches.filter(number__in=numbers).select_related("pilot", "file", "sent_by")
    batches = {batch.number: batch for batch in found}
    dialects = {number: Dialect.of(batch.dialect) for number, batch in batches.items()}
    return [
        Row(
            row["unit"],
            row["at"],
            row["day"],
            row["period"],
            row["metric"],
            row["value"],
            row["denominator"],
            " · ".join(filter(None, (row["subject"], row["event_id"]))),
            batches[row["batch"]],
            dialects[row["batch"]].place(row["line"])[0],
        )
        for row in table.to_pylist()
    ]


def count(pilot: Pilot, seen: Sight, wanted: Wanted, snapshot: Snapshot | None) -> int | None:
    """How many rows a slice has, without reading them; None where that is not kept any more."""
    if snapshot is not None and not readings.still_kept(pilot, snapshot.batches):
        return None
    asked = question(seen, wanted)
    shown = Q(batch__number__in=asked.batches)
    if asked.until is not None:
        shown &= Q(day__lte=asked.until)
    for number, metrics in seen.but.items():
        shown &= ~Q(batch__number=number, metric__in=metrics)
    rows = Arrival.objects.filter(shown | Q(batch__number__in=asked.own), batch__pilot=pilot)
    narrow = {"unit": asked.unit, "metric": asked.metric, "day__gte": asked.first,
              "day__lte": asked.last}  # fmt: skip
    rows = rows.filter(**{name: value for name, value in narrow.items() if value is not None})
    return rows.aggregate(n=Sum("n"))["n"] or 0


# What a slice amounts to ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Amount:
    """What the values of one metric amount to.

    Attributes:
        level: The mean; for ratios and rates value by denominator; for quantiles the quantile,
            within a quarter of a percent; None where too much would have to be merged.
        spread: Their standard deviation, for metrics that are means or shares.
    """

    metric: Any
    n: int
    level: float | None
    spread: float | None


def amounts(pilot: Pilot, plan: Plan, seen: Sight, wanted: Wanted) -> list[Amount]:
    """What a slice amounts to, from what is kept beside the rows; empty where that cannot say.

    It cannot before the look day, between two looks, and for single days.
    """
    if not seen.is_open or seen.until or wanted.first or wanted.last:
        return []
    asked, kept = question(seen, wanted), Q()
    for number, metrics in seen.but.items():
        kept &= ~Q(batch__number=number, metric__in=metrics)
    narrow = {"batch__pilot": pilot, "batch__number__in": asked.batches}
    if wanted.unit is not None:
        narrow["unit"] = wanted.unit
    rows = Moment.objects.filter(kept, **narrow)
    sketches = Sketch.objects.filter(kept, **narrow)
    found = []
    for metric in plan.protocol.metrics:
        if wanted.metric in (None, metric.code):
            amount = _amount(metric, rows.filter(metric=metric.code),
                             sketches.filter(metric=metric.code))  # fmt: skip
            if amount.n:
                found.append(amount)
    return found


def _amount(metric: Any, rows: Any, sketches: Any) -> Amount:
    whole = rows.aggregate(
        count=Sum("n"), total=Sum(F("n") * F("mean")), under=Sum(F("n") * F("den_mean"))
    )
    n = whole["count"] or 0
    if metric.kind == "quantile":
        return Amount(metric, n, _quantile(sketches, float(metric.quantile or 0.5)), None)
    if not n:
        return Amount(metric, 0, None, None)
    if metric.two_part:
        return Amount(metric, n, whole["total"] / whole["under"] if whole["under"] else None, None)
    mean = whole["total"] / n
    apart = F("mean") - mean
    about = rows.aggregate(m2=Sum(F("m2") + F("n") * apart * apart))["m2"]
    return Amount(metric, n, mean, (about / (n - 1)) ** 0.5 if n > 1 else None)


def _quantile(sketches: Any, share: float) -> float | None:
    lists = list(sketches.values_list("bins", flat=True)[: SKETCHES + 1])
    if not lists or len(lists) > SKETCHES:
        return None
    pairs = [pair for bins in lists for pair in bins]
    return quantile_of([place for place, _n in pairs], [n for _place, n in pairs], share)


# Files ---------------------------------------------------------------------------------------


def take_out(pilot: Pilot, seen: Sight, wanted: Wanted, kind: str, *, by: Any,
             at: datetime) -> Iterator[bytes]:  # fmt: skip
    """The rows of a slice as a file, "csv" or "parquet"; who took them is written down first."""
    narrow = {"unit": wanted.unit, "metric": wanted.metric, "batch": wanted.batch,
              "first": wanted.first, "last": wanted.last}  # fmt: skip
    facts = {name: str(value) for name, value in narrow.items() if value is not None}
    facts |= {"kind": kind, "version": str(seen.version)}
    journal.write("measurements.take_out", pilot, by=by, at=at, facts=facts)
    blocks = Store(pilot.number).blocks(question(seen, wanted), version=seen.version)
    return {"csv": as_csv, "parquet": as_parquet}[kind](blocks)


def as_csv(blocks: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Readings as a table that a spreadsheet opens, and that can be sent in again."""
    yield BOM + ",".join(TAKEN_OUT).encode() + b"\n"
    options = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
    for block in blocks:
        columns = [_harmless(block.column(name)) for name in TAKEN_OUT]
        out = io.BytesIO()
        pa.csv.write_csv(pa.Table.from_arrays(columns, names=list(TAKEN_OUT)), out, options)
        yield out.getvalue()


def _harmless(column: pa.Array) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column
    runs = pc.fill_null(pc.match_substring_regex(column, FORMULA), False)
    return pc.if_else(runs, pc.binary_join_element_wise("'", column, ""), column)


class _Drain(io.RawIOBase):
    """A file that is written once and carried away while it grows."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def write(self, data: Any) -> int:
        block = bytes(data)
        self._blocks.append(block)
        self._place += len(block)
        return len(block)

    def carry_away(self) -> bytes:
        blocks, self._blocks = self._blocks, []
        return b"".join(blocks)


def as_parquet(blocks: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Readings as a Parquet file, written while it is taken."""
    schema = pa.schema([STORED.field(name) for name in TAKEN_OUT])
    drain = _Drain()
    with pq.ParquetWriter(drain, schema, compression="zstd") as writer:
        for block in blocks:
            writer.write_batch(block.select(list(TAKEN_OUT)))
            yield drain.carry_away()
    yield drain.carry_away()

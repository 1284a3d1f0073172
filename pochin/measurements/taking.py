"""Taking a batch in: check its rows, drop what is known already, add the rest, count.

Every step may be done again: a file that was half taken in before a crash ends as if there had
been none, because the store is asked which of its rows are there.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from pochin.files import store as files
from pochin.jobs import progress
from pochin.measurements import intake
from pochin.measurements.ahead import ahead, behind
from pochin.measurements.expectations import Expectation
from pochin.measurements.intake import READINGS, Dialect, Fault, Reason, Unreadable
from pochin.measurements.lake import STORED, Overtaken, Repeats, Store
from pochin.measurements.models import Batch, State
from pochin.measurements.readings import expectation, how, quantile_codes

LISTED = 10_000  # rows set aside that are kept one by one; more are only counted
HASHED = 65_536  # rows that are hashed together
MOST_TRIES = 200


@dataclass(slots=True)
class Taken:
    """What became of a file: counts, what was set aside, and what the rest amounts to."""

    received: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    overlaps: Counter[int] = field(default_factory=Counter)
    rows_sha256: str = ""
    version: int = 0
    plan_sha256: str = ""
    first_day: date | None = None
    last_day: date | None = None
    moments: dict[str, np.ndarray] = field(default_factory=dict)
    sketches: dict[str, np.ndarray] = field(default_factory=dict)
    arrivals: dict[str, np.ndarray] = field(default_factory=dict)
    newest_us: int | None = None


def take(batch: Batch) -> Taken:
    """Bring a batch's readings into the store, once.

    Raises:
        Unreadable: The file as a whole cannot be taken in.
    """
    plan = batch.pilot.locked_plan()
    assert plan is not None, "readings are taken only under a locked plan"
    expect = expectation(plan, batch.units or None)
    taken = Taken(plan_sha256=plan.sha256)
    with bytes_of(batch) as path, _workplace() as folder:
        staged = folder / "staged.parquet"
        _stage(path, staged, batch, expect, taken)
        progress.report(0.7, "duplicates")
        store = Store(batch.pilot.number)
        _add(store, staged, batch, expect, taken)
        progress.report(0.9, "moments")
        _count(store, batch, plan.protocol, taken)
    return taken


@contextmanager
def bytes_of(batch: Batch) -> Iterator[Path]:
    """The file as a path; brought near first where the store is not on a disk of ours."""
    root = files.root()
    if root is not None:
        path = root / files.place(batch.sha256)
        if not path.exists():
            raise Unreadable("lost")
        yield path
        return
    with tempfile.NamedTemporaryFile(dir=workshop()) as near:
        try:
            with files.open_bytes(batch.sha256) as far:
                shutil.copyfileobj(far, near)
        except FileNotFoundError:
            raise Unreadable("lost") from None
        near.flush()
        yield Path(near.name)


def workshop() -> Path:
    """Where files stand while they are worked on."""
    folder = Path(settings.HOME) / "staging"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def _workplace() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=workshop()) as folder:
        yield Path(folder)


# Rows that are in order ----------------------------------------------------------------------


def _stage(path: Path, staged: Path, batch: Batch, expect: Expectation, taken: Taken) -> None:
    """Check every row; write the good ones aside in the order of the file."""
    dialect = Dialect.of(batch.dialect)
    with staging(staged) as write:
        for raw in ahead(intake.read(path, dialect)):
            checked = intake.check(
                raw,
                expect,
                decimal=dialect.decimal,
                now=batch.sent_at,
                details=LISTED - len(taken.faults),
            )
            taken.received += raw.received
            taken.by_reason.update(checked.by_reason)
            taken.faults += checked.faults
            if checked.newest_us is not None:
                taken.newest_us = max(taken.newest_us or checked.newest_us, checked.newest_us)
            if checked.readings.num_rows:
                write(checked.readings)
            progress.report(raw.done * 0.7, "checking")
    taken.quarantined = taken.by_reason.total()
    if taken.received == 0:
        raise Unreadable("empty")


@contextmanager
def staging(staged: Path) -> Iterator[Callable[[pa.Table], None]]:
    """A file for the rows that are in order, written while the next ones are checked."""
    with (
        pq.ParquetWriter(
            staged,
            READINGS,
            compression="lz4",
            # What hardly repeats gains nothing from a dictionary, and this file is read once.
            use_dictionary=["unit", "period", "metric"],
            write_statistics=False,
        ) as writer,
        behind(writer.write_table) as write,
    ):
        yield write


# Rows that are new ---------------------------------------------------------------------------


def _add(store: Store, staged: Path, batch: Batch, expect: Expectation, taken: Taken) -> None:
    """Add what is not there yet, judged by what stands in the store at that very moment."""
    keep = "last" if expect.duplicate == "last" else "first"
    for _try in range(MOST_TRIES):
        version = store.version()
        repeats = store.repeats(staged, _others(batch), version=version, keep=keep)
        present = store.lines(batch.number, version=version)
        before = store.rounds(batch.number, batch.sha256)
        if len(present) and (
            not before or (batch.state == State.CHECKING and before < batch.round)
        ):
            # Of another file that had this number before a backup was brought back, or of work
            # that was stopped: what was known then may not be known now.
            store.leave_out(batch.number, store.rounds(batch.number) + 1)
            continue
        # What stands in the store stands.
        repeats = repeats.without(present)
        rows = _Rows(staged, batch.number, repeats.line, present)
        try:
            taken.version = _append(store, batch, rows, version)
        except Overtaken:
            progress.report()
            continue
        taken.accepted, taken.rows_sha256 = rows.count, rows.sha256
        _set_aside(repeats, rows.values, expect.duplicate, taken)
        return
    raise RuntimeError(f"The store of pilot {batch.pilot.number} stays busy.")


def _others(batch: Batch) -> list[int]:
    """The batches whose rows make a row of this one known: also those half taken in."""
    others = batch.pilot.batches.filter(state__in=[State.CHECKING, State.ACCEPTED])
    return sorted(others.exclude(pk=batch.pk).values_list("number", flat=True))


def _append(store: Store, batch: Batch, rows: _Rows, version: int) -> int:
    if rows.has_new():
        version = store.append(batch.number, batch.round, rows, onto=version, file=batch.sha256)
    rows.finish()
    return version


class _Rows:
    """The rows of a staged file that count, in order: all are hashed, those not yet in the
    store are handed out."""

    def __init__(self, staged: Path, batch: int, repeated: np.ndarray, present: np.ndarray) -> None:
        self.batch = batch
        self.repeated = repeated
        self.present = present
        self.count = 0
        self.values: dict[int, float] = {}
        self._file = pq.ParquetFile(staged)
        self._hash = RowsHash()
        self._blocks = ahead(self._new_blocks())  # read and hashed while others are packed

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def has_new(self) -> bool:
        return self._file.metadata.num_rows > len(self.repeated) + len(self.present)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self._blocks

    def finish(self) -> None:
        """Hash what nobody asked for."""
        for _block in self._blocks:
            pass

    def _new_blocks(self) -> Iterator[pa.RecordBatch]:
        for block in self._file.iter_batches(HASHED):
            lines = block.column("line").to_numpy()
            again = np.isin(lines, self.repeated)
            if again.any():
                self._remember(lines, block, again)
                block = block.filter(pa.array(~again))
            self.count += block.num_rows
            self._hash.add(block)
            if len(self.present):
                here = np.isin(block.column("line").to_numpy(), self.present)
                block = block.filter(pa.array(~here))
            if block.num_rows:
                number = pa.array(np.full(block.num_rows, self.batch, np.int32))
                yield pa.RecordBatch.from_arrays([number, *block.columns], schema=STORED)

    def _remember(self, lines: np.ndarray, block: pa.RecordBatch, again: np.ndarray) -> None:
        if len(self.values) < LISTED:
            values = block.column("value").to_numpy()
            self.values.update(zip(lines[again].tolist(), values[again].tolist(), strict=True))


class RowsHash:
    """SHA-256 over readings in the order of their file, however they are cut into blocks.

    Rows are taken 65,536 together, column by column: moments and days as 64-bit integers,
    numbers as doubles (little-endian, nothing as NaN), text as its lengths (nothing as -1) and
    then its bytes.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256(b"pochin-rows/1\n")
        self._waiting: list[pa.RecordBatch] = []
        self._count = 0

    def add(self, block: pa.RecordBatch) -> None:
        self._waiting.append(block.select(READINGS.names))
        self._count += block.num_rows
        while self._count >= HASHED:
            together = pa.Table.from_batches(self._waiting, READINGS)
            self._hash(together.slice(0, HASHED))
            self._waiting = together.slice(HASHED).to_batches()
            self._count -= HASHED

    def hexdigest(self) -> str:
        """The hash of all that was added; nothing may be added afterwards."""
        if self._count:
            self._hash(pa.Table.from_batches(self._waiting, READINGS))
            self._waiting, self._count = [], 0
        return self._digest.hexdigest()

    def _hash(self, rows: pa.Table) -> None:
        for name in READINGS.names:
            column = rows[name].combine_chunks()
            if pa.types.is_string(column.type):
                lengths = pc.binary_length(column).cast(pa.int64()).fill_null(-1)
                self._digest.update(_integers(lengths))
                self._digest.update(_text_bytes(column))
            elif pa.types.is_floating(column.type):
                values = column.to_numpy(zero_copy_only=False)
                values = np.where(np.isnan(values), np.nan, values)  # one NaN of the many
                self._digest.update(values.astype("<f8").tobytes())
            else:
                kind = pa.int32() if pa.types.is_date(column.type) else pa.int64()
                whole = column.cast(kind).cast(pa.int64())
                self._digest.update(_integers(whole.fill_null(np.iinfo(np.int64).min)))


def _text_bytes(column: pa.Array) -> memoryview:
    """The bytes of all texts one after another."""
    whole = column.fill_null("")
    offsets = np.frombuffer(whole.buffers()[1], np.int32)[whole.offset :][: len(whole) + 1]
    data = whole.buffers()[2]
    return memoryview(data)[offsets[0] : offsets[-1]] if data is not None else memoryview(b"")


def _integers(column: pa.Array) -> bytes:
    return column.to_numpy(zero_copy_only=False).astype("<i8").tobytes()


def _set_aside(repeats: Repeats, values: dict[int, float], rule: str, taken: Taken) -> None:
    """Count rows about readings that are known already, and name the first of them.

    The same number again is a duplicate. Another number is a contradiction, which people must
    settle, unless the plan says which of the rows of one file stands; a row of another batch is
    never put aside for a later one.
    """
    settled = (rule == "first") | ((rule == "last") & (repeats.other_batch == 0))
    is_duplicate = repeats.is_same | settled
    taken.duplicates = int(is_duplicate.sum())
    contradictions = len(repeats) - taken.duplicates
    taken.quarantined += contradictions
    for reason, count in (
        (Reason.DUPLICATE, taken.duplicates),
        (Reason.CONTRADICTION, contradictions),
    ):
        if count:
            taken.by_reason[reason] += count
    others, counts = np.unique(repeats.other_batch[repeats.other_batch > 0], return_counts=True)
    taken.overlaps = Counter(dict(zip(others.tolist(), counts.tolist(), strict=True)))
    for i in range(min(len(repeats), LISTED - len(taken.faults))):
        line = int(repeats.line[i])
        reason = Reason.DUPLICATE if is_duplicate[i] else Reason.CONTRADICTION
        where = {"batch": int(repeats.other_batch[i]), "line": int(repeats.other_line[i])}
        value = values.get(line)
        shown = "" if value is None else f"{value:.15g}"
        taken.faults.append(Fault(line, "value", shown, reason, where))


# What it amounts to --------------------------------------------------------------------------


def _count(store: Store, batch: Batch, protocol: Any, taken: Taken) -> None:
    """Count what stands in the store, not what was meant to."""
    version, only = taken.version, [batch.number]
    taken.moments = store.moments(version=version, batches=only, **how(protocol))
    taken.arrivals = store.counts(version=version, batches=only)
    taken.sketches = store.sketch(quantile_codes(protocol), version=version, batches=only)
    found = int(taken.arrivals["n"].sum())
    if found != taken.accepted:
        raise RuntimeError(
            f"batch {batch.number} of pilot {batch.pilot.number}: {taken.accepted} rows were "
            f"taken in, but the store holds {found}"
        )
    if found == 0 and taken.duplicates == 0:
        raise NothingGood(taken)
    days = taken.arrivals["day"]
    days = days[~np.isnat(days.astype("datetime64[D]"))].astype("datetime64[D]")
    if len(days):
        taken.first_day, taken.last_day = days.min().item(), days.max().item()


class NothingGood(Unreadable):
    """Not one row of the file is in order; `taken` says what is wrong with each."""

    def __init__(self, taken: Taken) -> None:
        super().__init__("nothing_good")
        self.taken = taken


def sweep(*, before: float) -> None:
    """Remove what workers that died left in the workshop."""
    for path in workshop().iterdir():
        if path.stat().st_mtime < before:
            shutil.rmtree(path, ignore_errors=True)
            path.unlink(missing_ok=True)

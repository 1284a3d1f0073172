"""Rows that are in order, written aside as the store keeps them, and brought into it.

While they are written they are fingerprinted, and the keys of what they tell of are noted: where
none comes twice, which is the rule, the store takes the files over as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pochin.measurements.ahead import ahead, behind
from pochin.measurements.intake import READINGS
from pochin.measurements.lake import STORED, Keys, Store

LISTED = 10_000  # rows set aside that are kept one by one; more are only counted
HASHED = 65_536  # rows that are hashed together
GROUP = 1 << 18  # rows of a row group
FILE = 20 * GROUP
NAMES = tuple(READINGS.names)

# Lines and moments hardly differ from the ones before; the rest of what hardly repeats gains
# nothing from a dictionary.
PACKING = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": ["batch", "unit", "day", "period", "metric", "denominator", "subject"],
    "column_encoding": {"line": "DELTA_BINARY_PACKED", "at": "DELTA_BINARY_PACKED"},
    "write_statistics": ["batch", "unit", "day", "period", "metric"],
    "store_schema": False,
}


class Staged:
    """The rows of a batch that are in order, in the order of its file.

    Args:
        folder: Where they are written; it is the caller's to remove.
        batch: The number of the batch.

    Attributes:
        files: Parquet files of the schema STORED.
        count: Rows in them.
        twice: Hashes of the keys that come more than once, as of `Keys`.
        sha256: The fingerprint of all rows.
    """

    def __init__(self, folder: Path, batch: int) -> None:
        self.folder = folder
        self.batch = batch
        self.files: list[Path] = []
        self.count = 0
        self.twice = np.empty(0, np.uint64)
        self.sha256 = ""

    @contextmanager
    def writing(self) -> Iterator[Callable[[pa.Table], None]]:
        """A way to add readings, written and noted while the next ones are checked."""
        noted, writer = RowsHash(), _Writer(self)
        with (self.folder / "keys").open("w+b") as file:
            keys = Keys(file)

            def note(readings: pa.Table) -> None:
                keys.add(readings)
                for block in readings.to_batches():
                    noted.add(block)

            try:
                with behind(writer.add) as write, behind(note) as noting:

                    def put(readings: pa.Table) -> None:
                        write(readings)
                        noting(readings)

                    yield put
            finally:
                writer.close()
            self.twice, self.sha256 = keys.twice(), noted.hexdigest()

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """The rows, block after block, of the schema STORED."""
        for file in self.files:
            for block in pq.ParquetFile(file).iter_batches(HASHED):
                yield block.cast(STORED)


class _Writer:
    """Files of many rows, in groups that are quick to read."""

    def __init__(self, staged: Staged) -> None:
        self._staged = staged
        self._waiting: list[pa.Table] = []
        self._count = 0
        self._room = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, readings: pa.Table) -> None:
        self._waiting.append(readings)
        self._count += readings.num_rows
        if self._count >= GROUP:
            self._write()

    def close(self) -> None:
        if self._count:
            self._write()
        if self._writer is not None:
            self._writer.close()

    def _write(self) -> None:
        rows = pa.concat_tables(self._waiting)
        number = pa.array(np.full(len(rows), self._staged.batch, np.int32))
        rows = pa.Table.from_arrays([number, *rows.columns], schema=STORED)
        if self._writer is None or self._room < len(rows):
            if self._writer is not None:
                self._writer.close()
            path = self._staged.folder / f"rows-{len(self._staged.files)}.parquet"
            self._writer, self._room = pq.ParquetWriter(path, STORED, **PACKING), FILE
            self._staged.files.append(path)
        self._writer.write_table(rows)
        self._staged.count += len(rows)
        self._room -= len(rows)
        self._waiting, self._count = [], 0


@dataclass(frozen=True, slots=True)
class Added:
    """What came into the store of staged rows.

    Attributes:
        version: The version that holds them.
        count: How many count, whether they were there before or not.
        sha256: The fingerprint of those.
        values: What rows that do not count said, by their line; the first of them.
    """

    version: int
    count: int
    sha256: str
    values: dict[int, float]


def bring_in(
    store: Store,
    staged: Staged,
    repeated: np.ndarray,
    present: np.ndarray,
    *,
    onto: int,
    round_: int,
    file: str = "",
) -> Added:
    """Add the staged rows to the store, but for those of the lines `repeated` and `present`.

    Raises:
        Overtaken: The store is no longer at the version `onto`.
    """
    if store.is_local and staged.count and not len(repeated) and not len(present):
        version = store.adopt(staged.batch, round_, staged.files, onto=onto, file=file)
        return Added(version, staged.count, staged.sha256, {})
    rows = _Rows(staged, repeated, present)
    if rows.has_new():
        onto = store.append(staged.batch, round_, rows, onto=onto, file=file)
    rows.finish()
    return Added(onto, rows.count, rows.sha256, rows.values)


class _Rows:
    """The rows of a staged file that count, in order: all are hashed, those not yet in the
    store are handed out."""

    def __init__(self, staged: Staged, repeated: np.ndarray, present: np.ndarray) -> None:
        self.staged = staged
        self.repeated = repeated
        self.present = present
        self.count = 0
        self.values: dict[int, float] = {}
        self._hash = RowsHash()
        self._blocks = ahead(self._new_blocks())  # read and hashed while others are packed

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def has_new(self) -> bool:
        return self.staged.count > len(self.repeated) + len(self.present)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self._blocks

    def finish(self) -> None:
        """Hash what nobody asked for."""
        for _block in self._blocks:
            pass

    def _new_blocks(self) -> Iterator[pa.RecordBatch]:
        for block in self.staged.blocks():
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
                yield block

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

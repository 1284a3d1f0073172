"""Which readings a batch tells of more than once, found by the hashes of what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from pochin.measurements.lake import engines

MOST = 1 << 23  # hashes that one thread sorts at once
FEW = 1 << 16  # hashes that are sorted before a second thread is begun
BLOCK = 1 << 18  # rows that are hashed at once
THREADS = 2
WITH_EVENT = "hash(metric, event_id)"
WITHOUT = 'hash(metric, unit, "at", period, subject)'
HASH = f"CASE WHEN event_id IS NULL THEN {WITHOUT} ELSE {WITH_EVENT} END"
TOLD = ["unit", "at", "period", "metric", "subject", "event_id"]
NONE = np.empty(0, np.uint64)


class Keys:
    """The hashes of the keys of rows, put aside in a file; two alike may be of unlike rows.

    Args:
        file: An empty file, open for writing and reading.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._engine = engines.local()
        self._count = 0
        self._waiting: list[pa.Table] = []

    def add(self, rows: pa.Table | pa.RecordBatch) -> None:
        """Note the keys of some rows of the schema READINGS."""
        self._waiting.append(rows if isinstance(rows, pa.Table) else pa.table(rows))
        if sum(map(len, self._waiting)) >= BLOCK:
            self._note()

    def _note(self) -> None:
        """Hash what waits, together: a question costs the engine more than a thousand rows."""
        rows = pa.concat_tables(self._waiting).select(TOLD)
        self._waiting = []
        absent = rows.column(rows.schema.get_field_index("event_id")).null_count
        key = WITH_EVENT if not absent else WITHOUT if absent == rows.num_rows else HASH
        self._engine.register("block", rows)
        found = self._engine.execute(f"SELECT {key} AS key FROM block").fetchnumpy()["key"]
        self._file.write(np.ascontiguousarray(found, np.uint64).data)
        self._count += len(found)

    def twice(self) -> np.ndarray:
        """The hashes that came more than once, each once, in order, shape (K,)."""
        if self._waiting:
            self._note()
        self._engine.close()
        if self._count < 2:
            return NONE
        self._file.flush()
        kept: Any = np.memmap(self._file, np.uint64, "r", shape=(self._count,))
        if self._count <= FEW:
            return _twice(np.asarray(kept))
        bits = max((self._count - 1) // MOST, 1).bit_length()
        with ThreadPoolExecutor(THREADS) as both:
            found = both.map(lambda part: _twice(_share(kept, part, bits)), range(1 << bits))
            return np.concatenate(list(found))


def _share(kept: np.ndarray, part: int, bits: int) -> np.ndarray:
    """The hashes that begin with the bits of `part`."""
    blocks = (kept[first : first + MOST] for first in range(0, len(kept), MOST))
    return np.concatenate([block[block >> np.uint64(64 - bits) == part] for block in blocks])


def _twice(hashes: np.ndarray) -> np.ndarray:
    ordered = np.sort(hashes)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.unique(again) if len(again) else NONE


def keys_of(staged: Sequence[Path]) -> np.ndarray:
    """The hashes that come more than once in Parquet files of the schema READINGS."""
    import tempfile

    import pyarrow.parquet as pq

    with tempfile.TemporaryFile() as file:
        keys = Keys(file)
        for one in staged:
            for block in pq.ParquetFile(one).iter_batches(BLOCK):
                keys.add(block)
        return keys.twice()

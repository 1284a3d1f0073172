"""Which readings a batch tells of more than once, found by the hashes of what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from pochin.measurements.lake import engines

MOST = 1 << 24  # hashes that are sorted at once
BLOCK = 1 << 18
WITH_EVENT = "hash(metric, event_id)"
WITHOUT = 'hash(metric, unit, "at", period, subject)'
HASH = f"CASE WHEN event_id IS NULL THEN {WITHOUT} ELSE {WITH_EVENT} END"
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

    def add(self, rows: pa.Table | pa.RecordBatch) -> None:
        """Note the keys of some rows of the schema READINGS."""
        absent = rows.column(rows.schema.get_field_index("event_id")).null_count
        key = WITH_EVENT if not absent else WITHOUT if absent == rows.num_rows else HASH
        self._engine.register("block", pa.table(rows))
        found = self._engine.execute(f"SELECT {key} AS key FROM block").fetchnumpy()["key"]
        self._file.write(np.ascontiguousarray(found, np.uint64).data)
        self._count += len(found)

    def twice(self) -> np.ndarray:
        """The hashes that came more than once, each once, in order, shape (K,)."""
        self._engine.close()
        if self._count < 2:
            return NONE
        self._file.flush()
        kept: Any = np.memmap(self._file, np.uint64, "r", shape=(self._count,))
        bits = max((self._count - 1) // MOST, 0).bit_length()
        return np.concatenate([_twice(_share(kept, part, bits)) for part in range(1 << bits)])


def _share(kept: np.ndarray, part: int, bits: int) -> np.ndarray:
    """The hashes that begin with the bits of `part`."""
    if not bits:
        return np.asarray(kept)
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

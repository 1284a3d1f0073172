"""Every row reduced to moments, against a query written by hand over the same files."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.lake.common import UNITS, by_peers, raw_read, timed

COMPARED = ("Pochin: moments", "DuckDB: hand-written moments")
EACH = 5_000_000  # rows of a file


def fill(pilot: int, rows: int) -> None:
    """A store of so many rows: a file of at most five million, and copies of it.

    Each copy lies on the disk by itself.
    """
    import pyarrow as pa

    from pochin.measurements.lake import NOWHERE, STORED, Store

    store, rng = Store(pilot), np.random.default_rng(7)
    start = int(np.datetime64("2026-03-16", "us").astype(np.int64))
    each = min(rows, EACH)
    units = pa.array(UNITS)
    weeks = pa.array([str(np.datetime64("2026-03-16") + 7 * i) for i in range(8)])
    blocks = []
    for first in range(0, each, 1_000_000):
        count = min(1_000_000, each - first)
        second = rng.integers(0, 4_838_400, count)
        nothing = pa.nulls(count, pa.string())
        columns = [
            pa.array(np.ones(count, np.int32)),
            pa.array(np.arange(first, first + count)),
            units.take(pa.array(rng.integers(0, 200, count))),
            pa.array(start + second * 1_000_000).cast(pa.timestamp("us", tz="UTC")),
            pa.array((start // 86_400_000_000 + second // 86_400).astype(np.int32)).cast(
                pa.date32()
            ),
            weeks.take(pa.array(second // 604_800)),
            pa.array(["delay", "complaints"]).take(pa.array(rng.integers(0, 2, count))),
            pa.array(rng.normal(30, 5, count)),
            pa.nulls(count, pa.float64()),
            nothing,
            nothing,
        ]
        blocks.append(pa.RecordBatch.from_arrays(columns, schema=STORED))
    store.append(1, 1, blocks, onto=NOWHERE)
    _multiply(store.path, rows // each)


def _multiply(path: str, times: int) -> None:
    """Put copies of the one file of the store beside it, until there are so many."""
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction

    table = DeltaTable(path)
    [one] = (Path(file.removeprefix("file://")) for file in table.file_uris())
    size, added = one.stat().st_size, []
    for number in range(1, times):
        copy = one.with_name(f"copy-{number:05}.parquet")
        shutil.copyfile(one, copy)
        added.append(AddAction(copy.name, size, {}, 0, True, f'{{"numRecords": {EACH}}}'))
    if added:
        table.create_write_transaction(added, "append", table.schema())


def report(rows: int, pilot: int) -> list[str]:
    """The table of a store of so many rows, which is made first."""
    fill(pilot, rows)
    return measured(pilot, rows)


def measured(pilot: int, rows: int) -> list[str]:
    """The table of a store that holds so many rows."""
    import duckdb

    from pochin.measurements.lake import Store

    store = Store(pilot)
    version = store.version()
    files = [file.removeprefix("file://") for file in store.files(version)]
    size = sum(Path(file).stat().st_size for file in files)
    listed = ", ".join(f"'{file}'" for file in files)
    query = (
        "SELECT unit, period, metric, count(*), avg(value), var_pop(value) * count(*) FROM "
        f"read_parquet([{listed}]) GROUP BY ALL ORDER BY ALL"
    )

    def by_hand(asked: str) -> Any:
        with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as engine:
            engine.execute("SET enable_progress_bar = false")
            return engine.execute(asked).fetchall()

    floors = [
        ("reading the bytes (floor)", lambda: [raw_read(Path(file)) for file in files]),
        ("Pochin: moments", lambda: store.moments(version=version, paired=False)),
        ("Pochin: moments with denominators", lambda: store.moments(version=version)),
        ("DuckDB: count(*), sum(value) (floor)",
         lambda: by_hand(f"SELECT count(*), sum(value) FROM read_parquet([{listed}])")),
        ("DuckDB: hand-written moments", lambda: by_hand(query)),
    ]  # fmt: skip
    said = [f"A store of {rows:,} rows in {len(files)} files, {size / 1e6:.0f} MB.", "",
            "| what | seconds | most memory so far, GB |", "|---|---|---|"]  # fmt: skip
    found = {}
    for name, work in floors:
        found[name], _told = timed(work)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        said.append(f"| {name} | {found[name]:.2f} | {peak:.2f} |")
    for name, work in floors:  # once more, because a machine is now quicker and now slower
        if name in COMPARED:
            found[name] = min(found[name], timed(work)[0])
    for name, spent in by_peers("reduce", files).items():
        said.append(f"| {name} | {spent if isinstance(spent, str) else f'{spent:.2f}'} | |")
    ours, theirs = (found[name] for name in COMPARED)
    return [*said, "", f"Pochin takes {ours / theirs:.2f} times the hand-written query, the better "
            f"of two rounds of each: {ours:.2f} s and {theirs:.2f} s (aim: 1.3). Plans with ratios "
            "or rates ask for denominators too.", ""]  # fmt: skip

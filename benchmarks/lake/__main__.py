"""`python -m benchmarks.lake [--rows N] [--stored N] [--write]`: measure, print, write the page.

Floors are measured in the same run: reading the same bytes, DuckDB's bare conversion, and a
hand-written query over the same files. Peers that are not installed are left out by name.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
UNITS = [str(101001 + i) for i in range(200)]
PLAN = {
    "schema": "pochin-plan/1",
    "question": "Does the sorter shorten the delay of parcels?",
    "purpose": "prove",
    "estimand": {"target": "unit-average"},
    "unit": "post office",
    "design": {"kind": "parallel", "treated": 100},
    "periods": {"start": "2026-03-16", "length": "week", "baseline": 2, "run": 6},
    "metrics": [
        {"code": "delay", "role": "primary", "kind": "mean", "direction": "lower", "unit": "min",
         "threshold": 1.0, "detectable": 0.8},
        {"code": "complaints", "role": "guardrail", "kind": "proportion", "direction": "lower",
         "unit": "1", "margin": 0.01},
    ],
    "decision": {"scope": "network"},
    "stop_reasons": ["a person was hurt"],
}  # fmt: skip
NOW = datetime(2026, 6, 1, tzinfo=UTC)
FILE = ROOT / "docs" / "benchmarks" / "lake.md"


def plan() -> Any:
    from pochin.lab.protocol import Protocol

    units = [{"unit": unit, "arm": "treatment" if i % 2 else "control"}
             for i, unit in enumerate(UNITS)]  # fmt: skip
    return Protocol.parse({**PLAN, "assignment": {"method": "complete", "units": units}})


def write_csv(path: Path, rows: int) -> None:
    """Readings of eight weeks: one in two hundred rows has something wrong with it."""
    import duckdb

    duckdb.sql(
        f"""COPY (SELECT CAST(101001 + i % 200 AS VARCHAR) AS unit,
            strftime(TIMESTAMP '2026-03-16' + INTERVAL 1 SECOND * (i * 4838399 // {rows}),
                     '%Y-%m-%d %H:%M:%S') AS at,
            CASE WHEN i % 2 = 0 THEN 'delay' ELSE 'complaints' END AS metric,
            CASE WHEN i % 200 = 7 THEN 'many' WHEN i % 2 = 0 THEN CAST(i % 997 / 10.0 AS VARCHAR)
                 ELSE CAST(i % 89 / 100.0 AS VARCHAR) END AS value, 'e' || i AS event_id
            FROM range({rows}) t(i)) TO '{path}' (HEADER, DELIMITER ',')"""
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def ours(path: Path, pilot: int) -> tuple[int, int]:
    """Everything taking in does to a file: checks, duplicates, fingerprint, store, moments."""
    from pochin.measurements import intake, taking
    from pochin.measurements.ahead import ahead
    from pochin.measurements.expectations import Expectation
    from pochin.measurements.lake import STORED, Store

    expect, store = Expectation.of(plan()), Store(pilot)
    dialect = intake.look(path, name=path.name).dialect
    staged, wrong = path.with_suffix(".staged"), 0
    with taking.staging(staged) as write:
        for raw in ahead(intake.read(path, dialect)):
            checked = intake.check(raw, expect, decimal=dialect.decimal, now=NOW, details=0)
            wrong += checked.quarantined
            write(checked.readings)
    version = store.version()
    repeats = store.repeats(staged, [], version=version, keep="first")
    rows = taking._Rows(staged, 1, repeats.line, np.empty(0, np.int64))
    version = store.append(1, 1, rows, onto=version)
    rows.finish()
    store.moments(version=version)
    store.counts(version=version)
    assert STORED.names[0] == "batch"
    return rows.count, wrong


def raw_read(path: Path) -> int:
    count = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            count += len(block)
    return count


def by_duckdb(path: Path) -> None:
    import duckdb

    engine = duckdb.connect(config={"threads": 2})
    engine.execute(
        f'COPY (SELECT unit, CAST("at" AS TIMESTAMP) AS "at", metric, TRY_CAST(value AS DOUBLE) AS '
        f"value, event_id FROM read_csv('{path}', all_varchar=true)) "
        f"TO '{path}.duckdb.parquet' (FORMAT parquet)"
    )


def by_pandas(path: Path) -> None:
    import pandas as pd

    table = pd.read_csv(path, dtype=str)
    table["at"] = pd.to_datetime(table["at"])
    table["value"] = pd.to_numeric(table["value"], errors="coerce")
    table.to_parquet(f"{path}.pandas.parquet")


def by_polars(path: Path) -> None:
    import polars as pl

    table = pl.scan_csv(path, infer_schema=False).with_columns(
        pl.col("at").str.to_datetime("%Y-%m-%d %H:%M:%S"),
        pl.col("value").cast(pl.Float64, strict=False),
    )
    table.sink_parquet(f"{path}.polars.parquet")


def ingest(folder: Path, rows: int) -> list[str]:
    path = folder / "readings.csv"
    write_csv(path, rows)
    size = path.stat().st_size
    said = [f"One CSV file of {rows:,} rows, {size / 1e6:.0f} MB; one row in 200 is wrong.", "",
            "| what | seconds | rows a second |", "|---|---|---|"]  # fmt: skip
    found = {}
    for name, work in (
        ("reading the bytes (floor)", lambda: raw_read(path)),
        ("DuckDB, bare conversion to Parquet, no checks (floor)", lambda: by_duckdb(path)),
        ("Polars, the same", lambda: by_polars(path)),
        ("pandas, the same", lambda: by_pandas(path)),
        ("Pochin: all checks, duplicates, fingerprint, store, moments", lambda: ours(path, 1)),
    ):
        try:
            seconds, told = timed(work)
        except ImportError as missing:
            said.append(f"| {name} | not installed ({missing.name}) | |")
            continue
        found[name] = seconds
        said.append(f"| {name} | {seconds:.2f} | {rows / seconds:,.0f} |")
    kept, wrong = told
    assert kept + wrong == rows
    share = found["DuckDB, bare conversion to Parquet, no checks (floor)"] / seconds
    return [*said, "", f"Taken in {kept:,}, set aside {wrong:,}: together {rows:,}. "
            f"Pochin runs at {share:.2f} of DuckDB's bare conversion (aim: 0.5)."]  # fmt: skip


def fill(pilot: int, rows: int) -> tuple[Any, int]:
    """A store of so many rows, in batches of at most five million."""
    import pyarrow as pa

    from pochin.measurements.lake import STORED, Store

    store, rng, version = Store(pilot), np.random.default_rng(7), -1
    start = int(np.datetime64("2026-03-16", "us").astype(np.int64))
    each = min(rows, 5_000_000)
    units = pa.array(UNITS)
    weeks = pa.array([str(np.datetime64("2026-03-16") + 7 * i) for i in range(8)])
    for number in range(1, rows // each + 1):
        blocks = []
        for first in range(0, each, 1_000_000):
            count = min(1_000_000, each - first)
            second = rng.integers(0, 4_838_400, count)
            nothing = pa.nulls(count, pa.string())
            columns = [
                pa.array(np.full(count, number, np.int32)),
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
        version = store.append(number, 1, blocks, onto=version)
    return store, version


def reduce(rows: int) -> list[str]:
    import duckdb

    store, version = fill(2, rows)
    files = [file.removeprefix("file://") for file in store.files(version)]
    size = sum(Path(file).stat().st_size for file in files)
    listed = ", ".join(f"'{file}'" for file in files)
    engine = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    query = (
        "SELECT unit, period, metric, count(*), avg(value), var_pop(value) * count(*) FROM "
        f"read_parquet([{listed}]) GROUP BY ALL ORDER BY ALL"
    )
    floors = [
        ("reading the bytes (floor)", lambda: [raw_read(Path(file)) for file in files]),
        ("DuckDB: count(*), sum(value) (floor)", lambda: engine.execute(
            f"SELECT count(*), sum(value) FROM read_parquet([{listed}])").fetchall()),
        ("DuckDB: hand-written moments", lambda: engine.execute(query).fetchall()),
        ("Pochin: moments by the Ibis expression", lambda: store.moments(version=version)),
    ]  # fmt: skip
    said = [f"A store of {rows:,} rows in {len(files)} files, {size / 1e6:.0f} MB.", "",
            "| what | seconds |", "|---|---|"]  # fmt: skip
    found = {}
    for name, work in floors:
        found[name], _told = timed(work)
        said.append(f"| {name} | {found[name]:.2f} |")
    times = list(found.values())
    return [*said, "", f"Pochin takes {times[-1] / times[-2]:.2f} times the hand-written query "
            "(aim: 1.3). It also computes what belongs to denominators."]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--stored", type=int, default=10_000_000)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["POCHIN_HOME"] = name
        os.environ["POCHIN_LAKE"] = f"{name}/lake"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pochin.settings")
        import django

        django.setup()
        import ibis

        ibis.duckdb.connect().disconnect()  # what takes long to import is imported before
        load = os.getloadavg()[0]
        lines = [
            "# Readings: files that come in, rows that are reduced",
            "",
            f"Measured by `python -m benchmarks.lake --rows {args.rows} --stored {args.stored} "
            f"--write` on {os.cpu_count()} cores; the load when it began was {load:.1f}, so the "
            "machine did other work meanwhile: compare lines, not seconds.",
            "",
            "## A file comes in",
            "",
            *ingest(Path(name), args.rows),
            "",
            "## Every row reduced",
            "",
            *reduce(args.stored),
            "",
            f"Peak memory of the whole run: "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB.",
            "",
        ]
    print("\n".join(lines))
    if args.write:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text("\n".join(lines))


if __name__ == "__main__":
    main()

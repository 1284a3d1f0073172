"""A file comes in, with all checks up to the moments, against bare conversion."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.lake.common import NOW, by_peers, plan, raw_read, timed


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


def ours(path: Path, pilot: int) -> tuple[int, int]:
    """Everything taking in does to a file: checks, duplicates, fingerprint, store, moments."""
    from pochin.measurements import intake, staging
    from pochin.measurements.ahead import ahead
    from pochin.measurements.expectations import Expectation
    from pochin.measurements.lake import Store

    expect, store = Expectation.of(plan()), Store(pilot)
    dialect = intake.look(path, name=path.name).dialect
    folder = path.with_suffix(".staged")
    folder.mkdir(exist_ok=True)
    staged, wrong = staging.Staged(folder, 1), 0
    with staged.writing() as write:
        for raw in ahead(intake.read(path, dialect)):
            checked = intake.check(raw, expect, decimal=dialect.decimal, now=NOW, details=0)
            wrong += checked.quarantined
            write(checked.readings)
    version = store.version()
    repeats = store.repeats(staged.files, [], version=version, keep="first", twice=staged.twice)
    added = staging.bring_in(
        store, staged, repeats.line, np.empty(0, np.int64), onto=version, round_=1
    )
    store.moments(version=added.version)
    store.counts(version=added.version)
    return added.count, wrong


def write_parquet(path: Path, rows: int) -> None:
    """The same readings as Parquet, with moments and numbers as such."""
    import duckdb

    duckdb.sql(
        f"""COPY (SELECT CAST(101001 + i % 200 AS VARCHAR) AS unit,
            TIMESTAMP '2026-03-16' + INTERVAL 1 SECOND * (i * 4838399 // {rows}) AS at,
            CASE WHEN i % 2 = 0 THEN 'delay' ELSE 'complaints' END AS metric,
            CASE WHEN i % 200 = 7 THEN CAST('inf' AS DOUBLE) WHEN i % 2 = 0 THEN i % 997 / 10.0
                 ELSE i % 89 / 100.0 END AS value, 'e' || i AS event_id
            FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet)"""
    )


def write_workbook(path: Path, rows: int) -> None:
    """The same readings as a workbook."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["unit", "at", "metric", "value", "event_id"])
        for i in range(rows):
            second = i * 4_838_399 // rows
            at = str(np.datetime64("2026-03-16T00:00:00") + second).replace("T", " ")
            metric, value = ("delay", i % 997 / 10) if i % 2 == 0 else ("complaints", i % 89 / 100)
            said = "many" if i % 200 == 7 else value
            sheet.write_row(i + 1, 0, [str(101001 + i % 200), at, metric, said, f"e{i}"])


ROUNDS = 5
READ = {".csv": "read_csv('{path}', all_varchar=true)", ".parquet": "read_parquet('{path}')"}


def by_duckdb(path: Path) -> None:
    import duckdb

    engine = duckdb.connect(config={"threads": 2})
    source = READ[path.suffix].format(path=path)
    engine.execute(
        f'COPY (SELECT unit, CAST("at" AS TIMESTAMP) AS "at", metric, TRY_CAST(value AS DOUBLE) AS '
        f"value, event_id FROM {source}) TO '{path}.duckdb.parquet' (FORMAT parquet)"
    )


def by_pandas(path: Path) -> None:
    import pandas as pd

    reader: Any = {".csv": lambda: pd.read_csv(path, dtype=str),
                   ".parquet": lambda: pd.read_parquet(path),
                   ".xlsx": lambda: pd.read_excel(path, dtype=str, engine="calamine")}  # fmt: skip
    table = reader[path.suffix]()
    table["at"] = pd.to_datetime(table["at"])
    table["value"] = pd.to_numeric(table["value"], errors="coerce")
    table.to_parquet(f"{path}.pandas.parquet")


WRITE: dict[str, Callable[[Path, int], None]] = {
    "csv": write_csv, "parquet": write_parquet, "xlsx": write_workbook,
}  # fmt: skip
PEERS = (("DuckDB, bare conversion to Parquet", by_duckdb), ("pandas, the same", by_pandas))


def warm(folder: Path) -> None:
    """What is loaded and planned at its first use is so before anything is measured."""
    for kind, write in WRITE.items():
        path = folder / f"small.{kind}"
        write(path, 2_000)
        for _name, work in PEERS:
            attempt(work, path)
        ours(path, 100 + len(kind))


def attempt(work: Callable[[Path], Any], path: Path) -> Any:
    """How long it takes; in words, why it cannot."""
    try:
        return timed(lambda: work(path))[0]
    except ImportError as missing:
        return f"not installed ({missing.name})"
    except KeyError:
        return "does not read it"


def _middle(spent: list[float | str]) -> float | str:
    """The median of how long something took; in words, why it cannot."""
    seconds = [one for one in spent if isinstance(one, float)]
    return statistics.median(seconds) if seconds else spent[0]


def report(folder: Path, kind: str, rows: int, pilot: int) -> list[str]:
    """The table of one kind of file."""
    path = folder / f"readings.{kind}"
    WRITE[kind](path, rows)
    size = path.stat().st_size
    said = [f"### {kind.upper()}: {rows:,} rows, {size / 1e6:.0f} MB, one row in 200 wrong", "",
            "| what | seconds | rows a second |", "|---|---|---|"]  # fmt: skip
    found: dict[str, float | str] = {"reading the bytes (floor)": timed(lambda: raw_read(path))[0]}
    spent: dict[str, list[float | str]] = {name: [] for name, _work in PEERS}
    mine = []
    for round_ in range(ROUNDS):  # by turns, because a machine is now quicker and now slower
        for name, work in PEERS:
            spent[name].append(attempt(work, path))
        once, (kept, wrong) = timed(partial(ours, path, ROUNDS * pilot + round_))
        mine.append(once)
        assert kept + wrong == rows
    found |= {name: _middle(each) for name, each in spent.items()}
    found |= by_peers("convert", [path])
    seconds = statistics.median(mine)
    found["Pochin: all checks, duplicates, fingerprint, store, moments"] = seconds
    for name, spent in found.items():
        if isinstance(spent, str):
            said.append(f"| {name} | {spent} | |")
        else:
            said.append(f"| {name} | {spent:.2f} | {rows / spent:,.0f} |")
    said += ["", f"Taken in {kept:,}, set aside {wrong:,}: together {rows:,}."]
    floor = found[PEERS[0][0]]
    if isinstance(floor, float):
        said[-1] += f" Pochin runs at {floor / seconds:.2f} of DuckDB's bare conversion, medians "
        said[-1] += f"of {ROUNDS} rounds by turns"
        said[-1] += " (aim: 0.5)." if kind == "csv" else "."
    return [*said, ""]

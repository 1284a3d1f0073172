"""What other libraries do with the same files, in their own environment (`make oracles` makes it).

`peers.py convert FILE` turns a file into Parquet without checks; `peers.py reduce FILE …` comes
from rows to an estimate. Each prints its seconds as JSON, after a first time on a little.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

SCAN = "read_parquet([{files}])"
ARM = "CASE WHEN CAST(unit AS INTEGER) % 2 = 0 THEN 'treatment' ELSE 'control' END"


def by_polars(path: Path) -> None:
    import polars as pl

    if path.suffix == ".xlsx":
        table: Any = pl.read_excel(path, engine="calamine", infer_schema_length=0).lazy()
    elif path.suffix == ".csv":
        table = pl.scan_csv(path, infer_schema=False)
    else:
        table = pl.scan_parquet(path)
    if path.suffix != ".parquet":
        table = table.with_columns(
            pl.col("at").str.to_datetime("%Y-%m-%d %H:%M:%S"),
            pl.col("value").cast(pl.Float64, strict=False),
        )
    table.sink_parquet(f"{path}.polars.parquet")


def polars_moments(files: list[str]) -> Any:
    """Counts, means and variances by unit, period and metric, in streams."""
    import polars as pl

    value = pl.col("value")
    return (
        pl.scan_parquet(files)
        .group_by("unit", "period", "metric")
        .agg(pl.len(), value.mean(), value.var(ddof=0).alias("var"))
        .collect(engine="streaming")
    )


def tea_tasting(files: list[str]) -> Any:
    """The means of two arms as tea-tasting asks a database for them, and its test."""
    import ibis
    import tea_tasting as tt

    engine = ibis.duckdb.connect(threads=2, memory_limit="1GB")
    rows = engine.sql(f"SELECT {ARM} AS variant, value FROM {scan(files)} WHERE metric = 'delay'")
    return tt.Experiment(delay=tt.Mean("value")).analyze(rows)


def growthbook(files: list[str]) -> Any:
    """Sums by unit and then by variation, as its queries are written, and its statistics."""
    import duckdb
    from gbstats.gbstats import analyze_metric_df, get_metric_df

    engine = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    rows = engine.execute(
        f"""WITH units AS (
            SELECT unit, {ARM} AS variation, avg(value) AS value
            FROM {scan(files)} WHERE metric = 'delay' GROUP BY unit
        ) SELECT '' AS dimension, variation, count(*) AS users, count(*) AS count,
            avg(value) AS mean, stddev(value) AS stddev, sum(value) AS total
        FROM units GROUP BY variation"""
    ).df()
    found = get_metric_df(
        rows, {"control": 0, "treatment": 1}, ["control", "treatment"], type="revenue"
    )
    return analyze_metric_df(found, [0.5, 0.5], type="revenue")


def scan(files: list[str]) -> str:
    return SCAN.format(files=", ".join(f"'{file}'" for file in files))


REDUCE: dict[str, Callable[[list[str]], Any]] = {
    "Polars: moments, streaming": polars_moments,
    "tea-tasting: two means and a test": tea_tasting,
    "GrowthBook's statistics over its sums": growthbook,
}


def seconds(work: Callable[[], Any]) -> float | str:
    began = time.perf_counter()
    try:
        work()
    except ImportError as missing:
        return f"not installed ({missing.name or 'a part of it'})"
    except Exception as problem:  # a peer that fails is named, and the others go on
        return f"failed ({type(problem).__name__})"
    return time.perf_counter() - began


def main(task: str, *files: str) -> dict[str, float | str]:
    if task == "convert":
        import polars

        polars.select(0)
        return {"Polars, the same": seconds(lambda: by_polars(Path(files[0])))}
    little = [min(files, key=lambda file: Path(file).stat().st_size)]
    found: dict[str, float | str] = {}
    for name, work in REDUCE.items():
        seconds(partial(work, little))
        found[name] = seconds(partial(work, list(files)))
    return found


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))

"""The same questions to DuckDB and to a Spark cluster: the same answers to 1e-9.

Run by `make test-distributed`, which starts the cluster from Python packages alone.
"""

from __future__ import annotations

import os
from importlib.util import find_spec

import numpy as np
import pyarrow as pa
import pytest

from pochin.measurements.lake import STORED, Store

pytestmark = [
    pytest.mark.distributed,
    pytest.mark.skipif(
        not os.environ.get("POCHIN_SPARK_MASTER") or find_spec("pyspark") is None,
        reason="NOT TESTED ON SPARK: run `make test-distributed`",
    ),
]

ROWS = 10_000
DAYS = 28


def block(batch: int, rows: int) -> pa.RecordBatch:
    """Readings of eight units, four weeks and two metrics, one of them a ratio."""
    rng = np.random.default_rng(batch)
    day = rng.integers(0, DAYS, rows)
    is_ratio = rng.integers(0, 2, rows).astype(bool)
    start = np.datetime64("2026-03-16", "D")
    columns = [
        np.full(rows, batch, np.int32),
        np.arange(2, rows + 2),
        pa.array([f"10100{n}" for n in rng.integers(0, 8, rows)]),
        pa.array((start + day).astype("datetime64[us]")).cast(pa.timestamp("us", tz="UTC")),
        pa.array(start + day),
        pa.array([f"2026-W{12 + week}" for week in day // 7]),
        pa.array(np.where(is_ratio, "share", "delay").tolist()),
        rng.normal(30, 50, rows),
        pa.array(np.where(is_ratio, rng.integers(1, 9, rows), np.nan), from_pandas=True),
        pa.array([f"s{n}" if n % 3 else None for n in range(rows)]),
        pa.nulls(rows, pa.string()),
    ]
    return pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=STORED)


@pytest.fixture
def store(settings, tmp_path):
    settings.LAKE = str(tmp_path / "lake")
    found, version = Store(7), -1
    for batch in (1, 2, 3):
        version = found.append(batch, 1, [block(batch, ROWS)], onto=version)
    found.leave_out(2, 2)  # its rows are in files of an older version alone
    return found


# Each question, and of which rows it is asked: an old version, or some batches of the newest.
QUESTIONS = {
    "moments": lambda store: store.moments(version=3),
    "moments of an old version": lambda store: store.moments(version=0, paired=False),
    "moments by batch, under a cap": lambda store: store.moments(
        version=2, by=("batch",), caps={"delay": 40.0}
    ),
    "quantiles": lambda store: store.quantiles("delay", 0.9, version=3, batches=[3]),
    "sketch": lambda store: store.sketch(["delay"], version=3),
    "counts": lambda store: store.counts(version=3),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", QUESTIONS)
def test_spark_and_duckdb_answer_the_same(store, monkeypatch, name):
    spark = QUESTIONS[name](store)
    monkeypatch.delenv("POCHIN_SPARK_MASTER")
    duckdb = QUESTIONS[name](store)

    assert spark.keys() == duckdb.keys()
    for column, here in duckdb.items():
        there = spark[column]
        assert len(here) == len(there) > 0
        if np.issubdtype(here.dtype, np.floating):
            np.testing.assert_allclose(there.astype(float), here, rtol=1e-9, atol=1e-6)
        else:
            assert list(map(str, there)) == list(map(str, here)), column

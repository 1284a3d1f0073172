"""The engines that answer: DuckDB within the process, or a Spark cluster where one is named.

Every question is one Ibis expression over the rows of a version, so both give the same answer.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

MEMORY = os.environ.get("POCHIN_LAKE_MEMORY", "1GB")
THREADS = int(os.environ.get("POCHIN_LAKE_THREADS", "2"))

# Where DuckDB takes a process for a shell it draws long work on the output of the program.
# What it read of files it would keep, up to all its memory, for a next question that never comes.
QUIET = "SET enable_progress_bar = false; SET enable_external_file_cache = false"


def cluster() -> str:
    """The address of the Spark cluster that reduces rows; empty where DuckDB does it here."""
    return os.environ.get("POCHIN_SPARK_MASTER", "")


def answer(
    files: Sequence[str], expression: Callable[[Any], Any], *, dataset: Any = None
) -> dict[str, np.ndarray]:
    """Answer an expression over the rows of Parquet files as plain arrays.

    Args:
        files: Where they lie: paths, or addresses of an object store.
        expression: From the table of rows to what is asked.
        dataset: The same rows for DuckDB, where it cannot open the files itself.
    """
    if cluster():
        return _by_spark(files, expression)
    return _by_duckdb(files, expression, dataset)


def _by_duckdb(files: Sequence[str], expression: Any, dataset: Any) -> dict[str, np.ndarray]:
    import ibis

    engine = ibis.duckdb.from_connection(local())
    try:
        expose(engine.con, files, dataset)
        return _arrays(engine.to_pyarrow(expression(engine.table("stored"))))
    finally:
        engine.disconnect()


def _by_spark(files: Sequence[str], expression: Any) -> dict[str, np.ndarray]:
    session, engine = _spark(cluster())
    # Delta writes addresses as they are; Spark opens s3:// by the name of its own driver.
    paths = [file.replace("s3://", "s3a://", 1) for file in files]
    session.read.parquet(*paths).createOrReplaceTempView("stored")
    return _arrays(engine.to_pyarrow(expression(engine.table("stored"))))


@lru_cache(maxsize=1)
def _spark(master: str) -> tuple[Any, Any]:
    """One session with the cluster for the life of the process; beginning one takes seconds."""
    import ibis
    from pyspark.sql import SparkSession

    builder = (
        SparkSession.builder.master(master)
        .appName("pochin")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
    )
    session = builder.getOrCreate()
    return session, ibis.pyspark.connect(session)


def local() -> Any:
    """A connection with views of its own to the database in memory that this process has.

    To begin a database costs more than most questions; all together keep to the memory it may
    have, and put aside on disk what does not fit.
    """
    import duckdb

    process = os.getpid()
    with _beginning:
        if process in _databases:
            try:
                return _connection(_databases[process])
            except duckdb.Error:  # an error of its own ended it
                del _databases[process]
        engine = duckdb.connect(config={"memory_limit": MEMORY, "threads": THREADS})
        _databases[process] = engine
        return _connection(engine)


_beginning = threading.Lock()
_databases: dict[int, Any] = {}  # by process: what was there before a fork is not ours to end


def _connection(engine: Any) -> Any:
    found = engine.cursor()
    found.execute(QUIET)
    return found


def expose(engine: Any, files: Sequence[str], dataset: Any = None) -> None:
    """Make the rows known to a DuckDB connection as `stored`."""
    if dataset is None:
        engine.execute(f"CREATE TEMP VIEW stored AS SELECT * FROM {parquet(files)}")
    else:
        engine.register("stored", dataset)


def parquet(files: Sequence[str]) -> str:
    """The call that reads these files; written out, because a view takes no parameters."""
    names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{names}], union_by_name=true)"


def _arrays(table: pa.Table) -> dict[str, np.ndarray]:
    """Columns as arrays: text as objects, days as datetime64[D], numbers with NaN for nothing."""
    found = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        found[name] = column.to_numpy(zero_copy_only=False)
    return found

"""The store of readings, a Delta table for each pilot; only this module knows Delta and engines.

Rows are only added; a withdrawn batch is left out of a new version, and every older version can
still be read. Engines are imported where they are used, because that costs seconds, and never
before a fork.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from django.conf import settings

# The readings of `intake`, and which batch they came with.
STORED = pa.schema(
    [
        ("batch", pa.int32()),
        ("line", pa.int64()),
        ("unit", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("day", pa.date32()),
        ("period", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("denominator", pa.float64()),
        ("subject", pa.string()),
        ("event_id", pa.string()),
    ]
)
NOWHERE = -1  # the version of a store that was never written
RETRIES = 100
# Every change of a store carries this application id, so that two changes which did not know of
# each other conflict: what was a duplicate is judged by what stood in the store.
ORDER = "pochin-order"
MEMORY = os.environ.get("POCHIN_LAKE_MEMORY", "1GB")
THREADS = int(os.environ.get("POCHIN_LAKE_THREADS", "2"))


class Overtaken(Exception):
    """The store changed since it was looked at; look again and decide anew."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows about a reading that another row is about already; arrays of shape (K,).

    Attributes:
        line: The row.
        other_batch: The batch of the row that was there; 0 where it is of the same file.
        other_line: Its line.
        is_same: Whether both say the same number.
    """

    line: np.ndarray
    other_batch: np.ndarray
    other_line: np.ndarray
    is_same: np.ndarray

    def without(self, lines: np.ndarray) -> Repeats:
        """Those of other lines."""
        keep = ~np.isin(self.line, lines)
        return Repeats(
            self.line[keep], self.other_batch[keep], self.other_line[keep], self.is_same[keep]
        )

    def __len__(self) -> int:
        return len(self.line)


class Store:
    """The readings of one pilot.

    Args:
        pilot: The number of the pilot.
    """

    def __init__(self, pilot: int) -> None:
        self.path = f"{str(settings.LAKE).rstrip('/')}/readings/pilot-{pilot}"
        self.options = _storage_options()

    # Versions ----------------------------------------------------------------------------

    def _table(self, version: int | None = None) -> Any:
        """The Delta table as it stood at `version`; None where there is none yet."""
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        if version == NOWHERE:
            return None
        try:
            return DeltaTable(self.path, version=version, storage_options=self.options)
        except TableNotFoundError:
            return None

    def version(self) -> int:
        """The version of the store now."""
        table = self._table()
        return NOWHERE if table is None else table.version()

    def rounds(self, batch: int) -> int:
        """The last round in which rows of a batch were added or left out; 0 where none were."""
        table = self._table()
        return 0 if table is None else table.transaction_version(_app(batch)) or 0

    def files(self, version: int) -> list[str]:
        """The files that make up a version."""
        table = self._table(version)
        return [] if table is None else sorted(table.file_uris())

    # Changes -----------------------------------------------------------------------------

    def append(
        self, batch: int, round_: int, blocks: Iterable[pa.RecordBatch], *, onto: int
    ) -> int:
        """Add rows of a batch once; the version that holds them.

        Args:
            batch: Its number within the pilot.
            round_: Which change of the batch this is; the same one again does nothing.
            blocks: Blocks of the schema STORED.
            onto: The version the rows were compared with.

        Raises:
            Overtaken: The store is no longer at that version.
        """
        from deltalake import write_deltalake
        from deltalake.exceptions import CommitFailedError, DeltaError

        table = self._at(onto)
        if table is not None and (table.transaction_version(_app(batch)) or 0) >= round_:
            return onto
        Path(self.path).mkdir(parents=True, exist_ok=True) if self._is_local else None
        try:
            write_deltalake(
                self.path if table is None else table,
                pa.RecordBatchReader.from_batches(STORED, blocks),
                mode="error" if table is None else "append",
                storage_options=self.options,
                commit_properties=self._commit(batch, round_, onto),
            )
        except (CommitFailedError, DeltaError, FileExistsError) as problem:
            if self.version() != onto:
                raise Overtaken from problem
            raise
        return self.version()

    def leave_out(self, batch: int, round_: int) -> int:
        """Make a version without the rows of a batch; the older versions keep them."""
        from deltalake.exceptions import CommitFailedError

        while True:
            table = self._table()
            if table is None:
                return NOWHERE
            version = table.version()
            if (table.transaction_version(_app(batch)) or 0) >= round_:
                return version
            commit = self._commit(batch, round_, version)
            try:
                table.delete(f"batch = {int(batch)}", commit_properties=commit)
            except CommitFailedError:
                if self.version() == version:
                    raise
                continue
            return table.version()

    def _at(self, version: int) -> Any:
        """The table, as long as nobody changed it since."""
        table = self._table()
        if (NOWHERE if table is None else table.version()) != version:
            raise Overtaken
        return table

    def _commit(self, batch: int, round_: int, onto: int) -> Any:
        from deltalake import CommitProperties, Transaction

        return CommitProperties(
            app_transactions=[Transaction(ORDER, onto + 1), Transaction(_app(batch), round_)],
            max_commit_retries=RETRIES,
            custom_metadata={"batch": str(batch), "round": str(round_)},
        )

    @property
    def _is_local(self) -> bool:
        return "://" not in self.path

    # Questions ---------------------------------------------------------------------------

    def repeats(self, staged: Path, batches: Iterable[int], *, version: int, keep: str) -> Repeats:
        """Rows of a staged file that say again what another row of it, or of the store, said.

        Rows are about the same reading when they share metric and event, or, without an event,
        unit, moment (or period), metric and subject. The store is searched on the days the file
        touches.

        Args:
            staged: The file, of the schema READINGS.
            batches: The batches of the store to compare with.
            version: The version of the store.
            keep: Which of the rows of one file stands: the "first" or the "last".
        """
        with _engine() as engine:
            engine.execute(f"CREATE VIEW staged AS SELECT * FROM {_parquet([str(staged)])}")
            found = [_within(engine, keep)]
            others = [int(one) for one in batches]
            if others and self._expose(engine, version):
                found.append(_against(engine, others))
        together = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
        # A row may repeat one of its file and one of the store: the store's counts.
        order = np.lexsort((-together["other_batch"], together["line"]))
        _lines, first = np.unique(together["line"][order], return_index=True)
        return Repeats(**{name: column[order][first] for name, column in together.items()})

    def _expose(self, engine: Any, version: int) -> bool:
        """Make a version known to an engine as the view `stored`; False where it holds nothing."""
        table = self._table(version)
        files = [] if table is None else table.file_uris()
        if not files:
            return False
        if self._is_local:
            engine.execute(f"CREATE VIEW stored AS SELECT * FROM {_parquet(files)}")
        else:
            engine.register("stored", table.to_pyarrow_dataset())
        return True

    def lines(self, batch: int, *, version: int) -> np.ndarray:
        """The lines of a batch that stand in the store, in order, shape (R,)."""
        with _engine() as engine:
            if not self._expose(engine, version):
                return np.empty(0, np.int64)
            query = "SELECT line FROM stored WHERE batch = ? ORDER BY line"
            return engine.execute(query, [batch]).fetchnumpy()["line"].astype(np.int64)

    def rows(self, batch: int, *, version: int) -> Iterator[pa.RecordBatch]:
        """The rows of a batch in the order of its file, block after block."""
        with _engine() as engine:
            if self._expose(engine, version):
                query = "SELECT * FROM stored WHERE batch = ? ORDER BY line"
                blocks = engine.execute(query, [batch]).to_arrow_reader(65_536)
                yield from (_stored(block) for block in blocks)

    def moments(
        self,
        *,
        version: int,
        batches: Iterable[int] | None = None,
        caps: Mapping[str, float] | None = None,
    ) -> dict[str, np.ndarray]:
        """Counts, means and centred second moments by unit, period and metric.

        Args:
            version: The version of the store.
            batches: Only these; all where none are named.
            caps: The most a value of a metric counts for, by its code.

        Returns:
            Columns unit, period, metric, n, mean, m2, den_n, den_mean, den_m2, den_co, each of
            shape (R,), sorted by the first three. The columns `den_…` are about the rows that
            have a denominator.
        """
        found = self._reduce(version, batches, lambda rows: _moments(rows, caps or {}))
        return found if found is not None else _nothing(MOMENTS)

    def quantiles(
        self, metric: str, share: float, *, version: int, batches: Iterable[int] | None = None
    ) -> dict[str, np.ndarray]:
        """A quantile of one metric by unit and period: columns unit, period, n, value."""
        found = self._reduce(version, batches, lambda rows: _quantiles(rows, metric, share))
        return found if found is not None else _nothing(("unit", "period", "n", "value"))

    def counts(
        self, *, version: int, batches: Iterable[int] | None = None
    ) -> dict[str, np.ndarray]:
        """How many readings there are by unit, period, day and metric; never what they say."""
        found = self._reduce(version, batches, _counts)
        return found if found is not None else _nothing(("unit", "period", "day", "metric", "n"))

    def _reduce(self, version: int, batches: Iterable[int] | None, expression: Any) -> Any:
        """Answer an Ibis expression over the rows of a version as plain arrays."""
        import ibis

        engine = ibis.duckdb.connect(memory_limit=MEMORY, threads=THREADS)
        try:
            if not self._expose(engine.con, version):
                return None
            rows = engine.table("stored")
            if batches is not None:
                rows = rows.filter(rows.batch.isin([int(one) for one in batches]))
            return _arrays(engine.to_pyarrow(expression(rows)))
        finally:
            engine.disconnect()


def _storage_options() -> dict[str, str] | None:
    """How to reach an S3-compatible store; its keys come from the usual AWS variables."""
    endpoint = os.environ.get("POCHIN_S3_ENDPOINT")
    if not endpoint:
        return None
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": str(endpoint.startswith("http://")).lower(),
        "aws_conditional_put": "etag",
    }


def _app(batch: int) -> str:
    return f"pochin-batch-{batch}"


def _engine() -> Any:
    """A database of its own in memory, which puts aside on disk what does not fit."""
    import duckdb

    return duckdb.connect(config={"memory_limit": MEMORY, "threads": THREADS})


def _parquet(files: Iterable[str]) -> str:
    """The call that reads these files; written out, because a view takes no parameters."""
    names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{names}], union_by_name=true)"


def _stored(block: pa.RecordBatch) -> pa.RecordBatch:
    return block.select(STORED.names).cast(STORED)


# Rows about the same reading -----------------------------------------------------------------

KEY = (
    "metric, event_id, CASE WHEN event_id IS NULL THEN unit END, "
    'CASE WHEN event_id IS NULL THEN "at" END, '
    'CASE WHEN event_id IS NULL AND "at" IS NULL THEN period END, '
    "CASE WHEN event_id IS NULL THEN subject END"
)
SAME = "{a}.value = {b}.value AND {a}.denominator IS NOT DISTINCT FROM {b}.denominator"
# First the keys that come twice by their hash, which is cheap; then exactly among those.
WITHIN = f"""
WITH twice AS (
    SELECT hash({KEY}) AS key FROM staged GROUP BY key HAVING count(*) > 1
), suspects AS (
    SELECT * FROM staged WHERE hash({KEY}) IN (SELECT key FROM twice)
), placed AS (
    SELECT line, value, denominator,
        {{choice}}(line) OVER w AS other_line,
        {{choice}}(value) OVER w AS other_value,
        {{choice}}(denominator) OVER w AS other_denominator
    FROM suspects
    WINDOW w AS (PARTITION BY {KEY} ORDER BY line
                 ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
SELECT line, 0 AS other_batch, other_line,
    value = other_value AND denominator IS NOT DISTINCT FROM other_denominator AS is_same
FROM placed WHERE line <> other_line ORDER BY line
"""
AGAINST = f"""
WITH days AS (SELECT min(day) AS earliest, max(day) AS latest FROM staged),
near AS (
    SELECT stored.* FROM stored, days
    WHERE batch IN (SELECT unnest(?)) AND (day IS NULL OR day BETWEEN earliest AND latest)
),
pairs AS (
    SELECT s.line, n.batch AS other_batch, n.line AS other_line,
        {SAME.format(a="s", b="n")} AS is_same
    FROM staged s JOIN near n ON s.event_id = n.event_id AND s.metric = n.metric
    UNION ALL
    SELECT s.line, n.batch, n.line, {SAME.format(a="s", b="n")}
    FROM staged s JOIN near n ON s.unit = n.unit AND s.metric = n.metric
        AND s."at" IS NOT DISTINCT FROM n."at" AND s.subject IS NOT DISTINCT FROM n.subject
        AND s.period = n.period
    WHERE s.event_id IS NULL AND n.event_id IS NULL
)
SELECT line, min(other_batch) AS other_batch, min(other_line) AS other_line,
    bool_or(is_same) AS is_same
FROM pairs GROUP BY line ORDER BY line
"""


def _within(engine: Any, keep: str) -> dict[str, np.ndarray]:
    choice = {"first": "first_value", "last": "last_value"}[keep]
    return _repeats(engine.execute(WITHIN.format(choice=choice)).fetchnumpy())


def _against(engine: Any, batches: list[int]) -> dict[str, np.ndarray]:
    return _repeats(engine.execute(AGAINST, [batches]).fetchnumpy())


def _repeats(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    kinds = {"line": np.int64, "other_batch": np.int64, "other_line": np.int64, "is_same": bool}
    return {name: np.asarray(found[name]).astype(kind) for name, kind in kinds.items()}


# Reductions ----------------------------------------------------------------------------------

MOMENTS = ("unit", "period", "metric", "n", "mean", "m2", "den_n", "den_mean", "den_m2", "den_co")
TEXTS = ("unit", "period", "metric")


def _moments(rows: Any, caps: Mapping[str, float]) -> Any:
    import ibis

    value = rows.value
    if caps:
        bounds = [(rows.metric == code, ibis.least(value, cap)) for code, cap in caps.items()]
        value = ibis.cases(*bounds, else_=value)
    rows = rows.mutate(counted=value)
    paired = rows.denominator.notnull()
    keys = ["unit", "period", "metric"]
    return (
        rows.group_by(keys)
        .agg(
            n=rows.count(),
            mean=rows.counted.mean(),
            m2=rows.counted.var(how="pop") * rows.count(),
            den_n=paired.sum().fill_null(0),
            den_mean=rows.denominator.mean(),
            den_m2=rows.denominator.var(how="pop") * paired.sum(),
            den_co=rows.counted.cov(rows.denominator, where=paired, how="pop") * paired.sum(),
        )
        .order_by(keys)
    )


def _quantiles(rows: Any, metric: str, share: float) -> Any:
    rows = rows.filter(rows.metric == metric)
    keys = ["unit", "period"]
    return rows.group_by(keys).agg(n=rows.count(), value=rows.value.quantile(share)).order_by(keys)


def _counts(rows: Any) -> Any:
    keys = ["unit", "period", "day", "metric"]
    return rows.group_by(keys).agg(n=rows.count()).order_by(keys)


def _arrays(table: pa.Table) -> dict[str, np.ndarray]:
    """Columns as arrays: text as objects, days as datetime64[D], numbers with NaN for nothing."""
    found = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        found[name] = column.to_numpy(zero_copy_only=False)
    return found


def _nothing(names: Iterable[str]) -> dict[str, np.ndarray]:
    kinds: dict[str, Any] = {"day": "datetime64[D]", "n": np.int64, "den_n": np.int64}
    kinds.update(dict.fromkeys(TEXTS, object))
    return {name: np.array([], kinds.get(name, "f8")) for name in names}

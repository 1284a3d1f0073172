"""One pilot's store: versions that are only added to, and questions to one of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from django.conf import settings

from pochin.measurements.lake import engines, reductions, repeats
from pochin.measurements.lake.repeats import Repeats
from pochin.measurements.lake.schema import NOWHERE, STORED, Overtaken
from pochin.measurements.lake.slices import Slice

RETRIES = 100
# Every change of a store carries this application id, so that two changes which did not know of
# each other conflict: what was a duplicate is judged by what stood in the store.
ORDER = "pochin-order"
# Delta forgets versions older than thirty days by itself; a version a report cites must stay.
FOR_EVER = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
}
SMALL = 8  # so many files more than needed are worth joining
FILE_BYTES = 256 << 20


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

    def rounds(self, batch: int, file: str = "") -> int:
        """The last round in which rows of a batch were added or left out; 0 where none were.

        `file` is the SHA-256 of its file: after a restored backup a number may come again.
        """
        table = self._table()
        return 0 if table is None else table.transaction_version(_app(batch, file)) or 0

    def batches(self, *, version: int) -> dict[int, int]:
        """How many rows each batch has in a version, by its number."""
        with engines.local() as engine:
            if not self._expose(engine, version):
                return {}
            query = "SELECT batch, count(*) FROM stored GROUP BY batch ORDER BY batch"
            return dict(engine.execute(query).fetchall())

    def files(self, version: int) -> list[str]:
        """The files that make up a version."""
        table = self._table(version)
        return [] if table is None else sorted(table.file_uris())

    # Changes -----------------------------------------------------------------------------

    def append(
        self,
        batch: int,
        round_: int,
        blocks: Iterable[pa.RecordBatch],
        *,
        onto: int,
        file: str = "",
    ) -> int:
        """Add rows of a batch once; the version that holds them.

        Args:
            batch: Its number within the pilot.
            round_: Which change of the batch this is; the same one again does nothing.
            blocks: Blocks of the schema STORED.
            onto: The version the rows were compared with.
            file: The SHA-256 of the file they came in.

        Raises:
            Overtaken: The store is no longer at that version.
        """
        from deltalake import write_deltalake
        from deltalake.exceptions import CommitFailedError, DeltaError

        table = self._at(onto)
        if table is not None and (table.transaction_version(_app(batch, file)) or 0) >= round_:
            return onto
        Path(self.path).mkdir(parents=True, exist_ok=True) if self._is_local else None
        try:
            write_deltalake(
                self.path if table is None else table,
                pa.RecordBatchReader.from_batches(STORED, blocks),
                mode="error" if table is None else "append",
                storage_options=self.options,
                configuration=FOR_EVER if table is None else None,
                commit_properties=self._commit(batch, round_, onto, file),
                post_commithook_properties=_without_cleaning(),
                writer_properties=_packing(),
            )
        except (CommitFailedError, DeltaError, FileExistsError) as problem:
            if self.version() != onto:
                raise Overtaken from problem
            raise
        return self.version()

    def leave_out(self, batch: int, round_: int, file: str = "") -> int:
        """Make a version without the rows of a batch; the older versions keep them."""
        from deltalake.exceptions import CommitFailedError

        while True:
            table = self._table()
            if table is None:
                return NOWHERE
            version = table.version()
            if (table.transaction_version(_app(batch, file)) or 0) >= round_:
                return version
            commit = self._commit(batch, round_, version, file)
            try:
                table.delete(
                    f"batch = {int(batch)}",
                    commit_properties=commit,
                    post_commithook_properties=_without_cleaning(),
                )
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

    def _commit(self, batch: int, round_: int, onto: int, file: str) -> Any:
        return self._order(onto, {_app(batch, file): round_}, batch=str(batch), round=str(round_))

    def _order(self, onto: int, others: Mapping[str, int] | None = None, **said: str) -> Any:
        """What a change of the version `onto` carries, so that changes follow one another."""
        from deltalake import CommitProperties, Transaction

        marks = {ORDER: onto + 1, **(others or {})}
        return CommitProperties(
            app_transactions=[Transaction(name, number) for name, number in marks.items()],
            # The first version is written once or not at all: tried again it would become the
            # second, whatever stands in the first.
            max_commit_retries=RETRIES if onto > NOWHERE else 0,
            custom_metadata=said,
        )

    @property
    def _is_local(self) -> bool:
        return "://" not in self.path

    # Keeping house -----------------------------------------------------------------------

    def compact(self) -> int:
        """Join small files into larger ones in a new version; older versions keep theirs."""
        from deltalake.exceptions import CommitFailedError

        while True:
            table = self._table()
            if table is None:
                return NOWHERE
            sizes = table.get_add_actions(flatten=True)["size_bytes"].to_numpy()
            if len(sizes) <= SMALL + int(sizes.sum()) // FILE_BYTES:
                return table.version()
            order = self._order(table.version())
            try:
                table.optimize.compact(
                    target_size=FILE_BYTES,
                    writer_properties=_packing(),
                    commit_properties=order,
                    post_commithook_properties=_without_cleaning(),
                )
            except CommitFailedError:
                if self.version() == table.version():
                    raise
                continue
            return table.version()

    def forget(self, *, keep: Iterable[int], older_than: timedelta) -> list[str]:
        """Remove files that no version in `keep`, nor the present one, is made of.

        Args:
            keep: Versions that reports cite.
            older_than: Files younger than this stay: a writer may be about to name them.
        """
        from deltalake.exceptions import DeltaError

        table = self._table()
        if table is None:
            return []
        cited = sorted({version for version in keep if 0 <= version <= table.version()})
        hours = int(older_than.total_seconds() // 3600)
        # Only what a crash left behind and what a withdrawal or a compaction replaced.
        for version in cited:
            try:
                self._table(version)
            except DeltaError as problem:
                raise LostVersion(f"{self.path}: version {version} cannot be read.") from problem
        return sorted(
            table.vacuum(
                retention_hours=hours,
                dry_run=False,
                enforce_retention_duration=False,
                keep_versions=cited,
                full=True,
                post_commithook_properties=_without_cleaning(),
            )
        )

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
        with engines.local() as engine:
            engine.execute(f"CREATE VIEW staged AS SELECT * FROM {engines.parquet([str(staged)])}")
            found = [repeats.within(engine, keep)]
            others = [int(one) for one in batches]
            if others and self._expose(engine, version):
                found.append(repeats.against(engine, others))
        return repeats.joined(found)

    def _expose(self, engine: Any, version: int) -> bool:
        """Make a version known to an engine as the view `stored`; False where it holds nothing."""
        files, dataset = self._source(version)
        if files:
            engines.expose(engine, files, dataset)
        return bool(files)

    def _source(self, version: int) -> tuple[list[str], Any]:
        """The files of a version, and their rows where DuckDB cannot open them itself."""
        table = self._table(version)
        files = [] if table is None else table.file_uris()
        far = bool(files) and not self._is_local and not engines.cluster()
        return files, table.to_pyarrow_dataset() if far else None

    def lines(self, batch: int, *, version: int) -> np.ndarray:
        """The lines of a batch that stand in the store, in order, shape (R,)."""
        with engines.local() as engine:
            if not self._expose(engine, version):
                return np.empty(0, np.int64)
            query = "SELECT line FROM stored WHERE batch = ? ORDER BY line"
            return engine.execute(query, [batch]).fetchnumpy()["line"].astype(np.int64)

    def rows(self, batch: int, *, version: int) -> Iterator[pa.RecordBatch]:
        """The rows of a batch in the order of its file, block after block."""
        with engines.local() as engine:
            if self._expose(engine, version):
                query = "SELECT * FROM stored WHERE batch = ? ORDER BY line"
                blocks = engine.execute(query, [batch]).to_arrow_reader(65_536)
                yield from (_stored(block) for block in blocks)

    def slice(
        self, wanted: Slice, *, version: int, limit: int | None = None, ordered: bool = True
    ) -> pa.Table:
        """Rows of a version that fit, schema STORED; `ordered` by unit, time and metric."""
        with engines.local() as engine:
            if not self._expose(engine, version):
                return STORED.empty_table()
            query, values = wanted.query(limit, ordered=ordered)
            return engine.execute(query, values).to_arrow_table().select(STORED.names).cast(STORED)

    def blocks(self, wanted: Slice, *, version: int) -> Iterator[pa.RecordBatch]:
        """The same, block after block, for an export of any length."""
        with engines.local() as engine:
            if self._expose(engine, version):
                query, values = wanted.query(None, ordered=False)
                blocks = engine.execute(query, values).to_arrow_reader(65_536)
                yield from (_stored(block) for block in blocks)

    def moments(
        self,
        *,
        version: int,
        batches: Iterable[int] | None = None,
        caps: Mapping[str, float] | None = None,
        by: Sequence[str] = (),
        paired: bool = True,
    ) -> dict[str, np.ndarray]:
        """Counts, means and centred second moments by unit, period and metric.

        Args:
            version: The version of the store.
            batches: Only these; all where none are named.
            caps: The most a value of a metric counts for, by its code.
            by: Columns to tell rows apart by besides, such as "batch".
            paired: Whether denominators count; without them nothing is told of any.

        Returns:
            Columns unit, period, metric, n, mean, m2, den_n, den_mean, den_m2, den_co, each of
            shape (R,), sorted by the first three. The columns `den_…` are about the rows that
            have a denominator.
        """
        found = self._reduce(
            version,
            batches,
            lambda rows: reductions.moments(rows, caps or {}, by=by, paired=paired),
        )
        return found if found is not None else reductions.nothing((*by, *reductions.MOMENTS))

    def quantiles(
        self, metric: str, share: float, *, version: int, batches: Iterable[int] | None = None
    ) -> dict[str, np.ndarray]:
        """A quantile of one metric by unit and period: columns unit, period, n, value."""
        found = self._reduce(
            version, batches, lambda rows: reductions.quantiles(rows, metric, share)
        )
        return found if found is not None else reductions.nothing(reductions.QUANTILES)

    def sketch(
        self,
        metrics: Sequence[str],
        *,
        version: int,
        batches: Iterable[int] | None = None,
        by: Sequence[str] = (),
    ) -> dict[str, np.ndarray]:
        """How many values lie in each bin: columns unit, period, metric, bin, n."""
        if not metrics:
            return reductions.nothing((*by, *reductions.SKETCH))
        found = self._reduce(version, batches, lambda rows: reductions.sketch(rows, metrics, by=by))
        return found if found is not None else reductions.nothing((*by, *reductions.SKETCH))

    def counts(
        self, *, version: int, batches: Iterable[int] | None = None, by: Sequence[str] = ()
    ) -> dict[str, np.ndarray]:
        """How many readings there are by unit, period, day and metric; never what they say."""
        found = self._reduce(version, batches, lambda rows: reductions.counts(rows, by=by))
        return found if found is not None else reductions.nothing((*by, *reductions.COUNTS))

    def _reduce(
        self, version: int, batches: Iterable[int] | None, expression: Callable[[Any], Any]
    ) -> Any:
        """Answer an expression over the rows of a version; None where it holds nothing."""
        files, dataset = self._source(version)
        if not files:
            return None
        only = None if batches is None else [int(one) for one in batches]

        def asked(rows: Any) -> Any:
            return expression(rows if only is None else rows.filter(rows.batch.isin(only)))

        return engines.answer(files, asked, dataset=dataset)


class LostVersion(Exception):
    """A version that a report cites is no longer whole."""


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


def _packing() -> Any:
    """Packed well; no dictionary of what hardly repeats, which only costs time."""
    from deltalake import ColumnProperties, WriterProperties

    plain = ColumnProperties(dictionary_enabled=False)
    unlike = ("line", "at", "value", "event_id")
    return WriterProperties(
        compression="ZSTD", compression_level=1, column_properties=dict.fromkeys(unlike, plain)
    )


def _without_cleaning() -> Any:
    from deltalake import PostCommitHookProperties

    return PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


def _app(batch: int, file: str) -> str:
    return f"pochin-batch-{batch}-{file[:16]}" if file else f"pochin-batch-{batch}"


def _stored(block: pa.RecordBatch) -> pa.RecordBatch:
    return block.select(STORED.names).cast(STORED)

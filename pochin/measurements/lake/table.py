"""The Delta table behind a store: its versions, what changes it, and how house is kept."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
from django.conf import settings

from pochin.measurements.lake import opened
from pochin.measurements.lake.narrowing import may_hold
from pochin.measurements.lake.schema import NOWHERE, STORED, Overtaken

RETRIES = 100
# Every change of a store carries this application id, so that two changes which did not know of
# each other conflict: what was a duplicate is judged by what stood in the store.
ORDER = "pochin-order"
# Delta forgets versions older than thirty days by itself; a version a report cites must stay.
# Between two checkpoints a process that opens the table reads each change by itself.
KEPT = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.checkpointInterval": "32",
}
SMALL = 8  # so many files more than needed are worth joining at night
MANY = 64  # so many are worth joining at once
FILE_BYTES = 256 << 20


class Table:
    """The rows of one pilot, in versions.

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
        table = opened.newest(self.path, self.options)
        if version is None or (table is not None and table.version() == version):
            return table
        try:
            return DeltaTable(self.path, version=version, storage_options=self.options)
        except TableNotFoundError:
            return None

    def version(self) -> int:
        """The version of the store now."""
        table = self._table()
        return NOWHERE if table is None else table.version()

    def _version_anew(self) -> int:
        """The version of the store now, after a change that failed."""
        opened.drop(self.path, self.options)
        return self.version()

    def rounds(self, batch: int, file: str = "") -> int:
        """The last round in which rows of a batch were added or left out; 0 where none were.

        `file` is the SHA-256 of its file: after a restored backup a number may come again.
        """
        table = self._table()
        return 0 if table is None else table.transaction_version(_app(batch, file)) or 0

    def files(self, version: int) -> list[str]:
        """The files that make up a version."""
        table = self._table(version)
        return [] if table is None else self._files(table)

    def _files(
        self,
        table: Any,
        *,
        batches: Iterable[int] | None = None,
        days: tuple[date, date] | None = None,
    ) -> list[str]:
        """The files of a Delta table that may hold rows of these batches and days."""
        files = sorted(table.file_uris())
        if batches is None and days is None:
            return files
        told = pa.table(table.get_add_actions(flatten=True))
        chosen = may_hold(told, batches=batches, days=days)
        return [file for file in files if file.rpartition("/")[2] in chosen]

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
        Path(self.path).mkdir(parents=True, exist_ok=True) if self.is_local else None
        try:
            write_deltalake(
                self.path if table is None else table,
                pa.RecordBatchReader.from_batches(STORED, blocks),
                mode="error" if table is None else "append",
                storage_options=self.options,
                configuration=KEPT if table is None else None,
                commit_properties=self._commit(batch, round_, onto, file),
                post_commithook_properties=_without_cleaning(),
                writer_properties=_packing(),
            )
        except (CommitFailedError, DeltaError, FileExistsError) as problem:
            if self._version_anew() != onto:
                raise Overtaken from problem
            raise
        return self.version()

    def adopt(
        self, batch: int, round_: int, files: Sequence[Path], *, onto: int, file: str = ""
    ) -> int:
        """Add the rows of a batch as they were written aside, in files of the schema STORED.

        The same as `append`, but nothing is written twice; only where `is_local`. Where another
        writer was quicker, the files that were brought near stay behind for `forget`: whether a
        commit that failed is there all the same cannot be known here.

        Raises:
            Overtaken: The store is no longer at that version.
        """
        from deltalake import Schema
        from deltalake.exceptions import CommitFailedError, DeltaError
        from deltalake.transaction import create_table_with_add_actions

        table = self._at(onto)
        if table is not None and (table.transaction_version(_app(batch, file)) or 0) >= round_:
            return onto
        Path(self.path).mkdir(parents=True, exist_ok=True)
        added = [self._brought(one, batch) for one in files]
        how = {
            "commit_properties": self._commit(batch, round_, onto, file),
            "post_commithook_properties": _without_cleaning(),
        }
        schema = Schema.from_arrow(STORED)
        try:
            if table is None:
                create_table_with_add_actions(
                    self.path, schema, added, mode="error", configuration=KEPT, **how
                )
            else:
                table.create_write_transaction(added, "append", schema, **how)
        except (CommitFailedError, DeltaError, FileExistsError) as problem:
            if self._version_anew() != onto:
                raise Overtaken from problem
            raise
        return self.version()

    def _brought(self, staged: Path, batch: int) -> Any:
        """A file of rows within the folder of the table, and what Delta is told of it."""
        from deltalake.transaction import AddAction

        own = Path(self.path) / f"batch-{batch}-{uuid4()}.parquet"
        try:
            os.link(staged, own)
        except OSError:  # another disk
            shutil.copyfile(staged, own)
        size = own.stat().st_size
        return AddAction(own.name, size, {}, 0, True, json.dumps(_bounds(own)))

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
                if self._version_anew() == version:
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
    def is_local(self) -> bool:
        """Whether it lies on a disk of this machine."""
        return "://" not in self.path

    # Keeping house -----------------------------------------------------------------------

    def is_scattered(self) -> bool:
        """Whether so many small files lie about that questions wait for them."""
        table = self._table()
        return table is not None and _spare(table) > MANY

    def compact(self) -> int:
        """Join small files into larger ones in a new version; older versions keep theirs."""
        from deltalake.exceptions import CommitFailedError

        while True:
            table = self._table()
            if table is None:
                return NOWHERE
            version = table.version()
            if _spare(table) <= SMALL:
                return version
            order = self._order(version)
            try:
                table.optimize.compact(
                    target_size=FILE_BYTES,
                    writer_properties=_packing(),
                    commit_properties=order,
                    post_commithook_properties=_without_cleaning(),
                )
            except CommitFailedError:
                if self._version_anew() == version:
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


def _spare(table: Any) -> int:
    """How many small files there are more than their bytes need."""
    sizes = table.get_add_actions(flatten=True)["size_bytes"].to_numpy()
    small = sizes[sizes < FILE_BYTES // 2]
    return len(small) - int(small.sum()) // FILE_BYTES


def _bounds(file: Path) -> dict[str, Any]:
    """How many rows a file holds, and between which batches and days they lie."""
    import pyarrow.parquet as pq

    told = pq.read_metadata(file)
    found: dict[str, Any] = {
        "numRecords": told.num_rows, "minValues": {}, "maxValues": {}, "nullCount": {}
    }  # fmt: skip
    groups = [told.row_group(place) for place in range(told.num_row_groups)]
    for name in ("batch", "day"):
        column = STORED.names.index(name)
        parts = [group.column(column).statistics for group in groups]
        if all(part is not None and part.has_min_max for part in parts):
            found["minValues"][name] = _plain(min(part.min for part in parts))
            found["maxValues"][name] = _plain(max(part.max for part in parts))
            found["nullCount"][name] = sum(part.null_count for part in parts)
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

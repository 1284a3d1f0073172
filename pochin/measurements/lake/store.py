"""One pilot's store: a table that is only added to, and questions to one of its versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pochin.measurements.lake import engines, reductions, repeats
from pochin.measurements.lake.keys import keys_of
from pochin.measurements.lake.repeats import Repeats
from pochin.measurements.lake.schema import STORED
from pochin.measurements.lake.slices import Slice
from pochin.measurements.lake.table import Table


class Store(Table):
    """The readings of one pilot.

    Args:
        pilot: The number of the pilot.
    """

    def batches(self, *, version: int) -> dict[int, int]:
        """How many rows each batch has in a version, by its number."""
        with self._asking(version) as engine:
            if engine is None:
                return {}
            query = "SELECT batch, count(*) FROM stored GROUP BY batch ORDER BY batch"
            return dict(engine.execute(query).fetchall())

    def holds(self, batch: int, *, version: int) -> bool:
        """Whether a version has rows of a batch."""
        return len(self.lines(batch, version=version)) > 0

    def repeats(
        self,
        staged: Sequence[Path],
        batches: Iterable[int],
        *,
        version: int,
        keep: str,
        twice: np.ndarray | None = None,
    ) -> Repeats:
        """Rows of staged files that say again what another row of them, or of the store, said.

        Rows are about the same reading when they share metric and event, or, without an event,
        unit, moment (or period), metric and subject. The store is searched on the days the files
        touch.

        Args:
            staged: The files, with the columns of the schema READINGS.
            batches: The batches of the store to compare with.
            version: The version of the store.
            keep: Which of the rows of one batch stands: the "first" or the "last".
            twice: The keys that come more than once, where `Keys` found them already.
        """
        if twice is None:
            twice = keys_of(staged)
        others = [int(one) for one in batches]
        if not staged or not (others or len(twice)):
            return repeats.joined([repeats.none()])
        with engines.local() as engine:
            _view(engine, staged)
            found = [repeats.within(engine, keep, twice)]
            days = repeats.days(engine)
            if others and self._expose(engine, version, batches=others, days=days):
                found.append(repeats.against(engine, others))
        return repeats.joined(found)

    def unlike(
        self, staged: Sequence[Path], batches: Iterable[int], *, version: int, most: int
    ) -> list[dict[str, Any]]:
        """The first rows of staged files about which a row of these batches says another number.

        Returns:
            Rows with other_batch, unit, at_us (microseconds of UTC, or None), period, metric,
            value, other_value.
        """
        others = [int(one) for one in batches]
        if not staged or not others:
            return []
        with engines.local() as engine:
            _view(engine, staged)
            days = repeats.days(engine)
            if not self._expose(engine, version, batches=others, days=days):
                return []
            return repeats.unlike(engine, others, most)

    @contextmanager
    def _asking(self, version: int, **narrow: Any) -> Iterator[Any]:
        """An engine that knows rows of a version as the view `stored`; None where there are none.

        `narrow` is that of `files`.
        """
        files, dataset = self._source(version, **narrow)
        if not files:
            yield None
            return
        with engines.local() as engine:
            engines.expose(engine, files, dataset)
            yield engine

    def _expose(self, engine: Any, version: int, **narrow: Any) -> bool:
        """Make a version known to an engine as the view `stored`; False where it holds nothing."""
        files, dataset = self._source(version, **narrow)
        if files:
            engines.expose(engine, files, dataset)
        return bool(files)

    def _source(self, version: int, **narrow: Any) -> tuple[list[str], Any]:
        """The files of a version, and their rows where DuckDB cannot open them itself."""
        table = self._table(version)
        files = [] if table is None else self._files(table, **narrow)
        far = bool(files) and not self.is_local and not engines.cluster()
        return files, table.to_pyarrow_dataset() if far else None

    def lines(self, batch: int, *, version: int) -> np.ndarray:
        """The lines of a batch that stand in the store, in order, shape (R,)."""
        with self._asking(version, batches=[batch]) as engine:
            if engine is None:
                return np.empty(0, np.int64)
            query = "SELECT line FROM stored WHERE batch = ? ORDER BY line"
            return engine.execute(query, [batch]).fetchnumpy()["line"].astype(np.int64)

    def rows(self, batch: int, *, version: int) -> Iterator[pa.RecordBatch]:
        """The rows of a batch in the order of its file, block after block."""
        with self._asking(version, batches=[batch]) as engine:
            if engine is not None:
                query = "SELECT * FROM stored WHERE batch = ? ORDER BY line"
                blocks = engine.execute(query, [batch]).to_arrow_reader(65_536)
                yield from (_stored(block) for block in blocks)

    def slice(
        self, wanted: Slice, *, version: int, limit: int | None = None, ordered: bool = True
    ) -> pa.Table:
        """Rows of a version that fit, schema STORED; `ordered` by unit, time and metric."""
        with self._asking(version, batches=wanted.named()) as engine:
            if engine is None:
                return STORED.empty_table()
            query, values = wanted.query(limit, ordered=ordered)
            return engine.execute(query, values).to_arrow_table().select(STORED.names).cast(STORED)

    def blocks(self, wanted: Slice, *, version: int) -> Iterator[pa.RecordBatch]:
        """The same, block after block, for an export of any length."""
        with self._asking(version, batches=wanted.named()) as engine:
            if engine is not None:
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
        only = None if batches is None else [int(one) for one in batches]
        files, dataset = self._source(version, batches=only)
        if not files:
            return None

        def asked(rows: Any) -> Any:
            return expression(rows if only is None else rows.filter(rows.batch.isin(only)))

        return engines.answer(files, asked, dataset=dataset)


def _view(engine: Any, staged: Sequence[Path]) -> None:
    source = engines.parquet([str(one) for one in staged])
    engine.execute(f"CREATE TEMP VIEW staged AS SELECT * FROM {source}")


def _stored(block: pa.RecordBatch) -> pa.RecordBatch:
    return block.select(STORED.names).cast(STORED)

"""Rows that say again what another row said: found within a file, and against the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from pochin.measurements.lake.keys import HASH


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


KINDS = {"line": np.int64, "other_batch": np.int64, "other_line": np.int64, "is_same": bool}
KEY = (
    "metric, event_id, CASE WHEN event_id IS NULL THEN unit END, "
    'CASE WHEN event_id IS NULL THEN "at" END, '
    'CASE WHEN event_id IS NULL AND "at" IS NULL THEN period END, '
    "CASE WHEN event_id IS NULL THEN subject END"
)
SAME = "{a}.value = {b}.value AND {a}.denominator IS NOT DISTINCT FROM {b}.denominator"
# Exactly among the rows whose keys have a hash that comes twice.
WITHIN = f"""
WITH suspects AS (
    SELECT * FROM staged WHERE {HASH} IN (SELECT key FROM twice)
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
TOLD = (
    's.line, s.unit, s."at", s.period, s.metric, s.value, n.batch AS other_batch, '
    f"n.line AS other_line, n.value AS other_value, {SAME.format(a='s', b='n')} AS is_same"
)
PAIRS = f"""
WITH days AS (SELECT min(day) AS earliest, max(day) AS latest FROM staged),
near AS (
    SELECT stored.* FROM stored, days
    WHERE batch IN (SELECT unnest(?)) AND (day IS NULL OR day BETWEEN earliest AND latest)
),
pairs AS (
    SELECT {TOLD}
    FROM staged s JOIN near n ON s.event_id = n.event_id AND s.metric = n.metric
    UNION ALL
    SELECT {TOLD}
    FROM staged s JOIN near n ON s.unit = n.unit AND s.metric = n.metric
        AND s."at" IS NOT DISTINCT FROM n."at" AND s.subject IS NOT DISTINCT FROM n.subject
        AND s.period = n.period
    WHERE s.event_id IS NULL AND n.event_id IS NULL
)
"""
AGAINST = f"""{PAIRS}
SELECT line, min(other_batch) AS other_batch, min(other_line) AS other_line,
    bool_or(is_same) AS is_same
FROM pairs GROUP BY line ORDER BY line
"""
UNLIKE = f"""{PAIRS}
SELECT other_batch, unit, epoch_us("at") AS at_us, period, metric, value, other_value
FROM pairs WHERE NOT is_same ORDER BY line, other_line LIMIT ?
"""


def within(engine: Any, keep: str, twice: np.ndarray) -> dict[str, np.ndarray]:
    """Rows of the view `staged` that another row of it is about already; `twice` as of `Keys`."""
    if not len(twice):
        return none()
    engine.register("twice", pa.table({"key": twice}))
    choice = {"first": "first_value", "last": "last_value"}[keep]
    return _repeats(engine.execute(WITHIN.format(choice=choice)).fetchnumpy())


def days(engine: Any) -> tuple[date, date] | None:
    """The first and the last day of the view `staged`; None where it has rows without one."""
    first, last, count, dated = engine.execute(
        "SELECT min(day), max(day), count(*), count(day) FROM staged"
    ).fetchone()
    return (first, last) if dated == count else None


def none() -> dict[str, np.ndarray]:
    """No rows at all."""
    return {name: np.empty(0, kind) for name, kind in KINDS.items()}


def against(engine: Any, batches: list[int]) -> dict[str, np.ndarray]:
    """Rows of `staged` that a row of `stored` is about already."""
    return _repeats(engine.execute(AGAINST, [batches]).fetchnumpy())


def unlike(engine: Any, batches: list[int], most: int) -> list[dict[str, Any]]:
    """The first rows of `staged` about which a row of `stored` says another number."""
    found = engine.execute(UNLIKE, [batches, most]).to_arrow_table()
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def _repeats(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.asarray(found[name]).astype(kind) for name, kind in KINDS.items()}


def joined(found: list[dict[str, np.ndarray]]) -> Repeats:
    """Each line once: it may repeat one row of its file and one of the store, which counts."""
    together = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    order = np.lexsort((-together["other_batch"], together["line"]))
    _lines, first = np.unique(together["line"][order], return_index=True)
    return Repeats(**{name: column[order][first] for name, column in together.items()})

"""Which rows of a version are looked at, as a question to the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

ORDER = ' ORDER BY unit, "at", period, metric, batch, line'


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows are looked at; what is None does not narrow.

    Args:
        batches: Numbers of batches whose rows are looked at, within `until` and without `but`.
        own: Numbers of batches whose rows are looked at whatever those two say.
        unit, metric: Exactly these.
        first, last: Days, both among the rows.
        until: The last day of rows that are not `own`.
        but: Metrics left out, by the number of the batch that may not speak of them.
    """

    batches: Sequence[int]
    own: Sequence[int] = ()
    unit: str | None = None
    metric: str | None = None
    first: date | None = None
    last: date | None = None
    until: date | None = None
    but: Mapping[int, Sequence[str]] | None = None

    def named(self) -> list[int]:
        """The batches whose rows may be looked at."""
        return [int(one) for one in (*self.batches, *self.own)]

    def query(self, limit: int | None, *, ordered: bool = True) -> tuple[str, list[Any]]:
        """The question as SQL, and its values."""
        shown, values = self._shown()
        parts = [shown]
        narrow = (("unit = ?", self.unit), ("metric = ?", self.metric),
                  ("day >= ?", self.first), ("day <= ?", self.last))  # fmt: skip
        for words, value in narrow:
            if value is not None:
                parts.append(words)
                values.append(value)
        order = ORDER if ordered else ""
        most = f" LIMIT {int(limit)}" if limit is not None else ""
        return f"SELECT * FROM stored WHERE {' AND '.join(parts)}{order}{most}", values

    def _shown(self) -> tuple[str, list[Any]]:
        parts = ["batch IN (SELECT unnest(?))"]
        values: list[Any] = [[int(one) for one in self.batches]]
        if self.until is not None:
            parts.append("day <= ?")
            values.append(self.until)
        for batch, metrics in (self.but or {}).items():
            parts.append("NOT (batch = ? AND metric IN (SELECT unnest(?)))")
            values += [int(batch), list(metrics)]
        values.append([int(one) for one in self.own])
        return f"({' AND '.join(parts)} OR batch IN (SELECT unnest(?)))", values

"""Rows against the plan: what is in order becomes readings, the rest is named with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pochin.measurements.expectations import DAY_US, Expectation, day_of
from pochin.measurements.intake import values
from pochin.measurements.intake.rows import SHOWN, Fault, Raw
from pochin.measurements.intake.schema import READINGS, Reason

CLOCK_SKEW = timedelta(minutes=5)
ALL = 1 << 62


@dataclass(slots=True)
class Checked:
    """A block after the checks: readings in order, and what is wrong with the others.

    Attributes:
        readings: A table of the schema READINGS, in the order of the file.
        faults: The first of the rows that are not taken.
        by_reason: How many rows each reason keeps out.
        newest_us: The latest moment a row tells of, microseconds of UTC; also of a row that is
            kept out because it is in the future.
    """

    readings: pa.Table
    faults: list[Fault]
    by_reason: Counter[Reason] = field(default_factory=Counter)
    newest_us: int | None = None

    @property
    def quarantined(self) -> int:
        return sum(self.by_reason.values())


def check(
    raw: Raw, expect: Expectation, *, decimal: str, now: datetime, details: int = ALL
) -> Checked:
    """Judge a block of rows by the plan.

    Args:
        decimal: The decimal sign of text numbers.
        now: When the file arrived; a later moment is in the future.
        details: How many bad rows to describe one by one; all are counted.
    """
    return _Judge(raw, expect, decimal, now, details).judge()


class _Judge:
    """One block under judgement: the first reason found against a row is the one it gets."""

    def __init__(
        self, raw: Raw, expect: Expectation, decimal: str, now: datetime, details: int
    ) -> None:
        self.raw = raw
        self.expect = expect
        self.decimal = decimal
        self.now_us = int((now.astimezone(UTC) + CLOCK_SKEW).timestamp() * 1_000_000)
        self.details = details
        self.count = len(raw.lines)
        self.good = np.ones(self.count, bool)
        self.faults: list[Fault] = raw.faults[:details]
        self.by_reason = Counter(fault.reason for fault in raw.faults)
        self.newest_us: int | None = None

    def judge(self) -> Checked:
        if not self.count:
            return Checked(READINGS.empty_table(), self.faults, self.by_reason)
        unit = self.code("unit", self.expect.unit_set, Reason.UNKNOWN_UNIT)
        if self.expect.own is not None:
            self.blame(self.expect.is_foreign[unit], "unit", Reason.FOREIGN_UNIT)
        metric = self.code("metric", self.expect.metric_set, Reason.UNKNOWN_METRIC)
        at, day, period = self.when(unit)
        value, denominator = self.amounts(metric)
        kept = pa.array(self.good)
        columns = [
            pa.array(self.raw.lines),
            self.expect.unit_set.take(pa.array(unit)),
            at,
            day,
            self.expect.period_set.take(pa.array(period)),
            self.expect.metric_set.take(pa.array(metric)),
            pa.array(value),
            pa.array(denominator, from_pandas=True),
            self.text("subject"),
            self.text("event_id"),
        ]
        table = pa.Table.from_arrays(columns, schema=READINGS)
        if not self.good.all():
            table = table.filter(kept)
        return Checked(table, self.faults, self.by_reason, self.newest_us)

    def blame(self, bad: np.ndarray, column: str, reason: Reason, params: Any = None) -> None:
        """Put the rows of `bad` that are good so far aside; `params` tells more about a row."""
        bad = bad & self.good
        if not bad.any():
            return
        rows = np.flatnonzero(bad)
        self.good[rows] = False
        self.by_reason[reason] += len(rows)
        room = max(self.details - len(self.faults), 0)
        cells = self.raw.cells.get(column)
        for row in rows[:room].tolist():
            shown = "" if cells is None else str(cells[row].as_py() or "")[:SHOWN]
            more = params(row) if params else {}
            line = int(self.raw.lines[row])
            self.faults.append(Fault(line, column, shown, reason, more))

    def text(self, name: str) -> pa.Array:
        """An optional text column; what is empty is null."""
        if name not in self.raw.cells:
            return pa.nulls(self.count, pa.string())
        column = values.trimmed(self.raw.cells[name])
        if np.diff(values.spans(column)[0]).all():
            return column
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)

    def code(self, name: str, known: pa.Array, reason: Reason) -> np.ndarray:
        """The place of each cell among the known words, shape (R,); 0 stands in for a bad one."""
        cells = self.raw.cells[name]
        if not pa.types.is_string(cells.type):
            cells = values.trimmed(cells)
        found = pc.index_in(cells, known)
        if found.null_count:
            cells = values.trimmed(cells)
            found = pc.index_in(cells, known)
        if found.null_count:
            unknown = found.is_null().to_numpy(zero_copy_only=False)
            empty = pc.equal(cells, "").to_numpy(zero_copy_only=False)
            self.blame(unknown & empty, name, Reason.EMPTY)
            self.blame(unknown, name, reason)
        return found.fill_null(0).to_numpy(zero_copy_only=False)

    def when(self, unit: np.ndarray) -> tuple[pa.Array, pa.Array, np.ndarray]:
        """Moment of UTC, day of the site and number of the period of each row."""
        calendar = self.expect.calendar
        period, named = self.by_name(self.raw.cells["at"])
        if calendar.bounds is None:
            self.blame_empty(~named)
            self.blame(~named, "at", Reason.OUTSIDE, lambda _row: self.window_words())
            return (pa.nulls(self.count, values.UTC), pa.nulls(self.count, pa.date32()), period)
        utc, local, form = self.clock(unit, period, named)
        unread = form == values.NOT
        if unread.any():
            self.blame_empty(unread)
            self.blame(unread, "at", Reason.NOT_A_TIME)
        period = np.where(named, period, calendar.place(local))
        told = utc[~unread & ~named]
        self.newest_us = int(told.max()) if len(told) else None
        self.blame(period < 0, "at", Reason.OUTSIDE, lambda _row: self.window_words())
        self.blame(utc > self.now_us, "at", Reason.FUTURE)
        day = pa.array((local // DAY_US).astype(np.int32)).cast(pa.date32())
        return pa.array(utc).cast(values.UTC), day, np.maximum(period, 0)

    def blame_empty(self, among: np.ndarray) -> None:
        cells = values.trimmed(self.raw.cells["at"])
        empty = pc.equal(cells, "").to_numpy(zero_copy_only=False)
        self.blame(among & empty, "at", Reason.EMPTY)

    def by_name(self, cells: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """The number of the period a cell names, and which cells name one."""
        if not self.expect.calendar.by_name:
            return np.zeros(self.count, np.int64), np.zeros(self.count, bool)
        found = pc.index_in(values.trimmed(cells), self.expect.period_set)
        named = found.is_valid().to_numpy(zero_copy_only=False)
        return found.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64), named

    def clock(
        self, unit: np.ndarray, period: np.ndarray, named: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Each moment in UTC and on the site's clock, and how exactly it was said."""
        bounds = self.expect.calendar.bounds
        assert bounds is not None, "asked only of calendars with dates"
        if named.all():
            us, form = bounds[period], np.full(self.count, values.DATE, np.int8)
        else:
            said = values.moments(self.raw.cells["at"])
            us = np.where(named, bounds[period], said.us)
            form = np.where(named, np.int8(values.DATE), said.form)
        plan_zone = self.expect.calendar.zone
        if len(self.expect.zone_names) == 1 and (form == values.NAIVE).all():
            zone = self.expect.zone_names[0]
            utc = values.to_utc(us, plan_zone or zone)
            return utc, values.to_local(utc, zone), form
        utc, local = us.copy(), us.copy()
        zone_of = self.expect.zone_of[unit]
        for place, zone in enumerate(self.expect.zone_names):
            here = zone_of == place
            dates = here & (form == values.DATE)
            utc[dates] = values.to_utc(us[dates], zone)
            naive = here & (form == values.NAIVE)
            utc[naive] = values.to_utc(us[naive], plan_zone or zone)
            told = here & (form >= values.NAIVE)
            local[told] = values.to_local(utc[told], zone)
        return utc, local, form

    def window_words(self) -> dict[str, Any]:
        calendar = self.expect.calendar
        if calendar.bounds is None:
            return {"first": calendar.ids[0], "last": calendar.ids[-1]}
        first, last = day_of(int(calendar.bounds[0])), day_of(int(calendar.bounds[-1]) - 1)
        return {"first": first.isoformat(), "last": last.isoformat()}

    def amounts(self, metric: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Value and denominator of each row; the denominator is NaN where there is none."""
        value, unread = values.numbers(self.raw.cells["value"], self.decimal)
        if unread.any():
            self.blame(unread, "value", Reason.NOT_A_NUMBER)
        missing = np.isnan(value)
        if missing.any():
            self.blame(missing, "value", Reason.EMPTY)
        self.blame_denominators(metric)
        self.blame_impossible(metric, value)
        return value, self.denominator

    def blame_denominators(self, metric: np.ndarray) -> None:
        needed = self.expect.has("ratio", "rate")[metric]
        self.denominator = np.full(self.count, np.nan)
        if "denominator" in self.raw.cells:
            cells = self.raw.cells["denominator"]
            self.denominator, unread = values.numbers(cells, self.decimal)
            if unread.any():
                self.blame(unread, "denominator", Reason.NOT_A_NUMBER)
        if not needed.any():
            return
        self.blame(needed & np.isnan(self.denominator), "denominator", Reason.NO_DENOMINATOR)
        least = np.where(self.expect.has("rate")[metric], np.nextafter(0, 1), 0.0)
        self.blame(needed & (self.denominator < least), "denominator", Reason.IMPOSSIBLE)

    def blame_impossible(self, metric: np.ndarray, value: np.ndarray) -> None:
        share, rate = self.expect.has("proportion")[metric], self.expect.has("rate")[metric]
        beyond = share & ((value < 0) | (value > 1))
        self.blame(beyond | (rate & (value < 0)), "value", Reason.IMPOSSIBLE)

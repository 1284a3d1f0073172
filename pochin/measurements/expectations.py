"""What a locked plan lets a row say: units with their zones, metrics, periods on the calendar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa

from pochin.lab.protocol import Metric, Protocol

MOSCOW = "Europe/Moscow"
ARMS = ("control", "treatment")
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Calendar:
    """The periods of a plan on the local clock.

    Attributes:
        ids: Ids of the periods in order, shape (T,).
        bounds: Where each begins and the last ends, microseconds of the local clock, shape
            (T + 1,); None where the periods have no dates.
        zone: The zone of moments that come without one; empty where the plan names none.
        in_order: Whether a row may name its period instead of a moment.
    """

    ids: tuple[str, ...]
    bounds: np.ndarray | None
    zone: str = ""
    by_name: bool = False

    @classmethod
    def of(cls, plan: Protocol) -> Calendar:
        periods = plan.document["periods"]
        ids = plan.period_ids
        return cls(ids, _bounds(ids, periods.get("length", "")), periods.get("zone", ""),
                   "ids" in periods)  # fmt: skip

    def place(self, local_us: np.ndarray) -> np.ndarray:
        """The number of the period each moment falls into, -1 where none, shape (R,)."""
        if self.bounds is None:
            return np.full(len(local_us), -1, np.int64)
        found = np.searchsorted(self.bounds, local_us, side="right") - 1
        return np.where(found < len(self.ids), found, -1)

    def days(self, period: int) -> tuple[date, date] | None:
        """First and last day of a period, where it has dates."""
        if self.bounds is None:
            return None
        first, after = (int(self.bounds[period + i]) for i in (0, 1))
        return day_of(first), day_of(after - 1)


def day_of(us: int) -> date:
    """The day of a moment of the local clock."""
    return date(1970, 1, 1) + timedelta(days=us // DAY_US)


def _bounds(ids: Sequence[str], length: str) -> np.ndarray | None:
    """Where periods begin and the last one ends; None where their ids are no dates in order."""
    units = {_unit_of(one) for one in ids}
    if len(units) != 1 or None in units:
        return None
    unit = str(units.pop())
    starts = [int(np.datetime64(_iso(one), "us").astype(np.int64)) for one in ids]
    steps = np.diff(starts)
    if (steps <= 0).any():
        return None
    return np.array([*starts, _end(ids[-1], starts, length or unit)], np.int64)


def _unit_of(text: str) -> str | None:
    patterns = {"year": r"\d{4}", "month": r"\d{4}-\d\d", "day": r"\d{4}-\d\d-\d\d",
                "hour": r"\d{4}-\d\d-\d\dT\d\d(:\d\d(:\d\d)?)?"}  # fmt: skip
    named = next((unit for unit, pattern in patterns.items() if re.fullmatch(pattern, text)), None)
    if named is None:
        return None
    try:
        np.datetime64(_iso(text), "us")
    except ValueError:
        return None
    return named


def _iso(text: str) -> str:
    return f"{text}:00" if re.fullmatch(r".*T\d\d", text) else text


def _end(last: str, starts: Sequence[int], length: str) -> int:
    """The end of the last period: by the length of the plan, else as long as the one before."""
    if length in ("month", "year"):
        begins = np.datetime64(last[:7], "M")
        return int(
            (begins + (12 if length == "year" else 1)).astype("datetime64[us]").astype(np.int64)
        )
    known = {"hour": DAY_US // 24, "week": 7 * DAY_US}
    if length == "day" and len(starts) > 1:
        return starts[-1] + (starts[-1] - starts[-2])
    return starts[-1] + known.get(length, DAY_US)


@dataclass(frozen=True)
class Expectation:
    """What a locked plan lets a row say.

    Args:
        units: Ids of the units.
        zones: The time zone of each unit, shape (I,).
        metrics: The metrics of the plan.
        calendar: Its periods.
        duplicate: What the plan says of two rows about one reading: refuse, first or last.
        source: Whose reading is used where both sides tell it: post or vendor.
        own: The units the sender may speak for; None where these are all.
    """

    units: tuple[str, ...]
    zones: tuple[str, ...]
    metrics: tuple[Metric, ...]
    calendar: Calendar
    duplicate: str = "refuse"
    own: frozenset[str] | None = None
    source: str = "post"

    @classmethod
    def of(
        cls,
        plan: Protocol,
        zones: Mapping[str, str] | None = None,
        own: Iterable[str] | None = None,
    ) -> Expectation:
        """Read a plan; `zones` holds the time zone of units, the rest are in the plan's."""
        units = tuple(str(unit["unit"]) for unit in plan.units) or ARMS
        usual = plan.document["periods"].get("zone", "") or MOSCOW
        known = zones or {}
        return cls(
            units,
            tuple(known.get(unit, usual) for unit in units),
            plan.metrics,
            Calendar.of(plan),
            plan.data_rules.get("duplicate", "refuse"),
            None if own is None else frozenset(own),
            plan.data_rules.get("source", "post"),
        )

    def gives_way(self, *, is_vendors: bool) -> bool:
        """Whether readings of this side are not used where the other side tells them too."""
        return is_vendors != (self.source == "vendor")

    @cached_property
    def unit_set(self) -> pa.Array:
        return pa.array(self.units, pa.string())

    @cached_property
    def metric_set(self) -> pa.Array:
        return pa.array([metric.code for metric in self.metrics], pa.string())

    @cached_property
    def period_set(self) -> pa.Array:
        return pa.array(self.calendar.ids, pa.string())

    @cached_property
    def zone_names(self) -> list[str]:
        return sorted(set(self.zones))

    @cached_property
    def zone_of(self) -> np.ndarray:
        """The place of each unit's zone in `zone_names`, shape (I,)."""
        return np.array([self.zone_names.index(zone) for zone in self.zones], np.int64)

    @cached_property
    def is_foreign(self) -> np.ndarray:
        """Which units the sender may not speak for, shape (I,)."""
        return np.array([self.own is not None and unit not in self.own for unit in self.units])

    def has(self, *kinds: str) -> np.ndarray:
        """Which metrics are of one of these kinds, shape (M,)."""
        return np.array([metric.kind in kinds for metric in self.metrics])

"""When a periodic task is due: the five fields of cron, in the zone of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import timezone

HORIZON_DAYS = 4 * 366 + 1  # 29 February comes back within this many days, but for 2100


@dataclass(frozen=True, slots=True)
class Cron:
    """Minutes, hours, days of the month, months and days of the week (Sunday is 0) that fit."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    # As in cron: where both kinds of day are named, either will do.
    is_either_day: bool

    def fits(self, day: date) -> bool:
        weekday = day.isoweekday() % 7 in self.weekdays
        in_month = day.day in self.days
        fitting = (in_month or weekday) if self.is_either_day else (in_month and weekday)
        return fitting and day.month in self.months

    def slots(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        """The moments of one day, latest first."""
        for hour in sorted(self.hours, reverse=True):
            for minute in sorted(self.minutes, reverse=True):
                yield datetime.combine(day, time(hour, minute), zone).astimezone(UTC)

    def latest(self, at: datetime) -> datetime:
        """The last slot that is not after `at`."""
        zone = timezone.get_default_timezone()
        today = at.astimezone(zone).date()
        for back in range(HORIZON_DAYS):
            day = today - timedelta(days=back)
            if self.fits(day):
                for slot in self.slots(day, zone):
                    if slot <= at:
                        return slot
        raise ValueError("the days of this schedule never come; name days that exist")


@lru_cache
def parse(text: str) -> Cron:
    """Read ``minute hour day month weekday``, each ``*``, a number, ``a-b``, ``*/n`` or a list.

    >>> sorted(parse("*/20 8-10 * * 1,5").minutes)
    [0, 20, 40]
    """
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(f"{text!r} has {len(fields)} fields, but a schedule has 5")
    limits = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
    values = [_numbers(field, *limit) for field, limit in zip(fields, limits, strict=True)]
    weekdays = frozenset(n % 7 for n in values[4])
    is_either = not fields[2].startswith("*") and not fields[4].startswith("*")
    minutes, hours, days, months, _weekdays = values
    return Cron(minutes, hours, days, months, weekdays, is_either)


def _numbers(field: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _slash, step = part.partition("/")
        first, _dash, last = span.partition("-")
        start = low if span == "*" else int(first)
        end = high if span == "*" or (step and not last) else int(last or first)
        if not low <= start <= end <= high:
            raise ValueError(f"{part!r} must lie between {low} and {high}")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)

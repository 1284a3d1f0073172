"""Working days by the Russian production calendar, as corrected by the centre."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from pochin.core.models import CalendarDay

MOSCOW = ZoneInfo("Europe/Moscow")
SATURDAY = 5
# Days of which the centre says otherwise than the calendar, and whether they are working days.
Corrections = dict[date, bool]


@lru_cache(maxsize=40)
def _country(year: int) -> holidays.HolidayBase:
    return holidays.Russia(years=year)


def is_working(day: date, corrections: Corrections | None = None) -> bool:
    """Whether people work on this day; a correction by the centre rules over the calendar."""
    said = read_corrections() if corrections is None else corrections
    if day in said:
        return said[day]
    return _country(day.year).is_working_day(day)


def after(
    moment: datetime,
    days: int,
    *,
    zone: ZoneInfo = MOSCOW,
    corrections: Corrections | None = None,
) -> datetime:
    """The end of the `days`-th working day after the day of `moment`, in `zone`.

    Whoever asks for many moments reads the corrections once and hands them in.
    """
    said = read_corrections() if corrections is None else corrections
    day = moment.astimezone(zone).date()
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= is_working(day, said)
    return datetime.combine(day, time(23, 59, 59), zone)


def between(
    start: datetime,
    end: datetime,
    *,
    zone: ZoneInfo = MOSCOW,
    corrections: Corrections | None = None,
) -> int:
    """How many working days lie after the day of `start`, up to and with the day of `end`."""
    first, last = _day_of(start, zone), _day_of(end, zone)
    if last <= first:
        return 0
    said = read_corrections() if corrections is None else corrections
    count = _in_country(first, last)
    for day, works in said.items():
        if first < day <= last:
            count += works - _country(day.year).is_working_day(day)
    return count


def days_off(
    first: date, last: date, *, language: str = "ru", corrections: Corrections | None = None
) -> dict[date, str]:
    """Days between Monday and Friday on which nobody works, both ends included, each with a name.

    Args:
        first, last: Ends of the span.
        language: "ru" or "en_US", of the names.
        corrections: Of the centre; read where they are left out.
    """
    said = read_corrections() if corrections is None else corrections
    names = holidays.Russia(years=range(first.year, last.year + 1), language=language)
    span = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return {
        day: names.get(day) or day.isoformat()
        for day in span
        if day.weekday() < SATURDAY and not is_working(day, said)
    }


@lru_cache(maxsize=16384)
def _day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


@lru_cache(maxsize=16384)
def _in_country(first: date, last: date) -> int:
    """Working days after the first of these days, up to and with the last, before corrections."""
    count = _by_country(last) - _by_country(first)
    return count + sum(_by_country(date(year, 12, 31)) for year in range(first.year, last.year))


def _by_country(day: date) -> int:
    """Working days of the year up to and with this day, before any correction."""
    return _running_counts(day.year)[day.timetuple().tm_yday]


@lru_cache(maxsize=40)
def _running_counts(year: int) -> tuple[int, ...]:
    day, counts = date(year, 1, 1), [0]
    while day.year == year:
        counts.append(counts[-1] + _country(year).is_working_day(day))
        day += timedelta(days=1)
    return tuple(counts)


def corrections_in(days: Iterable[CalendarDay]) -> Corrections:
    """The corrections that these rows say."""
    return {one.day: one.is_working for one in days}


def read_corrections() -> Corrections:
    """All corrections by the centre, in one query."""
    return dict(CalendarDay.objects.values_list("day", "is_working"))

"""Working days: by the calendar of the country, as corrected by the centre."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pochin.core import calendar
from pochin.core.models import CalendarDay


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, 1, 2, 9, 20, 40, 400, 900])
def test_the_days_between_are_those_one_counts_on_a_calendar(days):
    start = date(2025, 12, 24)
    CalendarDay.objects.create(day=start, is_working=False)  # from there on, not with it
    CalendarDay.objects.create(day=date(2025, 12, 27), is_working=True)
    CalendarDay.objects.create(day=date(2026, 1, 13), is_working=False)
    CalendarDay.objects.create(day=date(2026, 1, 14), is_working=True)  # as it is anyway

    counted = sum(calendar.is_working(start + timedelta(days=n)) for n in range(1, days + 1))

    assert calendar.between(noon(start), noon(start + timedelta(days=days))) == counted


@pytest.mark.django_db
def test_no_days_lie_before_the_start():
    assert calendar.between(noon(date(2026, 3, 5)), noon(date(2026, 3, 2))) == 0


def test_who_has_read_the_corrections_asks_nothing(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        calendar.between(noon(date(2026, 3, 2)), noon(date(2026, 3, 9)), corrections={})

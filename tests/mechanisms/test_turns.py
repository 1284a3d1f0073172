"""Whose turn, until when, and what happens when it passes."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conftest import NOON
from pochin.core import calendar, journal, turns
from pochin.core.models import CalendarDay, Turn
from pochin.participants import lifecycle

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def submitted(region, amber, anna):
    draft = lifecycle.begin(region, by=anna, organisation=amber, kind="member", at=NOON)
    return lifecycle.submit(draft, by=anna, at=NOON)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 11, 1), True),  # a Saturday made a working day
        (date(2025, 12, 31), False),  # a Wednesday given off for it
        (date(2026, 3, 9), False),  # the Monday after a Sunday holiday
        (date(2026, 3, 2), True),
    ],
)
def test_the_production_calendar_rules(db, day, works):
    assert calendar.is_working(day) is works


def test_the_centre_corrects_the_calendar(db):
    CalendarDay.objects.create(day=date(2026, 3, 3), is_working=False)

    assert calendar.after(NOON, 1) == datetime(2026, 3, 4, 23, 59, 59, tzinfo=MOSCOW)


def test_five_working_days_pass_over_a_holiday(submitted):
    turn = turns.of(submitted).get()

    assert turn.due_at == datetime(2026, 3, 10, 23, 59, 59, tzinfo=MOSCOW)


def test_a_programme_sets_its_own_clock(region, amber, anna):
    region.clocks = {"admission": 2}
    region.save()
    draft = lifecycle.begin(region, by=anna, organisation=amber, kind="member", at=NOON)

    lifecycle.submit(draft, by=anna, at=NOON)

    assert turns.of(draft).get().days == 2


def test_only_the_holder_sees_the_turn(submitted, ulyana, vera, anna):
    assert Turn.objects.open().visible_to(ulyana).count() == 1
    assert Turn.objects.open().visible_to(vera).count() == 0


def test_lateness_is_recorded_in_three_steps(submitted):
    due = turns.of(submitted).get().due_at

    steps = [turns.escalate(at=due + timedelta(days=days)) for days in (-1, 1, 2, 8, 9, 15, 40)]

    assert steps == [0, 1, 0, 1, 0, 1, 0]
    late = [e for e in journal.of(submitted) if e.verb == "turns.overdue"]
    assert [e.text.facts["step"] for e in late] == [1, 2, 3]


def test_time_in_each_state_is_known(submitted, ulyana):
    lifecycle.check(submitted, by=ulyana, at=NOON + timedelta(days=2))

    stays = journal.stays(journal.of(submitted))

    assert [(s.state, s.since, s.until) for s in stays] == [
        ("draft", NOON, NOON),
        ("submitted", NOON, NOON + timedelta(days=2)),
        ("checking", NOON + timedelta(days=2), None),
    ]

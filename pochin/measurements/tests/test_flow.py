"""How readings come in: completeness, gaps, volume, sources, clocks; counts for all inside."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import on
from pochin.measurements import flow, volume, words
from pochin.measurements.models import Batch
from pochin.measurements.tests.conftest import MONDAYS, OFFICES, Sender, table, week

DAYS = [date(2026, 3, 16) + timedelta(days=i) for i in range(20)]


def series(*counts, unit="a", metric="delay"):
    return [(unit, metric, day, n) for day, n in zip(DAYS, counts, strict=False)]


def test_a_day_of_thrice_the_usual_rows_is_a_change():
    [change] = volume.changes(series(100, 100, 100, 300, 100, 100), DAYS)

    assert (change.day, change.n, change.usual, change.is_more) == (DAYS[3], 300, 100, True)


def test_a_day_of_a_third_of_the_usual_rows_is_a_change():
    [change] = volume.changes(series(100, 100, 33, 100, 100, 100), DAYS)

    assert (change.day, change.is_more) == (DAYS[2], False)


@pytest.mark.parametrize(
    "counts",
    [
        (100, 100, 299, 100, 100, 100),  # not thrice
        (100, 100, 34, 100, 100, 100),  # more than a third
        (9, 9, 27, 9, 9, 9),  # too few rows to say
        (100, 300, 100, 100),  # too few days to say what is usual
        (100, 100, 100, 100, 100, 10),  # the last day is not over
    ],
)
def test_what_is_not_sudden_is_no_change(counts):
    assert volume.changes(series(*counts), DAYS) == []


def test_only_the_days_that_are_asked_for_are_judged():
    assert volume.changes(series(100, 300, 100, 100, 100, 100), DAYS[2:]) == []


def test_units_that_change_together_are_said_once():
    both = [*series(50, 50, 50, 500, 50, 50), *series(50, 50, 50, 600, 50, 50, unit="b")]

    [change] = volume.changes(both, DAYS)

    assert (change.unit, change.units, change.n) == ("b", 2, 600)
    assert "2 units" in words.of_warning(change.warning())


def minutes(day, count, office="101001"):
    return [f"{office};{day}T{i // 60:02}:{i % 60:02};delay;1" for i in range(count)]


@pytest.fixture
def doubled(running, lev, sending):
    """A week of forty rows a day, in which one day has two hundred."""
    usual = [row for day in DAYS[:7] if day != DAYS[3] for row in minutes(day, 40)]
    sending(running, lev, table(*usual))
    return sending(running, lev, table(*minutes(DAYS[3], 200)))


def test_a_file_with_a_sudden_change_is_taken_in_and_says_so(doubled, lev, signed_in):
    assert (doubled.accepted, doubled.quarantined) == (200, 0)
    [warning] = doubled.warnings
    said = words.of_warning(warning)
    assert "101001 sent 200 rows of delay; usually there are 40" in said

    browser, pilot = signed_in(lev), doubled.pilot
    for address in (doubled.get_absolute_url(),
                    reverse("measurements:index", args=[pilot.number]),
                    reverse("measurements:quality", args=[pilot.number])):  # fmt: skip
        assert said in browser.get(address).content.decode()


def test_a_file_like_the_others_says_nothing(running, lev, sending):
    batch = sending(running, lev, table(*(r for d in DAYS[:7] for r in minutes(d, 40))))

    assert batch.warnings == []


# Completeness and gaps -----------------------------------------------------------------------


@pytest.fixture
def three_weeks(running, lev):
    """Each of the first three weeks was sent on its Sunday, but the second lacks an office."""
    for i, monday in enumerate(MONDAYS[:3]):
        offices = OFFICES[1:] if i == 1 else OFFICES
        Sender(on(3, 22) + timedelta(weeks=i))(running, lev, table(*week(monday, offices)))
    return running


def test_the_curve_says_what_had_come_and_what_was_due_each_day(three_weeks):
    known = flow.cells(three_weeks, three_weeks.locked_plan())

    curve = {one.on: one for one in flow.curve(known, today=date(2026, 4, 7))}

    assert min(curve) == date(2026, 3, 22)
    assert (curve[date(2026, 3, 22)].received, curve[date(2026, 3, 22)].expected) == (24, 0)
    assert (curve[date(2026, 3, 23)].received, curve[date(2026, 3, 23)].expected) == (24, 24)
    assert (curve[date(2026, 4, 7)].received, curve[date(2026, 4, 7)].expected) == (70, 72)
    assert max(curve) == date(2026, 4, 7)


def test_gaps_are_the_ended_periods_in_which_something_did_not_arrive(three_weeks):
    known = flow.cells(three_weeks, three_weeks.locked_plan())

    [gap] = flow.gaps(known, today=date(2026, 4, 6))

    assert (gap.unit, gap.missing, gap.expected) == (OFFICES[0], 2, 6)
    assert gap.periods == ("2026-03-23",)
    assert flow.gaps(known, today=date(2026, 3, 29)) == []  # the second week is not over
    assert len(flow.gaps(known, today=date(2026, 4, 13))) == 12  # nothing came of the fourth


def test_nothing_sent_has_no_curve(running):
    assert flow.curve(flow.cells(running, running.locked_plan()), today=date(2026, 4, 7)) == []


# Sources -------------------------------------------------------------------------------------


def test_who_sent_what_is_counted_by_person_way_and_system(doubled, mila, sending):
    sending(doubled.pilot, mila, table("101001;2026-04-01;delay;1", "999;2026-04-01;delay;1"))

    found = flow.senders(Batch.objects.filter(pilot=doubled.pilot))

    assert {(one.who, one.files, one.received, one.quarantined) for one in found} == {
        (str(doubled.sent_by), 2, 440, 0),
        (str(mila), 1, 2, 1),
    }


def test_a_clock_that_is_ahead_is_named(running, lev, mila):
    evening = on(4, 1, 12)  # noon of Greenwich, three in the afternoon of Moscow
    Sender(evening)(running, lev, table("101001;2026-04-01T15:00;delay;1",
                                        "101001;2026-04-01T18:00;delay;1"))  # fmt: skip
    Sender(evening)(running, mila, table("101002;2026-04-01T14:00;delay;1"))

    ahead = {one.who: one.ahead_words for one in flow.senders(Batch.objects.all())}

    assert ahead == {str(lev): "3 hours ahead", str(mila): ""}


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", ["lev", "anna", "rita"])
def test_whoever_is_inside_sees_the_page_and_no_value(
    running, lev, sending, signed_in, name, language, request
):
    sending(running, lev, table("101001;2026-03-31T12:00;delay;7771"))
    browser = signed_in(request.getfixturevalue(name), language)

    answer = browser.get(reverse("measurements:quality", args=[running.number]))

    assert answer.status_code == 200
    assert "7771" not in answer.content.decode().replace(" ", "")


def test_more_files_take_no_more_queries(running, lev, sending, signed_in):
    browser, address = signed_in(lev), reverse("measurements:quality", args=[running.number])

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address).status_code == 200
        return len(queries)

    sending(running, lev, table(*week(MONDAYS[0])))
    browser.get(address)
    few = asked()
    for monday in MONDAYS[1:3]:
        sending(running, lev, table(*week(monday)))

    assert asked() == few

"""The watch over a pilot under way, as its people meet it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from conftest import on, plan_for
from pochin.jobs.worker import run_due
from pochin.measurements import tasks, watching
from pochin.measurements.models import Watch
from pochin.measurements.tests.conftest import MONDAYS, OFFICES, table, week

LATE = on(4, 27, 20)


def page(browser, pilot):
    return browser.get(reverse("measurements:index", args=[pilot.number]))


def test_new_readings_are_looked_over_and_the_page_says_what_was_found(
    running, lev, sending, signed_in, django_capture_on_commit_callbacks
):
    assert page(signed_in(lev, "en"), running).context["watched"] is None
    rows = [row for monday in MONDAYS for row in week(monday)]
    with django_capture_on_commit_callbacks(execute=True):
        sending(running, lev, table(*rows, *[f"999999;{MONDAYS[3]};delay;1"]))
    run_due()

    shown = page(signed_in(lev, "en"), running)

    assert shown.context["watched"]["flags"] == [
        ("1 row names units that the plan does not know; it was set aside.", "waiting")
    ]
    assert "What was noticed" in shown.content.decode()
    assert "Что замечено" in page(signed_in(lev, "ru"), running).content.decode()


def test_an_arm_that_falls_silent_is_noticed_without_any_file(running, lev, sending):
    """A unit that stops sending sends no file: the night looks."""
    for monday in MONDAYS[:4]:
        sending(running, lev, table(*week(monday)))
    for monday in MONDAYS[4:]:
        sending(running, lev, table(*week(monday, OFFICES[::2])))

    assert watching.under_way() == [running.pk]
    codes = [one.code for one in watching.look_over(running, at=LATE)]

    assert codes[0] in {"missing-readings", "missing-differs", "dropout-differs", "immature"}
    assert "dropout-differs" in codes
    assert Watch.objects.get().flags[0]["severity"] == "block"


@pytest.mark.parametrize("gain", [-30.0, 0.0, 30.0])
def test_the_watch_is_the_same_whatever_the_effect(running, lev, sending, gain):
    """Nobody learns before the look day how the arms differ, the page included."""
    for i, monday in enumerate(MONDAYS):
        without = week(monday, OFFICES[::2])
        treated = week(monday, OFFICES[1::2], delay=10 + gain * (i >= 2))
        sending(running, lev, table(*without, *treated))

    assert watching.look_over(running, at=LATE) == []


def test_periods_count_once_their_readings_had_time_to_come(pilot_at, offices):
    weeks = {"start": "2026-03-16", "length": "week", "baseline": 2, "run": 4}
    plan = plan_for(offices, periods={**weeks, "maturity_days": 3})

    assert watching.ripe(plan, on(3, 25)) == []
    assert watching.ripe(plan, on(3, 26)) == ["2026-03-16"]


def test_a_pilot_without_a_lot_is_not_watched(pilot_at):
    assert watching.look_over(pilot_at("design"), at=LATE) == []
    assert not Watch.objects.exists()


def test_the_night_looks_over_every_pilot_under_way(
    running, lev, sending, django_capture_on_commit_callbacks
):
    sending(running, lev, table(*week(MONDAYS[0])))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.watch_all.func()
    run_due()

    assert Watch.objects.get().pilot == running


def test_rows_set_aside_are_counted_by_reason(running, lev, sending):
    rows = week(MONDAYS[0])
    sending(running, lev, table(*rows, rows[0], "101001;2025-01-01;delay;1"))

    assert watching.set_aside(running) == {"duplicates": 1, "outside": 1}


def test_only_those_inside_see_the_watch(running, lev, sending, signed_in, anna, gleb):
    sending(running, lev, table(*week(MONDAYS[0])))
    watching.look_over(running, at=LATE)

    assert list(Watch.objects.visible_to(gleb)) == []
    assert list(Watch.objects.visible_to(anna)) == [Watch.objects.get()]

"""Withdrawing a file: its readings stop counting, and what it kept out comes in."""

from __future__ import annotations

import pytest

from conftest import on
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.jobs.worker import run_due
from pochin.measurements import lifecycle, tasks
from pochin.measurements.lake import Store
from pochin.measurements.models import Batch, State
from pochin.measurements.tests.conftest import MONDAYS, table, week


@pytest.fixture
def two_weeks(running, lev, mila, sending):
    """Lev sent the first week, Mila both."""
    first = sending(running, lev, table(*week(MONDAYS[0])))
    both = sending(running, mila, table(*week(MONDAYS[0]), *week(MONDAYS[1])))
    return first, both


def data(pilot):
    pilot.refresh_from_db()
    return pilot.data


@pytest.mark.parametrize("name", ["lev", "mila"])
def test_its_sender_and_those_who_answer_for_the_pilot_withdraw(two_weeks, name, request):
    first, _both = two_weeks

    lifecycle.withdraw(first, by=request.getfixturevalue(name), reason="Не те часы.", at=on(4, 27))

    assert (first.state, first.reasons) == (State.WITHDRAWN, "Не те часы.")


@pytest.mark.parametrize("name", ["anna", "semyon", "vera", "gleb", "kira"])
def test_nobody_else_withdraws(two_weeks, name, request):
    with pytest.raises(Forbidden):
        lifecycle.withdraw(
            two_weeks[0], by=request.getfixturevalue(name), reason="Нет.", at=on(4, 27)
        )


def test_what_it_said_does_not_count_any_more(running, two_weeks, lev):
    first, _both = two_weeks
    before = data(running)

    lifecycle.withdraw(first, by=lev, reason="Не те часы.", at=on(4, 27))

    assert (before["baseline_received"], data(running)["baseline_received"]) == (48, 24)
    assert data(running)["sha256"] != before["sha256"]
    assert (first.moments.count(), first.arrivals.count()) == (0, 0)


def test_rows_it_kept_out_of_another_file_come_in(
    running, two_weeks, lev, django_capture_on_commit_callbacks
):
    first, both = two_weeks
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.withdraw(first, by=lev, reason="Не те часы.", at=on(4, 27))

    run_due()

    both.refresh_from_db()
    store = Store(running.number)
    assert (both.accepted, both.duplicates, both.is_stale) == (48, 0, False)
    assert data(running)["baseline_received"] == 48
    assert store.moments(version=store.version())["n"].sum() == 48
    assert store.lines(first.number, version=store.version()).size == 0


def test_older_versions_keep_the_rows(running, two_weeks, lev):
    first, both = two_weeks
    store = Store(running.number)
    lifecycle.withdraw(first, by=lev, reason="Не те часы.", at=on(4, 27))

    done = lifecycle.tidy(Batch.objects.get(pk=first.pk), at=on(4, 27))
    again = lifecycle.tidy(Batch.objects.get(pk=first.pk), at=on(4, 27))

    assert done.store_version == again.store_version == both.store_version + 1
    assert store.lines(first.number, version=done.store_version).size == 0
    assert store.lines(first.number, version=both.store_version).size == 24


def test_a_withdrawn_file_may_be_sent_again(running, lev, sending):
    first = sending(running, lev, table(*week(MONDAYS[0])))
    lifecycle.withdraw(first, by=lev, reason="Поспешил.", at=on(4, 27))
    lifecycle.tidy(first, at=on(4, 27))

    second = sending(running, lev, table(*week(MONDAYS[0])))

    assert (second.number, second.accepted, second.duplicates) == (2, 24, 0)


def test_a_file_of_withdrawn_rows_counts_even_before_the_store_is_tidied(running, lev, sending):
    first = sending(running, lev, table(*week(MONDAYS[0])))
    lifecycle.withdraw(first, by=lev, reason="Поспешил.", at=on(4, 27))

    second = sending(running, lev, table(*week(MONDAYS[0])[::-1]))

    assert (second.accepted, second.duplicates) == (24, 0)
    assert data(running)["baseline_received"] == 24


def test_a_file_nobody_took_in_yet_may_be_withdrawn(running, lev, sending):
    batch = sending.keep(running, lev, table(*week(MONDAYS[0])))

    lifecycle.withdraw(batch, by=lev, reason="Не тот.", at=on(4, 27))

    assert lifecycle.tidy(batch).store_version is None


def test_nothing_is_withdrawn_once_the_data_are_closed(running, two_weeks, lev):
    type(running).objects.filter(pk=running.pk).update(state="data_closing")

    with pytest.raises(Refused, match="until the data of the pilot are closed"):
        lifecycle.withdraw(
            Batch.objects.get(pk=two_weeks[0].pk), by=lev, reason="Поздно.", at=on(4, 28)
        )


def test_the_go_ahead_puts_the_work_into_the_queue(
    running, lev, sending, django_capture_on_commit_callbacks
):
    batch = sending.keep(running, lev, table(*week(MONDAYS[0])))
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.check(batch, by=lev, at=on(4, 27))
    assert tasks.progress_of(batch).is_over is False

    run_due()

    batch.refresh_from_db()
    assert (batch.state, batch.accepted) == (State.ACCEPTED, 24)
    assert tasks.progress_of(batch).is_over is True


def test_work_that_was_lost_is_asked_for_again(running, lev, sending):
    """The process died between the go-ahead and the queue."""
    batch = sending.keep(running, lev, table(*week(MONDAYS[0])))
    lifecycle.check(batch, by=lev, at=on(4, 27))

    tasks.reconcile.call()
    run_due()

    batch.refresh_from_db()
    assert batch.state == State.ACCEPTED

"""Changing a locked plan: with a reason, by all sides, visible for ever."""

import pytest
from django.db import DatabaseError, transaction

from conftest import on, plan_for
from pochin.core import journal, turns
from pochin.core.policy import SYSTEM
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle import records as r
from pochin.pilots.models import Amendment, State
from pochin.pilots.tests.showing import refused, shows


@pytest.fixture
def changed(pilot_at):
    return plan_for(pilot_at.offices, question="Does the sorter shorten the delay by a minute?")


@pytest.fixture
def proposed(running, changed, lev):
    return lifecycle.amend(running, by=lev, protocol=changed, why="Опечатка", at=on(4, 1))


def sign_all(amendment, cast, at):
    for signer in (cast.mila, cast.nina, cast.anna):
        lifecycle.sign_amendment(amendment, by=signer, at=at)


@shows(r.plan_may_be_amended)
def test_a_plan_is_amended_between_the_lock_and_the_results(pilot_at, changed, lev):
    for state in ("plan_review", "awaiting"):
        with refused(r.plan_may_be_amended):
            lifecycle.amend(pilot_at(state), by=lev, protocol=changed, why="Опечатка", at=on(5, 5))
    pilot = pilot_at("preparation")
    amendment = lifecycle.amend(pilot, by=lev, protocol=changed, why="Опечатка", at=on(3, 4))

    assert amendment.state == "proposed"


@shows(r.no_amendment_is_open)
def test_one_amendment_at_a_time(proposed, running, pilot_at, cast, lev):
    second = plan_for(pilot_at.offices, question="Why?")

    with refused(r.no_amendment_is_open):
        lifecycle.amend(running, by=lev, protocol=second, why="Ещё", at=on(4, 2))
    sign_all(proposed, cast, on(4, 2))
    lifecycle.amend(running, by=lev, protocol=second, why="Ещё", at=on(4, 3))

    assert running.amendments.count() == 2


@shows(r.amendment_has_a_reason)
def test_an_amendment_has_a_reason(running, changed, lev):
    with refused(r.amendment_has_a_reason):
        lifecycle.amend(running, by=lev, protocol=changed, why=" ", at=on(4, 1))
    amendment = lifecycle.amend(running, by=lev, protocol=changed, why="Опечатка", at=on(4, 1))

    assert amendment.reason == "Опечатка"


@shows(r.something_changes)
def test_an_amendment_changes_something(running, pilot_at, changed, lev):
    with refused(r.something_changes):
        lifecycle.amend(running, by=lev, protocol=pilot_at.protocol, why="Просто", at=on(4, 1))
    amendment = lifecycle.amend(running, by=lev, protocol=changed, why="Опечатка", at=on(4, 1))

    assert [change["path"] for change in amendment.changes] == ["question"]


@shows(r.amendment_is_signed)
def test_it_binds_when_all_sides_have_signed(proposed, running, cast, changed):
    for signer in (cast.mila, cast.nina):
        lifecycle.sign_amendment(proposed, by=signer, at=on(4, 2))
    with refused(r.amendment_is_signed):
        lifecycle.amendment_life.make("approve", proposed, by=SYSTEM, at=on(4, 2))
    before = running.locked_plan().version
    lifecycle.sign_amendment(proposed, by=cast.anna, at=on(4, 3))

    assert (before, running.locked_plan().version) == (1, 2)
    assert running.locked_plan().sha256 == changed.sha256
    assert running.first_locked_plan().version == 1
    assert [e.verb for e in journal.of(running)][-1] == "pilots.take_amendment"


@shows(r.has_not_signed_amendment)
def test_one_person_signs_an_amendment_once(proposed, mila, nina):
    lifecycle.sign_amendment(proposed, by=mila, at=on(4, 2))

    with refused(r.has_not_signed_amendment):
        lifecycle.sign_amendment(proposed, by=mila, at=on(4, 2))
    lifecycle.sign_amendment(proposed, by=nina, at=on(4, 2))

    assert [turn.holder for turn in turns.of(proposed)] == [
        f"sign@org-{proposed.pilot.organisation_id}"
    ]


@shows(r.amendment_is_in_time)
def test_an_amendment_is_not_signed_after_the_results_are_agreed(proposed, running, cast):
    type(running).objects.filter(pk=running.pk).update(state=State.AWAITING)

    with refused(r.amendment_is_in_time):
        lifecycle.sign_amendment(Amendment.objects.get(), by=cast.mila, at=on(5, 6))
    type(running).objects.filter(pk=running.pk).update(state=State.EVALUATION)
    sign_all(Amendment.objects.get(), cast, on(5, 6))

    assert Amendment.objects.get().state == "approved"


@pytest.mark.parametrize(("moment", "seen"), [(on(4, 26), "before"), (on(4, 27), "after")])
def test_it_is_noted_whether_data_had_been_seen(moment, seen, running, changed, lev):
    amendment = lifecycle.amend(running, by=lev, protocol=changed, why="Опечатка", at=moment)

    assert amendment.seen_data == seen


def test_a_declined_amendment_stays_on_record(proposed, running, mila):
    lifecycle.decline_amendment(proposed, by=mila, reason="Порог не трогаем", at=on(4, 2))

    assert running.amendments.get().state == "declined"
    assert running.locked_plan().version == 1


def test_a_decided_amendment_cannot_be_rewritten(proposed, mila):
    lifecycle.decline_amendment(proposed, by=mila, reason="Порог не трогаем", at=on(4, 2))

    with pytest.raises(DatabaseError, match="as it was decided"), transaction.atomic():
        Amendment.objects.update(reason="Другое")


def test_another_window_moves_the_days_of_the_pilot(running, pilot_at, cast, lev):
    periods = {"start": "2026-03-16", "length": "week", "baseline": 2, "run": 6}
    longer = plan_for(pilot_at.offices, periods=periods)
    amendment = lifecycle.amend(running, by=lev, protocol=longer, why="Мало данных", at=on(4, 1))
    sign_all(amendment, cast, on(4, 2))
    running.refresh_from_db()

    assert running.ends_on.isoformat() == "2026-05-10"

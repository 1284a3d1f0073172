"""What a pilot does by itself when a day has come."""

from datetime import date

import pytest
from django.utils import timezone

from conftest import on
from pochin.core import journal, turns
from pochin.core.policy import SYSTEM
from pochin.pilots import lifecycle
from pochin.pilots.models import Pilot, State


def verbs(pilot):
    return [entry.verb.partition(".")[2] for entry in journal.of(pilot)]


def test_nothing_happens_before_a_day_has_come(pilot_at):
    pilot_at("running")

    assert lifecycle.keep_time(on(4, 26)) == 0


def test_a_complete_run_closes_its_data_the_day_after_its_last(running):
    made = lifecycle.keep_time(on(4, 27))
    running.refresh_from_db()

    assert made == 2
    assert verbs(running)[-2:] == ["reach_end", "close_data"]
    assert running.state == State.DATA_CLOSING


def test_the_clock_may_run_often(running):
    made = [lifecycle.keep_time(on(4, 27)) for _n in range(3)]

    assert made == [2, 0, 0]


def test_a_run_with_gaps_waits_for_its_manager(running, lev):
    gappy = lifecycle.Completeness(expected=100, received=60, sha256="d" * 64)
    lifecycle.note_data(running, by=SYSTEM, data=gappy, at=on(4, 26))
    before = turns.of(running).count()
    lifecycle.keep_time(on(4, 27))
    running.refresh_from_db()

    assert before == 0
    assert running.state == State.RUNNING
    assert turns.of(running).get().holder == f"person@{lev.pk}"


@pytest.mark.parametrize("state", ["preparation", "baseline"])
def test_a_late_start_is_noted_once(state, pilot_at):
    pilot = pilot_at(state)
    for moment in (on(3, 30), on(3, 31)):
        lifecycle.keep_time(moment)

    assert verbs(pilot).count("reach_start") == 1


def test_after_the_decision_date_the_owner_is_waited_for_too(pilot_at, lev, kira):
    pilot = pilot_at("preparation")
    lifecycle.keep_time(on(6, 2))
    pilot.refresh_from_db()

    assert pilot.state == State.PREPARATION
    assert {turn.holder for turn in turns.of(pilot)} == {f"person@{lev.pk}", f"person@{kira.pk}"}


def test_a_passed_decision_date_shows_until_it_is_decided(pilot_at):
    pilot = pilot_at("scale")
    waiting = pilot_at("awaiting")
    Pilot.objects.update(decision_date=date(2026, 1, 1))

    late = Pilot.objects.decision_overdue(date(2026, 1, 2))

    assert list(late) == [waiting]
    assert [Pilot.objects.get(pk=p.pk).is_decision_overdue for p in (pilot, waiting)] == [
        False, True,
    ]  # fmt: skip
    assert not Pilot.objects.decision_overdue(date(2026, 1, 1)).exists()


def test_the_decision_owner_has_until_the_promised_day(pilot_at):
    waiting = pilot_at("awaiting")

    (turn,) = turns.of(waiting)
    assert timezone.localdate(turn.due_at) == waiting.decision_date


def test_after_the_promised_day_the_clock_of_the_programme_rules(pilot_at):
    waiting = pilot_at("awaiting")
    turns.of(waiting).update(ended_at=on(6, 2))
    Pilot.objects.update(decision_day_reached_at=on(6, 2))
    waiting.refresh_from_db()

    lifecycle.life.pass_turn(waiting, on(6, 2))

    (turn,) = turns.of(waiting)
    assert turn.days == 10
    assert timezone.localdate(turn.due_at) > waiting.decision_date


def test_a_decision_date_that_has_not_passed_is_not_overdue(pilot_at):
    waiting = pilot_at("awaiting")
    waiting.decision_date = date(9999, 1, 1)

    assert not waiting.is_decision_overdue


def test_look_days_follow_the_shares_of_the_plan(pilot_at):
    from conftest import plan_for  # noqa: PLC0415

    looks = {"looks": {"spending": "obrien-fleming", "at": [0.5, 1]}}
    pilot = pilot_at("preparation", plan=plan_for(pilot_at.offices, analysis=looks))

    assert pilot.locked_plan().look_days() == [date(2026, 4, 13), date(2026, 4, 27)]

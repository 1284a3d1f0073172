"""Stopping, ending and closing a run."""

import dataclasses
from datetime import date

import pytest
from django.utils import timezone

from conftest import COUNTED, NOON, on, plan_for
from pochin.core import journal, turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.pilots import lifecycle
from pochin.pilots.lifecycle import records as r
from pochin.pilots.lifecycle.guards import closing, deciding, stopping
from pochin.pilots.models import Pilot, State
from pochin.pilots.tests.showing import refused, shows
from pochin.pilots.views import parts


@shows(stopping.suspension_is_explained)
@pytest.mark.parametrize("stopper", ["semyon", "lev", "vera", "kira"])
def test_who_may_stop_a_run_says_why(stopper, running, cast):
    who = getattr(cast, stopper)

    with refused(stopping.suspension_is_explained):
        lifecycle.suspend(running, by=who, reason=" ", at=on(4, 1))
    lifecycle.suspend(running, by=who, reason="Дым в серверной", at=on(4, 1))

    assert running.state == State.SUSPENDED
    assert running.ends_on == date(2026, 4, 26)  # the days go on counting


@pytest.mark.parametrize("stranger", ["anna", "nina", "mila", "gleb", "viktor"])
def test_others_report_but_do_not_stop(stranger, running, cast):
    with pytest.raises(Forbidden):
        lifecycle.suspend(running, by=getattr(cast, stranger), reason="Дым", at=on(4, 1))


@shows(stopping.veto_is_lifted)
def test_a_veto_of_a_site_is_lifted_by_a_site(running, lev, semyon):
    lifecycle.suspend(running, by=semyon, reason="Дым", at=on(4, 1))

    with refused(stopping.veto_is_lifted):
        lifecycle.resume(running, by=lev, at=on(4, 2))
    lifecycle.resume(running, by=semyon, at=on(4, 2))

    assert running.state == State.RUNNING


@shows(stopping.veto_is_lifted, "passes")
def test_what_the_manager_stopped_the_manager_lets_go_on(running, lev):
    lifecycle.suspend(running, by=lev, reason="Ждём запчасть", at=on(4, 1))
    lifecycle.resume(running, by=lev, at=on(4, 2))

    assert running.state == State.RUNNING


@shows(stopping.serious_incidents_are_closed)
@pytest.mark.parametrize("severity", ["serious", "critical"])
def test_a_serious_incident_is_settled_first(severity, running, lev, anna):
    incident = lifecycle.report(
        running, by=anna, severity=severity, happened_at=on(4, 1), words="Перегрев", at=on(4, 1)
    )
    lifecycle.suspend(running, by=lev, reason="Перегрев", at=on(4, 1))

    with refused(stopping.serious_incidents_are_closed):
        lifecycle.resume(running, by=lev, at=on(4, 2))
    lifecycle.close_incident(incident, by=lev, action="Заменён вентилятор", at=on(4, 2))
    lifecycle.resume(running, by=lev, at=on(4, 2))

    assert running.state == State.RUNNING


@shows(stopping.serious_incidents_are_closed, "passes")
def test_a_minor_incident_does_not_hold_the_run_up(running, lev, anna):
    lifecycle.report(
        running, by=anna, severity="minor", happened_at=on(4, 1), words="Пыль", at=on(4, 1)
    )
    lifecycle.suspend(running, by=lev, reason="Уборка", at=on(4, 1))

    assert lifecycle.resume(running, by=lev, at=on(4, 2)).state == State.RUNNING


@shows(r.pilot_is_alive)
def test_no_incident_is_reported_after_the_end(pilot_at, lev, running):
    over = pilot_at("closed")
    said = {"severity": "minor", "happened_at": on(4, 1), "words": "Пыль"}

    with refused(r.pilot_is_alive):
        lifecycle.report(over, by=lev, at=on(5, 8), **said)
    incident = lifecycle.report(running, by=lev, at=on(4, 1), **said)

    assert incident.number == 1


@shows(r.has_happened)
def test_an_incident_lies_in_the_past(running, lev):
    said = {"severity": "minor", "words": "Пыль", "happened_at": on(4, 2)}

    with refused(r.has_happened):
        lifecycle.report(running, by=lev, at=on(4, 1), **said)
    incident = lifecycle.report(running, by=lev, at=on(4, 2), **said)

    assert turns.of(incident).get().holder == f"person@{lev.pk}"


@shows(r.action_is_named)
def test_an_incident_is_closed_with_what_was_done(running, lev):
    incident = lifecycle.report(
        running, by=lev, severity="minor", happened_at=on(4, 1), words="Пыль", at=on(4, 1)
    )

    with refused(r.action_is_named):
        lifecycle.close_incident(incident, by=lev, action="", at=on(4, 2))
    lifecycle.close_incident(incident, by=lev, action="Протёрли", at=on(4, 2))

    assert incident.state == "closed"


@shows(stopping.early_end_is_in_the_plan)
def test_a_run_ends_early_only_by_a_rule_of_the_plan(running, kira):
    words = {"reason": "Работник упал", "by": kira, "at": on(4, 10)}

    with refused(stopping.early_end_is_in_the_plan):
        lifecycle.end_early(running, rule="the vendor asked", **words)
    lifecycle.end_early(running, rule="a person was hurt", **words)

    assert running.state == State.ENDED_EARLY
    assert running.early_reason == "a person was hurt"


@shows(stopping.early_end_is_in_the_plan, "passes")
def test_force_majeure_ends_any_run(running, kira):
    lifecycle.end_early(
        running, by=kira, rule=lifecycle.FORCE_MAJEURE, reason="Наводнение", at=on(4, 10)
    )

    assert running.state == State.ENDED_EARLY


def test_only_the_decision_owner_ends_a_run_early(running, lev):
    with pytest.raises(Forbidden):
        lifecycle.end_early(running, by=lev, rule="a person was hurt", reason="?", at=on(4, 10))


@shows(closing.end_has_come)
def test_data_are_not_closed_before_the_last_day_is_over(running):
    for too_early in (on(4, 10), on(4, 26)):
        with refused(closing.end_has_come):
            lifecycle.close_data(running, by=SYSTEM, at=too_early)
    lifecycle.close_data(running, by=SYSTEM, at=on(4, 27))

    assert running.state == State.DATA_CLOSING


@pytest.mark.parametrize(
    ("zone", "hour", "is_over"),
    [("Asia/Vladivostok", 20, False), ("Asia/Vladivostok", 21, True),
     ("Europe/Kaliningrad", 20, False), ("Europe/Kaliningrad", 21, True)],
)  # fmt: skip
def test_a_day_ends_for_everybody_when_it_ends_in_moscow(zone, hour, is_over, running, mila):
    """At nine in the evening in Greenwich it is midnight in Moscow."""
    moment = on(4, 26, hour)

    with timezone.override(zone):
        [action] = [
            action
            for action in lifecycle.life.actions(mila, running, at=moment)
            if action.move.name == "close_data"
        ]
        assert action.is_ready is is_over
        if is_over:
            assert lifecycle.close_data(running, by=mila, at=moment).state == State.DATA_CLOSING
            return
        with refused(closing.end_has_come):
            lifecycle.close_data(running, by=mila, at=moment)


@shows(closing.end_has_come)
@pytest.mark.parametrize("days", [3, 2.5])
def test_readings_are_waited_for_as_long_as_the_plan_says(days, pilot_at):
    periods = {"start": "2026-03-16", "length": "week", "baseline": 2, "run": 4}
    late = plan_for(pilot_at.offices, periods=periods | {"maturity_days": days})
    pilot = pilot_at("running", plan=late)

    with refused(closing.end_has_come):
        lifecycle.close_data(pilot, by=SYSTEM, at=on(4, 29))
    lifecycle.close_data(pilot, by=SYSTEM, at=on(4, 30))

    assert pilot.state == State.DATA_CLOSING


@shows(closing.end_has_come, "passes")
def test_a_run_that_ended_early_closes_its_data_at_once(running, kira):
    lifecycle.end_early(
        running, by=kira, rule="a person was hurt", reason="Работник упал", at=on(4, 10)
    )
    lifecycle.close_data(running, by=SYSTEM, at=on(4, 10))

    assert running.state == State.DATA_CLOSING


@shows(closing.data_are_complete_or_explained)
def test_missing_readings_are_explained(running, lev):
    gappy = lifecycle.Completeness(expected=100, received=90, sha256="d" * 64)
    lifecycle.note_data(running, by=SYSTEM, data=gappy, at=on(4, 26))

    with refused(closing.data_are_complete_or_explained):
        lifecycle.close_data(running, by=SYSTEM, at=on(4, 27))
    lifecycle.explain_gaps(running, by=lev, words="Отделение 3 закрыто с 20 апреля", at=on(4, 27))
    lifecycle.close_data(running, by=SYSTEM, at=on(4, 27))

    assert running.data_sha256 == "d" * 64


@shows(closing.data_are_complete_or_explained, "refuses")
def test_where_nothing_was_expected_nothing_is_complete(running):
    nothing = lifecycle.Completeness(expected=0, received=0, sha256="d" * 64)
    lifecycle.note_data(running, by=SYSTEM, data=nothing, at=on(4, 26))

    with refused(closing.data_are_complete_or_explained):
        lifecycle.close_data(running, by=SYSTEM, at=on(4, 27))


@shows(closing.data_have_arrived)
def test_nothing_is_closed_where_nothing_arrived(running, lev):
    nothing = lifecycle.Completeness(expected=100, received=0)
    lifecycle.note_data(running, by=SYSTEM, data=nothing, at=on(4, 26))
    lifecycle.explain_gaps(running, by=lev, words="Сломан сервер", at=on(4, 27))

    with refused(closing.data_have_arrived):
        lifecycle.close_data(running, by=SYSTEM, at=on(4, 27))
    lifecycle.note_data(running, by=SYSTEM, data=COUNTED, at=on(4, 28))
    lifecycle.close_data(running, by=SYSTEM, at=on(4, 28))

    assert running.state == State.DATA_CLOSING


@shows(closing.readings_are_settled)
def test_nothing_is_closed_while_files_are_compared_anew(running, mila):
    for unsettled in (1, 0):
        data = lifecycle.Completeness(
            expected=10, received=10, sha256="d" * 64, unsettled=unsettled
        )
        lifecycle.note_data(running, by=SYSTEM, data=data, at=on(4, 27))
        if unsettled:
            with refused(closing.readings_are_settled):
                lifecycle.close_data(running, by=SYSTEM, at=on(4, 27))
        else:
            lifecycle.close_data(running, by=SYSTEM, at=on(4, 27))

    assert running.state == State.DATA_CLOSING


@shows(closing.closer_did_not_import)
def test_who_sent_readings_in_does_not_close_them(running, mila, lev):
    for importers, closes in (((mila.pk,), False), ((lev.pk,), True)):
        sent = lifecycle.Completeness(
            expected=10, received=10, sha256="d" * 64, importers=importers
        )
        lifecycle.note_data(running, by=SYSTEM, data=sent, at=on(4, 27))
        if closes:
            lifecycle.close_data(running, by=mila, at=on(4, 27))
        else:
            with refused(closing.closer_did_not_import):
                lifecycle.close_data(running, by=mila, at=on(4, 27))

    assert running.state == State.DATA_CLOSING


@shows(closing.data_are_locked)
def test_evaluation_begins_from_closed_data(pilot_at, mila):
    pilot = pilot_at("data_closing")
    Pilot.objects.update(data_sha256="")

    with refused(closing.data_are_locked):
        lifecycle.begin_evaluation(pilot, by=mila, at=on(4, 29))
    Pilot.objects.update(data_sha256="d" * 64)
    lifecycle.begin_evaluation(pilot, by=mila, at=on(4, 29))

    assert pilot.state == State.EVALUATION


@pytest.mark.parametrize("stranger", ["lev", "anna", "kira", "vera", "semyon"])
def test_only_the_analyst_evaluates(stranger, pilot_at, cast):
    pilot = pilot_at("data_closing")

    with pytest.raises(Forbidden):
        lifecycle.begin_evaluation(pilot, by=getattr(cast, stranger), at=on(4, 29))


@shows(deciding.lessons_are_filled)
def test_a_run_without_readings_is_closed_with_a_lesson(running, kira, lev):
    lifecycle.end_early(
        running, by=kira, rule="a person was hurt", reason="Работник упал", at=on(4, 10)
    )

    owed = list(running.checks.filter(done_at__isnull=True))
    for check in owed:
        lifecycle.tick(running, by=lev, check=check, at=on(4, 11))
    with refused(deciding.lessons_are_filled):
        lifecycle.close_without_result(running, by=kira, reason="Нечего считать", at=on(4, 11))
    assert len(owed) == 3
    lifecycle.tell_lesson(running, by=lev, tried="Стойка", why="Нет ограждения", at=on(4, 11))
    lifecycle.close_without_result(running, by=kira, reason="Нечего считать", at=on(4, 11))

    assert running.state == State.CLOSED


def test_a_line_of_the_log_stays(running, semyon):
    lifecycle.log(running, by=semyon, words="Включили в 09:00", at=on(3, 30))

    entry = running.log.get()

    assert (entry.by, entry.words) == (semyon, "Включили в 09:00")
    assert [e.verb for e in journal.of(running)][-1] == "pilots.log"


def test_readings_are_taken_until_the_data_are_closed(pilot_at):
    taking = {state: pilot_at(state).takes_readings for state in ("baseline", "data_closing")}

    assert taking == {"baseline": True, "data_closing": False}


def test_a_line_of_another_pilots_checklist_is_not_ticked(pilot_at, running, lev):
    foreign = running.checks.first()
    pilot = pilot_at("preparation")

    with pytest.raises(Refused):
        lifecycle.tick(pilot, by=lev, check=foreign, at=NOON)


def test_after_a_veto_the_site_is_waited_for_too(pilot_at, cast, lev, semyon):
    vetoed = lifecycle.suspend(pilot_at("running"), by=semyon, reason="Опасно", at=on(4, 6))
    holders = {turn.holder for turn in turns.of(vetoed)}

    assert holders == {f"person@{lev.pk}", f"person@{semyon.pk}"}


def test_without_a_veto_only_the_manager_is_waited_for(pilot_at, lev):
    paused = lifecycle.suspend(pilot_at("running"), by=lev, reason="Ремонт", at=on(4, 6))

    assert {turn.holder for turn in turns.of(paused)} == {f"person@{lev.pk}"}


@pytest.mark.parametrize(("received", "waited_for"), [(100, "mila"), (50, "lev")])
def test_after_an_early_end_the_manager_completes_and_then_the_analyst_closes(
    received, waited_for, running, cast
):
    counted = dataclasses.replace(COUNTED, received=received)
    lifecycle.note_data(running, by=SYSTEM, data=counted, at=on(4, 9))
    lifecycle.end_early(
        running, by=cast.kira, rule="a person was hurt", reason="Упал", at=on(4, 10)
    )

    assert [turn.holder for turn in turns.of(running)] == [f"person@{getattr(cast, waited_for).pk}"]


def test_a_pilot_that_ended_early_promises_no_look_day(running, cast, monkeypatch):
    monkeypatch.setattr(parts.timezone, "localdate", lambda *_moment: date(2026, 4, 10))
    before = parts.look_words(running, running.locked_plan())
    lifecycle.end_early(
        running, by=cast.kira, rule="a person was hurt", reason="Упал", at=on(4, 10)
    )

    assert "The estimate appears from" in before
    assert parts.look_words(running, running.locked_plan()) == ""

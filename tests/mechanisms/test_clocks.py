"""Clocks stand still while the other side owes an answer, and lateness climbs step by step."""

from datetime import datetime, timedelta

import pytest

from conftest import on
from pochin.applications import lifecycle as applications
from pochin.core import calendar, reactions, turns
from pochin.core.models import Turn
from pochin.notices.models import Group, Notice
from pochin.participants.lifecycle import programmes


def end_of(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 23, 59, 59, tzinfo=calendar.MOSCOW)


@pytest.fixture
def asked(screening, vera):
    """Two of five days into the screening the centre asks the company."""
    return applications.ask(screening, by=vera, question="Какие данные?", at=on(3, 4))


def test_the_clock_of_the_centre_stands_still_while_the_company_owes_an_answer(asked, anna):
    theirs = list(turns.of(asked))  # of who edits and of who signs there
    assert {(turn.state, turn.due_at) for turn in theirs} == {("clarification", end_of(3, 19))}
    # The days of the screening have passed meanwhile, and yet it is not late.
    assert turns.escalate(at=on(3, 13)) == 0

    applications.answer(asked, by=anna, answer="Такие.", at=on(3, 16))

    ours = turns.of(asked).get()
    assert (ours.state, ours.spent_days, ours.due_at) == ("screening", 2, end_of(3, 19))
    ended = Turn.objects.filter(pk__in=[turn.pk for turn in theirs])
    assert {turn.ended_at for turn in ended} == {on(3, 16)}


def test_after_the_answer_the_clock_runs_again(asked, anna):
    """The other side of the stop-clock: what is left of the days is all there is."""
    applications.answer(asked, by=anna, answer="Такие.", at=on(3, 16))

    assert turns.escalate(at=on(3, 19)) == 0
    assert turns.escalate(at=on(3, 20)) == 1


def test_a_second_question_does_not_give_back_the_days_before_the_first(asked, anna, vera):
    applications.answer(asked, by=anna, answer="Такие.", at=on(3, 16))
    applications.ask(asked, by=vera, question="А ещё?", at=on(3, 18))
    applications.answer(asked, by=anna, answer="Вот.", at=on(3, 25))

    ours = turns.of(asked).get()
    assert (ours.spent_days, ours.due_at) == (4, end_of(3, 26))


def test_a_pause_is_nobodys_time_when_the_turn_ends_in_it(asked, anna):
    held = Turn.objects.get(thing_id=asked.pk, state="screening")
    assert held.paused_at == on(3, 4)

    applications.withdraw(asked, by=anna, at=on(3, 16))

    held.refresh_from_db()
    assert held.ended_at == on(3, 16)
    assert held.spent_days + calendar.between(held.since, held.ended_at) == 2


def test_a_step_forward_ends_the_clock_for_good(submitted):
    drafts = Turn.objects.filter(thing_id=submitted.pk, clock="draft")

    assert drafts.exists()
    assert not drafts.filter(ended_at=None).exists()
    assert not drafts.exclude(paused_at=None).exists()


@pytest.mark.parametrize(
    ("working_days", "step"), [(0, 0), (1, 1), (4, 1), (5, 2), (9, 2), (10, 3), (60, 3)]
)
def test_lateness_climbs_at_its_days_and_not_before(working_days, step, asked):
    """Working days after the last moment of the due day; 0 is that moment itself."""
    due = turns.of(asked)[0].due_at
    later = calendar.after(due, working_days) if working_days else due

    turns.escalate(at=later)

    assert {turn.escalated for turn in turns.of(asked)} == {step}


def told_of_lateness(at):
    turns.escalate(at=at)
    reactions.catch_up(at=at, days=10_000)
    late = Notice.objects.filter(group=Group.LATE).select_related("person", "entry__text")
    return {(n.entry.text.facts["step"], n.person.name_en) for n in late}


def test_first_the_holder_is_told_then_the_coordinator_then_the_decision_owner(asked, cast):
    due = turns.of(asked)[0].due_at

    assert told_of_lateness(due) == set()
    first = told_of_lateness(calendar.after(due, 1))
    assert first == {(1, "Anna")}
    second = told_of_lateness(calendar.after(due, 5)) - first
    assert second == {(2, "Vera")}
    third = told_of_lateness(calendar.after(due, 10)) - first - second
    assert third == {(3, "Kira")}


def test_who_answers_in_time_is_told_nothing(asked, anna):
    applications.answer(asked, by=anna, answer="Такие.", at=on(3, 10))

    assert told_of_lateness(on(3, 10) + timedelta(hours=1)) == set()


def test_the_centre_changes_a_clock_and_what_begins_then_has_other_days(cast, screening):
    change = programmes.propose(
        cast.city, by=cast.vera, clocks={"answer": 3}, why="Быстрее.", at=on(3, 3)
    )
    running = turns.of(screening).get().due_at
    programmes.approve(change, by=cast.kira, at=on(3, 3))

    assert turns.of(screening).get().due_at == running
    screening.refresh_from_db()
    applications.ask(screening, by=cast.vera, question="Какие данные?", at=on(3, 4))
    assert turns.of(screening).get().due_at == end_of(3, 10)

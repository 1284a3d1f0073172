"""A decision that extends the run asks for a longer plan, and somebody has to propose it."""

from datetime import date

import pytest

from conftest import on
from pochin.core import turns
from pochin.core.lifecycle import to_do
from pochin.core.models import Entry
from pochin.pilots import lifecycle
from pochin.pilots.models import Pilot
from pochin.pilots.tests.test_amend import MORE, longer, sign_all


@pytest.fixture
def extended(pilot_at, cast):
    pilot = pilot_at("awaiting")
    grounds = pilot_at.grounds(pilot, **MORE)
    return lifecycle.settle(pilot, outcome="extend", grounds=grounds, by=cast.kira, at=on(5, 6))


def waited_for(pilot):
    return [turn.holder for turn in turns.of(Pilot.objects.get(pk=pilot.pk))]


def test_after_the_decision_the_manager_is_asked_for_the_longer_plan(extended, lev):
    [turn] = turns.of(extended)

    assert turn.holder == f"person@{lev.pk}"
    # Ten working days, two of which are holidays.
    assert turn.due_at.date() == date(2026, 5, 21)
    assert to_do(extended).startswith("Propose the amendment")
    # Whose turn began with the decision is told of it.
    assert turn.since == Entry.objects.get(verb="pilots.extend").at


def test_who_does_not_propose_it_climbs_to_the_coordinator_and_the_decision_owner(extended):
    for day in (22, 29):
        turns.escalate(at=on(5, day))
    turns.escalate(at=on(6, 5))

    late = Entry.objects.filter(verb="turns.overdue", thing_id=extended.pk).order_by("pk")
    assert [entry.text.facts["step"] for entry in late] == [1, 2, 3]


def test_once_it_is_proposed_the_signers_are_waited_for_instead(extended, cast):
    amendment = lifecycle.amend(
        extended, by=cast.lev, protocol=longer(extended), why="Лето", at=on(5, 7)
    )
    assert waited_for(extended) == []
    assert turns.of(amendment).exists()

    sign_all(amendment, cast, at=on(5, 8))
    assert waited_for(extended) == []


def test_where_it_is_declined_it_is_asked_for_again(extended, cast, lev):
    amendment = lifecycle.amend(
        extended, by=cast.lev, protocol=longer(extended), why="Лето", at=on(5, 7)
    )
    lifecycle.decline_amendment(amendment, by=cast.lev, reason="Не так.", at=on(5, 8))

    assert waited_for(extended) == [f"person@{lev.pk}"]


def test_an_amendment_of_something_else_does_not_answer_it(extended, cast, lev):
    plan = extended.locked_plan()
    other = plan.protocol.parse(dict(plan.content, question="Иначе?"))
    amendment = lifecycle.amend(extended, by=cast.lev, protocol=other, why="Слово", at=on(5, 7))
    sign_all(amendment, cast, at=on(5, 8))

    assert waited_for(extended) == [f"person@{lev.pk}"]


def test_a_run_its_plan_covers_waits_for_nobody(running):
    assert waited_for(running) == []


def test_what_is_asked_of_the_manager_is_said_without_a_question(
    extended, django_assert_num_queries
):
    pilot = Pilot.objects.get(pk=extended.pk)

    with django_assert_num_queries(0):
        assert to_do(pilot).startswith("Propose the amendment")


def test_after_the_decision_day_the_plan_itself_says_whether_a_longer_one_is_owed(extended, cast):
    extended.decision_day_reached_at = on(5, 7)
    assert to_do(extended).startswith("Propose the amendment")

    amendment = lifecycle.amend(
        extended, by=cast.lev, protocol=longer(extended), why="Лето", at=on(5, 7)
    )
    sign_all(amendment, cast, at=on(5, 8))

    pilot = Pilot.objects.get(pk=extended.pk)
    pilot.decision_day_reached_at = on(5, 9)
    assert to_do(pilot).startswith("Complete the readings")

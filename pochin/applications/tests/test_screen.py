"""Screening: every line of the checklist, enough experts, and nobody who is tied."""

import pytest

from conftest import NOON
from pochin.applications import lifecycle
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.participants.models import Conflict, Person

LINES = ("answers_need", "complete", "may_take_part", "no_duplicate")


@pytest.mark.parametrize("failed", [*LINES, None])
def test_one_line_that_is_not_met_keeps_it_from_the_experts(failed, screening, vera):
    told = {line: line != failed for line in LINES}
    lifecycle.screen(screening, by=vera, eligibility=told, at=NOON)

    if failed is None:
        sent = lifecycle.send_to_review(screening, by=vera, experts=2, at=NOON)
        assert sent.state == "in_review"
        return
    with pytest.raises(Refused, match="checklist is not passed"):
        lifecycle.send_to_review(screening, by=vera, experts=2, at=NOON)


def test_an_empty_checklist_is_not_a_passed_one(screening, vera):
    lifecycle.screen(screening, by=vera, eligibility={}, at=NOON)

    with pytest.raises(Refused, match="checklist is not passed"):
        lifecycle.send_to_review(screening, by=vera, experts=2, at=NOON)


def test_there_are_as_many_experts_as_the_quorum_asks_for(screening, vera):
    with pytest.raises(Refused, match="Not enough experts"):
        lifecycle.send_to_review(screening, by=vera, experts=1, at=NOON)

    assert lifecycle.send_to_review(screening, by=vera, experts=2, at=NOON).state == "in_review"


def test_who_is_tied_to_the_applicant_screens_nothing(screening, vera, amber):
    Conflict.objects.create(person=vera, organisation=amber, ground="family")

    with pytest.raises(Forbidden, match="without a conflict of interest"):
        lifecycle.refuse_at_screening(
            screening, by=Person.objects.get(pk=vera.pk), code="off_topic", reason="Мимо", at=NOON
        )


def test_an_answer_without_changes_is_no_new_version_and_one_with_changes_is(screening, cast):
    lifecycle.ask(screening, by=cast.vera, question="Какие данные?", at=NOON)
    lifecycle.answer(screening, by=cast.anna, answer="Те же.", at=NOON)
    assert screening.versions.count() == 1

    lifecycle.ask(screening, by=cast.vera, question="Сколько людей?", at=NOON)
    lifecycle.keep(screening, "team", {"team": "Семь"}, revision=1, by=cast.anna, at=NOON)
    lifecycle.answer(screening, by=cast.anna, answer="Дописали.", at=NOON)

    assert screening.versions.count() == 2

"""A declared tie keeps a person from judging, at once and until it is rejected."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from conftest import NOON
from pochin.core import turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.participants.lifecycle import conflicts
from pochin.participants.models import Person, conflicted


def fresh(someone):
    """The person as the next request would read them."""
    return Person.objects.get(pk=someone.pk)


@pytest.fixture
def tie(cast):
    return conflicts.declare(cast.amber, by=cast.boris, ground="contract", at=NOON)


def tied(cast):
    return (
        conflicted(cast.boris.pk, cast.amber.pk),
        f"tie@org-{cast.amber.pk}" in fresh(cast.boris).hats,
    )


def test_it_counts_before_anybody_has_confirmed_it(tie, cast):
    assert tied(cast) == (True, True)


def test_it_counts_when_confirmed(tie, cast):
    conflicts.confirm(tie, by=cast.vera, at=NOON)

    assert tied(cast) == (True, True)


def test_it_counts_no_more_when_rejected(tie, cast):
    conflicts.reject(tie, by=cast.vera, reason="Лекция не связь", at=NOON)

    assert tied(cast) == (False, False)


@pytest.mark.parametrize(("days", "counts"), [(0, True), (-1, False)])
def test_it_counts_to_the_end_of_its_last_day(days, counts, tie, cast):
    conflicts.confirm(tie, by=cast.vera, at=NOON)

    last = timezone.localdate() + timedelta(days=days)
    conflicts.end(tie, by=cast.vera, until=last, at=NOON)

    assert (tie.state, tied(cast)) == ("ended", (counts, counts))


def test_it_waits_for_the_coordinators_of_the_person(tie, cast):
    assert [turn.holder for turn in turns.of(tie)] == [f"coordinator@{cast.city.pk}"]


@pytest.mark.parametrize("stranger", ["ulyana", "kira", "anna", "elena"])
def test_only_a_coordinator_of_the_person_answers(stranger, tie, cast):
    with pytest.raises(Forbidden, match="only by a coordinator of a programme"):
        conflicts.confirm(tie, by=getattr(cast, stranger), at=NOON)


@pytest.mark.parametrize("move", ["confirm", "reject", "end"])
def test_nobody_answers_their_own_declaration(move, cast):
    own = conflicts.declare(cast.amber, by=cast.vera, ground="family", at=NOON)
    given = {"reject": {"reason": "Нет"}, "end": {"until": date(2026, 3, 3)}}.get(move, {})
    if move == "end":
        type(own).objects.update(state="confirmed")

    with pytest.raises(Refused, match="Somebody else answers your own declaration"):
        conflicts.life.make(move, own, by=cast.vera, at=NOON, **given)

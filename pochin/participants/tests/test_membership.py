"""Joining a programme, from the request to the admission."""

from datetime import timedelta

import pytest

from conftest import NOON, organisation
from pochin.core import journal, turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.participants import lifecycle
from pochin.participants.models import Conflict, Membership, Person, RoleHeld, Seat, State


@pytest.fixture
def basalt(cast):
    company = organisation("Basalt", inn="7728168971", kpp="772801001", ogrn="1027700067328")
    Seat.objects.create(person=cast.artem, organisation=company, may_edit=True, may_sign=True)
    return company


@pytest.fixture
def request_of(basalt, cast):
    def begin(kind="member"):
        artem = Person.objects.get(pk=cast.artem.pk)
        draft = lifecycle.begin(cast.city, by=artem, organisation=basalt, kind=kind, at=NOON)
        lifecycle.submit(draft, by=artem, at=NOON)
        return lifecycle.check(draft, by=cast.vera, at=NOON)

    return begin


def test_a_member_gets_the_next_number(request_of, vera):
    membership = lifecycle.admit(request_of(), by=vera, at=NOON)

    assert membership.state == State.ADMITTED
    assert membership.number == 1


@pytest.mark.parametrize("stranger", ["anna", "ulyana", "kira", "zakhar"])
def test_only_the_coordinator_of_the_programme_admits(stranger, request_of, cast):
    with pytest.raises(Forbidden, match="only by a coordinator"):
        lifecycle.admit(request_of(), by=getattr(cast, stranger), at=NOON)


def test_a_coordinator_tied_to_the_company_leaves_it_to_another(request_of, vera, basalt, cast):
    membership = request_of()
    Conflict.objects.create(person=vera, organisation=basalt, ground="contract")
    with pytest.raises(Forbidden, match="without a conflict of interest"):
        lifecycle.admit(membership, by=Person.objects.get(pk=vera.pk), at=NOON)

    RoleHeld.objects.create(person=cast.mila, programme=cast.city, code="coordinator")
    other = Person.objects.get(pk=cast.mila.pk)

    assert lifecycle.admit(membership, by=other, at=NOON).state == State.ADMITTED


def test_an_anchor_is_admitted_by_two_people(request_of, vera, kira):
    membership = request_of("anchor")

    with pytest.raises(Refused, match="two people"):
        lifecycle.admit(membership, by=vera, at=NOON)
    lifecycle.propose(membership, by=vera, at=NOON)
    with pytest.raises(Refused, match="second person"):
        lifecycle.confirm_admission(membership, by=vera, at=NOON)
    lifecycle.confirm_admission(membership, by=kira, at=NOON)

    assert membership.state == State.ADMITTED


def test_the_clock_stands_still_while_the_other_side_owes_an_answer(request_of, vera, cast):
    artem = Person.objects.get(pk=cast.artem.pk)
    membership = request_of()
    before = turns.of(membership).get()

    lifecycle.ask(membership, by=vera, question="Who owns you?", at=NOON + timedelta(days=1))
    asked = turns.of(membership).get()
    lifecycle.answer(membership, by=artem, answer="We do.", at=NOON + timedelta(days=8))
    after = turns.of(membership).get()

    assert asked.holder == f"edit@org-{membership.organisation_id}"
    assert after.pk == before.pk
    assert after.due_at > before.due_at + timedelta(days=5)


def test_the_story_tells_every_step(request_of, vera):
    membership = lifecycle.admit(request_of(), by=vera, at=NOON)

    verbs = [entry.verb for entry in journal.of(membership)]

    assert verbs == [f"participants.{v}" for v in ("begin", "submit", "check", "admit")]


def test_a_refused_move_leaves_no_trace(request_of, vera):
    membership = request_of("anchor")

    with pytest.raises(Refused):
        lifecycle.admit(membership, by=vera, at=NOON)

    assert Membership.objects.get(pk=membership.pk).state == State.CHECKING
    assert journal.of(membership).count() == 3


def test_a_second_person_is_asked_for_an_anchor_alone(request_of, vera):
    with pytest.raises(Refused, match="Only an anchor company needs a second person"):
        lifecycle.propose(request_of("partner"), by=vera, at=NOON)

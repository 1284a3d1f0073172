"""The rules of a programme: who sets them, who changes the clocks, who gives roles."""

import pytest

from conftest import CRITERIA, NOON
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.participants.lifecycle import programmes
from pochin.participants.models import Guest, Person, Programme, RoleHeld
from pochin.participants.policy import Role


def fresh(someone):
    """The person as the next request would read them."""
    return Person.objects.get(pk=someone.pk)


@pytest.fixture
def draft(cast):
    made = programmes.begin(
        by=cast.zakhar, code="rail", name_ru="Рельсы", name_en="Rail", centre=cast.post,
        starts_on="2026-04-01", criteria=CRITERIA, at=NOON,
    )  # fmt: skip
    programmes.grant(made, by=cast.zakhar, person=cast.kira, code=Role.DIRECTOR, at=NOON)
    return made


@pytest.mark.parametrize("stranger", ["kira", "vera", "anna"])
def test_only_an_administrator_adds_a_programme(stranger, cast):
    with pytest.raises(Forbidden, match="only by an administrator"):
        programmes.begin(
            by=getattr(cast, stranger), code="rail", name_ru="Р", name_en="R", centre=cast.post,
            starts_on="2026-04-01", at=NOON,
        )  # fmt: skip


def test_a_programme_in_preparation_is_seen_by_its_people_alone(draft, cast):
    def sees(reader):
        return Programme.objects.visible_to(reader).filter(code="rail").exists()

    assert [sees(r) for r in (fresh(cast.kira), cast.vera, Guest())] == [True, False, False]


def test_a_programme_opens_with_criteria_and_a_coordinator(draft, cast):
    kira = fresh(cast.kira)
    with pytest.raises(Refused, match="Nobody holds the role of coordinator"):
        programmes.open_programme(draft, by=kira, at=NOON)
    programmes.grant(draft, by=kira, person=cast.vera, code=Role.COORDINATOR, at=NOON)

    assert programmes.open_programme(draft, by=kira, at=NOON).state == "open"


def test_weights_that_do_not_add_up_keep_it_closed(draft, cast):
    kira = fresh(cast.kira)
    programmes.grant(draft, by=kira, person=cast.vera, code=Role.COORDINATOR, at=NOON)
    programmes.edit(draft, by=kira, criteria=CRITERIA[:2], at=NOON)

    with pytest.raises(Refused, match="do not add up to 100"):
        programmes.open_programme(draft, by=kira, at=NOON)


@pytest.mark.parametrize("stranger", ["vera", "zakhar", "ulyana"])
def test_only_a_decision_owner_opens_and_closes(stranger, draft, cast):
    with pytest.raises(Forbidden, match="only by a decision owner"):
        programmes.open_programme(draft, by=getattr(cast, stranger), at=NOON)
    with pytest.raises(Forbidden, match="only by a decision owner"):
        programmes.close(cast.city, by=getattr(cast, stranger), reason="Конец", at=NOON)


def test_an_open_programme_changes_no_criteria(cast):
    with pytest.raises(Refused, match="already “open”"):
        programmes.edit(cast.city, by=cast.vera, criteria=[], at=NOON)


def test_a_programme_closes_opens_again_and_is_archived(cast):
    programmes.close(cast.city, by=cast.kira, reason="Срок", at=NOON)
    programmes.reopen(cast.city, by=cast.kira, reason="Продлили", at=NOON)
    programmes.close(cast.city, by=cast.kira, reason="Срок", at=NOON)
    programmes.archive(cast.city, by=cast.kira, at=NOON)

    verbs = [e.verb.rpartition(".")[2] for e in journal.of(cast.city)]
    assert (cast.city.state, verbs) == ("archived", ["close", "reopen", "close", "archive"])


@pytest.fixture
def change(cast):
    return programmes.propose(
        cast.city, by=cast.vera, clocks={"admission": 8}, why="Мало людей", at=NOON
    )


def test_approved_clocks_hold(change, cast):
    programmes.approve(change, by=cast.kira, at=NOON)

    assert Programme.objects.get(pk=cast.city.pk).clocks == {"admission": 8}


@pytest.mark.parametrize("stranger", ["vera", "konstantin", "ulyana", "zakhar"])
def test_only_a_decision_owner_approves(stranger, change, cast):
    with pytest.raises(Forbidden, match="only by a decision owner"):
        programmes.approve(change, by=getattr(cast, stranger), at=NOON)


def test_who_proposed_does_not_approve_even_as_decision_owner(change, cast):
    RoleHeld.objects.create(
        person=cast.vera, programme=cast.city, code=Role.DIRECTOR, since="2026-01-01"
    )

    with pytest.raises(Refused, match="Who proposed the change does not approve it"):
        programmes.approve(change, by=fresh(cast.vera), at=NOON)


def test_clocks_are_not_adopted_without_a_proposal(cast):
    with pytest.raises(Forbidden, match="only by the system"):
        programmes.adopt(cast.city, by=cast.kira, clocks={"admission": 1}, at=NOON)


def test_a_change_from_older_clocks_is_refused(change, cast):
    other = programmes.propose(
        Programme.objects.get(code="city"), by=cast.vera, clocks={"draft": 9}, why="Ещё", at=NOON
    )
    programmes.approve(other, by=cast.kira, at=NOON)

    with pytest.raises(Refused, match="changed meanwhile"):
        programmes.approve(change, by=cast.kira, at=NOON)


def test_a_rejected_change_leaves_the_clocks(change, cast):
    programmes.reject(change, by=cast.kira, reason="Справимся", at=NOON)

    assert (change.state, Programme.objects.get(code="city").clocks) == ("rejected", {})


def test_a_proposal_must_change_something(cast):
    with pytest.raises(Refused, match="Nothing is different"):
        programmes.propose(cast.city, by=cast.vera, clocks={}, why="Так", at=NOON)


@pytest.mark.parametrize("stranger", ["kira", "anna", "ulyana"])
def test_only_a_coordinator_proposes_clocks(stranger, cast):
    with pytest.raises(Forbidden, match="only by a coordinator"):
        programmes.propose(
            cast.city, by=getattr(cast, stranger), clocks={"draft": 1}, why="Так", at=NOON
        )


def test_a_granted_role_counts_and_an_ended_one_stays_in_the_history(cast):
    held = programmes.grant(cast.city, by=cast.kira, person=cast.anna, code=Role.LAWYER, at=NOON)
    assert f"lawyer@{cast.city.pk}" in fresh(cast.anna).hats

    programmes.end(held, by=cast.kira, reason="Ушла", at=NOON)

    assert f"lawyer@{cast.city.pk}" not in fresh(cast.anna).hats
    assert RoleHeld.objects.get(pk=held.pk).until == NOON.date()


def test_nobody_gives_a_role_to_oneself(cast):
    with pytest.raises(Refused, match="Nobody gives a role to oneself"):
        programmes.grant(cast.city, by=cast.kira, person=cast.kira, code=Role.LAWYER, at=NOON)


def test_nobody_takes_a_role_from_oneself(cast):
    own = RoleHeld.objects.get(person=cast.kira)

    with pytest.raises(Refused, match="takes it from oneself"):
        programmes.end(own, by=cast.kira, reason="Устала", at=NOON)


@pytest.mark.parametrize("stranger", ["vera", "anna", "ulyana"])
def test_only_a_decision_owner_gives_and_ends_roles(stranger, cast):
    who = getattr(cast, stranger)
    with pytest.raises(Forbidden, match="only by a decision owner"):
        programmes.grant(cast.city, by=who, person=cast.gleb, code=Role.LAWYER, at=NOON)
    with pytest.raises(Forbidden, match="only by a decision owner"):
        programmes.end(RoleHeld.objects.get(person=cast.boris), by=who, reason="Так", at=NOON)


def test_a_role_is_held_once(cast):
    with pytest.raises(Refused, match="already holds this role"):
        programmes.grant(cast.city, by=cast.kira, person=cast.boris, code=Role.EXPERT, at=NOON)


@pytest.mark.parametrize("code", [Role.DIRECTOR, Role.EXPERT])
def test_an_administrator_names_nobody_once_there_is_a_decision_owner(code, cast):
    with pytest.raises(Refused, match="only the first decision owner"):
        programmes.grant(cast.city, by=cast.zakhar, person=cast.gleb, code=code, at=NOON)

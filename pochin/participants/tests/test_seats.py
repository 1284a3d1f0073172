"""Who speaks for an organisation: requests, invitations, seats."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import NOON, organisation
from pochin.core import journal, turns
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM, Forbidden
from pochin.participants.lifecycle import organisations, seats
from pochin.participants.models import (
    Guest,
    Invitation,
    Membership,
    Organisation,
    Person,
    Programme,
    Seat,
)


def fresh(someone):
    """The person as the next request would read them."""
    return Person.objects.get(pk=someone.pk)


BASALT = {
    "name_ru": "Базальт", "inn": "7728168971", "kpp": "772801001", "ogrn": "1027700067328",
    "position": "Директор", "may_sign": True,
}  # fmt: skip


@pytest.fixture
def maria(cast):
    return Person.objects.create(email="maria@example.org", name_ru="Мария", name_en="Maria")


@pytest.fixture
def asked(cast, maria):
    return organisations.ask(cast.city, by=maria, at=NOON, **BASALT)


def test_a_confirmed_request_brings_the_organisation_and_a_seat(asked, vera, maria):
    organisations.confirm(asked, by=vera, at=NOON)

    basalt = Organisation.objects.get(inn="7728168971")
    assert asked.organisation == basalt
    assert fresh(maria).seats.get().rights == ["view", "edit", "sign"]
    assert [e.verb for e in journal.of(basalt)] == ["participants.organisation.enrol"]


def test_a_known_organisation_gets_the_seat_and_no_twin(cast, asked, vera, maria):
    basalt = organisation("Basalt", inn="7728168971", kpp="772801001")

    organisations.confirm(asked, by=vera, at=NOON)

    assert Organisation.objects.filter(inn="7728168971").get() == basalt
    assert fresh(maria).seats.get().organisation == basalt


def test_a_confirmed_request_begins_the_request_to_join_its_programme(cast, asked, vera):
    organisations.confirm(asked, by=vera, at=NOON)

    membership = Membership.objects.get(organisation=asked.organisation)
    assert (membership.programme, membership.state) == (cast.city, "draft")
    assert turns.of(membership).get().holder == f"sign@org-{asked.organisation_id}"


def test_who_is_a_member_already_is_not_asked_to_join_again(cast, maria, vera):
    amber = cast.amber
    told = {"name_ru": "Янтарь", "position": "Юрист", "may_sign": False, "ogrn": amber.ogrn}
    asked = organisations.ask(cast.city, by=maria, inn=amber.inn, kpp=amber.kpp, at=NOON, **told)

    organisations.confirm(asked, by=vera, at=NOON)

    assert Membership.objects.get(organisation=amber, programme=cast.city).state == "admitted"


def test_who_asked_takes_the_request_back_and_may_ask_anew(cast, asked, maria):
    organisations.withdraw(asked, by=maria, at=NOON)

    assert asked.state == "withdrawn"
    assert not turns.of(asked).exists()
    assert organisations.ask(cast.city, by=maria, at=NOON, **BASALT).state == "asked"


@pytest.mark.parametrize("stranger", ["vera", "anna", "rita"])
def test_nobody_else_takes_a_request_back(stranger, asked, cast):
    with pytest.raises(Forbidden, match="only by who asked"):
        organisations.withdraw(asked, by=getattr(cast, stranger), at=NOON)


def test_a_request_that_was_answered_cannot_be_taken_back(asked, vera, maria):
    organisations.confirm(asked, by=vera, at=NOON)

    with pytest.raises(Refused):
        organisations.withdraw(asked, by=maria, at=NOON)


def test_the_answer_does_not_tell_whether_the_organisation_was_known(cast, maria):
    organisation("Basalt", inn="7728168971", kpp="772801001")

    known = organisations.ask(cast.city, by=maria, at=NOON, **BASALT)
    unknown = organisations.ask(
        cast.city, by=maria, at=NOON, **BASALT | {"inn": "7707083893", "kpp": "773601001"}
    )

    assert (known.state, known.organisation) == (unknown.state, unknown.organisation)


@pytest.mark.parametrize("stranger", ["kira", "ulyana", "anna", "zakhar"])
def test_only_the_coordinator_of_the_programme_answers_a_request(stranger, asked, cast):
    with pytest.raises(Forbidden, match="only by a coordinator of the programme"):
        organisations.confirm(asked, by=getattr(cast, stranger), at=NOON)


def test_a_coordinator_does_not_answer_their_own_request(cast):
    own = organisations.ask(cast.city, by=cast.vera, at=NOON, **BASALT)

    with pytest.raises(Refused, match="Somebody else answers your own request"):
        organisations.confirm(own, by=cast.vera, at=NOON)


def test_a_refused_request_gives_nothing(asked, vera, maria):
    organisations.refuse(asked, by=vera, reason="Нет доверенности", at=NOON)

    assert (asked.state, asked.reasons) == ("refused", "Нет доверенности")
    assert not fresh(maria).seats.exists()


def test_a_request_waits_for_the_coordinators(asked, city):
    assert [turn.holder for turn in turns.of(asked)] == [f"coordinator@{city.pk}"]


def test_the_same_request_is_not_sent_twice(cast, asked, maria):
    with pytest.raises(Refused, match="already with the centre"):
        organisations.ask(cast.city, by=maria, at=NOON, **BASALT)


def test_a_closed_programme_takes_no_requests(cast, maria):
    Programme.objects.filter(pk=cast.city.pk).update(state="closed")

    with pytest.raises(Refused, match="The programme is not open"):
        organisations.ask(Programme.objects.get(code="city"), by=maria, at=NOON, **BASALT)


def test_a_guest_asks_nothing(cast):
    with pytest.raises(Forbidden, match="only by somebody who has signed in"):
        organisations.ask(cast.city, by=Guest(), at=NOON, **BASALT)


def test_the_centre_adds_an_organisation_once(vera):
    given = {"name_ru": "Базальт", "inn": "7728168971", "kpp": "772801001"}
    organisations.enrol(by=vera, at=NOON, **given)

    with pytest.raises(Refused, match="already in the register"):
        organisations.enrol(by=vera, at=NOON, **given)


@pytest.mark.parametrize("stranger", ["anna", "kira", "boris", "zakhar"])
def test_only_a_coordinator_adds_an_organisation(stranger, cast):
    with pytest.raises(Forbidden, match="only by a coordinator of any programme"):
        organisations.enrol(by=getattr(cast, stranger), at=NOON, name_ru="Базальт")


@pytest.mark.parametrize("writer", ["anna", "vera"])
def test_its_editors_and_the_centre_change_a_profile(writer, cast):
    organisations.edit(cast.amber, by=getattr(cast, writer), at=NOON, about_ru="Смола.")

    assert Organisation.objects.get(pk=cast.amber.pk).about_ru == "Смола."
    changes = journal.of(cast.amber).get().text.changes
    assert changes == {"about_ru": ["", "Смола."]}


@pytest.mark.parametrize("stranger", ["artem", "gleb", "kira"])
def test_nobody_else_changes_a_profile(stranger, cast):
    with pytest.raises(Forbidden, match="only by those who edit for the organisation"):
        organisations.edit(cast.amber, by=getattr(cast, stranger), at=NOON, about_ru="Смола.")


def test_a_closed_organisation_is_found_to_exist_after_all(cast, vera):
    organisations.note_closed(cast.amber, by=vera, reason="Ликвидирована", at=NOON)
    assert cast.amber.is_closed

    organisations.note_existing(cast.amber, by=vera, reason="Ошибка", at=NOON)

    assert (cast.amber.is_closed, cast.amber.standing) == (False, "Ошибка")


@pytest.fixture
def invitation(cast):
    return seats.invite(cast.amber, by=cast.anna, email="Maria@example.org", may_edit=True, at=NOON)


def test_an_accepted_invitation_is_a_seat_with_its_rights(invitation, maria, amber):
    seats.accept(invitation, by=maria, at=NOON)

    seat = Seat.objects.get(person=maria)
    assert (seat.organisation, seat.rights) == (amber, ["view", "edit"])


@pytest.mark.parametrize("stranger", ["artem", "gleb", "vera"])
def test_only_a_signatory_invites(stranger, cast):
    with pytest.raises(Forbidden, match="only by those who sign for the organisation"):
        seats.invite(cast.amber, by=getattr(cast, stranger), email="x@example.org", at=NOON)


@pytest.mark.parametrize("stranger", ["anna", "gleb"])
def test_only_the_addressee_accepts(stranger, invitation, cast):
    with pytest.raises(Forbidden, match="only by the person to whom"):
        seats.accept(invitation, by=getattr(cast, stranger), at=NOON)


def test_one_address_is_invited_once(invitation, anna, amber):
    with pytest.raises(Refused, match="is already invited"):
        seats.invite(amber, by=anna, email="maria@example.org", at=NOON)


def _invited(organisation, by, count, *, at=NOON, start=0):
    return Invitation.objects.bulk_create(
        Invitation(
            organisation=organisation, email=f"{organisation.pk}-{n}@example.org", invited_by=by,
            sent_at=at,
        )
        for n in range(start, start + count)
    )  # fmt: skip


def test_one_person_sends_thirty_invitations_a_day_and_no_more(anna, amber):
    _invited(amber, anna, seats.MOST_A_DAY - 1)
    seats.invite(amber, by=anna, email="last@example.org", at=NOON)

    with pytest.raises(Refused, match="within a day"):
        seats.invite(amber, by=anna, email="more@example.org", at=NOON)
    assert seats.invite(amber, by=anna, email="more@example.org", at=NOON + timedelta(days=1)).pk


def test_so_many_invitations_of_an_organisation_wait_and_no_more(cast, anna, amber):
    early = NOON - timedelta(days=5)
    sent = _invited(amber, anna, seats.MOST_WAITING, at=early)
    _invited(cast.granite, cast.gleb, 3, at=early)

    with pytest.raises(Refused, match="wait for an answer"):
        seats.invite(amber, by=anna, email="more@example.org", at=NOON)
    seats.withdraw(sent[0], by=anna, at=NOON)
    assert seats.invite(amber, by=anna, email="more@example.org", at=NOON).pk


def test_who_has_a_seat_is_not_invited(anna, amber):
    with pytest.raises(Refused, match="already has a seat here"):
        seats.invite(amber, by=anna, email="artem@example.org", at=NOON)


def test_a_withdrawn_invitation_is_not_accepted(invitation, anna, maria):
    seats.withdraw(invitation, by=anna, at=NOON)

    with pytest.raises(Refused, match="already “withdrawn”"):
        seats.accept(invitation, by=maria, at=NOON)


def test_a_declined_invitation_gives_no_seat(invitation, maria):
    seats.decline(invitation, by=maria, at=NOON)

    assert not Seat.objects.filter(person=maria).exists()


def test_only_the_clock_lets_an_invitation_expire(invitation, anna):
    with pytest.raises(Forbidden, match="only by the system"):
        seats.expire(invitation, by=anna, at=NOON)

    assert seats.expire(invitation, by=SYSTEM, at=NOON).state == "expired"


def test_a_seat_remembers_how_it_began(invitation, maria):
    seats.accept(invitation, by=maria, at=NOON)

    verbs = [entry.verb for entry in journal.of(Seat.objects.get(person=maria))]

    assert verbs == ["participants.seat.begin"]


@pytest.mark.parametrize("stranger", ["anna", "vera", "gleb"])
def test_nobody_takes_a_seat_without_an_invitation(stranger, cast, maria):
    with pytest.raises(Forbidden, match="only by the system"):
        seats.begin(cast.amber, by=getattr(cast, stranger), person=maria, at=NOON)


def test_who_has_a_seat_accepts_no_second_one(invitation, maria, amber):
    Seat.objects.create(person=maria, organisation=amber, since="2026-01-01")

    with pytest.raises(Refused, match="already has a seat"):
        seats.accept(invitation, by=maria, at=NOON)


def test_an_ended_seat_gives_no_rights_from_now_on(cast):
    seat = Seat.objects.get(person=cast.artem)

    seats.end(seat, by=cast.anna, at=NOON)

    assert f"view@org-{cast.amber.pk}" not in fresh(cast.artem).hats
    assert seat.until == NOON.date()


def test_a_person_ends_their_own_seat(cast):
    assert seats.end(Seat.objects.get(person=cast.artem), by=cast.artem, at=NOON).state == "ended"


@pytest.mark.parametrize("stranger", ["gleb", "vera"])
def test_strangers_end_no_seat(stranger, cast):
    with pytest.raises(Forbidden, match="only by those who sign for the organisation"):
        seats.end(Seat.objects.get(person=cast.artem), by=getattr(cast, stranger), at=NOON)


def test_of_two_signatories_who_leave_at_once_the_second_waits_for_the_first(cast, maria):
    Seat.objects.create(person=maria, organisation=cast.amber, may_sign=True)
    seat = Seat.objects.get(person=cast.anna, organisation=cast.amber)

    with CaptureQueriesContext(connection) as asked:
        seats.end(seat, by=cast.anna, at=NOON)

    locked = [q["sql"] for q in asked if 'FROM "participants_organisation"' in q["sql"]]
    waits = "FOR UPDATE" if connection.features.has_select_for_update else "SELECT"
    assert any(waits in sql for sql in locked)


def test_the_last_signatory_stays_until_another_one_signs(cast, maria):
    seat = Seat.objects.get(person=cast.anna)
    with pytest.raises(Refused, match="Nobody else signs"):
        seats.end(seat, by=cast.anna, at=NOON)
    Seat.objects.create(person=maria, organisation=cast.amber, may_sign=True, since="2026-01-01")

    assert seats.end(seat, by=cast.anna, at=NOON).state == "ended"

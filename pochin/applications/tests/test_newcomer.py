"""What somebody new meets between a need and the first application that is handed in."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conftest import CONSENTS, NOON, organisation, publish
from pochin.applications import lifecycle
from pochin.applications.sections import BY_CODE
from pochin.core.lifecycle import Refused
from pochin.participants import lifecycle as memberships
from pochin.participants.joining import missing
from pochin.participants.models import Membership, Person, Seat
from pochin.participants.models import State as MembershipState


@pytest.fixture
def open_need(cast):
    """A need whose intake is open by the real clock."""
    need = publish(cast)
    type(need).objects.filter(pk=need.pk).update(closes_at="2100-01-01T00:00:00Z")
    need.refresh_from_db()
    return need


@pytest.fixture
def basalt(cast):
    """A company in the register that is no member of any programme yet; Maria signs for it."""
    return organisation("Basalt", inn="7728168971", kpp="772801001", ogrn="1027700067328")


@pytest.fixture
def maria(basalt):
    maria = Person.objects.create(email="maria@example.org", name_ru="Мария", name_en="Maria")
    Seat.objects.create(person=maria, organisation=basalt, may_edit=True, may_sign=True)
    return Person.objects.get(pk=maria.pk)


def begin_page(need, browser):
    return browser.get(reverse("applications:begin", args=[need.number])).text


def test_who_speaks_for_nobody_is_led_to_the_register_and_back(open_need, signed_in):
    newcomer = Person.objects.create(email="new@example.org")

    page = begin_page(open_need, signed_in(newcomer))

    assert f"{reverse('participants:register')}?programme=city" in page
    assert 'name="title"' not in page


def test_a_member_begins_without_a_word_about_joining(open_need, anna, signed_in):
    page = begin_page(open_need, signed_in(anna))

    assert 'name="title"' in page
    assert "Only a member" not in page


def test_a_company_outside_is_told_at_the_beginning_and_all_along(
    open_need, maria, basalt, signed_in
):
    browser = signed_in(maria)
    join = f"{reverse('participants:join', args=[basalt.key])}?programme=city"
    assert join in begin_page(open_need, browser)

    draft = lifecycle.begin(open_need, by=maria, title="Весы", organisation=basalt, at=NOON)

    assert join in browser.get(draft.get_absolute_url()).text
    check = browser.get(reverse("applications:submit", args=[draft.number])).text
    assert join in check
    assert "Submit the application" not in check


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ((), "is not sent yet"),
        (("submit",), "is with the centre"),
        (("submit", "check"), "is with the centre"),
        (("submit", "check", "ask"), "The centre has asked you"),
        (("submit", "check", "refuse"), "Only a member of"),
    ],
)
def test_what_is_missing_follows_the_request_to_join(moves, words, cast, maria, basalt, vera):
    asked = memberships.begin(cast.city, by=maria, organisation=basalt, kind="member", at=NOON)
    given = {"ask": {"question": "Кто вы?"}, "refuse": {"reason": "Не то"}}
    for move in moves:
        by = maria if move == "submit" else vera
        getattr(memberships, move)(asked, by=by, at=NOON, **given.get(move, {}))

    assert words in missing(basalt, cast.city).words


def test_nothing_is_missing_for_a_member_and_the_reason_stands_for_a_suspended_one(cast):
    assert missing(cast.amber, cast.city) is None

    Membership.objects.filter(organisation=cast.amber).update(state=MembershipState.SUSPENDED)

    assert "is suspended" in missing(cast.amber, cast.city).words


def test_the_same_document_is_not_taken_twice(draft, anna, signed_in):
    browser = signed_in(anna)
    documents = reverse("applications:documents", args=[draft.number])
    count = draft.attachments.count()

    first = browser.post(documents, {"document": SimpleUploadedFile("a.txt", "План".encode())})
    again = browser.post(documents, {"document": SimpleUploadedFile("b.txt", "План".encode())})
    other = browser.post(documents, {"document": SimpleUploadedFile("a.txt", "Смета".encode())})

    assert (first.status_code, again.status_code, other.status_code) == (302, 409, 302)
    assert "This document is there already: a.txt." in again.text
    assert draft.attachments.count() == count + 2


@pytest.mark.parametrize(
    ("section", "name", "typed", "said"),
    [
        ("price", "pilot_price", "100000", "₽100,000"),
        ("price", "pilot_price", "99000,50", "₽99,000.50"),
        ("price", "pilot_price", "договоримся", "договоримся"),
        ("price", "scale_price", "100000", "100000"),
        ("pilot", "sites", "1000", "1,000"),
        ("pilot", "effect_low", "2.5", "2.5"),
        ("pilot", "weeks", "", ""),
        ("data", "personal", "no", "No"),
    ],
)
def test_an_answer_is_read_back_as_people_write_it(section, name, typed, said, db):
    part = BY_CODE[section]
    label = part.form.base_fields[name].label

    told = {str(question): answer for question, answer in part.told({name: typed})}

    assert told[str(label)] == said


def test_the_rules_that_are_agreed_to_are_a_click_away(draft, anna, signed_in):
    check = signed_in(anna).get(reverse("applications:submit", args=[draft.number])).text

    assert f'href="{draft.programme.get_absolute_url()}#rules"' in check


def test_whoever_is_no_member_is_still_refused_by_the_move_itself(open_need, maria, basalt):
    draft = lifecycle.begin(open_need, by=maria, title="Весы", organisation=basalt, at=NOON)

    with pytest.raises(Refused, match="not an admitted member"):
        lifecycle.submit(draft, by=maria, consents=CONSENTS, missing=0, at=NOON)

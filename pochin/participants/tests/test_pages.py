"""The pages of organisations, programmes and people, for everybody who may see them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from conftest import NOON, organisation, plain
from pochin.participants import lifecycle
from pochin.participants.lifecycle import conflicts, organisations, programmes, seats
from pochin.participants.models import (
    Kind,
    Membership,
    Organisation,
    Person,
    Programme,
    RoleHeld,
    Seat,
)
from pochin.search import index
from pochin.ui.lists import rows as drawing


def fresh(someone):
    """The person as the next request would read them."""
    return Person.objects.get(pk=someone.pk)


def guest(language="en"):
    browser = Client()
    browser.cookies["pochin_language"] = language
    return browser


@pytest.fixture
def things(cast):
    """One of everything that has a page, by the name of its address."""
    asked = organisations.ask(
        cast.city, by=cast.artem, name_ru="Базальт", inn="7728168971", kpp="772801001",
        ogrn="1027700067328", position="Директор", may_sign=True, at=NOON,
    )  # fmt: skip
    return {
        "conflict": conflicts.declare(cast.amber, by=cast.boris, ground="contract", at=NOON),
        "registration": asked,
        "invitation": seats.invite(cast.amber, by=cast.anna, email="NEW@example.org", at=NOON),
        "seat": Seat.objects.get(person=cast.artem),
        "role": RoleHeld.objects.get(person=cast.boris),
        "clock_change": programmes.propose(
            cast.city, by=cast.vera, clocks={"admission": 7}, why="Праздники", at=NOON
        ),
        "membership": Membership.objects.get(organisation=cast.amber),
        "organisation": cast.amber,
        "programme": cast.city,
    }


PUBLIC = {"membership", "organisation", "programme"}


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("conflict", "vera"), ("conflict", "boris"), ("registration", "vera"),
        ("registration", "artem"), ("invitation", "anna"), ("seat", "anna"), ("seat", "artem"),
        ("seat", "vera"), ("role", "boris"), ("role", "kira"), ("clock_change", "vera"),
        ("clock_change", "kira"), ("membership", "anna"), ("organisation", "anna"),
        ("organisation", "gleb"), ("programme", "kira"), ("programme", "gleb"),
    ],
)  # fmt: skip
def test_who_may_see_a_thing_opens_its_page(name, reader, language, things, cast, signed_in):
    browser = signed_in(fresh(getattr(cast, reader)), language)

    assert browser.get(things[name].get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("name", "stranger"),
    [
        ("conflict", "anna"), ("conflict", "elena"), ("conflict", "ulyana"),
        ("registration", "gleb"), ("registration", "ulyana"), ("invitation", "gleb"),
        ("invitation", "vera"), ("seat", "gleb"), ("seat", "ulyana"), ("seat", "boris"),
        ("role", "elena"), ("role", "anna"), ("role", "ulyana"), ("clock_change", "anna"),
        ("clock_change", "ulyana"),
    ],
)  # fmt: skip
def test_for_a_stranger_a_thing_is_absent(name, stranger, things, cast, signed_in):
    browser = signed_in(getattr(cast, stranger))
    url = things[name].get_absolute_url()
    words = url.split("/")
    words[-2] = "999" if name == "clock_change" else "a" * 10

    hidden, absent = browser.get(url), browser.get("/".join(words))

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))


@pytest.mark.parametrize("name", ["conflict", "registration", "invitation", "seat", "role"])
def test_a_guest_is_asked_to_sign_in(name, things):
    answer = guest().get(things[name].get_absolute_url())

    assert (answer.status_code, answer.url.startswith("/accounts/login/")) == (302, True)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_guest_reads_what_is_public(name, language, things):
    assert guest(language).get(things[name].get_absolute_url()).status_code == 200


def test_an_organisation_that_does_not_want_to_be_shown_is_absent_for_guests(cast):
    Organisation.objects.filter(pk=cast.amber.pk).update(is_public=False)

    assert guest().get(cast.amber.get_absolute_url()).status_code == 404


def test_an_organisation_that_is_no_member_is_absent_for_guests(cast):
    basalt = organisation("Basalt")

    assert guest().get(basalt.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("name", ["gleb", "boris"])
def test_strangers_see_no_people_of_an_organisation(name, cast, signed_in):
    page = signed_in(getattr(cast, name)).get(cast.amber.get_absolute_url()).content.decode()

    assert "Artem" not in page


def test_what_was_asked_of_a_member_is_for_the_auditor_of_that_programme_alone(cast, signed_in):
    there = Membership.objects.get(organisation=cast.amber)
    Membership.objects.update(question="Чем подтверждён оборот?")
    RoleHeld.objects.filter(person=cast.boris).update(programme=cast.region, code="auditor")

    def page(who):
        return signed_in(fresh(who)).get(there.get_absolute_url()).content.decode()

    assert "подтверждён" in page(cast.rita)
    assert "подтверждён" not in page(cast.boris)


@pytest.mark.parametrize("name", ["anna", "vera", "rita"])
def test_its_own_people_and_the_centre_see_them(name, cast, signed_in):
    page = signed_in(getattr(cast, name)).get(cast.amber.get_absolute_url()).content.decode()

    assert "Artem" in page


def test_a_stranger_reads_neither_question_nor_reasons_of_a_membership(cast, signed_in):
    amber = Membership.objects.get(organisation=cast.amber)
    Membership.objects.filter(pk=amber.pk).update(question="Who owns you?", reasons="Late papers")
    url = amber.get_absolute_url()

    told = {n: signed_in(getattr(cast, n)).get(url).content.decode() for n in ("anna", "gleb")}

    assert ("Who owns you?" in told["anna"], "Late papers" in told["anna"]) == (True, True)
    assert ("Who owns you?" in told["gleb"], "Late papers" in told["gleb"]) == (False, False)


LISTS = ["organisations", "programmes", "conflicts"]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_in_both_languages(name, language, things, cast, signed_in):
    browser = signed_in(cast.vera, language)

    assert browser.get(reverse(f"participants:{name}")).status_code == 200


@pytest.mark.parametrize("reader", [None, "anna", "vera"])
def test_the_register_shows_whom_the_reader_may_see(reader, cast, signed_in):
    organisation("Basalt")
    browser = signed_in(getattr(cast, reader)) if reader else guest()
    names = {o.name_en for o in Organisation.objects.visible_to(getattr(cast, reader))} if reader \
        else {"Amber", "Granite"}  # fmt: skip

    page = browser.get(reverse("participants:organisations")).content.decode()

    assert {n for n in ("Amber", "Granite", "Basalt", "Post") if f">{n}<" in page} == names


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("kind=developer", {"Amber", "Granite"}),
        ("kind=university", set()),
        ("region=77", {"Granite"}),
        ("programme=city&state=admitted", {"Amber", "Granite"}),
        ("programme=city&state=due", set()),
        ("programme=region", set()),
        ("q=granite", {"Granite"}),
        ("q=7707083893", {"Amber"}),
    ],
)
def test_the_register_is_narrowed(asked, found, cast, signed_in):
    Organisation.objects.filter(pk=cast.granite.pk).update(region="77")
    index.reindex(Organisation)

    page = signed_in(cast.vera).get(f"{reverse('participants:organisations')}?{asked}")

    told = page.content.decode()
    assert {n for n in ("Amber", "Granite", "Post") if f">{n}<" in told} == found


def test_a_row_of_the_register_tells_each_reader_the_memberships_they_may_see(cast, signed_in):
    lifecycle.begin(cast.region, by=cast.anna, organisation=cast.amber, kind="member", at=NOON)

    before = row_of_amber(signed_in(cast.gleb))
    assert "City, Region" not in before
    assert "City, Region" in row_of_amber(signed_in(cast.anna))
    assert row_of_amber(signed_in(cast.gleb)) == before


def test_a_row_of_the_register_is_drawn_anew_once_its_membership_moves(cast, signed_in):
    browser = signed_in(cast.vera)
    assert "suspended" not in row_of_amber(browser)

    Membership.objects.filter(organisation=cast.amber).update(state="suspended")

    assert "suspended" in row_of_amber(browser)


def row_of_amber(browser):
    page = browser.get(reverse("participants:organisations")).content.decode()
    return re.search("<tr>(?:(?!</tr>).)*>Amber<.*?</tr>", page)[0]


def test_a_filter_by_programme_tells_nothing_of_hidden_memberships(cast, signed_in):
    """Amber's draft in another programme must not be found by asking for that programme."""
    lifecycle.begin(cast.region, by=cast.anna, organisation=cast.amber, kind="member", at=NOON)
    url = f"{reverse('participants:organisations')}?programme=region"

    assert ">Amber<" not in signed_in(cast.gleb).get(url).content.decode()
    assert ">Amber<" in signed_in(cast.anna).get(url).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_register_costs_the_same_for_one_and_for_three(
    rows, cast, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(drawing, "drawn", drawing.drawn.__wrapped__)  # drawn as nobody looks on
    Membership.objects.exclude(organisation=cast.amber).delete()
    for n in range(rows - 1):
        other = organisation(f"Other {n}")
        Kind.objects.create(organisation=other, code="science")
        Membership.objects.create(
            organisation=other, programme=cast.city, state="admitted", number=10 + n
        )
    browser = guest()
    browser.get("/participants/organisations/")

    with django_assert_num_queries(3):
        page = browser.get("/participants/organisations/").content.decode()

    assert page.count('<th scope="row">') == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_conflicts_cost_the_same_for_one_and_for_three(
    rows, cast, signed_in, django_assert_num_queries
):
    for person in (cast.boris, cast.elena, cast.konstantin)[:rows]:
        conflicts.declare(cast.amber, by=person, ground="family", at=NOON)
    browser = signed_in(cast.vera)

    with django_assert_num_queries(4):
        page = browser.get("/participants/conflicts/").content.decode()

    assert page.count('<th scope="row">') == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_roles_cost_the_same_for_one_and_for_three(
    rows, cast, signed_in, django_assert_num_queries
):
    keep = list(RoleHeld.objects.filter(programme=cast.city).values_list("pk", flat=True))
    RoleHeld.objects.filter(pk__in=keep[rows:]).delete()
    rita = RoleHeld.objects.create(
        person=cast.rita, programme=cast.region, code="auditor", since="2026-01-01"
    )
    RoleHeld.objects.filter(programme=cast.city).update(programme=cast.region)
    RoleHeld.objects.exclude(pk__in=[*keep[:rows], rita.pk]).filter(programme=cast.region).delete()
    browser = signed_in(fresh(cast.rita))

    with django_assert_num_queries(5):
        page = browser.get("/participants/programmes/region/roles/").content.decode()

    assert page.count('<th scope="row">') == rows + 1


@pytest.mark.parametrize("rows", [1, 3])
def test_the_programmes_cost_the_same_for_one_and_for_three(rows, cast, django_assert_num_queries):
    Programme.objects.exclude(pk=cast.city.pk).delete()
    for n in range(rows - 1):
        Programme.objects.create(
            code=f"p{n}", name_ru="П", name_en="P", centre=cast.post, starts_on="2026-01-01",
            state="open",
        )  # fmt: skip

    with django_assert_num_queries(1):
        page = guest().get("/participants/programmes/").content.decode()

    assert page.count('<th scope="row">') == rows

"""The pages of organisations, programmes and people, for everybody who may see them."""

import pytest
from django.test import Client
from django.urls import reverse

from conftest import NOON, organisation, plain
from pochin.participants import clocks, lifecycle
from pochin.participants.lifecycle import conflicts, organisations, programmes, seats
from pochin.participants.models import (
    Conflict,
    Invitation,
    Kind,
    Membership,
    Organisation,
    Person,
    Programme,
    Registration,
    RoleHeld,
    Seat,
)
from pochin.search import index


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


def test_a_filter_by_programme_tells_nothing_of_hidden_memberships(cast, signed_in):
    """Amber's draft in another programme must not be found by asking for that programme."""
    lifecycle.begin(cast.region, by=cast.anna, organisation=cast.amber, kind="member", at=NOON)
    url = f"{reverse('participants:organisations')}?programme=region"

    assert ">Amber<" not in signed_in(cast.gleb).get(url).content.decode()
    assert ">Amber<" in signed_in(cast.anna).get(url).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_register_costs_the_same_for_one_and_for_three(
    rows, cast, signed_in, django_assert_num_queries
):
    Membership.objects.exclude(organisation=cast.amber).delete()
    for n in range(rows - 1):
        other = organisation(f"Other {n}")
        Kind.objects.create(organisation=other, code="science")
        Membership.objects.create(
            organisation=other, programme=cast.city, state="admitted", number=10 + n
        )
    browser = guest()
    browser.get("/participants/organisations/")

    with django_assert_num_queries(4):
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


FORMS = [
    ("anna", "edit_profile", ()),
    ("anna", "register", ()),
    ("boris", "declare", ()),
    ("vera", "enrol", ()),
    ("anna", "edit_organisation", "amber"),
    ("anna", "join", "amber"),
    ("anna", "invite", "amber"),
    ("zakhar", "begin_programme", ()),
    ("vera", "propose_clocks", "city"),
    ("kira", "grant", "city"),
]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(("reader", "name", "thing"), FORMS)
def test_every_form_opens_in_both_languages(reader, name, thing, language, cast, signed_in):
    of = getattr(cast, thing) if thing else None
    words = [getattr(of, "code", None) or of.key] if of else []

    browser = signed_in(getattr(cast, reader), language)

    assert browser.get(reverse(f"participants:{name}", args=words)).status_code == 200


@pytest.mark.parametrize(
    ("stranger", "name", "thing", "status"),
    [
        ("anna", "enrol", "", 403),
        ("kira", "enrol", "", 403),
        ("artem", "edit_organisation", "amber", 403),
        ("gleb", "edit_organisation", "amber", 403),
        ("gleb", "join", "amber", 403),
        ("artem", "invite", "amber", 403),
        ("vera", "invite", "amber", 403),
        ("vera", "begin_programme", "", 403),
        ("kira", "propose_clocks", "city", 403),
        ("vera", "grant", "city", 403),
        ("ulyana", "propose_clocks", "city", 403),
    ],
)
def test_a_form_is_closed_to_who_may_not_send_it(stranger, name, thing, status, cast, signed_in):
    of = getattr(cast, thing) if thing else None
    words = [getattr(of, "code", None) or of.key] if of else []

    answer = signed_in(getattr(cast, stranger)).get(reverse(f"participants:{name}", args=words))

    assert answer.status_code == status


def test_a_company_registers_and_joins_in_the_browser(cast, signed_in):
    maria = Person.objects.create(email="maria@example.org", name_ru="Мария")
    given = {"programme": cast.city.pk, "inn": "7728168971", "kpp": "772801001",
             "ogrn": "1027700067328", "name_ru": "Базальт", "position": "Директор",
             "may_sign": "on"}  # fmt: skip
    signed_in(maria).post(reverse("participants:register"), given)
    registration = Registration.objects.get()
    signed_in(cast.vera).post(f"{registration.get_absolute_url()}confirm/")

    membership = Membership.objects.get(organisation__name_ru="Базальт")
    signed_in(maria).post(f"{membership.get_absolute_url()}submit/")
    for move in ("check", "admit"):
        signed_in(cast.vera).post(f"{membership.get_absolute_url()}{move}/")

    membership.refresh_from_db()
    assert (membership.programme, membership.state) == (cast.city, "admitted")


def test_an_organisation_joins_another_programme_in_the_browser(cast, signed_in):
    join = reverse("participants:join", args=[cast.amber.key])

    page = signed_in(cast.anna).get(f"{join}?programme=region").content.decode()
    joined = signed_in(cast.anna).post(join, {"programme": cast.region.pk, "kind": "partner"})

    assert f'value="{cast.region.pk}" selected' in page
    assert Membership.objects.get(organisation=cast.amber, programme=cast.region).kind == "partner"
    assert joined.url.endswith("/programmes/region/")


KNOWN = "In the register this INN and KPP belong to “Amber”"


def test_who_answers_a_request_is_told_whom_the_register_knows(cast, signed_in):
    maria = Person.objects.create(email="maria@example.org", name_ru="Мария")
    given = {"programme": cast.city.pk, "inn": cast.amber.inn, "kpp": cast.amber.kpp,
             "ogrn": cast.amber.ogrn, "name_ru": "Базальт", "position": "Директор",
             "may_sign": "on"}  # fmt: skip
    signed_in(maria).post(reverse("participants:register"), given)
    url = Registration.objects.get().get_absolute_url()

    answering, asking = signed_in(cast.vera), signed_in(maria)

    assert KNOWN in answering.get(url).text
    before = answering.get(f"{url}confirm/").text
    assert KNOWN in before
    assert "Мария will write and sign for it." in before
    assert KNOWN not in asking.get(url).text


def test_a_request_of_somebody_new_says_that_an_organisation_enters(cast, signed_in):
    maria = Person.objects.create(email="maria@example.org", name_ru="Мария")
    given = {"programme": cast.city.pk, "inn": "7728168971", "kpp": "772801001",
             "ogrn": "1027700067328", "name_ru": "Базальт", "position": "Юрист"}  # fmt: skip
    signed_in(maria).post(reverse("participants:register"), given)
    url = Registration.objects.get().get_absolute_url()

    before = signed_in(cast.vera).get(f"{url}confirm/").text

    assert "A new organisation enters the register: Базальт, INN 7728168971." in before
    assert "Мария will write for it, without the right to sign." in before
    assert "In the register" not in signed_in(cast.vera).get(url).text


def test_the_programme_of_the_need_is_chosen_already(cast, signed_in):
    register = reverse("participants:register")
    browser = signed_in(Person.objects.create(email="maria@example.org"))

    chosen = f'value="{cast.city.pk}" selected'
    assert chosen not in browser.get(register).text
    assert chosen in browser.get(f"{register}?programme=city").text


def test_the_page_of_a_programme_tells_its_rules_to_whoever_applies(cast, signed_in):
    page = signed_in(cast.gleb).get(cast.city.get_absolute_url()).text

    assert 'id="rules"' in page
    assert f"At least {cast.city.quorum} experts read the application" in page


def test_whoever_has_no_name_yet_gives_it_with_the_request(cast, signed_in):
    unnamed = Person.objects.create(email="maria@example.org")
    given = {"programme": cast.city.pk, "inn": "7728168971", "kpp": "772801001",
             "ogrn": "1027700067328", "name_ru": "Базальт", "position": "Директор"}  # fmt: skip
    register = reverse("participants:register")
    assert signed_in(unnamed).post(register, given).status_code == 200
    assert not Registration.objects.exists()

    signed_in(unnamed).post(register, given | {"person_name": "Мария Лис"})

    assert Registration.objects.get().person.name_ru == "Мария Лис"
    assert "person_name" not in signed_in(fresh(unnamed)).get(register).content.decode()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"inn": "7728168972"}, "The INN 7728168972 does not add up: look for a mistyped digit."),
        ({"ogrn": "1027700067329"},
         "The OGRN 1027700067329 does not add up: look for a mistyped digit."),
        ({"kpp": "7"}, "The KPP 7 is not nine characters like 770801001."),
        ({"kpp": ""}, "An organisation has a KPP: nine characters beside the INN."),
        ({"ogrn": "304500116000157"}, "An INN of 10 digits does not go with an OGRN of 15."),
    ],
)  # fmt: skip
def test_a_mistyped_identifier_gets_one_sentence(change, why, cast, signed_in):
    given = {"programme": cast.city.pk, "inn": "7728168971", "kpp": "772801001",
             "ogrn": "1027700067328", "name_ru": "Базальт", "position": "Директор"}  # fmt: skip

    page = signed_in(cast.artem).post(reverse("participants:register"), given | change)

    assert why in page.content.decode()
    assert not Registration.objects.exists()


def test_a_person_changes_their_profile(cast, signed_in):
    given = {"name_ru": "Анна Орлова", "language": "en", "zone": "Asia/Omsk"}

    signed_in(cast.anna).post(reverse("participants:edit_profile"), given)

    anna = fresh(cast.anna)
    assert (anna.name_ru, anna.language, anna.zone) == ("Анна Орлова", "en", "Asia/Omsk")


def test_a_colleague_is_invited_and_accepts(cast, signed_in):
    maria = Person.objects.create(email="maria@example.org", name_ru="Мария")
    invite = reverse("participants:invite", args=[cast.amber.key])
    signed_in(cast.anna).post(invite, {"email": "Maria@Example.org", "may_edit": "on"})
    invitation = Invitation.objects.get()

    profile = signed_in(maria).get(reverse("participants:profile")).content.decode()
    signed_in(maria).post(f"{invitation.get_absolute_url()}accept/")

    assert "Amber invites you to speak for it." in profile
    assert fresh(maria).seats.get().rights == ["view", "edit"]


def test_kinds_of_an_organisation_are_set_on_its_profile(cast, signed_in):
    edit = reverse("participants:edit_organisation", args=[cast.amber.key])

    signed_in(cast.anna).post(edit, {"name_ru": "Янтарь", "kinds": ["science", "producer"]})

    amber = Organisation.objects.get(pk=cast.amber.pk)
    assert (amber.name_ru, amber.inn) == ("Янтарь", "7707083893")
    assert sorted(amber.kinds.values_list("code", flat=True)) == ["producer", "science"]


def test_the_company_cannot_change_its_identifiers(cast, signed_in):
    edit = reverse("participants:edit_organisation", args=[cast.amber.key])

    signed_in(cast.anna).post(edit, {"name_ru": "Янтарь", "inn": "7728168971"})

    assert Organisation.objects.get(pk=cast.amber.pk).inn == "7707083893"


def test_an_administrator_prepares_a_programme_with_criteria(cast, signed_in):
    Kind.objects.create(organisation=cast.post, code="anchor")
    rows = {f"criteria-{n}-{name}": value
            for n, row in enumerate([("use", "Польза", "Use", 60), ("price", "Цена", "Price", 40)])
            for name, value in zip(("code", "ru", "en", "weight"), row, strict=True)}  # fmt: skip
    given = {"code": "rail", "name_ru": "Рельсы", "name_en": "Rail", "centre": cast.post.pk,
             "starts_on": "2026-04-01", "quorum": 2, "spread_limit": "2.0",
             "criteria-TOTAL_FORMS": 8, "criteria-INITIAL_FORMS": 0, **rows}  # fmt: skip

    signed_in(cast.zakhar).post(reverse("participants:begin_programme"), given)

    rail = Programme.objects.get(code="rail")
    assert [(c["code"], c["weight"]) for c in rail.criteria] == [("use", 60), ("price", 40)]
    assert rail.state == "draft"


def test_clocks_are_proposed_by_one_and_approved_by_another(cast, signed_in):
    days = {f"clock-{c.name.replace(' ', '-')}": c.days for c in clocks.known()}
    given = {**days, "clock-admission": 8, "why": "Мало людей"}
    made = signed_in(cast.vera).post(reverse("participants:propose_clocks", args=["city"]), given)
    signed_in(cast.kira).post(f"{made.url}approve/")

    assert Programme.objects.get(pk=cast.city.pk).clocks == {"admission": 8}


def test_a_decision_owner_gives_a_role(cast, signed_in):
    given = {"email": "anna@example.org", "code": "lawyer"}

    signed_in(cast.kira).post(reverse("participants:grant", args=["city"]), given)

    assert f"lawyer@{cast.city.pk}" in fresh(cast.anna).hats


def test_a_role_for_an_unknown_address_gets_one_sentence(cast, signed_in):
    given = {"email": "nobody@example.org", "code": "lawyer"}

    page = signed_in(cast.kira).post(reverse("participants:grant", args=["city"]), given)

    assert "Nobody has signed up with this address." in page.content.decode()


def test_a_conflict_is_declared_in_the_browser(cast, signed_in):
    given = {"organisation": cast.amber.pk, "ground": "contract", "words": "Читал им лекции"}

    signed_in(cast.boris).post(reverse("participants:declare"), given)

    assert Conflict.objects.get().person == cast.boris

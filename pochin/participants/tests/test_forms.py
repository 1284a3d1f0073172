"""Forms of people, organisations and programmes, filled in as in the browser."""

import pytest
from django.urls import reverse

from pochin.participants import clocks
from pochin.participants.forms import CriteriaForms
from pochin.participants.models import (
    Conflict,
    Invitation,
    Kind,
    Membership,
    Organisation,
    Person,
    Programme,
    Registration,
)
from pochin.participants.tests.test_pages import fresh

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
        # Written otherwise, an organisation would stand in the register a second time.
        ({"inn": "７７２８１６８９７１"}, "The INN ７７２８１６８９７１ does not add up"),
        ({"ogrn": "1０27700067328"}, "The OGRN 1０27700067328 does not add up"),
        ({"kpp": "٧72801001"}, "The KPP ٧72801001 is not nine characters"),
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


def test_an_identifier_typed_in_groups_is_kept_without_blanks(cast, signed_in):
    given = {"programme": cast.city.pk, "inn": "77281 68971", "kpp": "772801001",
             "ogrn": "1027 70006 7328", "name_ru": "Базальт", "position": "Директор"}  # fmt: skip

    signed_in(cast.artem).post(reverse("participants:register"), given)

    asked = Registration.objects.get()
    assert (asked.inn, asked.ogrn) == ("7728168971", "1027700067328")


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


def _criteria(*rows):
    named = {
        f"criteria-{n}-{name}": value
        for n, row in enumerate(rows)
        for name, value in zip(("code", "ru", "weight"), row, strict=True)
    }
    return CriteriaForms(
        {"criteria-TOTAL_FORMS": 8, "criteria-INITIAL_FORMS": 0, **named}, prefix="criteria"
    )


def test_a_code_left_empty_is_made_and_is_nobody_elses():
    asked = _criteria(("", "Польза", 50), ("criterion1", "Цена", 30), ("", "Команда", 20))

    assert asked.is_valid()
    codes = [row["code"] for row in asked.criteria()]
    assert codes == ["criterion2", "criterion1", "criterion3"]


@pytest.mark.parametrize(
    ("row", "asked"),
    [(("", "Польза", ""), "weight"), (("", "", 50), "ru"), (("use", "", 50), "ru")],
)
def test_half_a_criterion_is_asked_for_the_other_half(row, asked):
    criteria = _criteria(row)

    assert not criteria.is_valid()
    assert list(criteria.forms[0].errors) == [asked]


@pytest.mark.parametrize(("who", "state", "leads"), [
    ("vera", "draft", True), ("vera", "open", False), ("anna", "draft", False),
])  # fmt: skip
def test_the_page_of_a_new_programme_leads_to_its_criteria(who, state, leads, cast, signed_in):
    Programme.objects.filter(pk=cast.city.pk).update(criteria=[], state=state)

    page = signed_in(getattr(cast, who)).get(cast.city.get_absolute_url()).content.decode()

    way = reverse("participants:edit_programme", args=["city"])
    assert (f'href="{way}">Set the criteria</a>' in page) == leads


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

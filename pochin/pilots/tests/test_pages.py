"""The pages of a pilot, as each of the cast meets them."""

import json

import pytest
from django.urls import reverse

from conftest import on, plain
from pochin.pilots import lifecycle
from pochin.pilots.models import Pilot

# The session, the reader, one for the hats, the page of rows, programmes to choose, owners;
# for staff also where they may propose.
QUERIES = 6
INSIDERS = ["vera", "kira", "lev", "mila", "nina", "semyon", "anna", "artem", "konstantin", "rita"]
STRANGERS = ["gleb", "boris", "ulyana", "zakhar"]
INNER = ["plan", "sites", "log", "amendments", "verify_plan", "plan_json"]


@pytest.fixture
def lively(pilot_at, cast):
    """A running pilot with something of everything."""
    pilot = pilot_at("running")
    lifecycle.log(pilot, by=cast.semyon, words="Включили", at=on(3, 30))
    lifecycle.report(
        pilot, by=cast.anna, severity="minor", happened_at=on(4, 1), words="Пыль", at=on(4, 1),
        slot=pilot.slots.first(),
    )  # fmt: skip
    lifecycle.set_budget(pilot, by=cast.lev, source="post", planned=500_000, spent=1, at=on(4, 1))
    lifecycle.add_milestone(pilot, by=cast.lev, words="Монтаж", due_on=on(4, 5).date(), at=on(4, 1))
    lifecycle.add_risk(pilot, by=cast.lev, words="Отключат свет", weight="high", at=on(4, 1))
    return pilot


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("state", ["proposed", "design", "plan_review", "baseline", "awaiting",
                                   "closed"])  # fmt: skip
def test_the_page_stands_in_every_stage(state, language, pilot_at, vera, signed_in):
    pilot = pilot_at(state)

    answer = signed_in(vera, language).get(pilot.get_absolute_url())

    assert answer.status_code == 200


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", INNER)
def test_every_inner_page_stands(name, language, lively, lev, signed_in):
    answer = signed_in(lev, language).get(reverse(f"pilots:{name}", args=[lively.number]))

    assert answer.status_code == 200


@pytest.mark.parametrize("person", INSIDERS)
def test_those_inside_see_the_plan_and_the_log(person, lively, cast, signed_in):
    browser = signed_in(getattr(cast, person))

    answers = [
        browser.get(reverse(f"pilots:{name}", args=[lively.number])).status_code for name in INNER
    ]

    assert answers == [200] * len(INNER)


@pytest.mark.parametrize("person", STRANGERS)
def test_for_strangers_a_pilot_has_no_inner_pages(person, lively, cast, signed_in):
    browser = signed_in(getattr(cast, person))
    absent = browser.get(reverse("pilots:plan", args=[999]))

    for name in INNER:
        hidden = browser.get(reverse(f"pilots:{name}", args=[lively.number]))
        assert (hidden.status_code, plain(hidden)) == (404, plain(absent))


SECRETS = ["delay", "Включили", "Пыль", "Отключат свет", "Монтаж", "Lev", "Mila", "Kira"]


@pytest.mark.parametrize("person", [*STRANGERS, None])
def test_the_register_shows_only_what_is_public(person, lively, cast, signed_in, client):
    browser = signed_in(getattr(cast, person)) if person else client
    shown = browser.get(lively.get_absolute_url())
    text = shown.content.decode()

    assert shown.status_code == 200
    assert lively.title in text or lively.title_ru in text
    assert [word for word in SECRETS if word in text.replace(str(person).title(), "")] == []


@pytest.mark.parametrize("state", ["design", "plan_review"])
def test_before_the_lock_a_pilot_does_not_exist_for_strangers(state, pilot_at, gleb, signed_in):
    pilot = pilot_at(state)
    browser = signed_in(gleb)
    hidden = browser.get(pilot.get_absolute_url())
    absent = browser.get(reverse("pilots:page", args=[999]))

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))
    assert pilot.title not in browser.get(reverse("pilots:index")).content.decode()


def test_a_pilot_kept_out_of_the_register_stays_out(pilot_at, gleb, signed_in):
    pilot = pilot_at("running", is_public=False)

    assert signed_in(gleb).get(pilot.get_absolute_url()).status_code == 404


def test_two_worlds_look_the_same_to_a_rival(pilot_at, cast, gleb, signed_in):
    """A handed-over result changes nothing of what a rival can read."""
    pilot = pilot_at("evaluation")
    browser = signed_in(gleb)
    pages = [
        pilot.get_absolute_url(), reverse("pilots:index"), reverse("pilots:index") + "?file=csv"
    ]  # fmt: skip
    before = [said(browser.get(page)) for page in pages]

    lifecycle.hand_over(pilot, by=cast.mila, finding=pilot_at.finding(pilot), at=on(4, 30))

    assert [said(browser.get(page)) for page in pages] == before


def said(answer):
    """What a page or a file says, without tokens."""
    return answer.getvalue().decode() if answer.streaming else plain(answer)


def test_the_observer_reads_the_plan_only_once_it_is_time_to_decide(pilot_at, viktor, signed_in):
    browser = signed_in(viktor)
    early, late = pilot_at("running"), pilot_at("awaiting")

    codes = [
        browser.get(reverse("pilots:plan", args=[pilot.number])).status_code
        for pilot in (early, late)
    ]

    assert codes == [404, 200]
    assert browser.get(reverse("pilots:log", args=[late.number])).status_code == 404
    assert b"Kira" in browser.get(late.get_absolute_url()).content


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("who", ["vera", "anna", "gleb"])
def test_the_list_costs_the_same_for_one_and_for_three(
    rows, who, pilot_at, cast, signed_in, django_assert_num_queries
):
    for _n in range(rows):
        pilot_at("running")
    browser = signed_in(getattr(cast, who))

    with django_assert_num_queries(QUERIES):
        assert browser.get(reverse("pilots:index")).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"), [("overdue=yes", 1), ("state=awaiting", 1), ("archive=yes", 0)]
)
def test_filters_find(query, found, pilot_at, vera, signed_in):
    pilot_at("awaiting")
    pilot_at("running", title_ru="Другой")
    Pilot.objects.filter(state="running").update(decision_date="2999-01-01")

    answer = signed_in(vera).get(reverse("pilots:index") + f"?{query}&file=json")

    assert len(json.loads(answer.getvalue())) == found


def test_a_filter_does_not_tell_a_stranger_who_decides(pilot_at, cast, signed_in):
    pilot_at("awaiting")
    address = reverse("pilots:index") + f"?owner={cast.kira.pk}"

    assert signed_in(cast.gleb).get(address).status_code == 400
    assert signed_in(cast.vera).get(address).status_code == 200


def test_a_stranger_finds_nothing_by_the_overdue_flag(pilot_at, gleb, signed_in):
    pilot = pilot_at("awaiting")

    text = signed_in(gleb).get(reverse("pilots:index") + "?overdue=yes").content.decode()

    assert pilot.get_absolute_url() not in text


@pytest.mark.parametrize(
    ("state", "is_offered"), [("design", True), ("baseline", True), ("running", False),
                              ("evaluation", False), ("scale", False)],
)  # fmt: skip
def test_sites_are_asked_only_until_the_run(state, is_offered, pilot_at, lev, signed_in):
    pilot = pilot_at(state)
    page = signed_in(lev).get(f"/pilots/{pilot.number}/sites/").content.decode()

    assert ("Ask one more site" in page) is is_offered


def test_who_designs_nothing_asks_no_site(pilot_at, nina, signed_in):
    pilot = pilot_at("design")

    assert signed_in(nina).post(f"/pilots/{pilot.number}/sites/", {}).status_code == 403

"""The pages of solutions: the catalogue for everybody, the drafts for their company."""

import pytest
from django.test import Client
from django.urls import reverse

from conftest import NOON, plain
from pochin.search import index
from pochin.solutions import lifecycle
from pochin.solutions.models import Solution
from pochin.solutions.tests.conftest import SCALES


def guest(language="en"):
    browser = Client()
    browser.cookies["pochin_language"] = language
    return browser


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_guest_reads_the_catalogue(listed, language):
    name = {"ru": "Весы", "en": "Scales"}[language]
    pages = ["/solutions/", listed.get_absolute_url(), f"/solutions/of/{listed.organisation.key}/"]

    told = [guest(language).get(page).content.decode() for page in pages]

    assert [f">{name}<" in page for page in told] == [True, True, True]


@pytest.mark.parametrize("reader", [None, "gleb", "vera", "ulyana"])
def test_a_draft_is_absent(reader, scales, cast, signed_in):
    browser = signed_in(getattr(cast, reader)) if reader else guest()

    hidden = browser.get(scales.get_absolute_url())
    absent = browser.get(reverse("solutions:solution", args=[1]))

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))
    assert ">Scales<" not in browser.get("/solutions/").content.decode()


def test_reasons_and_history_are_for_the_company_and_the_centre(listed, cast, signed_in):
    lifecycle.give_back(listed, by=cast.vera, reason="Нет цены", at=NOON)
    lifecycle.submit(listed, by=cast.anna, at=NOON)
    Solution.objects.update(state="listed")

    def told(browser):
        page = browser.get(listed.get_absolute_url()).content.decode()
        return ("Нет цены" in page, ">History<" in page)

    assert [told(signed_in(cast.anna)), told(signed_in(cast.vera))] == [(True, True)] * 2
    assert [told(signed_in(cast.gleb)), told(guest())] == [(False, False)] * 2


def test_a_company_describes_and_submits_and_the_centre_lists(cast, signed_in):
    anna, vera = signed_in(cast.anna), signed_in(cast.vera)
    begin = reverse("solutions:begin", args=[cast.amber.key])
    given = SCALES | {"programme": cast.city.pk, "country": "ru"}

    made = anna.post(begin, given)
    anna.post(f"{made.url}submit/")
    vera.post(f"{made.url}put_in_catalogue/")

    solution = Solution.objects.get()
    assert (solution.state, solution.country) == ("listed", "RU")


@pytest.mark.parametrize(("name", "status"), [("anna", 200), ("artem", 403), ("gleb", 403)])
def test_the_form_opens_to_editors(name, status, cast, signed_in):
    url = reverse("solutions:begin", args=[cast.amber.key])

    assert signed_in(getattr(cast, name)).get(url).status_code == status


@pytest.mark.parametrize(("name", "status"), [("anna", 200), ("artem", 403), ("gleb", 403)])
def test_the_description_is_edited_by_editors(name, status, listed, cast, signed_in):
    url = reverse("solutions:edit", args=[listed.number])

    assert signed_in(getattr(cast, name)).get(url).status_code == status


@pytest.mark.parametrize(
    ("asked", "hits"),
    [("category=sorting", 1), ("category=energy", 0), ("trl=7", 1), ("q=weigh", 1),
     ("q=весами", 1), ("q=дрон", 0)],
)  # fmt: skip
def test_the_catalogue_is_searched_and_narrowed(asked, hits, listed):
    index.reindex(Solution)

    page = guest().get(f"/solutions/?{asked}").content.decode()

    assert page.count(listed.get_absolute_url()) == hits


@pytest.mark.parametrize("rows", [1, 3])
def test_the_catalogue_costs_the_same_for_one_and_for_three(
    rows, cast, listed, django_assert_num_queries
):
    for n in range(rows - 1):
        more = lifecycle.begin(
            cast.granite, by=cast.gleb, programme=cast.city, at=NOON,
            **SCALES | {"name_en": f"Scales {n}"},
        )  # fmt: skip
        lifecycle.submit(more, by=cast.gleb, at=NOON)
        lifecycle.put_in_catalogue(more, by=cast.vera, at=NOON)

    with django_assert_num_queries(1):
        page = guest().get("/solutions/").content.decode()

    assert page.count('<th scope="row">') == rows


def test_who_is_no_member_is_told_to_join_first(cast, signed_in):
    cast.amber.memberships.update(state="refused", number=None)
    url = reverse("solutions:of", args=[cast.amber.key])

    assert "join one first" in signed_in(cast.anna).get(url).content.decode()

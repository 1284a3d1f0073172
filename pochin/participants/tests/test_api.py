"""Organisations for programs: what a page would show, in the same measure."""

import pytest
from ninja.testing import TestClient

from conftest import organisation
from pochin.participants.api import router
from pochin.participants.models import Guest, Kind, Membership, Organisation

browser = TestClient(router)


def names(reader, asked=""):
    return [o["name_en"] for o in browser.get(f"?{asked}", user=reader).json()["items"]]


def test_a_reader_gets_whom_they_may_see(cast):
    organisation("Basalt")

    assert sorted(names(Guest())) == ["Amber", "Granite"]
    assert sorted(names(cast.vera)) == ["Amber", "Basalt", "Granite", "Post"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("kind=developer", 2), ("kind=science", 0), ("region=77", 0), ("programme=city", 2),
     ("programme=region", 0)],
)  # fmt: skip
def test_it_is_narrowed(asked, found, cast):
    assert len(names(Guest(), asked)) == found


def test_memberships_are_those_one_may_see(cast):
    Membership.objects.create(organisation=cast.amber, programme=cast.region, state="draft")
    url = f"{cast.amber.key}"

    def seen(reader):
        return [m["programme"] for m in browser.get(url, user=reader).json()["memberships"]]

    assert (seen(Guest()), seen(cast.anna)) == (["city"], ["city", "region"])


def test_what_one_may_not_see_is_absent(cast):
    basalt = organisation("Basalt")

    assert browser.get(basalt.key, user=Guest()).status_code == 404


def test_pages_follow_each_other_to_the_end(cast):
    for n in range(4):
        organisation(f"Other {n}")
    told, after = [], ""
    while after is not None:
        page = browser.get(f"?limit=2&after={after}", user=cast.vera).json()
        told += [o["key"] for o in page["items"]]
        after = page["next"]

    assert told == sorted(Organisation.objects.values_list("key", flat=True))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_costs_the_same_for_one_and_for_three(rows, cast, django_assert_num_queries):
    Membership.objects.exclude(organisation=cast.amber).delete()
    for n in range(rows - 1):
        other = organisation(f"Other {n}")
        Kind.objects.create(organisation=other, code="science")
        Membership.objects.create(
            organisation=other, programme=cast.city, state="admitted", number=10 + n
        )

    with django_assert_num_queries(3):
        found = names(Guest())

    assert len(found) == rows

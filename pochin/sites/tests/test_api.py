"""Sites for programs: what a page would show, in the same measure."""

import pytest
from ninja.testing import TestClient

from pochin.participants.models import Guest
from pochin.sites import finding
from pochin.sites.api import router
from pochin.sites.models import Site

browser = TestClient(router)


@pytest.fixture
def places(db):
    made = Site.objects.bulk_create(
        Site(number=n, postcode=str(n), kind="office", name_ru=f"Отделение {n}", region="77")
        for n in (101000, 101001, 101002)
    )
    finding.learn(made)
    return made


def numbers(reader, asked=""):
    return [site["number"] for site in browser.get(f"?{asked}", user=reader).json()["items"]]


def test_what_is_not_public_is_absent(places, cast):
    Site.objects.filter(number=101001).update(is_public=False, programme=cast.city)

    assert numbers(Guest()) == [101000, 101002]
    assert numbers(cast.vera) == [101000, 101001, 101002]
    assert browser.get("101001", user=Guest()).status_code == 404


@pytest.mark.parametrize(
    ("asked", "found"),
    [("region=77", 3), ("region=55", 0), ("kind=office", 3), ("state=checked", 0),
     ("q=101002", 1), ("q=отд", 3)],
)  # fmt: skip
def test_it_is_searched_and_narrowed(asked, found, places):
    assert len(numbers(Guest(), asked)) == found


def test_pages_follow_each_other_to_the_end(places):
    first = browser.get("?limit=2", user=Guest()).json()
    second = browser.get(f"?limit=2&after={first['next']}", user=Guest()).json()

    assert [s["number"] for s in first["items"] + second["items"]] == [101000, 101001, 101002]
    assert second["next"] is None


def test_nobody_s_name_goes_out(places, cast):
    Site.objects.update(responsible=cast.semyon)

    assert "responsible" not in browser.get("101000", user=cast.vera).json()

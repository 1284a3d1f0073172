"""Solutions for programs: what the catalogue shows, in the same measure."""

import pytest
from django.utils import translation
from ninja.testing import TestClient

from pochin.participants.models import Guest
from pochin.solutions.api import router

browser = TestClient(router)


def found(reader, asked=""):
    return [s["number"] for s in browser.get(f"?{asked}", user=reader).json()["items"]]


def test_a_draft_is_for_its_company_alone(scales, cast):
    assert (found(Guest()), found(cast.gleb), found(cast.anna)) == ([], [], [scales.number])
    assert browser.get(f"{scales.number}", user=Guest()).status_code == 404


@pytest.mark.parametrize(
    ("asked", "hits"),
    [("category=sorting", 1), ("category=energy", 0), ("trl=7", 1), ("trl=3", 0)],
)
def test_it_is_narrowed(asked, hits, listed):
    assert len(found(Guest(), asked)) == hits


def test_one_solution_carries_its_fingerprint(listed):
    told = browser.get(f"{listed.number}", user=Guest()).json()

    assert (told["organisation"], told["fingerprint"]) == ("Amber", listed.fingerprint())


def test_its_company_is_named_in_english_whatever_language_is_asked_for(listed, cast):
    type(cast.amber).objects.filter(pk=cast.amber.pk).update(name_ru="Янтарь", name_en="Amber Ltd")
    with translation.override("ru"):
        told = browser.get(f"{listed.number}", user=Guest()).json()
    assert (told["organisation"], told["organisation_en"]) == ("Янтарь", "Amber Ltd")

    type(cast.amber).objects.filter(pk=cast.amber.pk).update(name_en="")
    told = browser.get(f"{listed.number}", user=Guest()).json()
    assert told["organisation_en"] == "Янтарь"

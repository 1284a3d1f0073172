"""Batches for programs: counts for those inside, nothing for others, values for nobody."""

from __future__ import annotations

import pytest
from ninja.testing import TestClient

from pochin.measurements.api import router
from pochin.measurements.tests.conftest import MONDAYS, table, week
from pochin.participants.models import Guest

browser = TestClient(router)


@pytest.fixture
def spoilt(running, lev, sending):
    """Two files; the second holds a bad row that tells a value."""
    sending(running, lev, table(*week(MONDAYS[0])))
    return sending(running, lev, table(*week(MONDAYS[1]), "101001;2026-03-31;complaints;7771"))


def test_batches_come_page_by_page(spoilt, lev):
    at = f"{spoilt.pilot.number}/batches"

    first = browser.get(f"{at}?limit=1", user=lev).json()
    second = browser.get(f"{at}?limit=1&after={first['next']}", user=lev).json()

    assert [one["number"] for one in first["items"] + second["items"]] == [1, 2]
    assert second["next"] is None


def test_a_batch_says_what_became_of_its_rows(spoilt, mila):
    answer = browser.get(f"{spoilt.pilot.number}/batches/2", user=mila)

    told = answer.json()
    assert (told["received"], told["accepted"], told["quarantined"]) == (25, 24, 1)
    assert (told["state"], told["by_reason"]) == ("accepted", {"impossible": 1})
    assert b"7771" not in answer.content


def test_arrivals_are_counts(spoilt, mila):
    cells = browser.get(f"{spoilt.pilot.number}/arrivals", user=mila).json()

    assert len(cells) == 12 * 6
    assert cells[0] == {"unit": "101001", "period": "2026-03-16", "received": 2, "expected": 2}


@pytest.mark.parametrize("name", ["gleb", "ulyana", "zakhar", None])
def test_for_others_there_is_nothing(spoilt, name, request):
    who = request.getfixturevalue(name) if name else Guest()
    number = spoilt.pilot.number

    hidden, absent = (
        browser.get(f"{pilot}/batches", user=who).json() for pilot in (number, number + 1)
    )
    assert hidden == absent == {"items": [], "next": None}
    assert browser.get(f"{number}/batches/2", user=who).status_code == 404
    assert browser.get(f"{number}/arrivals", user=who).status_code == 404

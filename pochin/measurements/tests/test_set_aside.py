"""Rows that were set aside, for programs: who sent them reads what is wrong and where."""

import pytest
from ninja.testing import TestClient

from pochin.measurements.api import router
from pochin.measurements.tests.conftest import MONDAYS, table, week


@pytest.fixture
def spoilt(running, lev, sending):
    bad = ["101001;2026-03-31;complaints;7771", "=cmd;2026-03-31;delay;1"]
    return sending(running, lev, table(*week(MONDAYS[0]), *bad))


def ask(batch, reader, more=""):
    path = f"{batch.pilot.number}/batches/{batch.number}/set-aside{more}"
    return TestClient(router).get(path, user=reader)


def test_the_sender_reads_where_each_row_stands_and_why_it_stayed_out(spoilt, lev):
    found = ask(spoilt, lev).json()

    assert found["next"] is None
    assert [(row["line"], row["column"], row["value"]) for row in found["items"]] == [
        (26, "value", "7771"), (27, "unit", "=cmd"),
    ]  # fmt: skip
    assert {row["reason"] for row in found["items"]} == set(spoilt.by_reason)
    assert all(row["detail"].endswith(".") for row in found["items"])
    assert not any(row["is_known_already"] for row in found["items"])


def test_pages_follow_each_other_to_the_end(spoilt, lev):
    first = ask(spoilt, lev, "?limit=1").json()
    second = ask(spoilt, lev, f"?limit=1&after={first['next']}").json()

    assert [row["line"] for row in first["items"] + second["items"]] == [26, 27]
    assert second["next"] is None


@pytest.mark.parametrize("name", ["mila", "anna", "vera", "rita"])
def test_others_inside_read_no_row_before_the_result(spoilt, name, request):
    answer = ask(spoilt, request.getfixturevalue(name))

    assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize("name", ["gleb", "ulyana"])
def test_for_those_outside_there_is_nothing(spoilt, name, request):
    assert ask(spoilt, request.getfixturevalue(name)).status_code == 404

"""A NUL in an address, which PostgreSQL refuses to look for, breaks nothing and tells nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from conftest import plain


@pytest.mark.parametrize(
    "path", ["/notices/calendar/%00.ics", "/decisions/check/a%00b/", "/nowhere/%00/"]
)
def test_a_nul_in_a_path_is_absent_like_any_other_word(db, path):
    answer, absent = Client().get(path), Client().get(path.replace("%00", "z"))

    assert (answer.status_code, absent.status_code) == (404, 404)
    assert plain(answer) == plain(absent)


@pytest.mark.parametrize(
    "path", ["/participants/tokens/%00/revoke/", "/markets/%00/", "/api/organisations/a%00b"]
)
def test_a_nul_in_any_other_path_is_absent(db, path):
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("path", ["/search/", "/needs/", "/api/sites", "/api/organisations"])
def test_a_nul_in_a_question_is_refused(db, path):
    assert Client().get(path, {"q": "\x00"}).status_code == 400
    assert Client().get(f"{path}?q%00=1").status_code == 400


def test_a_nul_in_a_list_s_question_is_like_any_unknown_one(db):
    asked = [plain(Client().get(f"/needs/?{one}")) for one in ("q=%00", "unknown=1")]

    assert asked[0] == asked[1]


def test_a_nul_in_the_key_of_a_session_is_nobody_s(db):
    # As a browser would send it; newer Pythons do not let a client make such a cookie.
    client = Client(headers={"cookie": 'sessionid="\\000' + "a" * 31 + '"'})

    assert client.get("/").status_code == 200


def test_other_addresses_are_answered_as_ever(db):
    assert Client().get("/").status_code == 200
    assert Client().get("/needs/?q=0").status_code == 200

"""What stands between the house and its readers, and keeps answers, gives none to somebody else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from conftest import on
from tests.trust.test_two_worlds import LETTERS, surfaces


@pytest.fixture
def paths(city_story, addressing, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: on(5, 8))
    return [path for path in surfaces(city_story, addressing) if path != LETTERS]


# The mark in the corner is the same for everybody.
FOR_ALL = {"/favicon.ico"}


@pytest.mark.parametrize("who", ["vera", "anna"])
def test_nothing_that_a_person_is_answered_is_kept_for_others(who, paths, browsers):
    """Pages, files and refusals; feeds with a secret word in the address too."""
    kept = {
        path: told
        for path in paths
        if path not in FOR_ALL
        and not path.startswith("/api/")
        and "private" not in (told := browsers[who].get(path).get("Cache-Control", ""))
    }

    assert kept == {}


def test_what_gives_a_cookie_is_for_that_browser_alone(paths):
    """Else the word that guards a guest's forms would be the same for all, and known."""
    given, kept = 0, []
    for path in paths:
        answer = Client().get(path)
        given += bool(answer.cookies)
        if answer.cookies and "private" not in answer.get("Cache-Control", ""):
            kept.append(path)

    assert kept == []
    assert given >= 20


def test_what_gives_no_cookie_may_be_kept(need):
    answer = Client().get("/data/needs.json")

    assert answer.status_code == 200
    assert not answer.cookies
    assert "private" not in answer.get("Cache-Control", "")


@pytest.mark.parametrize("who", ["guest", "vera"])
def test_a_part_of_a_page_is_not_kept_as_the_page(who, paths, browsers):
    parts, unsaid = 0, []
    for path in paths:
        whole = browsers[who].get(path)
        if whole.streaming or not whole.get("Content-Type", "").startswith("text/html"):
            continue
        part = browsers[who].get(path, headers={"HX-Request": "true"})
        if b"</html>" in whole.content and b"</html>" not in part.content:
            parts += 1
            unsaid += [path for one in (whole, part) if "HX-Request" not in one.get("Vary", "")]

    assert unsaid == []
    assert parts >= 5


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_a_page_is_asked_for_by_the_methods_of_people_alone(method, need, signed_in, vera):
    browser = signed_in(vera)
    answer = browser.generic(method, need.get_absolute_url())

    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, POST"
    assert answer.content == b""
    assert browser.get(need.get_absolute_url()).status_code == 200

"""Everybody of the demonstration has something to try, and a button that leads there."""

from datetime import date

import pytest
from django.utils import translation

from pochin.demo import errands, people

KEYS = [one.key for one in (*people.PLAYERS, *people.COMPANIES)]


@pytest.fixture
def cast(db, settings):
    settings.DEMO = True
    return people.make(since=date(2026, 1, 1))


def test_everybody_has_a_task_in_both_languages():
    for key in KEYS:
        words = errands.words_of(key)
        with translation.override("en"):
            english = str(words)
        with translation.override("ru"):
            assert str(words) not in (english, "")


def test_the_list_says_what_to_try_as_whom(cast, client):
    client.cookies["pochin_language"] = "en"
    told = client.get("/demo/").content.decode()

    assert told.count('name="task"') == len(KEYS)
    assert "Answer the open question of a company." in told


def test_a_task_of_which_nothing_is_left_opens_the_first_page(cast, client):
    answer = client.post("/demo/enter/", {"email": "sokolova@demo.example", "task": "1"})

    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_task_opens_its_page_and_signing_in_alone_the_first_one(cast, client):
    orlov = {"email": "orlov@demo.example"}

    assert client.post("/demo/enter/", orlov)["Location"] == "/"
    assert client.post("/demo/enter/", orlov | {"task": "1"})["Location"] == "/needs/new/city/"


@pytest.mark.parametrize("key", KEYS)
def test_every_task_looks_for_its_page_though_nothing_happened_yet(key, cast):
    assert errands.page_of(key).startswith("/")

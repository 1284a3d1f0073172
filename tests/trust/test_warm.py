"""What was kept while one reader was answered never reaches another.

Pieces of pages are kept in the memory of a process. Each reader's pages are read with nothing kept,
then with everything kept that readers of another language, zone and programme left behind.
"""

import gc
from functools import _lru_cache_wrapper

import pytest
from django.test import Client
from django.utils import timezone

from conftest import on
from pochin.ui import counting, tones
from tests.trust.test_two_worlds import ALSO, LETTERS, first_difference, seen, surfaces

# Who reads, in which language, where.
READERS = [
    ("guest", "en", "Europe/Moscow"),
    ("vera", "ru", "Europe/Moscow"),
    ("rita", "en", "Asia/Vladivostok"),
    ("anna", "ru", "Asia/Kamchatka"),
    ("ulyana", "en", "Europe/Kaliningrad"),
]


def forget() -> None:
    """As if the process had begun now."""
    for kept in gc.get_objects():
        # Not `isinstance`: what stands for something else would be asked for it.
        if type(kept) is _lru_cache_wrapper and kept.__module__.startswith("pochin."):
            kept.cache_clear()
    for kept in (tones._BADGES, tones._LABELS, counting.many):
        kept.clear()


@pytest.fixture
def readers(cast, city_story, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: on(5, 8))
    made = {}
    for who, language, zone in READERS:
        made[who] = Client()
        made[who].cookies["pochin_language"] = language
        if who != "guest":
            person = getattr(cast, who)
            type(person).objects.filter(pk=person.pk).update(zone=zone)
            made[who].force_login(person)
    return made


def test_no_page_is_warmer_than_it_is_cold(readers, city_story, addressing):
    paths = [path for path in surfaces(city_story, addressing) if path != LETTERS]
    assert set(ALSO) < set(paths)
    for browser in readers.values():
        seen(browser, "/", {})  # whatever a first visit changes has happened
    cold = {}
    for who, browser in readers.items():
        forget()
        cold |= {(who, path): seen(browser, path, {}) for path in paths}

    told = []
    for order in (list(readers), list(reversed(readers))):
        forget()
        for path in paths:
            for who in order:
                warm = seen(readers[who], path, {})
                if warm != cold[who, path]:
                    where = first_difference(cold[who, path], warm)
                    told.append(f"{who} at {path}: {where}")

    assert told == []
    assert sum(status == 200 for status, _headers, _body in cold.values()) > 200
    in_russian, in_english = cold["vera", "/needs/"][2], cold["rita", "/needs/"][2]
    assert "Потребности" in in_russian
    assert "Потребности" not in in_english

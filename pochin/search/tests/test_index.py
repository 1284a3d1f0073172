"""Keeping the index: it follows the journal, and can be made anew at any time."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from pochin.core import journal
from pochin.search import index, tasks
from pochin.search.finding import find
from pochin.search.models import Document

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def found(organisations, words: str) -> list[str]:
    return [one.name_ru for one in find(organisations.objects.all(), words)]


def test_a_move_is_found_once_it_is_committed(
    organisations, amber, anna, django_capture_on_commit_callbacks
):
    amber.about_ru = "Сортировка посылок"
    amber.save()
    assert found(organisations, "сортировка") == []

    with django_capture_on_commit_callbacks(execute=True):
        journal.write("participants.change", amber, by=anna, at=NOON)

    assert found(organisations, "сортировка") == ["Amber"]


def test_moves_of_what_is_not_declared_are_passed_over(
    organisations, city, anna, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        journal.write("participants.change", city, by=anna, at=NOON)

    assert Document.objects.count() == 0


def test_what_was_said_before_is_no_longer_found(write, organisations):
    (thing,) = write("Весы")
    thing.name_ru = "Ленты"
    thing.save()

    index.index(thing)

    assert (found(organisations, "весы"), found(organisations, "лента")) == ([], ["Ленты"])
    assert Document.objects.count() == 1


def test_a_removed_thing_is_not_found(write, organisations):
    (thing,) = write("Весы")

    index.remove(thing)

    assert found(organisations, "весы") == []


def test_indexing_anew_finds_what_was_missed_and_forgets_what_is_gone(write, organisations):
    (gone,) = write("Весы")
    gone.delete()
    organisations.objects.create(name_ru="Ленты")

    assert tasks.reindex_all.call() == {"participants.Organisation": 1}
    assert list(Document.objects.values_list("title", flat=True)) == [" лента "]
    assert found(organisations, "ленты") == ["Ленты"]


def _pieces() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(DISTINCT segid) FROM search_index_idx")
        return cursor.fetchone()[0]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL gathers its own")
def test_at_night_the_pieces_of_the_index_become_one(write, organisations):
    write("Весы")
    write("Ленты")
    write("Ящики")
    assert _pieces() > 1

    tasks.reindex_all.call()

    assert _pieces() == 1
    assert found(organisations, "ленты") == ["Ленты"]


def test_indexing_twice_changes_nothing(write, organisations):
    write("Весы", "Ленты", about="для посылок")
    before = list(Document.objects.order_by("pk").values())

    index.reindex(organisations)

    assert list(Document.objects.order_by("pk").values()) == before


def test_a_very_long_text_is_indexed_as_far_as_it_goes(write, organisations):
    begun = "весы " + " ".join(f"слово{n}" for n in range(20_000)) + " ленты"
    write("Книга", about=begun)

    assert found(organisations, "весы") == ["Книга"]
    assert found(organisations, "слово7") == ["Книга"]
    assert found(organisations, "ленты") == []


def test_the_index_is_whole(write):
    """SQLite compares its index with the words it stands for."""
    for title in ("Весы", "Ленты"):
        (thing,) = write(title)
        thing.name_ru = f"{title} новые"
        index.index(thing)
    index.remove(thing)

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_index (search_index) VALUES ('integrity-check')")

"""Keeping the index: which models are found by which words, one by one and all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction

from pochin.search import vocabulary, words
from pochin.search.models import Document

AT_ONCE = 1000
# Plain SQL: twice as fast as objects of the ORM, and what did not change is not written again.
KEEP = """
    INSERT INTO search_document (kind_id, thing_id, number, title, words)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (kind_id, thing_id) DO UPDATE
    SET number = excluded.number, title = excluded.title, words = excluded.words
    WHERE search_document.number <> excluded.number
        OR search_document.title <> excluded.title
        OR search_document.words <> excluded.words
"""


@dataclass(frozen=True, slots=True)
class Declaration:
    """How the things of one model are found."""

    model: type[models.Model]
    title: Callable[[Any], str]
    text: Callable[[Any], str]
    number: Callable[[Any], Any]
    fetch: Callable[[models.QuerySet], models.QuerySet]
    in_order: bool
    along: Callable[[Any], Iterable[models.QuerySet]]


def _nothing(_thing: Any) -> str:
    return ""


def _none(_thing: Any) -> Iterable[models.QuerySet]:
    return ()


declared: dict[type[models.Model], Declaration] = {}


def declare(
    model: type[models.Model],
    *,
    title: Callable[[Any], str],
    text: Callable[[Any], str] = _nothing,
    number: Callable[[Any], Any] = _nothing,
    fetch: Callable[[models.QuerySet], models.QuerySet] = lambda things: things,
    in_order: bool = False,
    along: Callable[[Any], Iterable[models.QuerySet]] = _none,
) -> None:
    """Let the things of a model be found. Call it once, below the model.

    Args:
        model: Its queryset has `visible_to`, if it is to be found from everywhere.
        title: What it is called, in both languages one after the other.
        text: Whatever else it says; nothing that a reader who sees the thing may not read.
        number: Its number, with or without its letter.
        fetch: Joins what `title` and `text` read, for when many are indexed.
        in_order: Among equals the first written comes first, as in a book; else the latest.
        along: Things of other declared models that are indexed anew whenever this one moves,
            because they say its words too or have no moves of their own.
    """
    declared[model] = Declaration(model, title, text, number, fetch, in_order, along)


def index(thing: models.Model) -> None:
    """Bring what is found of one thing up to date."""
    index_many([thing])


def index_many(things: Iterable[models.Model]) -> int:
    """Bring what is found of things of one model up to date; returns how many."""
    count, source = 0, iter(things)
    while batch := list(islice(source, AT_ONCE)):
        kind = ContentType.objects.get_for_model(batch[0]).pk
        with connection.cursor() as cursor:
            cursor.executemany(KEEP, [(kind, thing.pk, *_said(thing)) for thing in batch])
        count += len(batch)
    return count


def follow(model: type[models.Model], key: int) -> None:
    """Bring up to date what is found of a thing that moved, and what goes along with it."""
    for thing in declared[model].fetch(model._base_manager.filter(pk=key)):
        index(thing)
        for beside in declared[model].along(thing):
            index_many(declared[beside.model].fetch(beside))


def remove(thing: models.Model) -> None:
    """Let one thing be found no more; call it before the thing is deleted."""
    kind = ContentType.objects.get_for_model(thing)
    Document.objects.filter(kind=kind, thing_id=thing.pk).delete()


@transaction.atomic
def reindex(model: type[models.Model]) -> int:
    """Index all things of a model anew and forget those that are gone; returns how many."""
    kind = ContentType.objects.get_for_model(model)
    things = declared[model].fetch(model._base_manager.order_by("pk"))
    count = index_many(things.iterator(chunk_size=AT_ONCE))
    present = model._base_manager.values("pk")
    Document.objects.filter(kind=kind).exclude(thing_id__in=present).delete()
    vocabulary.learn_anew(kind.pk)
    return count


def gather() -> None:
    """Bring the pieces into one in which SQLite left the index by day: each word is looked for in
    every piece. PostgreSQL looks after itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_index (search_index) VALUES ('optimize')")


def _said(thing: models.Model) -> tuple[str, str, str]:
    """Number, title and words of a thing, as they are kept."""
    declaration = declared[type(thing)]
    written = declaration.number(thing) or ""
    number = words.digits(str(written))
    title = f"{written} {number} {declaration.title(thing) or ''}"
    return number, words.as_stored(title), words.as_stored(declaration.text(thing) or "")

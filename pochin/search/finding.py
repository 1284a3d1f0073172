"""Finding: a list narrowed down to what was asked for, the best first.

The words only ever narrow what the list already holds, so nobody finds, counts or guesses what
they may not see. All words first; where nothing visible has them all, any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import CharField, F, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Concat, NullIf, StrIndex

from pochin.search.index import declared
from pochin.search.models import Document, Hits
from pochin.search.words import Term, digits, terms
from pochin.ui.quick import lightly
from pochin.ui.written import question

FIRST = 200  # hits that are ranked; the latest of them, where there are more
SHOWN = 50  # hits of each kind that are ranked where only the best few are wanted
IS_ITS_NUMBER, IN_TITLE, IN_TEXT = 100, 4, 1

# Walks through the hits from the latest and stops, so that a hundred thousand of them cost no
# more than a few hundred; whether the reader sees a thing is asked of one after another.
SQLITE = """SELECT {kind}, d.thing_id, d.number, d.title, d.words
    FROM search_index CROSS JOIN search_document d ON d.id = search_index.rowid
    WHERE search_index MATCH %s AND EXISTS ({seen})
    ORDER BY search_index.rowid {way} LIMIT {most}"""
POSTGRESQL = """SELECT {kind}, d.thing_id, d.number, d.title, d.words FROM search_document d
    WHERE d.vector @@ %s::tsquery AND EXISTS ({seen}) ORDER BY d.id {way} LIMIT {most}"""


class Hit(NamedTuple):
    """A document that has the words."""

    thing_id: int
    number: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the words find in one list: the keys, best first, and how they were found."""

    keys: list[int]
    said: str
    has_more: bool


def find(queryset: models.QuerySet, words: str) -> models.QuerySet:
    """Narrow a list down to what these words find in it, the best first.

    Start from what the reader may see: ``find(Need.objects.visible_to(user), "очередь")``. The
    list may be filtered on or ordered otherwise afterwards; no words leave it as it is. Its `best`
    holds the keys of the ranked hits; behind them stand the others, the latest first, or the first
    written where the model is declared to stand in order.
    """
    if not words.strip():
        return queryset
    found = _search({queryset.model: queryset}, words, most=FIRST, enough=FIRST)
    if queryset.model not in found:
        return queryset.none()
    hits = found[queryset.model]
    whole = _things(Value(hits.said)) if hits.has_more else hits.keys
    place = StrIndex(
        Value(f",{','.join(map(str, hits.keys))},"),
        Concat(Value(","), Cast("pk", CharField()), Value(",")),
    )
    narrowed = queryset.filter(pk__in=whole).alias(search_place=NullIf(place, 0))
    behind = "pk" if _in_order(queryset.model) else "-pk"
    ordered = narrowed.order_by(F("search_place").asc(nulls_last=True), behind)
    ordered.best = hits
    return ordered


def best(
    lists: Mapping[type[models.Model], models.QuerySet], words: str, *, each: int
) -> Iterator[tuple[type[models.Model], Sequence[models.Model]]]:
    """The best few of each of these lists, asked together; lists without any are left out."""
    found = _search(lists, words, most=SHOWN, enough=each) if words.strip() else {}
    for model, hits in found.items():
        keys = hits.keys[:each]
        named = {thing.pk: thing for thing in lightly(lists[model].filter(pk__in=keys))}
        yield model, [named[key] for key in keys if key in named]


def among(
    lists: Mapping[type[models.Model], models.QuerySet], words: str
) -> dict[type[models.Model], models.QuerySet | list[int]]:
    """The keys in each of these lists that have the words, for a list of things of many kinds.

    Where anything in any list has all the words, only that counts; otherwise any of them will do.
    Lists without any are left out.
    """
    asked = terms(words)
    for joint, is_begun in _ways(asked) if asked else []:
        given = asked if is_begun else [Term(term.forms) for term in asked]
        if all(term.forms or term.beginning for term in given):
            found = _ask(lists, given, joint, FIRST + 1)
            if found:
                return {
                    model: _things(Value(said)) if len(hits) > FIRST else [h.thing_id for h in hits]
                    for model, (said, hits) in found.items()
                }
    return {}


def everywhere(
    user: Any, words: str, *, each: int = 5
) -> Iterator[tuple[type[models.Model], Sequence[models.Model]]]:
    """The best few of every kind of thing this reader may see; kinds without any are left out."""
    lists = {model: model._default_manager.visible_to(user) for model in declared}
    return best(lists, words, each=each)


def _search(
    lists: Mapping[type[models.Model], models.QuerySet], words: str, *, most: int, enough: int
) -> dict[type[models.Model], Found]:
    """What each list holds of the words: all of them, or begun, or else any of them.

    Args:
        lists: By their models.
        words: As they were typed.
        most: So many hits are ranked.
        enough: With so many hits of whole words nobody asks for words that only begin so.
    """
    asked, number = terms(words), digits(words)
    if not asked:
        return {}
    found: dict[type[models.Model], Found] = {}
    left = dict(lists)
    for joint, is_begun in _ways(asked):
        is_last = is_begun or not any(term.beginning for term in asked)
        given = asked if is_begun else [Term(term.forms) for term in asked]
        if left and all(term.forms or term.beginning for term in given):
            for model, (said, hits) in _ask(left, given, joint, most + 1).items():
                if is_last or len(hits) > enough:
                    keys = _ranked(hits[:most], asked, number, _in_order(model))
                    found[model] = Found(keys, said, len(hits) > most)
                    del left[model]
    return {model: found[model] for model in lists if model in found}


def _ways(asked: list[Term]) -> list[tuple[str, bool]]:
    """In which order to ask: how the words are joined, and whether they may only begin so."""
    may_begin = any(term.beginning for term in asked)
    ways = [(" AND ", False)] + [(" AND ", True)] * may_begin
    return ways + [(" OR ", may_begin)] * (len(asked) > 1)


def _ask(
    lists: Mapping[type[models.Model], models.QuerySet], asked: list[Term], joint: str, most: int
) -> dict[type[models.Model], tuple[str, list[Hit]]]:
    """The latest hits of each list, all lists in one query; lists without any are left out."""
    queries, given, kinds = [], [], {}
    for model, things in lists.items():
        kind = ContentType.objects.get_for_model(model).pk
        this = things.order_by().filter(pk=RawSQL("d.thing_id", ())).values("pk")
        try:
            seen, values, _notes = question(this)
        except EmptyResultSet:
            continue
        said = _said(kind, asked, joint)
        query = SQLITE if connection.vendor == "sqlite" else POSTGRESQL
        way = "ASC" if _in_order(model) else "DESC"
        queries.append(query.format(kind=kind, seen=seen, most=most, way=way))
        given += [said, *values]
        kinds[kind] = model, said
    hits: dict[type[models.Model], tuple[str, list[Hit]]] = {}
    if not queries:
        return hits
    together = " UNION ALL ".join(f"SELECT * FROM ({query}) found" for query in queries)
    with connection.cursor() as cursor:
        cursor.execute(together, given)
        for kind, *hit in cursor.fetchall():
            model, said = kinds[kind]
            hits.setdefault(model, (said, []))[1].append(Hit(*hit))
    return hits


def _things(wanted: Any) -> models.QuerySet:
    # The kind stands in each word: as a condition here it would lead the database to walk through
    # all documents of that kind.
    return Document.objects.filter(pk__in=Hits(wanted)).values("thing_id")


def _in_order(model: type[models.Model]) -> bool:
    """Whether the first written comes first; a kind that is not declared has nothing to order."""
    return model in declared and declared[model].in_order


def _ranked(hits: list[Hit], asked: list[Term], number: str, in_order: bool) -> list[int]:
    """The keys of the hits, the best first: the same count on every database."""
    worth, sign = _worth(asked, number), -1 if in_order else 1
    best_first = sorted(hits, key=lambda hit: (worth(hit), sign * hit.thing_id), reverse=True)
    return [hit.thing_id for hit in best_first]


def _worth(asked: list[Term], number: str) -> Callable[[Hit], int]:
    """A whole word counts double what a word that only begins so does."""
    sought = [
        (tuple(f" {form} " for form in term.forms), f" {term.beginning}" if term.beginning else "")
        for term in asked
    ]

    def points(text: str, whole: tuple[str, ...], begun: str) -> int:
        if any(form in text for form in whole):
            return 2
        return int(bool(begun) and begun in text)

    def worth(hit: Hit) -> int:
        total = IS_ITS_NUMBER if number and hit.number == number else 0
        for whole, begun in sought:
            total += IN_TITLE * points(hit.title, whole, begun)
            total += IN_TEXT * points(hit.words, whole, begun)
        return total

    return worth


def _said(kind: int, asked: list[Term], joint: str) -> str:
    say = _sqlite if connection.vendor == "sqlite" else _postgresql
    return say(kind, asked, joint)


def _sqlite(kind: int, asked: list[Term], joint: str) -> str:
    """The query in the language of FTS5; each word stands in the index behind its kind."""

    def one(term: Term) -> str:
        forms = [f'"{kind}x{form}"' for form in term.forms]
        beginnings = [f'"{kind}x{term.beginning}" *'] if term.beginning else []
        return f"({' OR '.join(forms + beginnings)})"

    return joint.join(map(one, asked))


def _postgresql(kind: int, asked: list[Term], joint: str) -> str:
    """The query as a tsquery, written so that no parser cuts the words up again."""

    def one(term: Term) -> str:
        forms = [f"'{kind}x{form}'" for form in term.forms]
        beginnings = [f"'{kind}x{term.beginning}':*"] if term.beginning else []
        return f"({' | '.join(forms + beginnings)})"

    sign = {" AND ": " & ", " OR ": " | "}[joint]
    return sign.join(map(one, asked))

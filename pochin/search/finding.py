"""Finding: a list narrowed down to what was asked for, the best first.

The words only ever narrow what the list already holds, so nobody finds, counts or guesses what
they may not see. All words first; where nothing visible has them all, any of them. What has all
of them in its title stands before what has them elsewhere, however long ago it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import CharField, F, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Concat, NullIf, StrIndex

from pochin.search.index import declared
from pochin.search.models import Document, Hits
from pochin.search.vocabulary import meanings
from pochin.search.ways import Step, Way, ways_of
from pochin.search.words import Term, digits, terms
from pochin.ui import quick
from pochin.ui.written import Question, question

FIRST = 100  # hits that are ranked; the latest of a way, where there are more
SHOWN = 50  # hits of each kind that are ranked where only the best few are wanted

# Walks through the hits from the latest and stops, so that a hundred thousand of them cost no
# more than a few hundred; whether the reader sees a thing is asked of one after another. What a
# hit is worth is counted where it lies, so that no text travels.
SQLITE = """SELECT d.thing_id AS thing, {worth} AS worth
    FROM search_index CROSS JOIN search_document d ON d.id = search_index.rowid
    WHERE search_index MATCH %s AND EXISTS ({seen})
    ORDER BY search_index.rowid {way} LIMIT {most}"""
HITS = """SELECT d.thing_id AS thing, {worth} AS worth
    FROM {documents} AND d.vector @@ %s::tsquery AND EXISTS ({seen})
    ORDER BY d.kind_id {way}, d.id {way} LIMIT {most}"""
# PostgreSQL reckons badly how many have several words at once, and then gathers them all or walks
# past the documents of other kinds. So it looks first at the nearest of the kind: words that many
# have are found enough among them, and of others there are not so many. The kind stands as a span,
# because of a kind that is one PostgreSQL thinks that any order of numbers will do.
NEAR = """(SELECT * FROM search_document WHERE kind_id >= {kind} AND kind_id <= {kind}
    ORDER BY kind_id {way}, id {way} LIMIT 3000) d WHERE TRUE"""
WHOLE = "search_document d WHERE d.kind_id = {kind} AND (SELECT COUNT(*) FROM near) < {most}"
POSTGRESQL = f"""WITH near AS ({HITS.replace("{documents}", NEAR)}),
        whole AS ({HITS.replace("{documents}", WHOLE)})
    SELECT * FROM near WHERE (SELECT COUNT(*) FROM near) = {{most}} UNION ALL SELECT * FROM whole"""
# The hits of a way in one line, each a number that says what it is worth and then which it is;
# beside it how many there are. Rows of numbers would travel longer than it took to find them. All
# the numbers are of one length, so that as texts they stand in the same order, found sooner.
NOTHING_WORTH, UNIT, WORTH = 1000, 10**12, 4  # the digits of what a hit is worth come first
LINE = {
    "sqlite": f"""SELECT {{place}}, COUNT(*),
        group_concat((worth + {NOTHING_WORTH}) * {UNIT} + {{among}}) FROM ({SQLITE}) found""",
    "postgresql": f"""SELECT {{place}}, COUNT(*),
        string_agg(((worth + {NOTHING_WORTH}) * {UNIT} + {{among}})::text, ',')
        FROM ({POSTGRESQL}) found""",
}

# In which order a kind is gone through, and how a thing counts among equals: of those the latest is
# first, or the first written.
TURNED = {False: ("DESC", "thing"), True: ("ASC", f"{UNIT - 1} - thing")}


@dataclass(frozen=True, slots=True)
class Found:
    """What the words find in one list: the keys, best first, and how they were found."""

    keys: list[int]
    said: str
    has_more: bool

    def narrow(self, queryset: models.QuerySet) -> models.QuerySet:
        """All that is found of a list, the ranked hits first."""
        if not self.keys:
            return queryset.none()
        whole = _things(Value(self.said)) if self.has_more else self.keys
        behind = "pk" if _in_order(queryset.model) else "-pk"
        return placed(queryset.filter(pk__in=whole), self.keys, behind)


NOTHING = Found([], "", has_more=False)


def placed(queryset: models.QuerySet, keys: list[int], *behind: str) -> models.QuerySet:
    """A list in the order of these keys; whatever has none of them stands behind."""
    place = StrIndex(
        Value(f",{','.join(map(str, keys))},"),
        Concat(Value(","), Cast("pk", CharField()), Value(",")),
    )
    ordered = queryset.alias(search_place=NullIf(place, 0))
    return ordered.order_by(F("search_place").asc(nulls_last=True), *behind)


def find(queryset: models.QuerySet, words: str) -> models.QuerySet:
    """Narrow a list down to what these words find in it, the best first.

    Start from what the reader may see: ``find(Need.objects.visible_to(user), "очередь")``. The
    list may be filtered on or ordered otherwise afterwards; no words leave it as it is. Behind the
    ranked hits stand the others, the latest first, or the first written where the model is
    declared to stand in order.
    """
    return seek(queryset, words).narrow(queryset) if words.strip() else queryset


def seek(queryset: models.QuerySet, words: str) -> Found:
    """What these words find in a list, for who shows the best of it and needs no more."""
    found = _search({queryset.model: queryset}, words, most=FIRST, enough=FIRST)
    return found.get(queryset.model, NOTHING)


def best(
    lists: Mapping[type[models.Model], models.QuerySet], words: str, *, each: int
) -> Iterator[tuple[type[models.Model], Sequence[models.Model]]]:
    """The best few of each of these lists, asked together; lists without any are left out."""
    found = _search(lists, words, most=SHOWN, enough=each) if words.strip() else {}
    for model, hits in found.items():
        yield model, named(lists[model], hits.keys[:each])


def named(queryset: models.QuerySet, keys: Sequence[int]) -> list[Any]:
    """The things of a list with these keys, in their order, for who only names them."""
    found = (
        {thing.pk: thing for thing in quick.asked(queryset, _These(tuple(keys)))} if keys else {}
    )
    return [found[key] for key in keys if key in found]


@dataclass(frozen=True, slots=True)
class _These:
    """What is read of the things with these keys to name them."""

    keys: tuple[int, ...]

    def __call__(self, things: models.QuerySet) -> models.QuerySet:
        return quick.lightly(things.filter(pk__in=self.keys))


def among(
    lists: Mapping[type[models.Model], models.QuerySet], words: str
) -> dict[type[models.Model], models.QuerySet | list[int]]:
    """The keys in each of these lists that have the words, for a list of things of many kinds.

    Where anything in any list has all the words, only that counts; otherwise any of them will do.
    Lists without any are left out.
    """
    asked = _ask(lists, terms(words), "", most=FIRST, enough=0)
    first = min((step for step, _found in asked.values()), default=Step.WHOLE)
    return {
        model: _things(Value(found.said)) if found.has_more else found.keys
        for model, (step, found) in asked.items()
        if step == first
    }


def everywhere(
    user: Any, words: str, *, each: int = 5
) -> Iterator[tuple[type[models.Model], Sequence[models.Model]]]:
    """The best few of every kind of thing this reader may see; kinds without any are left out."""
    managers: dict[type[models.Model], Any] = {one: one._default_manager for one in declared}
    lists = {model: manager.visible_to(user) for model, manager in managers.items()}
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
    asked = _ask(lists, terms(words), digits(words), most=most, enough=enough)
    return {model: asked[model][1] for model in lists if model in asked}


def _ask(
    lists: Mapping[type[models.Model], models.QuerySet],
    asked: list[Term],
    number: str,
    *,
    most: int,
    enough: int,
) -> dict[type[models.Model], tuple[int, Found]]:
    """What is found in each list and on which way; lists without any are left out.

    All lists are asked in one question, and in a further one those in which too little was found.
    What was found on a way before is ranked with what is found on the next: only the latest are
    met there. With `enough` hits of whole words a list is not asked for words that only begin so.
    """
    seen = _conditions(lists) if asked else {}
    meant = meanings(list(seen), asked) if seen else {}
    ways = {kind: list(ways_of(kind, meant[kind], number, enough)) for kind in seen}
    found: dict[type[models.Model], tuple[int, Found]] = {}
    hits: dict[int, set[str]] = {kind: set() for kind in seen}
    while ways := {kind: left for kind, left in ways.items() if left}:
        now = [(kind, way) for kind, left in ways.items() for way in _next(left, enough < most)]
        for place, count, line in sorted(_hits(now, seen, most + 1)):
            kind, way = now[place]
            model = seen[kind][0]
            if count:
                hits[kind].update(line.split(","))
                keys = _ranked(hits[kind], in_order=_in_order(model))[:most]
                found[model] = way.step, Found(keys, way.whole, has_more=count > most)
            if count > way.enough:
                ways[kind].clear()
    return found


def _next(left: list[Way], wants_few: bool) -> Iterator[Way]:
    """The way that comes next; where only a few are wanted, titles are no question of their own."""
    yield left.pop(0)
    if wants_few and left and left[0].step is Step.WHOLE:
        yield left.pop(0)


def _conditions(
    lists: Mapping[type[models.Model], models.QuerySet],
) -> dict[int, tuple[type[models.Model], Question]]:
    """Whether a thing is in its list, as a question, by kinds; without the lists that are empty."""
    seen = {}
    for model, things in lists.items():
        with suppress(EmptyResultSet):
            kind = ContentType.objects.get_for_model(model).pk
            seen[kind] = model, question(things, put=_seen)
    return seen


def _seen(things: models.QuerySet) -> models.QuerySet:
    """Whether the thing of a document is among these."""
    return things.order_by().filter(pk=RawSQL("d.thing_id", ())).values("pk")


def _hits(
    ways: Sequence[tuple[int, Way]],
    seen: Mapping[int, tuple[type[models.Model], Question]],
    most: int,
) -> list[Any]:
    """The hits of each of these ways, in one line, with its place; all are asked at once."""
    queries, given = [], []
    for place, (kind, way) in enumerate(ways):
        model, condition = seen[kind]
        worth, points = way.worth
        towards, among = TURNED[_in_order(model)]
        query = LINE[connection.vendor].format(
            place=place,
            kind=kind,
            worth=worth,
            seen=condition.sql,
            way=towards,
            among=among,
            most=most,
        )
        queries.append(query)
        values = [*points, way.said, *condition.given]
        given += values if connection.vendor == "sqlite" else values * 2
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(queries), given)
        return cursor.fetchall()


def _things(wanted: Any) -> models.QuerySet:
    # The kind stands in each word: as a condition here it would lead the database to walk through
    # all documents of that kind.
    return Document.objects.filter(pk__in=Hits(wanted)).values("thing_id")


def _in_order(model: type[models.Model]) -> bool:
    """Whether the first written comes first; a kind that is not declared has nothing to order."""
    return model in declared and declared[model].in_order


def _ranked(hits: set[str], *, in_order: bool) -> list[int]:
    """The keys of the hits, the best first; of equals the latest, or the first written."""
    best = sorted(hits, reverse=True)
    if in_order:
        return [UNIT - 1 - int(hit[WORTH:]) for hit in best]
    return [int(hit[WORTH:]) for hit in best]

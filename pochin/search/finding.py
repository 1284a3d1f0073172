"""Finding: a list narrowed down to what was asked for, the best first.

The words only ever narrow what the list already holds, so nobody finds, counts or guesses what
they may not see. All words first; where nothing visible has them all, any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
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
from pochin.ui.written import Question, question

FIRST = 200  # hits that are ranked; the latest of them, where there are more
SHOWN = 50  # hits of each kind that are ranked where only the best few are wanted
IS_ITS_NUMBER, IN_TITLE, IN_TEXT = 100, 4, 1

# Walks through the hits from the latest and stops, so that a hundred thousand of them cost no
# more than a few hundred; whether the reader sees a thing is asked of one after another. What a
# hit is worth is counted where it lies, so that no text travels.
SQLITE = """SELECT d.id AS place, d.thing_id AS thing, {worth} AS worth
    FROM search_index CROSS JOIN search_document d ON d.id = search_index.rowid
    WHERE search_index MATCH {said} AND EXISTS ({seen})
    ORDER BY search_index.rowid {way} LIMIT {most}"""
POSTGRESQL = """SELECT d.id AS place, d.thing_id AS thing, {worth} AS worth
    FROM {documents} AND d.vector @@ {said} AND EXISTS ({seen})
    ORDER BY d.kind_id {way}, d.id {way} LIMIT {most}"""
WHOLE = "search_document d WHERE d.kind_id = {kind}"
# PostgreSQL reckons badly how many have several words at once, and then gathers them all or walks
# past the documents of other kinds. So it looks first at the nearest of the kind: words that many
# have are found enough among them, and of others there are not so many. The kind stands as a span,
# because of a kind that is one PostgreSQL thinks that any order of numbers will do.
NEAR = """(SELECT * FROM search_document WHERE kind_id >= {kind} AND kind_id <= {kind}
    ORDER BY kind_id {way}, id {way} LIMIT 4000) d WHERE TRUE"""
# A way of asking is gone only where the ways before it found too little. SQLite would ask such a
# condition of every row; that there are no words it knows before the first.
SAID = {"sqlite": "%s", "postgresql": "%s::tsquery"}
ONLY_IF = {
    "sqlite": """CASE WHEN {needed} THEN %s ELSE '""' END""",
    "postgresql": "%s::tsquery AND {needed}",
}


class Way(NamedTuple):
    """One way of asking: how the words are joined, whether they may only begin so, and how many
    hits of it are enough to ask no further."""

    words: list[Term]
    joint: str
    enough: int


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
    asked = _ask(lists, terms(words), "", most=FIRST, enough=0)
    first = min((step for step, _found in asked.values()), default=0)
    return {
        model: _things(Value(found.said)) if found.has_more else found.keys
        for model, (step, found) in asked.items()
        if step == first
    }


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
    asked = _ask(lists, terms(words), digits(words), most=most, enough=enough)
    return {model: asked[model][1] for model in lists if model in asked}


def _ways(asked: list[Term], enough: int) -> list[Way]:
    """In which order to ask: all words; all of them, the last perhaps only begun; any of them."""
    if not asked:
        return []
    may_begin = any(term.beginning for term in asked)
    whole = [Term(term.forms) for term in asked]
    ways = [Way(whole, " AND ", enough if may_begin else 0)]
    if may_begin:
        ways.append(Way(asked, " AND ", 0))
    if len(asked) > 1:
        ways.append(Way(asked, " OR ", 0))
    return [way for way in ways if all(term.forms or term.beginning for term in way.words)]


def _ask(
    lists: Mapping[type[models.Model], models.QuerySet],
    asked: list[Term],
    number: str,
    *,
    most: int,
    enough: int,
) -> dict[type[models.Model], tuple[int, Found]]:
    """What is found in each list and at which step, in one query; lists without any are left out.

    With `enough` hits of whole words a list is not asked for words that only begin so.
    """
    queries, given, kinds = [], [], {}
    ways, worth = _ways(asked, enough), _worth(asked, number)
    for model, things in lists.items() if ways else ():
        kind = ContentType.objects.get_for_model(model).pk
        try:
            seen = question(things, put=_seen)
        except EmptyResultSet:
            continue
        says = [_said(kind, way.words, way.joint) for way in ways]
        query, values = _written(kind, ways, says, worth, seen, _in_order(model), most + 1)
        queries.append(f"SELECT {kind}, found.* FROM ({query}) found")
        given += values
        kinds[kind] = model, says
    if not queries:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(queries), given)
        rows = cursor.fetchall()
    each: dict[int, list[Any]] = {}
    if len(kinds) == 1 and rows:
        each[rows[0][0]] = rows
    else:
        for row in rows:
            each.setdefault(row[0], []).append(row)
    found = {}
    for kind, hits in each.items():
        model, says = kinds[kind]
        in_order, step = _in_order(model), max(hits, key=itemgetter(1))[1]
        # What was found on the way is found by the last step as well.
        hits = [hit for hit in hits if hit[1] == step]
        has_more = len(hits) > most
        if has_more:
            hits.remove(max(hits) if in_order else min(hits))
        found[model] = step, Found(_ranked(hits, in_order), says[step], has_more)
    return found


def _seen(things: models.QuerySet) -> models.QuerySet:
    """Whether the thing of a document is among these."""
    return things.order_by().filter(pk=RawSQL("d.thing_id", ())).values("pk")


def _written(
    kind: int,
    ways: list[Way],
    says: list[str],
    worth: tuple[str, list[str]],
    seen: Question,
    in_order: bool,
    most: int,
) -> tuple[str, list[Any]]:
    """The question for one list: the ways of asking, each behind those before it."""
    vendor, direction = connection.vendor, "ASC" if in_order else "DESC"
    query = SQLITE if vendor == "sqlite" else POSTGRESQL
    near, whole = NEAR.format(kind=kind, way=direction), WHOLE.format(kind=kind)
    steps: list[str] = []
    needed: list[str] = []
    told: list[str] = []
    given: list[Any] = []

    def step(name: str, said: str, documents: str) -> None:
        only_if = ONLY_IF[vendor].format(needed=" AND ".join(needed)) if needed else SAID[vendor]
        asked = query.format(
            documents=documents, worth=worth[0], said=only_if, seen=seen.sql, way=direction,
            most=most,
        )  # fmt: skip
        steps.append(f"{name} AS ({asked})")
        given.extend([*worth[1], said, *seen.given])

    for n, (way, said) in enumerate(zip(ways, says, strict=True)):
        if vendor == "postgresql":
            step(f"near{n}", said, near)
            count = f"(SELECT COUNT(*) FROM near{n})"
            told.append(f"SELECT {n}, near{n}.* FROM near{n} WHERE {count} = {most}")
            needed.append(f"{count} < {most}")
        step(f"step{n}", said, whole)
        told.append(f"SELECT {n}, step{n}.* FROM step{n}")
        needed.append(f"(SELECT COUNT(*) FROM step{n}) <= {way.enough}")
    return f"WITH {', '.join(steps)} {' UNION ALL '.join(told)}", given


def _things(wanted: Any) -> models.QuerySet:
    # The kind stands in each word: as a condition here it would lead the database to walk through
    # all documents of that kind.
    return Document.objects.filter(pk__in=Hits(wanted)).values("thing_id")


def _in_order(model: type[models.Model]) -> bool:
    """Whether the first written comes first; a kind that is not declared has nothing to order."""
    return model in declared and declared[model].in_order


def _ranked(hits: list[Any], in_order: bool) -> list[int]:
    """The keys of the hits, the best first; of equals the latest, or the first written."""
    if in_order:
        return [hit[3] for hit in sorted(hits, key=lambda hit: (-hit[4], hit[3]))]
    return [hit[3] for hit in sorted(hits, key=itemgetter(4, 3), reverse=True)]


def _worth(asked: list[Term], number: str) -> tuple[str, list[str]]:
    """What a hit is worth, as SQL: a whole word counts double what one that only begins so does."""
    found = "instr(d.{0}, %s) > 0" if connection.vendor == "sqlite" else "strpos(d.{0}, %s) > 0"
    parts, given = [], []
    if number:
        parts.append(f"CASE WHEN d.number = %s THEN {IS_ITS_NUMBER} ELSE 0 END")
        given.append(number)
    for term in asked:
        for text, points in (("title", IN_TITLE), ("words", IN_TEXT)):
            has = found.format(text)
            cases = []
            if term.forms:
                cases.append(f"WHEN {' OR '.join([has] * len(term.forms))} THEN {2 * points}")
            if term.beginning:
                cases.append(f"WHEN {has} THEN {points}")
            parts.append(f"CASE {' '.join(cases)} ELSE 0 END")
            given += [f" {form} " for form in term.forms]
            given += [f" {term.beginning}"] if term.beginning else []
    return " + ".join(parts), given


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

"""How many things there are, counted no further than is told, many lists in one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from pochin.ui.written import question

A_WHILE, MANY = 60, 1024  # seconds; questions
# When there were many, by what was asked.
many: dict[tuple[str, str, tuple[Any, ...]], float] = {}


def counted(things: QuerySet, most: int) -> int:
    """How many there are, counting no further than `most`.

    Where there were as many when the same was asked within a minute, they are not counted again:
    nothing is told of them but that they are many.
    """
    try:
        query, given, _notes = question(things, put=_Keys(most))
    except EmptyResultSet:
        return 0
    asked, now = (things.db, query, given), monotonic()
    if now - many.get(asked, -A_WHILE) < A_WHILE:
        return most
    with connections[things.db].cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({query}) found", given)
        count = int(cursor.fetchone()[0])
    if count >= most:
        if len(many) >= MANY:
            many.clear()
        many[asked] = now
    return count


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of things, so many at most, to be counted."""

    most: int | None

    def __call__(self, things: QuerySet) -> QuerySet:
        return things.order_by().values("pk")[: self.most]


def counted_each(lists: Sequence[QuerySet], most: int | None = None) -> list[int]:
    """How many there are of each, all of them asked at once; `most`: counting no further.

    Asked by hand: the framework takes longer to write this question than a database to answer.
    """
    counts = [0] * len(lists)
    asked: dict[int, str] = {}
    values: list[Any] = []
    for place, things in enumerate(lists):
        try:
            query, given, _notes = question(things, put=_Keys(most))
        except EmptyResultSet:
            continue
        asked[place] = f"(SELECT COUNT(*) FROM ({query}) found)"
        values += given
    if asked:
        with connections[lists[0].db].cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(asked.values())}", values)
            for place, count in zip(asked, cursor.fetchone(), strict=True):
                counts[place] = int(count)
    return counts


def grouped_each(lists: Sequence[QuerySet]) -> list[dict[str, int]]:
    """What each of these says, all of them asked at once: how many by the text of their key; a key
    of which there are none is not there.

    Args:
        lists: Rows of two columns, a key and a number, as `values_list(key).annotate(n=…)` asks.
    """
    found: list[dict[str, int]] = [{} for _things in lists]
    parts, asked, values = [], [], []  # type: ignore[var-annotated]
    for place, things in enumerate(lists):
        try:
            query, given, _notes = question(things)
        except EmptyResultSet:
            continue
        parts.append(f"part{place}(k, n) AS ({query})")
        asked.append(f"SELECT {place}, CAST(k AS text), CAST(n AS bigint) FROM part{place}")
        values += given
    if asked:
        with connections[lists[0].db].cursor() as cursor:
            cursor.execute(f"WITH {', '.join(parts)} {' UNION ALL '.join(asked)}", values)
            for place, key, n in cursor.fetchall():
                if n:
                    found[place][key or ""] = n
    return found

"""Several lists of things, asked of the database in one question.

A page about one thing shows a dozen short lists of what belongs to it. To ask for each by itself
costs a journey to the database and back every time; asked together it is one row, in which each
list stands as JSON that the database writes itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import (
    BinaryField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    FloatField,
    JSONField,
    QuerySet,
    TimeField,
    UUIDField,
)
from django.db.models.sql.compiler import SQLCompiler

from pochin.ui.quick import Layout, Maker, Put, Row, rows_asked
from pochin.ui.written import as_it_is, question

# So many arguments a function of either database may have.
MOST = 90
JSON_OF = {
    "sqlite": ("json_array", "json_group_array"),
    "postgresql": ("json_build_array", "json_agg"),
}
# What JSON does not hold as the database does; a list with one of these is asked for by itself.
UNLIKE = (BinaryField, DurationField, TimeField, UUIDField)


class _Held(Layout):
    """How the things of a question stand in the JSON of its answer."""

    def __init__(self, compiler: SQLCompiler) -> None:
        super().__init__(compiler)
        fields = [chosen[0].output_field for chosen in compiler.select]
        vendor = compiler.connection.vendor
        unlike = (*UNLIKE, FloatField) if vendor == "sqlite" else UNLIKE
        self.is_plain = not any(isinstance(field, unlike) for field in fields)
        self.names = ", ".join(f"c{n}" for n in range(len(fields)))
        said = [self._said(n, field, vendor) for n, field in enumerate(fields)]
        array, gathered = JSON_OF[vendor]
        parts = [said[n : n + MOST] for n in range(0, len(said), MOST)]
        rows = ", ".join(f"{array}({', '.join(part)})" for part in parts)
        self.row = f"{gathered}({array}({rows}))"
        self.readers = [
            (n, reader)
            for n, field in enumerate(fields)
            if (reader := self._reader(field, vendor)) is not None
        ]

    @staticmethod
    def _said(n: int, field: Any, vendor: str) -> str:
        as_text = vendor == "postgresql" and isinstance(field, DecimalField | JSONField)
        return f"CAST(c{n} AS text)" if as_text else f"c{n}"

    @staticmethod
    def _reader(field: Any, vendor: str) -> Callable[[Any], Any] | None:
        """What makes of the JSON what the database itself would have answered."""
        if isinstance(field, DateTimeField):
            return datetime.fromisoformat if vendor == "sqlite" else _in_utc
        if vendor == "sqlite":
            return None
        return {DateField: date.fromisoformat, DecimalField: field.to_python}.get(type(field))

    def read(self, written: Any, db: str) -> list[Row]:
        """The rows of a list, from its JSON."""
        lists = json.loads(written) if isinstance(written, str) else written or []
        rows = [[cell for part in row for cell in part] for row in lists]
        for row in rows:
            for place, reader in self.readers:
                if row[place] is not None:
                    row[place] = reader(row[place])
        make = Maker(self, db)
        return [Row(tuple(row), self, make) for row in rows]


def _know(things: Any, found: list[Any]) -> list[Any]:
    """Give the things what their list was asked from, as the framework does."""
    for field, known in things._known_related_objects.items():
        for thing in found:
            if not field.is_cached(thing):
                setattr(thing, field.name, known[getattr(thing, field.attname)])
    return found


def _in_utc(words: str) -> datetime:
    return datetime.fromisoformat(words).astimezone(UTC)


def _held(compiler: SQLCompiler) -> _Held:
    return _Held(compiler)


def at_once(lists: Mapping[str, QuerySet]) -> dict[str, list[Any]]:
    """The things of each of these lists, in its order, all of them asked for at once."""
    return {
        name: _know(lists[name], [row.thing for row in rows])
        for name, rows in rows_at_once(lists).items()
    }


def rows_at_once(lists: Mapping[str, Any]) -> dict[str, list[Row]]:
    """The same as rows, whose things need not be made where it is known what becomes of them."""
    found: dict[str, list[Row]] = {name: [] for name in lists}
    parts, asked, values = [], {}, []  # type: ignore[var-annotated]
    db = ""
    for name, things in lists.items():
        try:
            query, given, held = question(things, _held)
        except EmptyResultSet:
            continue
        if not held.is_plain or things._prefetch_related_lookups:
            found[name] = list(map(Row.of, things))
            continue
        db, place = things.db, len(asked)
        parts.append(f"part{place}({held.names}) AS ({query})")
        asked[name] = (f"(SELECT {held.row} FROM part{place})", held)
        values += given
    if len(asked) == 1:
        # Alone, a list is read faster as it is.
        [name] = asked
        found[name] = rows_asked(lists[name], as_it_is)
    elif asked:
        with connections[db].cursor() as cursor:
            words = ", ".join(part for part, _held_by in asked.values())
            cursor.execute(f"WITH {', '.join(parts)} SELECT {words}", values)
            row = cursor.fetchone()
        for (name, (_part, held)), written in zip(asked.items(), row, strict=True):
            found[name] = held.read(written, db)
    return found


def told_at_once(asked: Sequence[tuple[QuerySet, Put]]) -> list[list[Any]]:
    """What `quick.told` answers of each of these, all of them asked for at once: keys, whole
    numbers and texts, of which JSON holds the same as the database; the rows are lists."""
    found: list[list[Any]] = [[] for _one in asked]
    parts, places, words, values = [], [], [], []  # type: ignore[var-annotated]
    vendor = connections[asked[0][0].db].vendor
    row, gathered = JSON_OF[vendor]
    for place, (things, put) in enumerate(asked):
        try:
            query, given, count = question(things, _columns, put)
        except EmptyResultSet:
            continue
        names = ", ".join(f"c{n}" for n in range(count))
        parts.append(f"part{place}({names}) AS ({query})")
        words.append(f"(SELECT {gathered}({row}({names})) FROM part{place})")
        places.append(place)
        values += given
    if places:
        with connections[asked[0][0].db].cursor() as cursor:
            cursor.execute(f"WITH {', '.join(parts)} SELECT {', '.join(words)}", values)
            answer = cursor.fetchone()
        for place, written in zip(places, answer, strict=True):
            found[place] = json.loads(written) if isinstance(written, str) else written or []
    return found


def _columns(compiler: SQLCompiler) -> int:
    return len(compiler.select)

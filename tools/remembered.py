"""A world that is led somewhere by moves once, and put back as it was afterwards.

Most tests begin in the middle of the story: a need is published, a pilot runs. The first test of
a process that asks for it is led there by the moves themselves. What they left, rows, files and
objects, is kept, and the next test that comes the same way gets it back at once. Whoever writes
anything of his own on the way is led by the moves as ever.
"""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.core import mail
from django.db import connection
from django.db.models import Model

Rows = dict[str, dict[str, tuple]]  # by table, then by the first column, which is its key

QUIET = re.compile(r"\s*(?:SELECT|SAVEPOINT|RELEASE|ROLLBACK|PRAGMA|EXPLAIN|SET|BEGIN)\b", re.I)
WRITES = re.compile(r"\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.I)
# Filled by triggers of the table beside them.
DERIVED = re.compile(r"search_index|search_word|core_tally|sqlite_")
# Where these are empty, nobody has been before us.
FIRST = ("participants_person", "participants_organisation", "core_entry", "django_session")
CHUNK = 500  # rows in one statement


@dataclass
class Place:
    """What a way led to: all rows so far, what is new, and the objects in the hands of the test."""

    rows: Rows
    added: Rows
    changed: Rows
    gone: Rows
    files: dict[str, tuple[int, bytes]]
    objects: bytes


@dataclass
class Memory:
    """The places this process was led to, by the way there."""

    places: dict[tuple[str, ...], Place | None] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    start: Rows | None = None


MEMORY = Memory()


def quoted(*names: str) -> str:
    return ", ".join(f'"{name}"' for name in names)


class Traveller:
    """One test on its way: ``remember("need", publish, cast)``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.way: tuple[str, ...] = ()
        self.held: list[Any] = []  # what each step of the way gave into the hands of the test
        self.touched: set[str] = set()  # tables written to since the outermost step began
        self.is_there = connection.in_atomic_block and _is_empty()
        if self.is_there and MEMORY.start is None:
            names = connection.introspection.table_names()
            MEMORY.start = {name: _read(name) for name in names if not DERIVED.match(name)}

    def watch(self, execute, sql, params, many, context):
        """Notice who writes where: from then on the way alone does not say where we are."""
        if not QUIET.match(sql):
            self.is_there = False
            self.touched.add(found[1] if (found := WRITES.match(sql)) else "")
        return execute(sql, params, many, context)

    def __call__(self, name: str, build: Callable[..., Any], *given: Any) -> Any:
        way, held = (*self.way, name), len(self.held)
        place = MEMORY.places.get(way)
        if not self.is_there or (way in MEMORY.places and place is None):
            self.is_there = False
            return build(*given)
        made = self._lead(way, build, given) if place is None else self._put_back(place)
        self.is_there = MEMORY.places[way] is not None
        self.way, self.held = way, [*self.held[:held], made]
        return made

    def _lead(self, way: tuple[str, ...], build: Callable[..., Any], given: tuple) -> Any:
        """Go there by the moves, and keep what they left."""
        known, letters = self._known(), len(getattr(mail, "outbox", ()))
        files = _files(self.folder)
        before = {ref: _packed(thing.__dict__, {}) for ref, thing in known.items()}
        outer, self.touched = self.touched, set()
        made = build(*given)
        mine, self.touched = self.touched, self.touched | outer
        MEMORY.places[way] = None
        can_be_kept = "" not in mine and None not in before.values()
        if can_be_kept and len(getattr(mail, "outbox", ())) == letters:
            MEMORY.places[way] = self._kept(way, made, known, before, files, mine)
        return made

    def _kept(self, way, made, known, before, files, touched) -> Place | None:
        refs = {id(thing): ref for ref, thing in known.items()}
        moved = {
            ref: thing.__dict__
            for ref, thing in known.items()
            if _packed(thing.__dict__, {}) != before[ref]
        }
        objects = _packed((made, moved), refs)
        if objects is None:
            return None
        was = MEMORY.places[way[:-1]].rows if way[:-1] else MEMORY.start
        now = {table: _read(table) for table in touched if not DERIVED.match(table)}
        place = Place({**was, **now}, {}, {}, {}, {}, objects)
        for table, rows in now.items():
            old = was.get(table, {})
            place.added[table] = {k: row for k, row in rows.items() if k not in old}
            place.changed[table] = {k: row for k, row in rows.items() if old.get(k, row) != row}
            place.gone[table] = {k: row for k, row in old.items() if k not in rows}
        for name, mark in _files(self.folder).items():
            if files.get(name) != mark:
                path = self.folder / name
                place.files[name] = (path.stat().st_mode, path.read_bytes())
        return place

    def _put_back(self, place: Place) -> Any:
        with connection.cursor() as wrapped:
            cursor = wrapped.cursor
            for table, rows in place.gone.items():
                _delete(cursor, table, list(rows))
            for table, rows in place.added.items():
                _insert(cursor, table, list(rows.values()))
            for table, rows in place.changed.items():
                _update(cursor, table, list(rows.values()))
        for name, (mode, content) in place.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_bytes(content)
            path.chmod(mode)
        self.touched |= set(place.added)
        known = self._known()
        made, moved = _unpacked(place.objects, known)
        for ref, state in moved.items():
            known[ref].__dict__.clear()
            known[ref].__dict__.update(state)
        return made

    def _known(self) -> dict[str, Any]:
        """The rows the test holds already, by how one comes to them."""
        found: dict[int, tuple[str, Any]] = {}
        for place, thing in enumerate(self.held):
            for name, one in _rows_in(thing):
                found.setdefault(id(one), (f"{place}.{name}", one))
        return dict(found.values())


def _rows_in(thing: Any) -> Iterator[tuple[str, Model]]:
    if isinstance(thing, Model):
        yield "", thing
    elif isinstance(thing, SimpleNamespace):
        yield from ((name, one) for name, one in vars(thing).items() if isinstance(one, Model))
    elif isinstance(thing, list | tuple):
        yield from ((str(i), one) for i, one in enumerate(thing) if isinstance(one, Model))


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, refs: dict[int, str]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.refs = refs

    def persistent_id(self, obj: Any) -> str | None:
        return self.refs.get(id(obj)) if self.refs else None


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, known: dict[str, Any]) -> None:
        super().__init__(file)
        self.known = known

    def persistent_load(self, ref: str) -> Any:
        return self.known[ref]


def _packed(thing: Any, refs: dict[int, str]) -> bytes | None:
    """The thing as bytes, or nothing where it cannot be kept."""
    file = io.BytesIO()
    try:
        _Packer(file, refs).dump(thing)
    except (TypeError, AttributeError, pickle.PicklingError):
        return None
    return file.getvalue()


def _unpacked(words: bytes, known: dict[str, Any]) -> Any:
    return _Unpacker(io.BytesIO(words), known).load()


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def _columns(table: str) -> list[str]:
    """The columns one may write to, the key first."""
    if table not in MEMORY.columns:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(f'PRAGMA table_info("{table}")')
                found = sorted(cursor.fetchall(), key=lambda row: not row[5])
                MEMORY.columns[table] = [row[1] for row in found]
            else:
                cursor.execute(
                    "SELECT a.attname FROM pg_attribute a LEFT JOIN pg_index i"
                    " ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)"
                    " WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped"
                    " AND a.attgenerated = '' ORDER BY i.indrelid IS NULL, a.attnum",
                    [f'"{table}"'],
                )
                MEMORY.columns[table] = [row[0] for row in cursor.fetchall()]
    return MEMORY.columns[table]


def _read(table: str) -> dict[str, tuple]:
    """The rows as the database keeps them, without a reading of their kinds."""
    bare = '+"{}"' if connection.vendor == "sqlite" else '"{}"::text'
    asked = ", ".join(bare.format(name) for name in _columns(table))
    with connection.cursor() as cursor:
        cursor.cursor.execute(f'SELECT {asked} FROM "{table}"')
        return {row[0]: tuple(row) for row in cursor.cursor.fetchall()}


def _is_empty() -> bool:
    asked = " OR ".join(f'EXISTS (SELECT 1 FROM "{table}")' for table in FIRST)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}")
        return not cursor.fetchone()[0]


def _insert(cursor: Any, table: str, rows: list[tuple]) -> None:
    names = _columns(table)
    said = f'INSERT INTO "{table}" ({quoted(*names)}) VALUES'
    one = f"({', '.join(['%s'] * len(names))})"
    if connection.vendor == "sqlite":
        cursor.executemany(f"{said} {one}", rows)
        return
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        cells = [cell for row in part for cell in row]
        cursor.execute(f"{said} {', '.join([one] * len(part))}", cells)


def _update(cursor: Any, table: str, rows: list[tuple]) -> None:
    key, *names = _columns(table)
    given = ", ".join(f'"{name}" = %s' for name in names)
    for row in rows:
        cursor.execute(f'UPDATE "{table}" SET {given} WHERE "{key}" = %s', (*row[1:], row[0]))


def _delete(cursor: Any, table: str, keys: list[str]) -> None:
    for key in keys:
        cursor.execute(f'DELETE FROM "{table}" WHERE "{_columns(table)[0]}" = %s', (key,))

"""Tallies: how many things of a kind stand where, kept by the database as the things move.

To count two hundred thousand things takes a hundred times as long as to read a page. So triggers
write beside each change of a thing what it changes in the count, in the same transaction: never a
number that is read, changed and written, only +1 and -1 in rows of their own. So two moves at once
never wait for each other and none is lost, whoever makes them. `gather` adds the rows up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction

TABLE = "core_tally"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is counted; the parts of SQL say `{row}` for the row and are read by both databases.

    Attributes:
        name: What the count is called; a word of small letters.
        model: Of the things, as `app.Model`.
        programme: The key of the programme a thing belongs to.
        key: The text that things are counted by within a programme.
        where: Which things are counted.
    """

    name: str
    model: str
    programme: str
    key: str
    where: str

    @property
    def table(self) -> str:
        return apps.get_model(self.model)._meta.db_table

    def of(self, row: str) -> dict[str, str]:
        """The parts of SQL for this row."""
        parts = {"programme": self.programme, "key": self.key, "where": self.where}
        return {name: part.format(row=row) for name, part in parts.items()}


_kept: dict[str, Kept] = {}


def keep(**said: str) -> None:
    """Let the database keep this count, from the next `install` on; takes the parts of `Kept`."""
    _kept[said["name"]] = Kept(**said)


def _changed() -> str:
    parts = ("programme", "key", "where")
    return " OR ".join(f"({{old_{p}}}) IS DISTINCT FROM ({{new_{p}}})" for p in parts)


def _change(row: str, n: int) -> str:
    return (
        f"INSERT INTO {TABLE} (name, programme_id, key, n)"
        f" SELECT '{{name}}', {{{row}_programme}}, {{{row}_key}}, {n} WHERE {{{row}_where}};"
    )


SQLITE = {
    "add": f"AFTER INSERT ON {{table}} BEGIN {_change('new', 1)} END",
    "drop": f"AFTER DELETE ON {{table}} BEGIN {_change('old', -1)} END",
    "move": f"AFTER UPDATE ON {{table}} WHEN {_changed()}"
    f" BEGIN {_change('old', -1)} {_change('new', 1)} END",
}
FUNCTION = f"""CREATE OR REPLACE FUNCTION tally_{{name}}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NOT ({_changed()}) THEN RETURN NULL; END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN {_change("old", -1)} END IF;
    IF TG_OP <> 'DELETE' THEN {_change("new", 1)} END IF;
    RETURN NULL;
END $$"""
POSTGRESQL = {
    "kept": "AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
    " EXECUTE FUNCTION tally_{name}()"
}


def statements(vendor: str) -> list[str]:
    """What makes the triggers anew, in the words of this database."""
    said = []
    for one in _kept.values():
        parts = {f"{row}_{name}": sql for row in ("old", "new")
                 for name, sql in one.of(row.upper()).items()}  # fmt: skip
        parts |= {"name": one.name, "table": one.table}
        is_postgresql = vendor == "postgresql"
        said += [FUNCTION.format(**parts)] if is_postgresql else []
        for verb, trigger in (POSTGRESQL if is_postgresql else SQLITE).items():
            on = f" ON {one.table}" if is_postgresql else ""
            said.append(f"DROP TRIGGER IF EXISTS tally_{one.name}_{verb}{on}")
            said.append(f"CREATE TRIGGER tally_{one.name}_{verb} {trigger.format(**parts)}")
    return said


def _counted(one: Kept) -> str:
    part = one.of("things")
    return (
        f"SELECT '{one.name}' AS name, {part['programme']} AS programme_id, {part['key']} AS key,"
        f" COUNT(*) AS n FROM {one.table} things WHERE {part['where']} GROUP BY 1, 2, 3"
    )


@transaction.atomic
def install() -> None:
    """Make the triggers anew and count everything; writers of the things wait meanwhile."""
    with connection.cursor() as cursor:
        for words in statements(connection.vendor):
            cursor.execute(words)
        cursor.execute(f"DELETE FROM {TABLE}")
        for one in _kept.values():
            cursor.execute(f"INSERT INTO {TABLE} (name, programme_id, key, n) {_counted(one)}")


def after_migration(**_said: Any) -> None:
    """Install once the tables are there; a migration may have made one anew, without triggers."""
    there = set(connection.introspection.table_names())
    if {TABLE, *(one.table for one in _kept.values())} <= there:
        install()


@transaction.atomic
def gather() -> int:
    """Add up the rows of each count; returns how many rows went. What is read stays the same."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} RETURNING name, programme_id, key, n")
        rows = cursor.fetchall()
        sums: Counter[tuple[str, int, str]] = Counter()
        for name, programme_id, key, n in rows:
            sums[name, programme_id, key] += n
        left = [(*what, n) for what, n in sums.items() if n]
        words = f"INSERT INTO {TABLE} (name, programme_id, key, n) VALUES (%s, %s, %s, %s)"
        cursor.executemany(words, left)
    return len(rows) - len(left)


def faults() -> Iterator[str]:
    """Where what is kept and a full recount differ, and what is no longer kept; a sentence each."""
    with connection.cursor() as cursor:
        missing = _expected() - _installed(cursor)
        for one in _kept.values():
            # In one question, so that a move meanwhile is in both or in neither.
            cursor.execute(
                f"SELECT programme_id, key, SUM(kept), SUM(n) FROM ("
                f"SELECT programme_id, key, n AS kept, 0 AS n FROM {TABLE} WHERE name = %s"
                f" UNION ALL SELECT programme_id, key, 0, n FROM ({_counted(one)}) counted"
                f") both_of_them GROUP BY 1, 2 HAVING SUM(kept) <> SUM(n) ORDER BY 1, 2",
                [one.name],
            )
            for programme, key, kept, n in cursor.fetchall():
                yield (
                    f"The count “{one.name}” of “{key}” in programme {programme} is {kept}, "
                    f"but there are {n}; `pochin recount` puts it right."
                )
    for name in sorted(missing):
        yield f"The trigger {name} is missing; `pochin recount` makes it anew."


def _expected() -> set[str]:
    verbs = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    return {f"tally_{name}_{verb}" for name in _kept for verb in verbs}


def _installed(cursor: Any) -> set[str]:
    asked = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        asked = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    cursor.execute(asked)
    return {name for (name,) in cursor.fetchall()}

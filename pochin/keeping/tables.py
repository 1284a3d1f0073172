"""Of which version the tables of the database are: of this one, of an earlier or of a later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


@dataclass(frozen=True, slots=True)
class Tables:
    """What the database lacks of this version, and what it has beyond it."""

    lacks_any: bool
    newer: tuple[str, ...]

    @property
    def are_of_this_version(self) -> bool:
        return not (self.lacks_any or self.newer)


def tables() -> Tables:
    """Compare the database with the steps this version knows."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Tables(lacks_any=bool(plan), newer=tuple(newer(executor.loader.applied_migrations)))


def taken() -> list[tuple[str, str]]:
    """Every step the database has taken, whatever version took it."""
    return sorted(MigrationRecorder(connection).applied_migrations())


def newer(steps: Iterable[tuple[str, str]]) -> list[str]:
    """Which of these steps only a later version than this one can have taken."""
    last: dict[str, str] = {}
    for room, name in MigrationLoader(None).disk_migrations:
        last[room] = max(name, last.get(room, ""))
    # By its number: one that was renamed or joined into another since stands below the last.
    return sorted(f"{room} {name}" for room, name in steps if name > last.get(room, name))

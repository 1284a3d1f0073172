"""Databases that are migrated once and copied for every process of the tests.

The migrations themselves stay the only way to make a table: whenever one of them changes, or
another version of a library brings its own, the copy is made anew by `pochin migrate`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from django.apps import apps

from pochin.core import tallies

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "var" / "prepared"
SERVER = os.environ.get("POCHIN_DATABASE_URL", "")
IS_POSTGRESQL = SERVER.startswith("postgresql")


def key() -> str:
    """A short word for everything the migrations say."""
    told = hashlib.sha256((ROOT / "pochin" / "core" / "immutable.py").read_bytes())
    for vendor in ("sqlite", "postgresql"):
        told.update("".join(tallies.statements(vendor)).encode())
    for room in sorted(apps.get_app_configs(), key=lambda one: one.name):
        for file in sorted(Path(room.path, "migrations").glob("*.py")):
            told.update(f"{room.name} {file.name} ".encode() + file.read_bytes())
    return told.hexdigest()[:12]


def postgresql_url(name: str) -> str:
    """The address of this database on the server of the tests."""
    return SERVER.replace("/postgres?", f"/{name}?")


def say(words: str) -> list[tuple]:
    """Tell the server of the tests something; its rows are the answer."""
    with psycopg.connect(SERVER, autocommit=True) as line:
        answer = line.execute(words)
        return answer.fetchall() if answer.description else []


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: the others find what the first has made."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(url: str) -> None:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("POCHIN_", "PYTEST"))}
    given = {"POCHIN_HOME": str(PLACE / "home"), "POCHIN_DATABASE_URL": url}
    command = [sys.executable, "-m", "pochin.cli", "migrate"]
    done = subprocess.run(
        command, cwd=ROOT, env={**kept, **given}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def sqlite_file() -> Path:
    """A migrated, empty SQLite database; whoever wants one copies it."""
    file = PLACE / f"{key()}.sqlite3"
    with _alone():
        if not file.exists():
            for old in PLACE.glob("*.sqlite3*"):
                old.unlink()
            fresh = PLACE / "fresh.sqlite3"
            _migrate(f"sqlite://{fresh}")
            with closing(sqlite3.connect(fresh)) as database:
                database.execute("PRAGMA journal_mode=DELETE")
            fresh.rename(file)
    return file


def postgresql_copy(name: str) -> None:
    """Make the database of this name anew, migrated and empty."""
    ready = f"prepared_{key()}"
    with _alone():
        known = {row[0] for row in say("SELECT datname FROM pg_database")}
        if ready not in known:
            for old in known:
                if old.startswith("prepared_"):
                    say(f'DROP DATABASE "{old}" WITH (FORCE)')
            say("CREATE DATABASE prepared_fresh")
            _migrate(postgresql_url("prepared_fresh"))
            say(f"ALTER DATABASE prepared_fresh RENAME TO {ready}")
        say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        say(f'CREATE DATABASE "{name}" TEMPLATE {ready}')


def copy_to(name: str) -> sqlite3.Connection | None:
    """Fill the database the tests will open; one in memory lives as long as the answer is held."""
    if IS_POSTGRESQL:
        return postgresql_copy(name)
    memory = sqlite3.connect(name, uri=True)
    with closing(sqlite3.connect(sqlite_file())) as source:
        source.backup(memory)
    return memory


def home_database(folder: Path, name: str) -> str:
    """A migrated database of a home of its own, in a file or on the server; gives its address."""
    if IS_POSTGRESQL:
        postgresql_copy(name)
        return postgresql_url(name)
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite://{shutil.copy(sqlite_file(), folder / 'db.sqlite3')}"

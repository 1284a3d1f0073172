"""A house of its own for worker processes: a database file, or a database on the server."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[3]
OPENING = "import django; django.setup(); from pochin.jobs import worker; "
# Else a test that runs over a full five minutes would count the product's own tasks, too.
NOTHING_PERIODIC = """
from datetime import timedelta
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules
from pochin.jobs import backend
from pochin.jobs.models import Schedule
autodiscover_modules("tasks")
later = timezone.now() + timedelta(minutes=50)
Schedule.objects.bulk_create([Schedule(task=path, last=later) for path in backend.periodic])
"""


@dataclass
class House:
    """A database outside the test's own transaction, and processes that work on it."""

    folder: Path
    url: str
    processes: list[subprocess.Popen] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "pochin.settings",
            "POCHIN_HOME": str(self.folder),
            "POCHIN_DATABASE_URL": self.url,
        }

    def python(self, code: str) -> str:
        """Run some lines of Python in the house; returns what they print."""
        command = [sys.executable, "-c", OPENING + code]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ask(self, name: str, *args: object) -> str:
        """Put a job of the samples into the queue; returns its id."""
        said = f"from pochin.jobs.tests import sample; print(sample.{name}.enqueue(*{args!r}).id)"
        return self.python(said)

    def worker(self, **options: object) -> subprocess.Popen:
        """A worker of its own, as `pochin worker` starts it."""
        said = ", ".join(f"{name}={value!r}" for name, value in options.items())
        return self.start(f"print(worker.run({said}))")

    def start(self, code: str) -> subprocess.Popen:
        """Run some lines of Python beside the test."""
        process = subprocess.Popen(
            [sys.executable, "-c", OPENING + code],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.processes.append(process)
        return process

    def job(self, job_id: str) -> dict:
        """What the job's row says."""
        key = uuid.UUID(job_id).hex if self.url.startswith("sqlite") else job_id
        row = self._read(f"SELECT state, attempts, share FROM jobs_job WHERE id = '{key}'")
        return dict(zip(["state", "attempts", "share"], row, strict=True))

    def count(self, condition: str) -> int:
        """How many jobs there are of this kind, but for the periodic ones."""
        own = "task LIKE '%.sample.%' AND unique_key = ''"
        return self._read(f"SELECT count(*) FROM jobs_job WHERE {own} AND {condition}")[0]

    def _read(self, said: str) -> tuple:
        # Without Django: a process for each look would be slow.
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(urlsplit(self.url).path, timeout=20)) as door:
                return door.execute(said).fetchone()
        with psycopg.connect(self.url) as door:
            return door.execute(said).fetchone()

    def leave(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture(scope="session")
def empty_house(tmp_path_factory) -> Iterator[House]:
    """A database with the queue's tables, to be copied."""
    folder = tmp_path_factory.mktemp("house")
    server = os.environ.get("POCHIN_DATABASE_URL", "")
    with _database(server, folder, template="") as url:
        house = House(folder, url)
        house.python("from django.core.management import call_command as c; c('migrate', 'jobs')")
        house.python(NOTHING_PERIODIC)
        yield house


@pytest.fixture
def house(empty_house, tmp_path) -> Iterator[House]:
    with _database(empty_house.url, tmp_path, template=empty_house.url) as url:
        house = House(tmp_path, url)
        yield house
        house.leave()


@contextmanager
def _database(server: str, folder: Path, template: str) -> Iterator[str]:
    if not server.startswith("postgresql"):
        file = folder / "db.sqlite3"
        if template:
            shutil.copy(urlsplit(template).path, file)
        yield f"sqlite://{file}"
        return
    name = f"jobs_{uuid.uuid4().hex[:8]}"
    copied = f"TEMPLATE {urlsplit(template).path[1:]}" if template else ""
    postgres = urlunsplit(urlsplit(server)._replace(path="/postgres"))
    with psycopg.connect(postgres, autocommit=True) as door:
        door.execute(f"CREATE DATABASE {name} {copied}")
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        door.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def paper(tmp_path) -> str:
    """The file the sample tasks write to."""
    return str(tmp_path / "paper.txt")


def wait_until(holds: Callable[[], bool], seconds: float = 240) -> None:
    """Wait for something that another process brings about."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)

"""Whether work goes on: who works, since when nobody does, what waits, what could not leave."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Min

from pochin.jobs import readings as jobs
from pochin.jobs.models import Job, Schedule, State
from pochin.notices import leaving

# A worker marks every minute; where the marks stop for longer, none is there.
STANDS = timedelta(minutes=5)
# Work on the largest file takes less.
LONG = timedelta(hours=6)
# A letter that has waited for longer is late for whoever should act on it.
LATE_LETTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Worker:
    """The background work of the installation as its marks tell of it.

    Attributes:
        looked_at: When a worker last looked for what is due; None where none ever has.
        worked_at: When it last ended a piece of work.
        running: What is in hand now, the longest first.
        is_standing: Whether nobody is there.
    """

    looked_at: datetime | None
    worked_at: datetime | None
    running: tuple[Job, ...]
    is_standing: bool


def worker(*, at: datetime) -> Worker:
    """Who works. While a long job is in hand nothing else is looked for: that is no standstill."""
    looked = _looked(at)
    running = tuple(jobs.running().filter(lease_until__gte=at)[:5])
    stands = not running and (looked is None or at - looked > STANDS)
    done = Job.objects.filter(state=State.DONE).aggregate(last=Max("finished_at"))["last"]
    return Worker(looked, done, running, stands)


def standing_since(*, at: datetime) -> datetime | None:
    """Since when nobody works; None where somebody does, or nobody ever has."""
    looked = _looked(at)
    if looked is None or at - looked <= STANDS:
        return None
    return None if jobs.running().filter(lease_until__gte=at).exists() else looked


def _looked(at: datetime) -> datetime | None:
    # A mark made by a clock that ran ahead says nothing.
    return Schedule.objects.filter(last__lte=at).aggregate(last=Max("last"))["last"]


@dataclass(frozen=True, slots=True)
class Mail:
    """What has not left: how much, since when, what was given up, what a server said of one."""

    waiting: int
    oldest: datetime | None
    given_up: int
    problem: str

    def is_late(self, at: datetime) -> bool:
        return self.oldest is not None and at - self.oldest > LATE_LETTER


def mail() -> Mail:
    """The letters that have not left."""
    waits = (
        leaving.waiting()
        .order_by()
        .aggregate(n=Count("pk"), oldest=Min("written_at"), problem=Max("problem"))
    )
    return Mail(waits["n"], waits["oldest"], leaving.given_up().count(), waits["problem"] or "")


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system that something of ours lies on."""

    holds: tuple[Path, ...]
    free: int
    total: int
    is_closed: bool


def disks() -> list[Disk]:
    """Each file system once, with what lies on it."""
    here: dict[int, list[Path]] = {}
    for path in places():
        here.setdefault(path.stat().st_dev, []).append(path)
    found = []
    for paths in here.values():
        usage = shutil.disk_usage(paths[0])
        closed = not all(os.access(path, os.W_OK) for path in paths)
        found.append(Disk(tuple(paths), usage.free, usage.total, closed))
    return found


def places() -> list[Path]:
    """The folders this machine writes to and that are there."""
    lake = [] if "://" in settings.LAKE else [Path(settings.LAKE)]
    named = [Path(settings.HOME), Path(settings.FILES), *lake, Path(settings.CHECKPOINTS)]
    return [path for path in named if path.is_dir()]


def database_size() -> int:
    """Bytes of the database on its disk; the journal of changes that is not merged yet, too."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            [size] = cursor.fetchone()
            return int(size)
    name = str(connection.settings_dict["NAME"])
    files = [Path(name + end) for end in ("", "-wal")]
    return sum(file.stat().st_size for file in files if file.is_file())

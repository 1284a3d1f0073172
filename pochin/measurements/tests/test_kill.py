"""A worker is killed at any moment: no confirmed file is lost, none counts twice."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from conftest import on
from pochin.measurements import lifecycle
from pochin.measurements.lake import Store
from pochin.measurements.models import State
from pochin.measurements.tests.conftest import OFFICES, table

ROOT = Path(__file__).resolve().parents[3]
# Everything that takes long to import is imported before the kill may come.
WORKER = """
import django; django.setup()
import ibis, duckdb, deltalake
from pochin.measurements import lifecycle, upkeep
from pochin.measurements.models import Batch
ibis.duckdb.connect().disconnect()
print("ready", flush=True)
for key in upkeep.lost_work():
    lifecycle.take_in(Batch.objects.get(pk=key))
print("done", flush=True)
"""


class World:
    """A database file, a store and a folder of files, on which workers of their own work."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "db.sqlite3"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "pochin.settings",
            "POCHIN_HOME": str(folder),
            "POCHIN_LAKE": str(folder / "lake"),
            "POCHIN_DATABASE_URL": f"sqlite://{self.file}",
        }

    def worker(self) -> subprocess.Popen:
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert worker.stdout.readline() == "ready\n"
        return worker

    def batches(self) -> list[tuple]:
        with closing(sqlite3.connect(self.file, timeout=20)) as door:
            return door.execute(
                "SELECT number, state, received, accepted, quarantined, duplicates "
                "FROM measurements_batch ORDER BY number"
            ).fetchall()


def big(offices, minutes) -> list[str]:
    return [
        f"{office};2026-03-31T{minute // 60:02}:{minute % 60:02};delay;{minute % 97}"
        for minute in minutes
        for office in offices
    ]


@pytest.fixture
def world(running, lev, mila, sending, tmp_path):
    """Three files that overlap are to be taken in: 12, 12 and 6 offices, minute by minute."""
    if connection.vendor != "sqlite":
        pytest.skip("the world is a copy of a database file; the queue's kills run on the server")
    files = [
        big(OFFICES, range(900)),
        big(OFFICES, range(600, 1440)),
        [*big(OFFICES[:6], range(1440)), "999999;2026-03-31;delay;1"],
    ]
    for rows, who in zip(files, [lev, mila, lev], strict=True):
        lifecycle.check(sending.keep(running, who, table(*rows)), by=who, at=on(4, 27))
    found = World(tmp_path)
    with closing(sqlite3.connect(found.file)) as copy:
        # Statement by statement: a backup would wait for the test's own transaction to end.
        copy.executescript("\n".join(connection.connection.iterdump()))
    found.pilot = running.number
    return found


def killed_often(world, kills: int) -> int:
    """Kill workers until nothing is left to do; returns how many met their end at work."""
    rng, met = random.Random(kills), 0
    for _kill in range(kills):
        worker = world.worker()
        time.sleep(rng.uniform(0, 2))
        met += worker.poll() is None
        worker.kill()
        worker.wait()
        assert_nothing_is_half_done(world)
    worker = world.worker()
    assert worker.communicate(timeout=300)[0] == "done\n"
    return met


def assert_nothing_is_half_done(world) -> None:
    """A batch's rows stand in the store all or not at all; what the database says is there."""
    store = Store(world.pilot)
    version = store.version()
    for number, state, _received, accepted, _quarantined, _duplicates in world.batches():
        count = store.lines(number, version=version).size
        if state == State.ACCEPTED:
            assert count == accepted
        else:
            assert count in {0, 10_800, 10_080, 6_480}


def assert_all_is_counted_once(world) -> None:
    store = Store(world.pilot)
    version = store.version()
    blocks = [b for n in (1, 2, 3) for b in store.rows(n, version=version)]
    keys = [(row["unit"], row["at"]) for block in blocks for row in block.to_pylist()]
    assert (len(keys), len(set(keys))) == (17_280, 17_280)  # 12 offices, 1,440 minutes
    for _number, state, received, accepted, quarantined, duplicates in world.batches():
        assert (state, received) == (State.ACCEPTED, accepted + quarantined + duplicates)


@pytest.mark.timeout(600)
def test_a_worker_killed_half_way_loses_nothing_and_counts_nothing_twice(world):
    killed_often(world, 3)

    assert_all_is_counted_once(world)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_sixty_kills_lose_nothing_and_count_nothing_twice(world):
    killed_often(world, 60)

    assert_all_is_counted_once(world)

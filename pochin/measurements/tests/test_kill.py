"""Clients and workers are killed at any moment: no confirmed file is lost, none counts twice.

A process that has imported everything forks a child for each deed, so that a kill costs what the
deed costs; the client's own journal of confirmed files is the judge. POCHIN_KILLS says how often.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from pochin.measurements.lake import Store
from pochin.measurements.tests.conftest import OFFICES

ROOT = Path(__file__).resolve().parents[3]
MINUTES = 20  # of each file; the next one repeats half of them
NURSE = """
import json, os, sys
import django; django.setup()
# Nothing of theirs is begun before a fork.
import ibis, duckdb, deltalake, pyarrow.compute, pyarrow.parquet
import deltalake.transaction, ibis.backends.duckdb
from datetime import date
pyarrow.array(["x"]), pyarrow.compute.equal(pyarrow.array(["x"]), "x")  # loads what they load late
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from pochin.core.lifecycle import Refused
from pochin.measurements import lifecycle, upkeep
from pochin.measurements.models import Batch
from pochin.core import calendar
from pochin.participants.models import Person
from pochin.pilots.models import Pilot
calendar.is_working(date.today(), {})  # so do kills meet deeds, not imports

def send(who, content):
    pilot, person = Pilot.objects.get(), Person.objects.get(pk=who)
    try:
        batch = lifecycle.send(pilot, SimpleUploadedFile("f.csv", content.encode()), by=person,
                               source="api")
    except lifecycle.Known as known:
        batch = known.batch
    if batch.state == "received":
        try:
            lifecycle.check(batch, by=Person.objects.get(pk=batch.sent_by_id))
        except Refused:
            batch.refresh_from_db()
            assert batch.state != "received"

def work():
    for key in upkeep.lost_work():
        lifecycle.take_in(Batch.objects.get(pk=key))
    pilot = Pilot.objects.get()
    if upkeep.is_scattered(pilot):
        upkeep.join(pilot)

def reconcile():
    from django.utils import timezone
    upkeep.reconcile(Pilot.objects.get(), at=timezone.now())
    work()

print("ready", flush=True)
for line in sys.stdin:
    name, times, args = json.loads(line)
    begin, begun = os.pipe()
    pids = []
    for _time in range(times):
        pid = os.fork()
        if not pid:
            os.close(begun)
            os.read(begin, 1)  # all begin at once
            code = 1
            try:
                globals()[name](*args)
                code = 0
            except BaseException:
                import traceback
                traceback.print_exc()
            finally:
                os._exit(code)
        pids.append(pid)
    os.close(begin)
    print(json.dumps(pids), flush=True)
    os.close(begun)
    print(json.dumps([os.waitpid(pid, 0)[1] for pid in pids]), flush=True)
"""


def moments(number: int) -> list[datetime]:
    """The minutes of a file; half of them are those of the file before."""
    first = datetime(2026, 3, 17, tzinfo=UTC) + timedelta(minutes=number * MINUTES // 2)
    return [first + timedelta(minutes=minute) for minute in range(MINUTES)]


def content(number: int) -> str:
    """A file of readings; each repeats half of the one before, and has one bad row."""
    rows = [
        f"{office};{at:%Y-%m-%dT%H:%MZ};delay;{at.minute}"
        for at in moments(number)
        for office in OFFICES
    ]
    return "\n".join(["unit;at;metric;value", *rows, f"{number};2026-03-31;delay;1", ""])


class World:
    """A database file, a store and a folder of files, on which children of the nurse work."""

    def __init__(self, folder: Path, pilot: int, people: list[int]) -> None:
        self.file, self.pilot, self.people = folder / "db.sqlite3", pilot, people
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "pochin.settings",
            "POCHIN_HOME": str(folder),
            "POCHIN_LAKE": str(folder / "lake"),
            "POCHIN_DATABASE_URL": f"sqlite://{self.file}",
        }
        self.errors = folder / "errors.log"
        self._log = self.errors.open("w")
        self.nurse = subprocess.Popen(
            [sys.executable, "-c", NURSE], cwd=ROOT, env=environment, bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip
        self._said = b""
        assert self.line() == b"ready", self.errors.read_text()

    def line(self, patience: float | None = None) -> bytes | None:
        """The next line of the nurse; None where it does not come in time."""
        until = None if patience is None else time.monotonic() + patience
        while b"\n" not in self._said:
            left = None if until is None else max(until - time.monotonic(), 0)
            if not select.select([self.nurse.stdout], [], [], left)[0]:
                return None
            block = os.read(self.nurse.stdout.fileno(), 65_536)
            assert block, self.errors.read_text()[-3000:]
            self._said += block
        found, _newline, self._said = self._said.partition(b"\n")
        return found

    def close(self) -> None:
        self.nurse.stdin.close()
        self.nurse.wait(60)
        self._log.close()

    def deed(self, name: str, *args, times: int = 1, kill_after: float | None = None) -> list[int]:
        """Let children do something; returns how each ended: 0 well, -9 killed."""
        self.nurse.stdin.write(json.dumps([name, times, args]).encode() + b"\n")
        pids = json.loads(self.line())
        ended = self.line(kill_after)
        if ended is None:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            ended = self.line()
        ends = [os.waitstatus_to_exitcode(status) for status in json.loads(ended)]
        assert set(ends) <= {0, -9}, self.errors.read_text()[-3000:]
        return ends

    def batches(self) -> list[tuple]:
        with closing(sqlite3.connect(self.file, timeout=60)) as door:
            return door.execute(
                "SELECT number, state, received, accepted, quarantined, duplicates "
                "FROM measurements_batch ORDER BY number"
            ).fetchall()

    def waiting(self) -> int:
        return sum(state == "checking" for _number, state, *_counts in self.batches())


@pytest.fixture
def world(running, lev, mila, tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("the world is a copy of a database file; the queue's kills run on the server")
    # Page by page as this connection sees it: a backup would wait for its transaction to end.
    (tmp_path / "db.sqlite3").write_bytes(connection.connection.serialize())
    found = World(tmp_path, running.number, [lev.pk, mila.pk])
    yield found
    found.close()


def lived_through(world, kills: int) -> tuple[int, list[int]]:
    """Send and take in under kills; returns how many met a deed, and the confirmed files."""
    rng = random.Random(kills)
    met, confirmed, longest = 0, [], {"send": 0.05, "work": 0.05}
    while met < kills:
        name = (
            "work" if world.waiting() >= 3 or (world.waiting() and rng.random() < 0.6) else "send"
        )
        number = len(confirmed)
        args = [rng.choice(world.people), content(number)] if name == "send" else []
        began = time.monotonic()
        [end] = world.deed(name, *args, kill_after=rng.uniform(0, 1.2 * longest[name]))
        met += end == -9
        if end == 0:
            longest[name] = max(longest[name] * 0.9, min(time.monotonic() - began, 2.0))
            confirmed += [number] if name == "send" else []
        else:
            longest[name] *= 1.15  # not even one was quick enough: wait a little longer
        if met % 25 == 0:
            assert_nothing_is_half_done(world)
    world.deed("reconcile")
    world.deed("work")
    return met, confirmed


def assert_nothing_is_half_done(world) -> None:
    """What the database says of a file stands in the store."""
    held = Store(world.pilot)
    counts = held.batches(version=held.version())
    for number, state, _received, accepted, _quarantined, _duplicates in world.batches():
        if state == "accepted":
            assert counts.get(number, 0) == accepted


def assert_each_confirmed_row_counts_once(world, confirmed: list[int]) -> None:
    """The client's journal is the judge: every reading of every confirmed file, once."""
    wanted = {(office, at) for number in confirmed for at in moments(number) for office in OFFICES}
    store, found = Store(world.pilot), []
    for number, count in store.batches(version=store.version()).items():
        rows = [row for block in store.rows(number, version=store.version())
                for row in block.to_pylist()]  # fmt: skip
        assert len(rows) == count
        found += [(row["unit"], row["at"]) for row in rows]
    assert len(found) == len(set(found))
    assert wanted <= set(found)
    batches = world.batches()
    # A file that was killed before it was confirmed may be there; it is sent again and known.
    assert len(batches) in {len(confirmed), len(confirmed) + 1}
    for _number, state, received, accepted, quarantined, duplicates in batches:
        if state != "received":
            assert (state, received) == ("accepted", accepted + quarantined + duplicates)


@pytest.mark.timeout(900)
def test_clients_and_workers_killed_half_way_lose_nothing_and_count_nothing_twice(world):
    _met, confirmed = lived_through(world, 12)

    assert_nothing_is_half_done(world)
    assert_each_confirmed_row_counts_once(world, confirmed)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_kills_in_great_number_lose_nothing_and_count_nothing_twice(world, capsys):
    began = time.monotonic()

    met, confirmed = lived_through(world, int(os.environ.get("POCHIN_KILLS", "100")))

    assert_nothing_is_half_done(world)
    assert_each_confirmed_row_counts_once(world, confirmed)
    with capsys.disabled():
        spent = time.monotonic() - began
        print(f"\n{met} kills, {len(confirmed)} files confirmed, 0 lost, 0 twice, {spent:.0f} s")


@pytest.mark.timeout(900)
def test_four_processes_that_race_have_one_effect(world):
    for number in range(3):
        who = world.people[number % 2]
        assert world.deed("send", who, content(number), times=4) == [0, 0, 0, 0]
        assert world.deed("work", times=4) == [0, 0, 0, 0]

    assert [state for _number, state, *_counts in world.batches()] == ["accepted"] * 3
    assert_each_confirmed_row_counts_once(world, [0, 1, 2])

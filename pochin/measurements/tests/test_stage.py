"""Rows written aside: the store takes them over as they are, once, with the same fingerprint."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from pochin.measurements import staging
from pochin.measurements.intake import READINGS, values
from pochin.measurements.lake import NOWHERE, Keys, Overtaken, Store, keys
from pochin.measurements.tests.test_store import block, row

NONE = np.empty(0, np.int64)


@pytest.fixture
def store():
    return Store(119)


def stage(folder, batch, lines, **more):
    """Rows of these lines, written aside in tables of three."""
    folder = folder / f"batch-{batch}"
    folder.mkdir(exist_ok=True)
    found = staging.Staged(folder, batch)
    with found.writing() as write:
        for first in range(0, len(lines), 3):
            rows = [row(line, **more) for line in lines[first : first + 3]]
            write(pa.Table.from_pylist(rows, READINGS))
    return found


def bring_in(store, staged, repeated=NONE, present=NONE, onto=NOWHERE):
    return staging.bring_in(store, staged, repeated, present, onto=onto, round_=1)


def test_rows_are_taken_over_as_they_were_written(store, tmp_path):
    added = bring_in(store, stage(tmp_path, 1, [2, 3, 4, 5]))

    [stored] = store.rows(1, version=added.version)
    assert (added.version, added.count) == (0, 4)
    assert stored.to_pylist() == [{"batch": 1, **row(line)} for line in (2, 3, 4, 5)]
    assert store.moments(version=0)["n"].tolist() == [4]


def test_however_rows_come_into_the_store_their_fingerprint_is_the_same(store, tmp_path):
    staged = stage(tmp_path, 1, [2, 3, 4, 5, 6])
    taken_over = bring_in(store, staged)

    again = bring_in(store, staged, present=np.arange(2, 7), onto=0)
    but_one = bring_in(Store(120), staged, repeated=np.array([6]))
    four = bring_in(Store(121), stage(tmp_path, 2, [2, 3, 4, 5]))

    assert (again.version, again.count, again.sha256) == (0, 5, taken_over.sha256)
    assert (but_one.count, but_one.values, but_one.sha256) == (4, {6: 1.0}, four.sha256)
    assert but_one.sha256 != taken_over.sha256
    assert Store(120).lines(1, version=0).tolist() == [2, 3, 4, 5]


def test_rows_in_several_files_keep_their_order(store, tmp_path, monkeypatch):
    monkeypatch.setattr(staging, "GROUP", 3)
    monkeypatch.setattr(staging, "FILE", 6)

    staged = stage(tmp_path, 1, list(range(2, 15)))
    added = bring_in(store, staged)

    assert len(staged.files) == 3
    assert store.lines(1, version=added.version).tolist() == list(range(2, 15))


def test_of_racing_writers_one_is_taken_over_and_the_others_look_again(store, tmp_path):
    def race(onto):
        def add(batch):
            try:
                return bring_in(store, stage(tmp_path, batch, [2, 3]), onto=onto).version
            except Overtaken:
                return "overtaken"

        with ThreadPoolExecutor(4) as pool:
            return sorted(map(str, pool.map(add, range(10 * onto + 20, 10 * onto + 24))))

    assert race(NOWHERE) == ["0", "overtaken", "overtaken", "overtaken"]
    assert race(0) == ["1", "overtaken", "overtaken", "overtaken"]
    assert sum(store.batches(version=1).values()) == 4


def test_the_same_round_is_taken_over_once_and_can_be_left_out(store, tmp_path):
    staged = stage(tmp_path, 1, [2, 3])
    bring_in(store, staged)
    store.append(2, 1, block(2, [row(9)]), onto=0)

    assert bring_in(store, staged, onto=1).version == 1
    assert store.leave_out(1, 2) == 2
    assert (store.batches(version=2), store.batches(version=1)) == ({2: 1}, {1: 2, 2: 1})


def test_what_an_overtaken_writer_left_is_forgotten_and_no_row_with_it(store, tmp_path):
    bring_in(store, stage(tmp_path, 1, [2, 3]))
    stray = Path(store.path) / "batch-7-of-a-crash.parquet"
    stray.write_bytes(b"half")

    assert store.forget(keep=[0], older_than=timedelta(0)) == [stray.name]
    assert store.batches(version=0) == {1: 2}


def test_keys_that_come_twice_are_found_however_many_are_sorted_at_once(tmp_path, monkeypatch):
    def twice():
        with (tmp_path / "keys").open("w+b") as file:
            found = Keys(file)
            for first in range(0, 90, 10):
                rows = [row(n, event_id=f"e{n % 70}") for n in range(first, first + 10)]
                found.add(pa.Table.from_pylist(rows, READINGS))
            return found.twice().tolist()

    at_once = twice()
    for name, most in (("MOST", 16), ("FEW", 4), ("BLOCK", 25)):
        monkeypatch.setattr(keys, name, most)

    assert len(at_once) == 20
    assert sorted(twice()) == sorted(at_once)


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Europe/Berlin", "Australia/Lord_Howe"])
@pytest.mark.parametrize("first", ["1979-03-30", "2010-03-27", "2014-10-25", "2026-06-01"])
def test_many_moments_are_on_the_local_clock_as_each_alone(zone, first):
    start = int(datetime.fromisoformat(first).replace(tzinfo=UTC).timestamp())
    seconds = start + np.random.default_rng(1).integers(0, 3 * 86_400, 6_000)

    local = values.to_local(seconds * 1_000_000, zone) // 1_000_000
    back = values.to_utc(local * 1_000_000, zone) // 1_000_000

    for utc, shown, again in zip(seconds, local, back, strict=True):
        here = datetime.fromtimestamp(int(utc), ZoneInfo(zone))
        assert shown - utc == here.utcoffset().total_seconds()
        # An hour that comes twice is its first.
        assert again == here.replace(fold=0).timestamp()

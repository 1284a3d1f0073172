"""The store and the tables beside it: repaired, compared, joined; what is cited always stays."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from conftest import on, plan_for
from pochin.jobs.models import Job
from pochin.jobs.worker import run_due
from pochin.measurements import lifecycle, readings, tasks, upkeep
from pochin.measurements.lake import NOWHERE, Overtaken, Store, quantile_of
from pochin.measurements.lake import table as lake_table
from pochin.measurements.lake.sketches import LOG, OFFSET
from pochin.measurements.models import Moment, Sketch, Snapshot, State
from pochin.measurements.tests.conftest import MONDAYS, table, week
from pochin.measurements.tests.test_store import block, row

NOW = on(5, 1)


@pytest.fixture
def full(running, lev, sending):
    """Six files; the third was withdrawn."""
    for i, monday in enumerate(MONDAYS):
        sending(running, lev, table(*week(monday, delay=10 * i)))
    third = running.batches.get(number=3)
    lifecycle.withdraw(third, by=lev, reason="Не те часы.", at=NOW)
    lifecycle.tidy(third, at=NOW)
    running.refresh_from_db()
    return running


def age(store, days=90):
    """Let all files of a store look old."""
    past = time.time() - days * 86_400
    for path in Path(store.path).rglob("*"):
        os.utime(path, (past, past))


# Versions stay ---------------------------------------------------------------------------------


def test_versions_can_be_read_after_years_and_many_changes():
    store = Store(118)
    version = store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)
    for number in range(2, 106):
        if number == 99:
            age(store)
        version = store.append(number, 1, block(number, [row(2)]), onto=version)

    assert store.moments(version=0)["n"].tolist() == [1]
    assert store.moments(version=50)["n"].tolist() == [51]
    assert store.moments(version=version)["n"].tolist() == [105]


def test_joining_small_files_changes_no_row_and_no_older_version():
    store = Store(118)
    version = NOWHERE
    for number in range(1, 13):
        version = store.append(number, 1, block(number, [row(2)]), onto=version)
    before = store.moments(version=version)

    joined = store.compact()

    assert len(store.files(joined)) == 1
    assert store.moments(version=joined)["mean"].tolist() == before["mean"].tolist()
    assert (len(store.files(version)), store.compact()) == (12, joined)
    assert store.batches(version=joined) == dict.fromkeys(range(1, 13), 1)


@pytest.mark.parametrize(("most", "files"), [(3, 2), (4, 1), (64, 5)])
def test_small_files_are_joined_as_soon_as_there_are_many(
    running, lev, sending, monkeypatch, django_capture_on_commit_callbacks, most, files
):
    monkeypatch.setattr(lake_table, "MANY", most)
    monkeypatch.setattr(lake_table, "SMALL", 2)
    for i, monday in enumerate(MONDAYS[:5]):
        batch = sending.keep(running, lev, table(*week(monday, delay=10 * i)))
        with django_capture_on_commit_callbacks(execute=True):
            lifecycle.check(batch, by=lev, at=sending.at)
        run_due()

    store = Store(running.number)
    assert len(store.files(store.version())) == files
    assert set(store.batches(version=store.version()).values()) == {24}


def test_a_writer_who_looked_before_the_files_were_joined_looks_again():
    store = Store(118)
    version = NOWHERE
    for number in range(1, 13):
        version = store.append(number, 1, block(number, [row(2)]), onto=version)
    store.compact()

    with pytest.raises(Overtaken):
        store.append(13, 1, block(13, [row(2)]), onto=version)


def test_what_is_cited_stays_and_the_rest_goes():
    store = Store(118)
    store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)
    store.append(2, 1, block(2, [row(2), row(3)]), onto=0)
    store.leave_out(2, 2)
    store.append(3, 1, block(3, [row(2)]), onto=2)
    store.leave_out(3, 2)
    stray = Path(store.path) / "part-of-a-crash.parquet"
    stray.write_bytes(b"half")
    age(store)

    removed = store.forget(keep=[1], older_than=timedelta(0))

    assert stray.exists() is False
    assert len(removed) == 2
    assert store.moments(version=1)["n"].tolist() == [3]
    assert store.moments(version=store.version())["n"].tolist() == [1]


def test_files_that_a_writer_may_be_about_to_name_stay():
    store = Store(118)
    store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)
    young = Path(store.path) / "being-written.parquet"
    young.write_bytes(b"half")

    assert store.forget(keep=[], older_than=timedelta(days=1)) == []
    assert young.exists()


def test_a_cited_state_outlives_withdrawal_and_cleaning(full, lev):
    snapshot = full.snapshots.order_by("-at", "-pk").first()
    readings.cite(snapshot)
    snapshot.refresh_from_db()
    before = readings.recomputed(full, snapshot)
    first = full.batches.get(number=1)
    lifecycle.withdraw(first, by=lev, reason="Тоже не те.", at=NOW)
    lifecycle.tidy(first, at=NOW)
    Snapshot.objects.update(at=on(1, 1))
    (Path(Store(full.number).path) / "part-of-a-crash.parquet").write_bytes(b"half")

    removed = upkeep.keep_house(full, at=NOW, young=timedelta(0))

    assert removed == ["part-of-a-crash.parquet"]
    assert readings.recomputed(full, snapshot).fingerprint == before.fingerprint


# The database and the store ----------------------------------------------------------------------


def test_what_is_in_order_is_left_alone(full):
    assert upkeep.reconcile(full, at=NOW) == upkeep.Repaired()


def test_rows_of_batches_nobody_knows_are_left_out(full):
    store = Store(full.number)
    store.append(77, 1, block(77, [row(2)]), onto=store.version())

    assert upkeep.reconcile(full, at=NOW).left_out == (77,)
    assert 77 not in store.batches(version=store.version())


def test_rows_of_a_withdrawn_batch_that_a_crash_left_are_left_out(running, lev, sending):
    batch = sending(running, lev, table(*week(MONDAYS[0])))
    lifecycle.withdraw(batch, by=lev, reason="Не те.", at=NOW)

    assert upkeep.reconcile(running, at=NOW).left_out == (1,)
    batch.refresh_from_db()
    assert batch.store_version == Store(running.number).version() == 1


def test_rows_the_store_lost_are_taken_in_anew_from_the_file(full):
    store = Store(full.number)
    store.leave_out(2, 9)

    assert upkeep.reconcile(full, at=NOW).taken_anew == (2,)
    [waiting] = upkeep.lost_work()
    lifecycle.take_in(full.batches.get(pk=waiting), at=NOW)

    assert store.batches(version=store.version())[2] == 24
    assert upkeep.compare(full).is_equal


def test_a_number_that_comes_again_after_a_restored_backup_means_its_own_file(
    running, lev, sending
):
    """The store is ahead of the database: it holds rows of a batch 1 nobody knows any more."""
    store = Store(running.number)
    store.append(1, 1, block(1, [row(2)]), onto=NOWHERE, file="f" * 64)

    batch = sending(running, lev, table(*week(MONDAYS[0])))

    assert (batch.number, batch.accepted) == (1, 24)
    assert store.batches(version=store.version()) == {1: 24}
    assert upkeep.compare(running).is_equal


# Moments against rows ----------------------------------------------------------------------------


def test_moments_are_those_of_all_rows(full):
    found = upkeep.compare(full)

    assert (found.is_equal, found.rows, found.largest <= 1e-9) == (True, 120, True)
    assert found.cells == 5 * 24 * 6 + 5 * 24


@pytest.mark.parametrize("change", [{"mean": 1e6}, {"m2": 5.0}, {"n": 2}])
def test_a_moment_that_is_wrong_is_named(full, change):
    wrong = Moment.objects.filter(batch__number=2, metric="delay").first()
    Moment.objects.filter(pk=wrong.pk).update(**change)

    [name] = change
    assert upkeep.compare(full).unlike[0].endswith(f"delay {name}")


def test_a_moment_that_is_missing_is_named(full):
    Moment.objects.filter(batch__number=2, metric="delay").first().delete()

    assert [one.endswith("missing beside the rows") for one in upkeep.compare(full).unlike] == [
        True
    ]


# Sketches ----------------------------------------------------------------------------------------


def binned(values):
    power = np.floor(np.log(np.abs(np.where(values == 0, 1, values))) / LOG).astype(int) + OFFSET
    return np.sign(values).astype(int) * power


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999, 1])
def test_a_quantile_of_a_sketch_is_within_a_quarter_percent(share):
    values = np.random.default_rng(5).lognormal(3, 2, 10_001) - 4

    found = quantile_of(binned(values), np.ones(len(values), int), share)

    exact = np.quantile(values, share, method="nearest")
    assert found == pytest.approx(exact, rel=0.0025)


def test_sketches_of_two_files_merge_by_adding_up(pilot_at, offices, lev, sending):
    metrics = [{"code": "delay", "role": "primary", "kind": "quantile", "quantile": 0.9,
                "direction": "lower", "unit": "min", "threshold": 1, "detectable": 1}]  # fmt: skip
    pilot = pilot_at("running", plan=plan_for(offices, metrics=metrics))
    for hour in (10, 11):
        rows = [f"101001;2026-03-31T{hour}:{m:02};delay;{m}" for m in range(60)]
        sending(pilot, lev, table(*rows))

    bins = np.array([pair for sketch in Sketch.objects.all() for pair in sketch.bins])

    assert Sketch.objects.count() == 2
    assert quantile_of(bins[:, 0], bins[:, 1], 0.9) == pytest.approx(53, rel=0.0025)
    assert upkeep.compare(pilot).is_equal


def test_a_withdrawn_file_takes_its_sketches_along(pilot_at, offices, lev, sending):
    metrics = [{"code": "delay", "role": "primary", "kind": "quantile", "quantile": 0.9,
                "direction": "lower", "unit": "min", "threshold": 1, "detectable": 1}]  # fmt: skip
    pilot = pilot_at("running", plan=plan_for(offices, metrics=metrics))
    batch = sending(pilot, lev, table("101001;2026-03-31T10:00;delay;1"))

    lifecycle.withdraw(batch, by=lev, reason="Не те.", at=NOW)

    assert (Sketch.objects.count(), batch.state) == (0, State.WITHDRAWN)


# Every night -------------------------------------------------------------------------------------


def test_every_store_is_looked_after_at_night(full):
    tasks.keep_stores.call()
    run_due()

    [job] = Job.objects.filter(task__endswith="keep_store")
    assert (job.state, job.result["rows"], job.result["left_out"]) == ("done", 120, [])


def test_moments_that_differ_stand_among_the_failures(full):
    Moment.objects.filter(batch__number=2).update(mean=1e6)

    with pytest.raises(upkeep.MomentsDiffer, match=r"101001 \S+ \w+ mean"):
        tasks.keep_store.call(full.pk)

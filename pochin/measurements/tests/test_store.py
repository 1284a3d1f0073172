"""The store: rows are added once, left out by a new version, and reduced exactly."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pochin.lab.moments import MomentTable
from pochin.measurements.intake import READINGS
from pochin.measurements.lake import NOWHERE, STORED, Overtaken, Store, engines, opened
from pochin.measurements.lake.narrowing import may_hold

MOMENT = datetime(2026, 3, 31, 9, tzinfo=UTC)


def row(line, **more):
    return {
        "line": line, "unit": "a", "at": MOMENT, "day": date(2026, 3, 31), "period": "p",
        "metric": "delay", "value": 1.0, "denominator": None, "subject": None,
        "event_id": f"e{line}", **more,
    }  # fmt: skip


def block(batch, rows):
    return [pa.RecordBatch.from_pylist([{"batch": batch, **one} for one in rows], STORED)]


def staged(tmp_path, rows):
    path = tmp_path / "staged.parquet"
    pq.write_table(pa.Table.from_pylist(rows, READINGS), path)
    return path


@pytest.fixture
def store():
    return Store(118)


def test_a_store_that_was_never_written_is_empty(store):
    assert (store.version(), store.rounds(1), store.files(NOWHERE)) == (NOWHERE, 0, [])
    assert store.moments(version=NOWHERE)["n"].tolist() == []


def test_the_same_round_of_a_batch_is_added_once(store):
    first = store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)

    again = store.append(1, 1, block(1, [row(2)]), onto=first)

    assert (first, again) == (0, 0)
    assert store.lines(1, version=again).tolist() == [2]


def test_whoever_looked_at_an_older_version_must_look_again(store):
    store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)

    with pytest.raises(Overtaken):
        store.append(2, 1, block(2, [row(2)]), onto=NOWHERE)

    assert store.version() == 0


def test_of_racing_writers_one_adds_and_the_others_look_again(store):
    store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)

    def add(batch):
        try:
            return store.append(batch, 1, block(batch, [row(2)]), onto=0)
        except Overtaken:
            return "overtaken"

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(add, [2, 3, 4, 5]))

    assert sorted(map(str, ends)) == ["1", "overtaken", "overtaken", "overtaken"]
    assert store.moments(version=1)["n"].tolist() == [2]


def test_a_batch_is_left_out_of_a_new_version_and_stays_in_the_old_one(store):
    store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)
    store.append(2, 1, block(2, [row(2), row(3)]), onto=0)

    without = store.leave_out(1, 2)
    again = store.leave_out(1, 2)

    assert (without, again) == (2, 2)
    assert store.moments(version=2)["n"].tolist() == [2]
    assert store.moments(version=1)["n"].tolist() == [3]


def test_a_batch_may_come_back_in_a_later_round(store):
    store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)
    store.leave_out(1, 2)

    store.append(1, 3, block(1, [row(2), row(3)]), onto=1)

    assert store.lines(1, version=2).tolist() == [2, 3]


def repeats(store, tmp_path, rows, batches=(), keep="first"):
    found = store.repeats([staged(tmp_path, rows)], batches, version=store.version(), keep=keep)
    columns = (found.line, found.other_batch, found.other_line, found.is_same)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_an_event_repeats_whatever_else_it_says(store, tmp_path):
    rows = [row(2, event_id="x"), row(3, event_id="x", unit="b"), row(4, event_id="y"),
            row(5, event_id="x", metric="weight")]  # fmt: skip

    assert repeats(store, tmp_path, rows) == [(3, 0, 2, True)]


def test_without_events_unit_moment_metric_and_subject_tell_readings_apart(store, tmp_path):
    later = datetime(2026, 3, 31, 10, tzinfo=UTC)
    plain = {"event_id": None}
    rows = [
        row(2, **plain), row(3, **plain, value=2.0), row(4, **plain, unit="b"),
        row(5, **plain, at=later), row(6, **plain, metric="weight"), row(7, **plain, subject="s"),
        row(8, **plain, subject="s"), row(9, **plain, subject="t"),
    ]  # fmt: skip

    assert repeats(store, tmp_path, rows) == [(3, 0, 2, False), (8, 0, 7, True)]
    assert repeats(store, tmp_path, rows, keep="last") == [(2, 0, 3, False), (7, 0, 8, True)]


def test_periods_tell_readings_apart_where_there_are_no_moments(store, tmp_path):
    bare = {"event_id": None, "at": None, "day": None}
    rows = [row(2, **bare), row(3, **bare, period="q"), row(4, **bare)]

    store.append(1, 1, block(1, [row(9, **bare)]), onto=NOWHERE)

    assert repeats(store, tmp_path, rows, [1]) == [(2, 1, 9, True), (4, 1, 9, True)]


def test_only_the_named_batches_make_a_row_known(store, tmp_path):
    store.append(1, 1, block(1, [row(7, event_id="x")]), onto=NOWHERE)

    rows = [row(2, event_id="x")]

    assert repeats(store, tmp_path, rows, [1]) == [(2, 1, 7, True)]
    assert repeats(store, tmp_path, rows, [2]) == []


def test_moments_of_the_store_are_those_of_numpy(store):
    rng = np.random.default_rng(1)
    rows = [
        row(n, unit=rng.choice(["a", "b"]), value=1e6 + v, denominator=2 * v + e)
        for n, (v, e) in enumerate(rng.normal(size=(500, 2)), 2)
    ]  # fmt: skip
    rows += [row(1000 + n, metric="plain", value=float(n)) for n in range(3)]
    store.append(1, 1, block(1, rows), onto=NOWHERE)

    found = store.moments(version=0)

    for i, (unit, metric) in enumerate([("a", "delay"), ("a", "plain"), ("b", "delay")]):
        here = [r for r in rows if (r["unit"], r["metric"]) == (unit, metric)]
        values = np.array([r["value"] for r in here])
        assert (found["unit"][i], found["metric"][i], found["n"][i]) == (unit, metric, len(here))
        assert found["mean"][i] == pytest.approx(values.mean(), rel=1e-12)
        assert found["m2"][i] == pytest.approx(((values - values.mean()) ** 2).sum(), rel=1e-9)
        if metric == "plain":
            assert (found["den_n"][i], np.isnan(found["den_co"][i])) == (0, True)
            continue
        dens = np.array([r["denominator"] for r in here])
        away = (values - values.mean()) * (dens - dens.mean())
        assert found["den_co"][i] == pytest.approx(away.sum(), rel=1e-7)
        assert found["den_m2"][i] == pytest.approx(((dens - dens.mean()) ** 2).sum(), rel=1e-9)


def test_parts_merge_to_the_whole(store):
    rng = np.random.default_rng(2)
    values = rng.lognormal(size=300)
    for batch, part in enumerate(np.split(values, [17, 180]), 1):
        rows = [row(n, value=v) for n, v in enumerate(part.tolist(), 2)]
        store.append(batch, 1, block(batch, rows), onto=store.version())

    def table(batches):
        found = store.moments(version=2, batches=batches)
        names = ("unit", "period", "metric", "n", "mean", "m2")
        return MomentTable(**{name: found[name] for name in names})

    whole, merged = table(None), table([1]).merge(table([2]), table([3]))

    assert merged.n.tolist() == whole.n.tolist() == [300]
    assert merged.mean == pytest.approx(whole.mean, rel=1e-12)
    assert merged.m2 == pytest.approx(whole.m2, rel=1e-12)


def test_a_cap_bounds_what_a_value_counts_for(store):
    store.append(1, 1, block(1, [row(2, value=1.0), row(3, value=100.0)]), onto=NOWHERE)

    assert store.moments(version=0, caps={"delay": 9.0})["mean"].tolist() == [5.0]
    assert store.moments(version=0, caps={"other": 9.0})["mean"].tolist() == [50.5]


def test_counts_and_quantiles_come_by_unit_and_period(store):
    rows = [row(n, value=float(n)) for n in range(2, 7)]
    store.append(1, 1, block(1, rows), onto=NOWHERE)

    counts = store.counts(version=0)
    medians = store.quantiles("delay", 0.5, version=0)

    assert (counts["n"].tolist(), counts["day"].astype(str).tolist()) == ([5], ["2026-03-31"])
    assert (medians["n"].tolist(), medians["value"].tolist()) == ([5], [4.0])


def test_rows_come_back_in_the_order_of_their_file(store):
    rows = [row(n) for n in (5, 3, 9, 2)]
    store.append(1, 1, block(1, rows), onto=NOWHERE)

    blocks = list(store.rows(1, version=0))

    assert [line for one in blocks for line in one.column("line").to_pylist()] == [2, 3, 5, 9]


def test_a_store_that_stays_open_knows_what_others_wrote_meanwhile(store):
    store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)
    with ThreadPoolExecutor(1) as elsewhere:
        for batch in range(2, 40):  # over a checkpoint
            elsewhere.submit(
                Store(118).append, batch, 1, block(batch, [row(2)]), onto=batch - 2
            ).result()
            assert (store.version(), store.rounds(batch)) == (batch - 1, 1)

    assert store.append(40, 1, block(40, [row(2)]), onto=38) == 39


def test_another_store_at_the_same_place_is_not_taken_for_the_one_that_was_open(store, tmp_path):
    store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)
    kept = tmp_path / "backup"
    shutil.copytree(store.path, kept)
    store.append(2, 1, block(2, [row(2)]), onto=0)
    store.append(3, 1, block(3, [row(2)]), onto=1)

    shutil.rmtree(store.path)
    assert (store.version(), store.files(0)) == (NOWHERE, [])
    shutil.copytree(kept, store.path)

    assert (store.version(), store.rounds(2)) == (0, 0)
    assert store.append(2, 1, block(2, [row(2), row(3)]), onto=0) == 1
    assert store.batches(version=1) == {1: 1, 2: 2}


def test_no_more_than_a_few_stores_stay_open():
    for pilot in range(1, 2 * opened.MOST):
        Store(pilot).append(1, 1, block(1, [row(2)]), onto=NOWHERE)

    assert [Store(pilot).version() for pilot in range(1, 2 * opened.MOST)] == [0] * 15
    assert len(opened._tables()) == opened.MOST


def told(*files):
    """What a log says of files: name, batches, days and how many rows have no day."""
    columns = [pa.array(one) for one in zip(*files, strict=True)]
    days = [columns[at].cast(pa.int32()).cast(pa.date32()) for at in (3, 4)]
    batches = [columns[at].cast(pa.int32()) for at in (1, 2)]
    nothing = [columns[at].cast(pa.int64()) for at in (5, 6)]
    names = [
        "path",
        "min.batch",
        "max.batch",
        "min.day",
        "max.day",
        "null_count.batch",
        "null_count.day",
    ]
    return pa.table([columns[0], *batches, *days, *nothing], names)


@pytest.mark.parametrize(
    ("asked", "files"),
    [
        ({}, "abcd"),
        ({"batches": [1]}, "acd"),
        ({"batches": [3, 9]}, "bcd"),
        ({"batches": [4, 5]}, "bd"),
        ({"batches": []}, "d"),
        ({"days": (date(1970, 1, 2), date(1970, 1, 5))}, "abcd"),
        ({"days": (date(1970, 1, 8), date(1970, 1, 9))}, "bcd"),
        ({"days": (date(1970, 2, 1), date(1970, 2, 1))}, "cd"),
        ({"batches": [1], "days": (date(1970, 1, 8), date(1970, 1, 9))}, "cd"),
    ],
)
def test_files_that_cannot_hold_what_is_asked_for_are_not_opened(asked, files):
    log = told(
        ("a", 1, 1, 1, 3, 0, 0), ("b", 2, 4, 4, 20, 0, 0),
        ("c", 1, 3, 1, 3, 0, 7),  # some of its rows have no day
        ("d", None, None, None, None, None, None),  # of which nothing is told
    )  # fmt: skip

    assert may_hold(log, **asked) == set(files)


def test_the_rows_of_a_batch_are_looked_for_in_its_own_files(store, tmp_path):
    version = NOWHERE
    for batch, day in ((1, 30), (2, 31), (3, 31)):
        rows = [row(n, day=date(2026, 3, day)) for n in range(2, 2 + batch)]
        version = store.append(batch, 1, block(batch, rows), onto=version)
    files = [store._files(store._table(), batches=[batch]) for batch in (1, 2, 3)]
    days = (date(2026, 3, 31), date(2026, 4, 1))

    assert [len(one) for one in files] == [1, 1, 1]
    assert store._files(store._table(), days=days) == sorted(files[1] + files[2])
    assert store.lines(3, version=version).tolist() == [2, 3, 4]
    assert (store.holds(2, version=version), store.holds(4, version=version)) == (True, False)
    assert store.counts(version=version, batches=[2, 3])["n"].tolist() == [5]


def test_questions_at_once_do_not_see_one_another():
    for pilot in (1, 2):
        rows = [row(n, value=float(pilot)) for n in range(2, 2 + pilot)]
        Store(pilot).append(1, 1, block(1, rows), onto=NOWHERE)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda pilot: Store(pilot).moments(version=0), [1, 2] * 8))

    assert [(one["n"].tolist(), one["mean"].tolist()) for one in found] == [
        ([1], [1.0]), ([2], [2.0]),
    ] * 8  # fmt: skip


def test_an_engine_that_came_to_an_end_is_begun_anew(store):
    store.append(1, 1, block(1, [row(2)]), onto=NOWHERE)
    store.moments(version=0)
    for engine in engines._databases.values():
        engine.close()

    assert store.moments(version=0)["n"].tolist() == [1]


def test_the_store_may_lie_in_s3(bucket, tmp_path):
    store = Store(118)
    store.append(1, 1, block(1, [row(2, value=1.0), row(3, value=3.0)]), onto=NOWHERE)
    with pytest.raises(Overtaken):
        store.append(2, 1, block(2, [row(2)]), onto=NOWHERE)
    store.append(2, 1, block(2, [row(2, event_id="other", value=8.0)]), onto=0)

    assert store.moments(version=1)["mean"].tolist() == [4.0]
    assert repeats(store, tmp_path, [row(9, event_id="other")], [1, 2]) == [(9, 2, 2, False)]
    assert store.leave_out(1, 2) == 2
    assert store.moments(version=2)["mean"].tolist() == [8.0]
    assert store.lines(1, version=1).tolist() == [2, 3]

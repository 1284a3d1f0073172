"""Blinding: before the look day there are counts; values come with the closed data."""

from __future__ import annotations

import pytest

from conftest import on, plan_for
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.measurements import lifecycle, readings
from pochin.measurements.models import QuarantineRow
from pochin.measurements.tests.conftest import MONDAYS, OFFICES, table, week
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Pilot


@pytest.fixture
def full(running, lev, sending):
    """All six weeks have arrived, each in a file of its own; delays grow by ten a week."""
    for i, monday in enumerate(MONDAYS):
        sending(running, lev, table(*week(monday, delay=10 * i)))
    running.refresh_from_db()
    return running


@pytest.fixture
def closed(full):
    pilots.keep_time(on(4, 28))
    full.refresh_from_db()
    assert full.state == "data_closing"
    return full


@pytest.mark.parametrize("day", [on(3, 31), on(4, 26, 20)])
def test_nobody_is_told_a_value_before_the_look_day(full, day):
    with pytest.raises(Refused, match="Nobody sees values before the look day"):
        readings.moments(full, at=day)


def test_from_the_look_day_on_values_may_be_asked_for(full):
    assert readings.look_day(full) == on(4, 27).date()
    assert readings.moments(full, at=on(4, 27)).n_rows == 144


def test_a_plan_with_looks_opens_at_the_first(pilot_at, offices, lev, sending):
    plan = plan_for(offices, analysis={"looks": {"spending": "obrien-fleming", "at": [0.5, 1]}})
    pilot = pilot_at("running", plan=plan)
    sending(pilot, lev, table(*week(MONDAYS[2])))

    assert readings.look_day(pilot) == on(4, 13).date()
    with pytest.raises(Refused):
        readings.moments(pilot, at=on(4, 12))
    assert readings.moments(pilot, at=on(4, 13)).n_rows == 24


def test_an_evaluation_reads_the_closed_data_at_once(closed):
    """Also where a pilot ended early, long before the look day of its plan."""
    snapshot = readings.frozen(closed)

    found = readings.moments(closed, at=on(3, 31), snapshot=snapshot)

    assert (found.n_rows, snapshot.rows, snapshot.sha256) == (144, 144, closed.data_sha256)
    assert found.metrics == ("complaints", "delay")
    delays = found.to_matrix("delay", units=OFFICES[:2])
    assert delays.Y.tolist() == [[0, 10, 20, 30, 40, 50], [1, 11, 21, 31, 41, 51]]


def test_open_data_are_not_frozen_whatever_is_handed_in(full):
    snapshot = full.snapshots.get(sha256=full.data["sha256"])

    with pytest.raises(Refused, match="not closed"):
        readings.frozen(full)
    with pytest.raises(Refused, match="Nobody sees values"):
        readings.moments(full, at=on(3, 31), snapshot=snapshot)
    with pytest.raises(Refused, match="Only closed data"):
        readings.recomputed(full, snapshot)


def test_moments_beside_the_rows_are_those_of_the_rows(closed):
    snapshot = readings.frozen(closed)

    kept = readings.moments(closed, at=on(5, 1), snapshot=snapshot)
    again = readings.recomputed(closed, snapshot)

    assert kept.fingerprint == again.fingerprint


def test_closed_data_can_be_computed_again_after_later_changes(closed, lev, sending):
    """The pilot was extended, and a file withdrawn: the closed data are still there."""
    snapshot = readings.frozen(closed)
    before = readings.moments(closed, at=on(5, 1), snapshot=snapshot)
    Pilot.objects.filter(pk=closed.pk).update(state="running")
    batch = closed.batches.get(number=1)
    lifecycle.withdraw(batch, by=lev, reason="Не те часы.", at=on(5, 2))
    lifecycle.tidy(batch, at=on(5, 2))
    closed.refresh_from_db()

    after = readings.moments(closed, at=on(5, 3), snapshot=snapshot)

    assert readings.moments(closed, at=on(5, 3)).n_rows == 120
    assert after.fingerprint == before.fingerprint


def test_the_fingerprint_is_of_the_rows_and_not_of_the_files_they_came_in(pilot_at, lev, sending):
    one, other, changed = (pilot_at("running") for _n in range(3))
    rows = week(MONDAYS[0])
    sending(one, lev, table(*rows))
    sending(other, lev, "\ufeffunit\tat\tmetric\tvalue\r\n".encode()
            + "\r\n".join(rows).replace(";", "\t").encode())  # fmt: skip
    sending(changed, lev, table(rows[0] + "1", *rows[1:]))

    prints = [p.batches.get().rows_sha256 for p in (one, other, changed)]

    assert prints[0] == prints[1] != prints[2]


def test_ratios_come_with_their_denominators(pilot_at, offices, lev, sending):
    metrics = [
        {"code": "returns", "role": "primary", "kind": "ratio", "direction": "lower",
         "unit": "1", "threshold": 0.1, "detectable": 0.1, "denominator": "letters"},
        {"code": "delay", "role": "secondary", "kind": "mean", "direction": "lower", "unit": "min"},
    ]  # fmt: skip
    pilot = pilot_at("running", plan=plan_for(offices, metrics=metrics))
    head = "unit;at;metric;value;denominator"
    lines = ["101001;2026-03-31T10:00;returns;2;10", "101001;2026-03-31T11:00;returns;4;30",
             "101001;2026-03-31T11:00;delay;7;"]  # fmt: skip
    sending(pilot, lev, table(*lines, head=head))

    found = readings.moments(pilot, at=on(5, 1))

    ratio = found.only(metric="returns")
    assert (ratio.n[0], ratio.mean[0], ratio.den_mean[0]) == (2, 3.0, 20.0)
    assert (ratio.m2[0], ratio.den_m2[0], ratio.den_co[0]) == (2.0, 200.0, 20.0)
    plain = found.only(metric="delay")
    assert (plain.mean[0], plain.den_mean[0], plain.den_co[0]) == (7.0, 1.0, 0.0)


def test_quantiles_come_from_the_rows_of_all_files(pilot_at, offices, lev, sending):
    metrics = [{"code": "delay", "role": "primary", "kind": "quantile", "quantile": 0.5,
                "direction": "lower", "unit": "min", "threshold": 1, "detectable": 1}]  # fmt: skip
    pilot = pilot_at("running", plan=plan_for(offices, metrics=metrics))
    for hour, value in ((10, 1), (11, 2), (12, 9)):
        sending(pilot, lev, table(f"101001;2026-03-31T{hour}:00;delay;{value}"))

    found = readings.moments(pilot, at=on(5, 1))

    assert (found.n.tolist(), found.mean.tolist(), found.m2.tolist()) == ([1], [2.0], [0.0])


# What the vendor declares ---------------------------------------------------------------------


@pytest.fixture
def declared(running, anna, sending):
    return sending(running, anna, table(*week(MONDAYS[2])))


def test_what_the_vendor_sends_is_marked(declared, running, lev, sending):
    assert declared.declared_by_vendor is True
    assert sending(running, lev, table(*week(MONDAYS[3]))).declared_by_vendor is False


def test_the_vendor_alone_never_enters_the_primary_outcome(declared, running):
    found = readings.moments(running, at=on(5, 1))
    running.refresh_from_db()

    assert found.metrics == ("complaints",)
    assert running.data["received"] == 12


@pytest.mark.parametrize("name", ["semyon", "lev", "mila"])
def test_the_post_confirms_what_the_vendor_declared(declared, running, name, request):
    lifecycle.confirm(declared, by=request.getfixturevalue(name), at=on(4, 28))
    running.refresh_from_db()

    assert readings.moments(running, at=on(5, 1)).metrics == ("complaints", "delay")
    assert running.data["received"] == 24


@pytest.mark.parametrize("name", ["anna", "artem", "gleb", "vera"])
def test_neither_the_vendor_nor_strangers_confirm(declared, name, request):
    with pytest.raises(Forbidden):
        lifecycle.confirm(declared, by=request.getfixturevalue(name), at=on(4, 28))


def test_what_is_confirmed_needs_no_second_confirmation(declared, lev, mila):
    lifecycle.confirm(declared, by=lev, at=on(4, 28))

    with pytest.raises(Refused, match="only once"):
        lifecycle.confirm(declared, by=mila, at=on(4, 28))


# Who sees what the rows say -------------------------------------------------------------------


@pytest.fixture
def spoilt(running, lev, sending):
    return sending(running, lev, table(*week(MONDAYS[0]), "101001;2026-03-31;delay;много"))


def seen(batch, who):
    return list(QuarantineRow.objects.visible_to(who).filter(batch=batch).values_list("value"))


def test_the_sender_sees_the_rows_that_were_set_aside(spoilt, lev):
    assert seen(spoilt, lev) == [("много",)]


@pytest.mark.parametrize(
    "name", ["mila", "semyon", "anna", "vera", "kira", "rita", "gleb", "zakhar"]
)
def test_before_the_result_nobody_else_sees_what_a_row_says(spoilt, name, request):
    assert seen(spoilt, request.getfixturevalue(name)) == []


@pytest.mark.parametrize(("name", "sees"), [("mila", True), ("anna", True), ("gleb", False)])
def test_once_the_result_is_handed_over_those_inside_see_the_rows(
    spoilt, running, name, sees, request
):
    Pilot.objects.filter(pk=running.pk).update(result_at=on(5, 1))

    assert bool(seen(spoilt, request.getfixturevalue(name))) is sees


def test_counts_tell_no_values(full):
    cells = readings.arrivals(full, at=on(4, 20))

    assert list(cells) == OFFICES
    assert [(cell.received, cell.expected) for cell in cells[OFFICES[0]]] == [
        (2, 2), (2, 2), (2, 2), (2, 2), (2, 2), (2, 0)]  # fmt: skip


def test_freshness_counts_the_days_behind(running, lev, sending):
    sending(running, lev, table(*week(MONDAYS[2])))

    found = readings.freshness(running, at=on(4, 6))

    assert (found.rows, found.last_day, found.days_behind) == (24, MONDAYS[2], 6)
    assert readings.freshness(running, at=on(6, 1)).days_behind == 27

"""Taking readings in: once, whole, and with counts that add up."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from conftest import on, plan_for
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.files.models import File
from pochin.measurements import lifecycle, upkeep
from pochin.measurements.lake import Store
from pochin.measurements.models import Batch, State
from pochin.measurements.tests.conftest import MONDAYS, OFFICES, table, week


def counts(batch):
    return (batch.received, batch.accepted, batch.quarantined, batch.duplicates)


def means(pilot):
    """The merged means of all batches by unit and metric, from the rows that stand in the store."""
    store = Store(pilot.number)
    numbers = list(pilot.batches.counted().values_list("number", flat=True))
    found = store.moments(version=store.version(), batches=numbers)
    keys = zip(found["unit"], found["period"], found["metric"], strict=True)
    return dict(zip(keys, zip(found["n"], found["mean"], strict=True), strict=True))


def test_a_good_file_is_taken_in_whole(running, lev, sending):
    batch = sending(running, lev, table(*week(MONDAYS[0])))

    assert (batch.state, batch.problem) == (State.ACCEPTED, {})
    assert counts(batch) == (24, 24, 0, 0)
    assert (batch.first_day, batch.last_day) == (MONDAYS[0], MONDAYS[0])
    assert [entry.verb for entry in journal.of(batch)] == [
        "measurements.receive", "measurements.check", "measurements.accept"]  # fmt: skip


@pytest.mark.parametrize("name", ["lev", "mila", "semyon", "anna"])
def test_who_runs_the_pilot_may_send(running, sending, name, request):
    who = request.getfixturevalue(name)

    assert sending(running, who, table(*week(MONDAYS[0]))).accepted == 24


@pytest.mark.parametrize("name", ["vera", "kira", "boris", "gleb", "artem", "nina", "zakhar"])
def test_nobody_else_may_send(running, sending, name, request):
    with pytest.raises(Forbidden):
        sending.keep(running, request.getfixturevalue(name), table(*week(MONDAYS[0])))

    assert File.objects.filter(name="readings.csv").count() == 0


def test_the_responsible_person_speaks_of_their_own_sites_only(
    running, semyon, sending, nina, offices
):
    slot = running.slots.get(site=offices[0])
    type(slot.site).objects.filter(pk=slot.site_id).update(responsible=nina)

    batch = sending(running, semyon, table(*week(MONDAYS[0])))

    assert counts(batch) == (24, 22, 2, 0)
    assert batch.by_reason == {"foreign_unit": 2}


@pytest.mark.parametrize("state", ["baseline", "running"])
def test_readings_come_while_the_pilot_is_open(pilot_at, lev, sending, state):
    assert sending(pilot_at(state), lev, table(*week(MONDAYS[0]))).state == State.ACCEPTED


@pytest.mark.parametrize("state", ["proposed", "plan_review", "data_closing", "awaiting"])
def test_no_readings_come_before_the_lock_or_after_the_closing(pilot_at, cast, sending, state):
    pilot = pilot_at(state)

    who = cast.lev if pilot.manager_id else cast.anna
    with pytest.raises(Refused, match="only under a locked plan"):
        sending.keep(pilot, who, table(*week(MONDAYS[0])))


def test_the_same_file_again_does_nothing_and_says_so(running, lev, mila, sending):
    sending(running, lev, table(*week(MONDAYS[0])))

    with pytest.raises(Refused, match=r"already sent as batch 1; nothing was changed\."):
        sending.keep(running, mila, table(*week(MONDAYS[0])), name="other-name.csv")

    assert running.batches.count() == 1


def test_the_same_file_may_go_into_another_pilot(pilot_at, lev, sending):
    one, other = pilot_at("running"), pilot_at("running")

    assert sending(one, lev, table(*week(MONDAYS[0]))).accepted == 24
    assert sending(other, lev, table(*week(MONDAYS[0]))).accepted == 24


def test_a_rejected_file_may_be_sent_again(running, lev, sending):
    bad = table("999999;2026-03-31;delay;1")
    first = sending(running, lev, bad)

    second = sending(running, lev, bad)

    assert [batch.state for batch in (first, second)] == [State.REJECTED] * 2
    assert first.problem == {"code": "nothing_good", "params": {}}
    assert first.set_aside.count() == 1


def test_what_was_taken_in_is_taken_in_once_however_often_it_is_tried(running, lev, sending):
    batch = sending.keep(running, lev, table(*week(MONDAYS[0])))
    lifecycle.check(batch, by=lev, at=on(4, 27))
    stale = Batch.objects.get(pk=batch.pk)
    lifecycle.take_in(batch, at=on(4, 27))

    again = lifecycle.take_in(stale, at=on(4, 27))

    assert counts(again) == (24, 24, 0, 0)
    assert Store(running.number).version() == 0
    assert [entry.verb for entry in journal.of(batch)].count("measurements.accept") == 1


def test_a_crash_after_the_store_was_written_is_made_good(running, lev, sending, monkeypatch):
    batch = sending.keep(running, lev, table(*week(MONDAYS[0])))
    lifecycle.check(batch, by=lev, at=on(4, 27))

    class PowerCut(BaseException):
        pass

    def cut(*_args, **_given):
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(lifecycle.work, "accept", cut)
        with pytest.raises(PowerCut):
            lifecycle.take_in(batch, at=on(4, 27))
    batch.refresh_from_db()
    assert (batch.state, Store(running.number).version()) == (State.CHECKING, 0)

    [waiting] = upkeep.lost_work()
    lifecycle.take_in(Batch.objects.get(pk=waiting), at=on(4, 27))

    batch.refresh_from_db()
    assert counts(batch) == (24, 24, 0, 0)
    assert Store(running.number).version() == 0
    assert {n for n, _mean in means(running).values()} == {1}


def test_rows_of_an_earlier_file_are_known_already(running, lev, mila, sending):
    first = sending(running, lev, table(*week(MONDAYS[0])))
    second = sending(running, mila, table(*week(MONDAYS[0]), *week(MONDAYS[1])))

    assert counts(second) == (48, 24, 0, 24)
    assert (second.overlaps, second.by_reason) == ({"1": 24}, {"duplicate": 24})
    row = second.set_aside.first()
    assert (row.line, row.reason, row.params) == (2, "duplicate", {"batch": 1, "line": 2})
    assert {n for n, _mean in means(running).values()} == {1}
    assert first.rows_sha256 != second.rows_sha256


def test_two_files_of_two_people_at_once_count_every_reading_once(running, lev, mila, sending):
    """Both were checked before either stood in the store; the later one looks again."""
    one = sending.keep(running, lev, table(*week(MONDAYS[0])))
    other = sending.keep(running, mila, table(*week(MONDAYS[0])[::-1]))
    for batch, who in ((one, lev), (other, mila)):
        lifecycle.check(batch, by=who, at=on(4, 27))

    for batch in (other, one):
        lifecycle.take_in(batch, at=on(4, 27))

    assert counts(other) == (24, 24, 0, 0)
    assert counts(one) == (24, 0, 0, 24)
    assert {n for n, _mean in means(running).values()} == {1}


LINE = "101001;2026-03-31T12:00;delay;{}"


def of_rule(pilot_at, offices, rule):
    return pilot_at("running", plan=plan_for(offices, data_rules={"duplicate": rule}))


def test_the_same_number_again_is_a_duplicate(running, lev, sending):
    batch = sending(running, lev, table(LINE.format("5"), LINE.format("5,0")))

    assert counts(batch) == (2, 1, 0, 1)


@pytest.mark.parametrize(
    ("rule", "expected", "mean"),
    [("refuse", (2, 1, 1, 0), 5.0), ("first", (2, 1, 0, 1), 5.0), ("last", (2, 1, 0, 1), 7.0)],
)
def test_two_numbers_for_one_reading_are_settled_as_the_plan_says(
    pilot_at, offices, lev, sending, rule, expected, mean
):
    pilot = of_rule(pilot_at, offices, rule)

    batch = sending(pilot, lev, table(LINE.format("5"), LINE.format("7")))

    assert counts(batch) == expected
    assert [value for _n, value in means(pilot).values()] == [mean]


@pytest.mark.parametrize("rule", ["refuse", "first", "last"])
def test_a_later_file_never_pushes_out_an_earlier_one(pilot_at, offices, lev, sending, rule):
    pilot = of_rule(pilot_at, offices, rule)
    sending(pilot, lev, table(LINE.format("5")))

    later = sending(pilot, lev, table(LINE.format("7")))

    assert later.duplicates == (1 if rule == "first" else 0)
    assert [value for _n, value in means(pilot).values()] == [5.0]


def test_a_file_that_is_not_ours_to_read_is_rejected_with_its_sentence(running, lev, sending):
    with pytest.raises(Refused, match="The table lacks columns: value"):
        sending.keep(running, lev, b"unit;at;metric\n101001;2026-03-31;delay\n", source="api")

    assert (Batch.objects.count(), File.objects.filter(uploaded_by=lev).count()) == (0, 0)


def test_a_file_is_read_as_its_sender_says(running, lev, sending):
    """Ambiguous on its own: dots may be decimal signs or part of nothing."""
    content = "unit;at;metric;value\n101001;31.03.2026;delay;1,5\n".encode("utf-16")

    batch = sending(running, lev, content)

    assert (batch.dialect["encoding"], batch.accepted) == ("utf-16", 1)


def test_nothing_is_taken_in_before_its_sender_agrees(running, lev, mila, sending):
    batch = sending.keep(running, lev, table(*week(MONDAYS[0])))

    assert lifecycle.take_in(batch, at=on(4, 27)).state == State.RECEIVED
    with pytest.raises(Forbidden, match="only by the person who sent the file"):
        lifecycle.check(batch, by=mila, at=on(4, 27))


def test_a_file_that_was_still_checked_when_the_data_closed_does_not_count(
    running, pilot_at, lev, sending
):
    sending(running, lev, table(*week(MONDAYS[0])))
    batch = sending.keep(running, lev, table(*week(MONDAYS[1])))
    lifecycle.check(batch, by=lev, at=on(4, 27))
    type(running).objects.filter(pk=running.pk).update(state="data_closing")

    done = lifecycle.take_in(Batch.objects.get(pk=batch.pk), at=on(4, 28))

    assert (done.state, done.problem) == (State.REJECTED, {"code": "closed"})


def test_the_pilot_is_told_what_arrived(running, lev, semyon, sending):
    for monday, who in zip(MONDAYS, [lev, semyon] * 3, strict=True):
        batch = sending(running, who, table(*week(monday)))
    running.refresh_from_db()

    told = running.data
    assert (told["expected"], told["received"]) == (96, 96)
    assert (told["baseline_expected"], told["baseline_received"]) == (48, 48)
    assert told["importers"] == sorted([lev.pk, semyon.pk])
    assert (told["version"], len(told["sha256"])) == (batch.store_version, 64)


def test_what_is_missing_is_counted_as_missing(running, lev, sending):
    sending(running, lev, table(*week(MONDAYS[2], OFFICES[:6])))
    running.refresh_from_db()

    assert (running.data["expected"], running.data["received"]) == (96, 12)
    assert (running.data["baseline_expected"], running.data["baseline_received"]) == (48, 0)


ROW = st.builds(
    "{};{};{};{}".format,
    st.sampled_from([*OFFICES[:3], "999999", ""]),
    st.sampled_from(["2026-03-31", "31.03.2026 12:00", "2026-04-01T10:00", "2025-01-01", "?"]),
    st.sampled_from(["delay", "complaints", "speed"]),
    st.sampled_from(["0", "0,5", "1", "7", "x", ""]),
)


@settings(max_examples=10, phases=[Phase.explicit, Phase.generate])
@given(st.lists(st.lists(ROW, min_size=1, max_size=25), min_size=1, max_size=3))
def test_counts_always_add_up(running, lev, sending, files):
    """Over any files, in any order, with any overlap: nothing is lost, nothing counts twice."""
    before = running.batches.count()
    for n, rows in enumerate(files):
        batch = sending(running, lev, table(*rows, "", f";;;{before}-{n}"))
        taken = batch.accepted if batch.state == State.ACCEPTED else 0
        assert batch.received == len(rows) + 1
        assert batch.received == taken + batch.quarantined + batch.duplicates
        assert batch.set_aside.filter(is_duplicate=False).count() == batch.quarantined
        assert batch.set_aside.filter(is_duplicate=True).count() == batch.duplicates
        assert len(stored(running, batch)) == (batch.accepted or 0)

    keys = [key for batch in running.batches.counted() for key in stored(running, batch)]
    assert len(keys) == len(set(keys))


def stored(pilot, batch):
    """Unit, moment and metric of every row of a batch that stands in the store."""
    store = Store(pilot.number)
    blocks = store.rows(batch.number, version=store.version())
    return [
        (row["unit"], row["at"], row["metric"]) for block in blocks for row in block.to_pylist()
    ]


def test_two_people_press_at_once_and_one_file_comes_of_it(running, lev, sending):
    """The key of the form is the same; the second press finds what came of the first."""
    from pochin.core import once  # noqa: PLC0415

    found = []
    for _press in range(2):
        with once.request("k", "d"):
            upload = SimpleUploadedFile("readings.csv", table(*week(MONDAYS[0])))
            try:
                found.append(lifecycle.send(running, upload, by=lev, at=on(4, 27)))
            except Refused as problem:
                found.append(str(problem))

    assert Batch.objects.count() == 1
    assert found[0] == Batch.objects.get()


def test_days_outside_the_plan_name_its_days(running, lev, sending):
    batch = sending(running, lev, table("101001;2026-01-01;delay;1", *week(MONDAYS[0])))

    row = batch.set_aside.get()
    assert (row.line, row.column, row.value, row.reason) == (2, "at", "2026-01-01", "outside")
    assert row.params == {"first": str(MONDAYS[0]), "last": str(date(2026, 4, 26))}

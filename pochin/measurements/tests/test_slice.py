"""Rows one may look at and take out: one's own until the look day, then all that counts."""

from __future__ import annotations

import io
from datetime import date

import pyarrow.parquet as pq
import pytest
from django.urls import reverse

from conftest import on, plan_for
from pochin.core.models import Entry
from pochin.measurements import intake, lifecycle, slices
from pochin.measurements.models import Batch
from pochin.measurements.slices import Wanted
from pochin.measurements.tests.conftest import MONDAYS, OFFICES, table, week
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Pilot

LOOK_DAY = on(4, 27)
BEFORE = on(4, 20)


@pytest.fixture
def full(running, lev, mila, sending):
    """Lev sent the first three weeks, Mila the other three."""
    for i, monday in enumerate(MONDAYS):
        sending(running, lev if i < 3 else mila, table(*week(monday, delay=10 * i)))
    running.refresh_from_db()
    return running


def seen_by(pilot, who, at):
    return slices.sight(pilot, who, at=at, plan=pilot.locked_plan())


def rows(pilot, who, at, **wanted):
    seen = seen_by(pilot, who, at)
    count = slices.count(pilot, seen, Wanted(**wanted), None)
    found = slices.preview(pilot, seen, Wanted(**wanted), count=count)
    assert len(found) == min(count, slices.PREVIEW)
    return found


def taken_out(pilot, who, at, kind="csv", **wanted) -> bytes:
    seen = seen_by(pilot, who, at)
    return b"".join(slices.take_out(pilot, seen, Wanted(**wanted), kind, by=who, at=at))


@pytest.mark.parametrize(("name", "batches"), [("lev", {1, 2, 3}), ("mila", {4, 5, 6}),
                                               ("vera", set()), ("anna", set())])  # fmt: skip
def test_before_the_look_day_one_sees_the_rows_one_sent_oneself(full, name, batches, request):
    who = request.getfixturevalue(name)

    found = rows(full, who, BEFORE, unit=OFFICES[0])

    assert {row.batch.number for row in found} == batches
    assert len(found) == 2 * len(batches)


@pytest.mark.parametrize("name", ["lev", "vera", "anna"])
def test_from_the_look_day_on_everybody_inside_sees_what_counts(full, name, request):
    found = rows(full, request.getfixturevalue(name), LOOK_DAY, unit=OFFICES[0])

    assert {row.batch.number for row in found} == {1, 2, 3, 4, 5, 6}


def test_each_row_says_from_which_file_and_line_it_came(full, vera):
    [row] = rows(full, vera, LOOK_DAY, unit=OFFICES[1], metric="delay", last=MONDAYS[0])

    assert (row.value, row.batch.number, row.line, row.day) == (1, 1, 4, MONDAYS[0])


def test_between_two_looks_later_days_stay_closed(pilot_at, offices, lev, mila, vera, sending):
    plan = plan_for(offices, analysis={"looks": {"spending": "obrien-fleming", "at": [0.5, 1]}})
    pilot = pilot_at("running", plan=plan)
    sending(pilot, lev, table(*week(MONDAYS[2])))
    sending(pilot, mila, table(*week(MONDAYS[5])))
    first_look = on(4, 13)

    def days(who, at):
        return {row.day for row in rows(pilot, who, at)}

    assert days(vera, on(4, 12)) == set()
    assert days(vera, first_look) == days(lev, first_look) == {MONDAYS[2]}
    assert days(mila, first_look) == {MONDAYS[2], MONDAYS[5]}  # the later ones are her own
    assert days(vera, LOOK_DAY) == {MONDAYS[2], MONDAYS[5]}


def test_once_the_result_is_handed_over_the_rows_are_open(full, vera):
    Pilot.objects.filter(pk=full.pk).update(result_at=on(4, 1))
    full.refresh_from_db()

    assert len(rows(full, vera, BEFORE, unit=OFFICES[0])) == 12


def test_what_the_vendor_declared_shows_no_primary_metric_to_others_until_confirmed(
    running, anna, vera, mila, sending
):
    batch = sending(running, anna, table(*week(MONDAYS[0])))

    assert {row.metric for row in rows(running, vera, LOOK_DAY)} == {"complaints"}
    assert {row.metric for row in rows(running, anna, LOOK_DAY)} == {"delay", "complaints"}
    lifecycle.confirm(batch, by=mila, at=LOOK_DAY)
    assert {row.metric for row in rows(running, vera, LOOK_DAY)} == {"delay", "complaints"}


def test_a_withdrawn_file_is_seen_no_more_but_in_the_state_that_was_closed(full, lev, vera, mila):
    pilots.keep_time(on(4, 28))
    full.refresh_from_db()
    plan, [closed] = full.locked_plan(), slices.states(full)
    Pilot.objects.filter(pk=full.pk).update(state="running")
    full.refresh_from_db()
    lifecycle.withdraw(Batch.objects.get(number=1), by=lev, reason="не то", at=on(4, 28))
    lifecycle.tidy(Batch.objects.get(number=1), at=on(4, 28))

    now = slices.sight(full, vera, at=LOOK_DAY, plan=plan)
    then = slices.sight(full, vera, at=LOOK_DAY, plan=plan, snapshot=closed)

    wanted = Wanted(unit=OFFICES[0], metric="delay")
    assert len(slices.preview(full, now, wanted, count=5)) == 5
    assert len(slices.preview(full, then, wanted, count=None)) == 6
    assert slices.count(full, then, wanted, closed) is None
    early = slices.sight(full, vera, at=BEFORE, plan=plan, snapshot=closed)
    assert early.is_empty


# What it amounts to --------------------------------------------------------------------------


def test_what_a_slice_amounts_to_is_told_from_the_look_day_on(full, vera):
    def told(at, **wanted):
        seen = seen_by(full, vera, at)
        return slices.amounts(full, full.locked_plan(), seen, Wanted(**wanted))

    assert told(BEFORE) == []
    [delay] = told(LOOK_DAY, unit=OFFICES[0], metric="delay")
    assert (delay.n, delay.level) == (6, 25)  # 0, 10 … 50
    assert delay.spread == pytest.approx(18.708287, abs=1e-6)  # of 0, 10, 20, 30, 40, 50
    assert told(LOOK_DAY, first=date(2026, 3, 30)) == []


def test_a_quantile_of_a_slice_is_read_from_its_sketches(pilot_at, offices, lev, vera, sending):
    metrics = [{"code": "delay", "role": "primary", "kind": "quantile", "quantile": 0.9,
                "direction": "lower", "unit": "min", "threshold": 1, "detectable": 1}]  # fmt: skip
    pilot = pilot_at("running", plan=plan_for(offices, metrics=metrics))
    minutes = [f"101001;2026-03-31T12:{i:02};delay;{i + 1}" for i in range(60)]
    sending(pilot, lev, table(*minutes))

    seen = seen_by(pilot, vera, LOOK_DAY)
    [delay] = slices.amounts(pilot, pilot.locked_plan(), seen, Wanted())

    assert delay.level == pytest.approx(54, rel=0.0025)  # the 54th of 60
    assert delay.spread is None


# Files ---------------------------------------------------------------------------------------


def test_a_slice_is_taken_out_as_csv_that_can_be_read_again(full, vera, tmp_path):
    path = tmp_path / "out.csv"
    path.write_bytes(taken_out(full, vera, LOOK_DAY, unit=OFFICES[3]))

    look = intake.look(path, name="out.csv")
    [raw] = intake.read(path, look.dialect)

    assert path.read_bytes().startswith(b"\xef\xbb\xbfunit,at,metric,value")
    assert len(raw.lines) == 12
    assert set(raw.cells["unit"].to_pylist()) == {OFFICES[3]}


def test_a_slice_is_taken_out_as_parquet(full, vera):
    table_ = pq.read_table(io.BytesIO(taken_out(full, vera, LOOK_DAY, "parquet", metric="delay")))

    assert table_.num_rows == 72
    assert sorted(table_["value"].to_pylist())[:2] == [0, 1]
    assert table_.column_names == list(slices.TAKEN_OUT)


@pytest.mark.parametrize("start", ["=", "\u00a0=", "\uff1d"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(running, lev, sending, start):
    head = "unit;at;metric;value;event_id"
    sending(running, lev, table(f'101001;2026-03-31;delay;-1;"{start}cmd()"', head=head))

    text = taken_out(running, lev, BEFORE).decode("utf-8-sig")

    # A blank in front is no part of what was written.
    assert f'"\'{start.strip()}cmd()"' in text
    assert ",-1," in text


def test_before_the_look_day_a_file_holds_ones_own_rows_alone(full, mila):
    text = taken_out(full, mila, BEFORE).decode("utf-8-sig")

    assert len(text.splitlines()) == 1 + 72
    assert {line.split(",")[9] for line in text.splitlines()[1:]} == {"4", "5", "6"}


# Pages ---------------------------------------------------------------------------------------


@pytest.fixture
def page(full):
    return reverse("measurements:slice", args=[full.number])


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_page_shows_rows_and_whence_they_came(full, lev, signed_in, page, language):
    browser = signed_in(lev, language)

    answer = browser.get(page, {"unit": OFFICES[0]})

    assert answer.status_code == 200
    assert {row.unit for row in answer.context["rows"]} == {OFFICES[0]}
    assert Batch.objects.get(number=1).rows_sha256 in answer.content.decode()


@pytest.mark.parametrize("asked", [{"unit": "nowhere"}, {"metric": "?"}, {"first": "soon"},
                                   {"batch": "-1"}, {"state": "999"}])  # fmt: skip
def test_what_does_not_exist_is_asked_again(full, lev, signed_in, page, asked):
    answer = signed_in(lev).get(page, asked)

    # Where nothing is closed yet, there is no state to choose.
    assert answer.status_code == (200 if asked.keys() == {"state"} else 422)


def test_no_page_and_no_file_tells_others_a_value_before_the_look_day(
    running, lev, signed_in, sending, vera, monkeypatch
):
    sending(running, lev, table("101001;2026-03-31T12:00;delay;7771"))
    monkeypatch.setattr("pochin.measurements.views.slices.timezone.now", lambda: BEFORE)
    address = reverse("measurements:slice", args=[running.number])
    out = reverse("measurements:take_out", args=[running.number])

    assert "7,771" in signed_in(lev).get(address).content.decode()
    for ask in ({}, {"unit": "101001"}, {"batch": "1"}):
        shown = signed_in(vera).get(address, ask).content.decode()
        assert "7771" not in shown
        assert "7,771" not in shown
        refused = signed_in(vera).post(out, {"kind": "csv", **ask}, headers={"referer": address})
        assert refused.status_code in (302, 409, 422)


def test_who_took_rows_out_stands_in_the_history_of_the_pilot(full, lev, signed_in):
    out = reverse("measurements:take_out", args=[full.number])

    answer = signed_in(lev).post(out, {"kind": "parquet", "unit": OFFICES[0]})

    assert pq.read_table(io.BytesIO(b"".join(answer.streaming_content))).num_rows == 12
    entry = Entry.objects.filter(verb="measurements.take_out").get()
    assert (entry.by_id, entry.thing_id) == (lev.pk, full.pk)
    assert entry.text.facts["unit"] == OFFICES[0]
    assert signed_in(lev).get(out).status_code == 405


@pytest.mark.parametrize("name", ["gleb", "ulyana", "boris", "zakhar", "viktor"])
@pytest.mark.parametrize("address", ["slice", "quality"])
def test_for_others_there_is_nothing(full, signed_in, name, address, request):
    browser = signed_in(request.getfixturevalue(name))

    hidden = browser.get(reverse(f"measurements:{address}", args=[full.number]))
    missing = browser.get(reverse(f"measurements:{address}", args=[999_999]))

    assert (hidden.status_code, missing.status_code) == (404, 404)


def test_a_pilot_without_a_locked_plan_has_no_rows_to_show(pilot_at, lev, signed_in):
    pilot = pilot_at("design")

    assert signed_in(lev).get(
        reverse("measurements:slice", args=[pilot.number])
    ).status_code == 404  # fmt: skip

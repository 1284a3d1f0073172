"""Which column holds what, rows to be put right, and work that is stopped."""

from __future__ import annotations

import pytest
from django.urls import reverse

from conftest import on
from pochin.core.lifecycle import Refused
from pochin.measurements import lifecycle, taking
from pochin.measurements.models import Habit
from pochin.measurements.tests.conftest import MONDAYS, table, week
from pochin.measurements.tests.test_ways_in import CONTENT

WIDE = "Отделение;Дата;Задержка;Жалобы\n101001;31.03.2026;12,5;0,1\n101002;31.03.2026;;0,2\n"
SAID = {"h0": "unit", "h1": "at", "h2": "wide delay", "h3": "wide complaints"}


def test_a_wide_table_is_read_as_its_sender_says_and_the_next_one_by_itself(
    running, lev, signed_in, sending
):
    batch = sending.keep(running, lev, WIDE.encode())
    browser = signed_in(lev)
    columns = reverse("measurements:columns", args=[running.number, 1])
    assert not batch.dialect["columns"]
    with pytest.raises(Refused, match="Say first which column"):
        lifecycle.check(batch, by=lev, at=on(4, 27))

    assert browser.get(columns).status_code == 200
    assert browser.post(columns, {"h0": "unit", "h1": "unit"}).status_code == 422
    assert browser.post(columns, SAID).status_code == 302
    page = browser.get(batch.get_absolute_url())
    batch.refresh_from_db()
    lifecycle.check(batch, by=lev, at=on(4, 27))
    lifecycle.take_in(batch, at=on(4, 27))

    assert [row["value"] for row in page.context["look"].rows] == ["12,5", "0,1", "0,2"]
    assert (batch.received, batch.accepted) == (3, 3)
    later = sending(running, lev, WIDE.replace("31.03", "01.04").encode())
    assert (later.accepted, Habit.objects.count()) == (3, 1)


def test_what_the_vendor_says_of_columns_does_not_read_the_files_of_the_post(
    running, lev, anna, sending
):
    def say(who, day, **wide):
        batch = sending.keep(running, who, WIDE.replace("31.03", day).encode())
        told = dict(batch.dialect["wide"])
        if not told:
            columns = {"unit": "Отделение", "at": "Дата"}
            lifecycle.map_columns(
                batch, by=who, at=on(4, 27), under={}, fixed={}, columns=columns, wide=wide
            )
        return told

    crossed = {"Задержка": "complaints", "Жалобы": "delay"}
    straight = {"Задержка": "delay", "Жалобы": "complaints"}
    assert say(anna, "31.03", **crossed) == {}
    assert say(anna, "01.04") == crossed

    assert say(lev, "02.04", **straight) == {}
    assert say(lev, "03.04") == straight


def test_a_bad_cell_of_a_wide_table_is_named_by_its_line_and_heading(running, lev, sending):
    content = WIDE.replace("0,2", "2")
    batch = sending.keep(running, lev, content.encode())
    lifecycle.map_columns(
        batch, by=lev, at=on(4, 27), under={}, fixed={},
        columns={"unit": "Отделение", "at": "Дата"},
        wide={"Задержка": "delay", "Жалобы": "complaints"},
    )  # fmt: skip
    lifecycle.check(batch, by=lev, at=on(4, 27))
    lifecycle.take_in(batch, at=on(4, 27))

    row = batch.set_aside.get()
    assert (row.line, row.column, row.value, row.reason) == (3, "Жалобы", "2", "impossible")
    assert (batch.received, batch.accepted, batch.quarantined) == (3, 2, 1)


def test_a_bad_cell_is_named_by_the_heading_its_file_has(running, lev, sending):
    rows = "Отделение;Дата;Показатель;Значение\n101001;31.03.2026;delay;5\n9;31.03.2026;delay;5\n"

    batch = sending(running, lev, rows.encode())

    row = batch.set_aside.get()
    assert (row.line, row.column, row.value, row.reason) == (3, "Отделение", "9", "unknown_unit")


def test_what_all_rows_say_need_not_stand_in_the_table(running, lev, sending):
    batch = sending.keep(running, lev, "Когда;Сколько\n2026-03-31;5\n2026-04-01;6\n".encode())
    lifecycle.map_columns(
        batch, by=lev, at=on(4, 27), under={}, wide={}, columns={"at": "Когда", "value": "Сколько"},
        fixed={"unit": "101001", "metric": "delay"},
    )  # fmt: skip
    lifecycle.check(batch, by=lev, at=on(4, 27))

    assert lifecycle.take_in(batch, at=on(4, 27)).accepted == 2


def test_only_the_sender_says_what_columns_hold(running, lev, mila, signed_in, sending):
    sending.keep(running, lev, WIDE.encode())
    columns = reverse("measurements:columns", args=[running.number, 1])

    assert signed_in(mila).get(columns).status_code == 404
    assert signed_in(mila).post(columns, SAID).status_code == 404


def test_a_dialect_put_right_is_remembered_for_the_next_file(running, lev, sending):
    first = b"unit;at;metric;value\n101001;31.03.2026;delay;1\n"
    sending(running, lev, first, decimal=".")

    later = sending.keep(running, lev, first.replace(b"31.03", b"01.04"))

    assert later.dialect["decimal"] == "."


def test_rows_set_aside_are_taken_out_put_right_and_sent_again(
    running, lev, mila, signed_in, sending
):
    rows = week(MONDAYS[0])
    rows[3] = rows[3].replace("0.01", "-7")
    batch = sending(running, lev, table(*rows))
    address = reverse("measurements:correct", args=[running.number, 1])

    taken = b"".join(signed_in(lev).get(address).streaming_content).decode()
    right = taken.replace("-7", "0.01").encode()
    again = sending(running, lev, right)

    assert batch.quarantined == 1
    assert ",101002,2026-03-16T12:00,complaints,-7" in taken
    assert (again.received, again.accepted) == (1, 1)
    assert signed_in(mila).get(address).status_code == 404


def test_work_that_is_stopped_leaves_nothing_and_may_begin_again(running, lev, sending):
    batch = sending.keep(running, lev, CONTENT)
    lifecycle.check(batch, by=lev, at=on(4, 27))
    taking.take(batch)  # the rows stand in the store when the work is stopped
    lifecycle.stop(batch, by=lev, at=on(4, 27))
    other = sending(running, lev, CONTENT + b"\n")

    lifecycle.check(batch, by=lev, at=on(4, 27))
    lifecycle.take_in(batch, at=on(4, 27))

    assert (other.accepted, batch.accepted, batch.duplicates) == (24, 0, 24)

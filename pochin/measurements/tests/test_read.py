"""Reading a file: how it is written is found out, and a broken one is refused in one sentence."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import PLAN
from pochin.lab.protocol import Protocol
from pochin.measurements import intake, words
from pochin.measurements.expectations import Expectation

UNITS = ["101001", "101002", "склад 3"]
NOW = datetime(2026, 4, 27, 20, tzinfo=UTC)
METRICS = [
    *PLAN["metrics"],
    {
        "code": "returns", "role": "secondary", "kind": "ratio", "direction": "lower",
        "unit": "1", "denominator": "letters",
    },
    {
        "code": "falls", "role": "secondary", "kind": "rate", "direction": "lower",
        "unit": "1", "denominator": "hours",
    },
]  # fmt: skip


def plan(**changes) -> Protocol:
    units = [
        {"unit": unit, "arm": "treatment" if i % 2 else "control"} for i, unit in enumerate(UNITS)
    ]
    document = {
        **PLAN,
        "design": {"kind": "parallel", "treated": 1},
        "assignment": {"method": "complete", "units": units},
        "metrics": METRICS,
    }
    return Protocol.parse({**document, **changes})


EXPECT = Expectation.of(plan(), {"101002": "Asia/Vladivostok"})


def read(tmp_path, content: bytes, name="readings.csv", *, expect=EXPECT, **dialect):
    """What a file comes to: readings as rows, and faults in the order of their lines."""
    path = tmp_path / "file"
    path.write_bytes(content)
    found = intake.look(path, name=name, dialect=dialect).dialect
    rows, faults = [], []
    for raw in intake.read(path, found):
        checked = intake.check(raw, expect, decimal=found.decimal, now=NOW)
        assert raw.received == checked.readings.num_rows + checked.quarantined
        rows += checked.readings.to_pylist()
        faults += checked.faults
    return rows, sorted(faults, key=lambda fault: fault.line)


def one(tmp_path, line: str, head="unit;at;metric;value", **more):
    """The reading of a single good line, or the reason against it."""
    rows, faults = read(tmp_path, f"{head}\n{line}\n".encode(), **more)
    return rows[0] if rows else faults[0].reason.value


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251", "utf-16"])
def test_separators_and_encodings_are_found_out(tmp_path, separator, encoding):
    lines = ["Единица;Время;Показатель;Значение", "склад 3;2026-03-31;delay;12"]
    content = "\r\n".join(lines).replace(";", separator).encode(encoding)

    rows, faults = read(tmp_path, content)

    assert faults == []
    assert [(row["unit"], row["value"], row["line"]) for row in rows] == [("склад 3", 12.0, 2)]


@pytest.mark.parametrize(
    ("written", "number"),
    [("12,5", 12.5), ("1 234,5", 1234.5), ("1\u00a0234,5", 1234.5), ("-0,25", -0.25), ("7", 7.0),
     ("1e3", 1000.0)],
)  # fmt: skip
def test_decimal_commas_are_read_as_people_write_them(tmp_path, written, number):
    rows, _faults = read(
        tmp_path, f"unit;at;metric;value\n101001;31.03.2026;delay;{written}\n".encode("cp1251")
    )

    assert [row["value"] for row in rows] == [number]


def test_a_comma_that_divides_columns_is_no_decimal_sign(tmp_path):
    content = b'unit,at,metric,value\n101001,2026-03-31,delay,1.5\n101001,2026-04-01,delay,"2.5"\n'

    rows, _faults = read(tmp_path, content)

    assert [row["value"] for row in rows] == [1.5, 2.5]


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-03-31 14:05", "2026-03-31T11:05"),
        ("2026-03-31T14:05:30", "2026-03-31T11:05:30"),
        ("31.03.2026 14:05", "2026-03-31T11:05"),
        ("31.3.2026 9:05", "2026-03-31T06:05"),
        ("31.03.26 14:05:30", "2026-03-31T11:05:30"),
        ("2026-03-31T14:05Z", "2026-03-31T14:05"),
        ("2026-03-31T14:05+05:00", "2026-03-31T09:05"),
        ("31.03.2026", "2026-03-30T21:00"),
        ("2026-03-31", "2026-03-30T21:00"),
    ],
)
def test_days_and_times_are_read_in_russian_and_iso_order(tmp_path, written, utc):
    # A second row of another form, so that no column is of one form throughout.
    content = f"unit;at;metric;value\n101001;{written};delay;1\n101001;01.04.2026 1:00;delay;1\n"

    rows, faults = read(tmp_path, content.encode())

    assert faults == []
    assert rows[0]["at"] == datetime.fromisoformat(f"{utc}+00:00")


@pytest.mark.parametrize("line", ["101002;2026-03-31;delay;1", "101002;2026-03-31T02:00;delay;1"])
def test_the_day_is_the_day_of_the_site(tmp_path, line):
    """Two in the morning in Vladivostok is still the day before in Moscow."""
    assert one(tmp_path, line)["day"].isoformat() == "2026-03-31"


def test_a_moment_without_a_zone_is_in_the_zone_of_the_plan(tmp_path):
    expect = Expectation.of(
        plan(periods={**PLAN["periods"], "zone": "Europe/Moscow"}), {"101002": "Asia/Vladivostok"}
    )

    row = one(tmp_path, "101002;2026-03-31T23:00;delay;1", expect=expect)

    assert row["at"] == datetime(2026, 3, 31, 20, tzinfo=UTC)
    assert row["day"].isoformat() == "2026-04-01"


def test_an_hour_belongs_to_its_period(tmp_path):
    hourly = {"start": "2026-03-31", "length": "hour", "baseline": 2, "run": 4}
    expect = Expectation.of(plan(periods=hourly))

    assert one(tmp_path, "101001;2026-03-31T04:59;delay;1", expect=expect)["period"] == (
        "2026-03-31T04"
    )
    assert one(tmp_path, "101001;2026-03-31T06:00;delay;1", expect=expect) == "outside"


def test_a_plan_without_dates_takes_the_names_of_its_periods(tmp_path):
    named = {"ids": ["before", "after"], "baseline": 1, "run": 1}
    expect = Expectation.of(plan(periods=named))

    row = one(tmp_path, "101001;after;delay;1", expect=expect)

    assert (row["period"], row["at"], row["day"]) == ("after", None, None)
    assert one(tmp_path, "101001;later;delay;1", expect=expect) == "outside"


def test_years_may_be_periods(tmp_path):
    years = {"ids": ["2023", "2024", "2025"], "baseline": 1, "run": 2}
    expect = Expectation.of(plan(periods=years))

    assert one(tmp_path, "101001;2024;delay;1", expect=expect)["period"] == "2024"
    assert one(tmp_path, "101001;31.12.2024;delay;1", expect=expect)["period"] == "2024"
    assert one(tmp_path, "101001;01.01.2026;delay;1", expect=expect) == "outside"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("999999;2026-03-31;delay;1", "unknown_unit"),
        (";2026-03-31;delay;1", "empty"),
        ("101001;2026-03-31;speed;1", "unknown_metric"),
        ("101001;;delay;1", "empty"),
        ("101001;31.02.2026;delay;1", "not_a_time"),
        ("101001;вчера;delay;1", "not_a_time"),
        ("101001;2026-03-15;delay;1", "outside"),
        ("101001;2026-04-27;delay;1", "outside"),
        ("101001;2026-03-31;delay;", "empty"),
        ("101001;2026-03-31;delay;много", "not_a_number"),
        ("101001;2026-03-31;delay;nan", "not_a_number"),
        ("101001;2026-03-31;delay;1e999", "not_a_number"),
        ("101001;2026-03-31;complaints;1,01", "impossible"),
        ("101001;2026-03-31;complaints;-0,01", "impossible"),
        ("101001;2026-03-31;returns;1", "no_denominator"),
        ("101001;2026-03-31", "cells"),
        ("101001;2026-03-31;delay;1;2", "cells"),
    ],
)
def test_a_row_that_breaks_the_plan_is_set_aside_with_its_reason(tmp_path, line, reason):
    good = "101001;2026-03-30;delay;1"

    rows, faults = read(tmp_path, f"unit;at;metric;value\n{good}\n\n{line}\n{good}\n".encode())

    assert [(fault.line, fault.reason.value) for fault in faults] == [(4, reason)]
    assert [row["line"] for row in rows] == [2, 5]
    assert words.of_row(faults[0].reason, faults[0].params).endswith(".")


@pytest.mark.parametrize(
    "line",
    ["101001;2026-03-16;delay;-5", "101001;2026-04-26T23:59;delay;1", " 101001 ;2026-03-31;delay;1",
     "101001;2026-03-31;complaints;0", "101001;2026-03-31;complaints;1"],
)  # fmt: skip
def test_a_row_at_the_edge_of_the_plan_is_taken(tmp_path, line):
    assert one(tmp_path, line)["unit"] == "101001"


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("101001;2026-03-31;returns;1;20", True),
        ("101001;2026-03-31;returns;0;0", True),
        ("101001;2026-03-31;returns;1;-1", False),
        ("101001;2026-03-31;returns;1;x", False),
        ("101001;2026-03-31;falls;0;8", True),
        ("101001;2026-03-31;falls;0;0", False),
        ("101001;2026-03-31;falls;-1;8", False),
        ("101001;2026-03-31;delay;1;", True),
    ],
)
def test_denominators_are_judged_by_the_kind_of_the_metric(tmp_path, line, taken):
    found = one(tmp_path, line, head="unit;at;metric;value;denominator")

    assert isinstance(found, dict) == taken


@pytest.mark.parametrize(
    ("ahead", "taken"), [(timedelta(minutes=4), True), (timedelta(hours=1), False)]
)
def test_a_clock_may_be_minutes_fast_and_no_more(tmp_path, ahead, taken):
    expect = Expectation.of(plan(periods={**PLAN["periods"], "run": 40}))
    moment = (NOW + ahead).isoformat()

    found = one(tmp_path, f"101001;{moment};delay;1", expect=expect)

    assert (found != "future") == taken


def test_a_sender_of_one_site_speaks_of_no_other(tmp_path):
    expect = Expectation.of(plan(), own=["101001"])

    assert one(tmp_path, "101001;2026-03-31;delay;1", expect=expect)["unit"] == "101001"
    assert one(tmp_path, "101002;2026-03-31;delay;1", expect=expect) == "foreign_unit"


def test_one_broken_letter_spoils_its_row_and_not_the_file(tmp_path):
    content = b"unit;at;metric;value\n101001;2026-03-31;delay;1\n101\xff01;2026-03-31;delay;1\n"

    rows, faults = read(tmp_path, content, encoding="utf-8")

    assert [row["line"] for row in rows] == [2]
    assert [(fault.line, fault.reason.value) for fault in faults] == [(3, "encoding")]


def workbook(*rows) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("Замеры")
    moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(i, j, cell, moment)
            else:
                sheet.write(i, j, cell)
    book.close()
    return file.getvalue()


def test_a_workbook_is_read_with_its_numbers_and_days(tmp_path):
    content = workbook(
        ["Единица", "Дата", "Показатель", "Значение", "Заметка"],
        [101001, datetime(2026, 3, 31, 14, 5), "delay", 12.5, "x"],
        [],
        ["101002", "31.03.2026", "delay", "7", ""],
        [101001, "когда-то", "delay", 1, ""],
    )

    rows, faults = read(tmp_path, content, name="readings.xlsx")

    assert [(row["line"], row["unit"], row["value"]) for row in rows] == [
        (2, "101001", 12.5), (4, "101002", 7.0)]  # fmt: skip
    assert [(fault.line, fault.reason.value) for fault in faults] == [(5, "not_a_time")]


def test_lines_of_json_are_read(tmp_path):
    lines = [
        json.dumps({"unit": 101001, "at": "2026-03-31T14:05Z", "metric": "delay", "value": 1.5}),
        "",
        "{broken",
        json.dumps({"value": 2, "metric": "delay", "unit": "101002", "at": "2026-04-01", "x": [1]}),
    ]

    rows, faults = read(tmp_path, "\n".join(lines).encode(), name="readings.jsonl")

    assert [(row["line"], row["unit"], row["value"]) for row in rows] == [
        (1, "101001", 1.5), (4, "101002", 2.0)]  # fmt: skip
    assert [(fault.line, fault.reason.value) for fault in faults] == [(3, "not_a_row")]


def test_parquet_is_read_with_its_types(tmp_path):
    file = io.BytesIO()
    moments = [datetime(2026, 3, 31, 14, tzinfo=UTC), None]
    columns = {"unit": [101001, 101002], "at": moments, "metric": ["delay"] * 2, "value": [1, 2]}
    pq.write_table(pa.table(columns), file)

    rows, faults = read(tmp_path, file.getvalue(), name="readings.parquet")

    assert [(row["line"], row["unit"], row["at"], row["value"]) for row in rows] == [
        (1, "101001", moments[0], 1.0)]  # fmt: skip
    assert [(fault.line, fault.reason.value) for fault in faults] == [(2, "empty")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"  \n \n", "The file is empty."),
        (b"unit;at;metric\n1;2;3\n", "The table lacks columns: value."),
        (b"unit;site;at;metric;value\n", "The headings “unit” and “site” both mean unit."),
        (b"%PDF-1.7 ...", "Files of this kind are not read."),
        (b"\x1f\x8b\x08...", "Files of this kind are not read."),
        (b"PK\x03\x04 not a workbook", "The workbook cannot be opened."),
        (b"PAR1 not parquet PAR1", "The Parquet file is damaged."),
        (b"PAR1", "The Parquet file is damaged."),
        (b"{}\n{}\n", "The table lacks columns: unit, at, metric, value."),
        (b"{ not json\n", "The file holds no records."),
        (b"x" * 2_000_000, "A line of the file is longer than a megabyte"),
        (b";" * 1_500_000, "A line of the file is longer than a megabyte"),
        (bytes(range(256)) * 40, "The characters of the file cannot be read."),
        (b"unit;at;metric;value\n\n", "The table has headings and no rows."),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(intake.Unreadable) as caught:
        intake.look(path, name="x.csv")

    said = words.of_problem({"code": caught.value.code, "params": caught.value.params})
    assert said.startswith(sentence)


def test_a_line_without_end_inside_a_file_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"unit;at;metric;value\n101001;2026-03-31;delay;1\n" + b"x" * 20_000_000)
    dialect = intake.look(path, name="x.csv").dialect

    with pytest.raises(intake.Unreadable) as caught:
        list(intake.read(path, dialect))

    assert caught.value.code == "long_line"


def test_columns_nobody_asked_for_are_named(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"note;unit;at;metric;value\nx;101001;2026-03-31;delay;1,5\n")

    found = intake.look(path, name="x.csv")

    assert list(found.unused) == ["note"]
    assert found.rows == [{"unit": "101001", "at": "2026-03-31", "metric": "delay", "value": "1,5"}]
    assert (found.dialect.separator, found.dialect.decimal) == (";", ",")


CELL = st.one_of(
    st.sampled_from(["101001", "101002", "2026-03-31", "31.03.2026 4:05", "delay", "complaints",
                     "1", "0,5", "", " ", "x", "2026-02-30", "nan", "-1", "1e400", "\ufffd"]),
    st.text(st.characters(exclude_characters='\r\n;"\0', exclude_categories=["Cs"]), max_size=6),
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.lists(CELL, max_size=6), max_size=30))
def test_whatever_a_file_holds_every_row_is_taken_or_named(tmp_path_factory, rows):
    lines = [";".join(row) for row in rows]
    content = "\n".join(["unit;at;metric;value", "101001;2026-03-31;delay;1", *lines]).encode()

    taken, faults = read(tmp_path_factory.mktemp("any"), content)

    written = [n for n, line in enumerate(lines, 3) if line.strip(" ;\u00a0\u2003").strip()]
    named = sorted([row["line"] for row in taken] + [fault.line for fault in faults])
    assert len(named) == len(set(named))
    assert set(written) <= set(named)
    assert set(named) <= set(range(2, len(lines) + 3))

"""Broken and hostile files: each is refused with one sentence or read, in bounded memory and time.

The reading runs in a process of its own whose memory is limited: what grows dies there.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import resource
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from conftest import plan_for
from pochin.core.lifecycle import Refused
from pochin.measurements import intake, words
from pochin.measurements.expectations import Expectation
from pochin.measurements.intake import Unreadable, packing

ROOT = Path(__file__).resolve().parents[3]
MEMORY = 2_500_000_000  # bytes of addresses a reader may ask for
SECONDS = 120  # of computing, on a machine that does other work besides
HEAD = b"unit;at;metric;value\n"
GOOD = b"101001;2026-03-31T12:00;delay;1\n"
# Reads a file as the worker does and says what came of it: the code of a refusal, or counts.
READER = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
from pathlib import Path
from pochin.measurements import intake
path = Path(sys.argv[1])
try:
    dialect = intake.look(path, name=path.name).dialect
    rows = faults = 0
    for raw in intake.read(path, dialect):
        rows += len(raw.lines)
        faults += len(raw.faults)
    print("read", rows, faults)
except intake.Unreadable as problem:
    print("refused", problem.code)
"""


def came_of(path: Path) -> list[str]:
    """What a reader of its own says of a file; one that dies has failed."""
    done = subprocess.run(
        [sys.executable, "-c", READER, str(path)], cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, f"{path.name}: {done.stderr[-2000:]}"
    return done.stdout.split()


def wide_csv(path: Path) -> None:
    with path.open("wb") as file:
        for _block in range(100):
            file.write(b"c;" * 100_000)  # ten million columns
        file.write(b"\n" + b"1;" * 1000 + b"\n")


def wide_row(path: Path) -> None:
    path.write_bytes(HEAD + GOOD + b"1;" * 10_000_000 + b"\n" + GOOD)


def endless_line(path: Path) -> None:
    path.write_bytes(HEAD + GOOD * 50_000 + b"x" * 20_000_000)


def endless_record(path: Path) -> None:
    record = b'{"unit":"101001","at":"2026-03-31","metric":"delay","value":1}\n'
    path.write_bytes(record * 50_000 + b'{"unit":"' + b"x" * 30_000_000 + b'"}\n')


def deep_record(path: Path) -> None:
    record = b'{"unit":"101001","at":"2026-03-31","metric":"delay","value":1}\n'
    path.write_bytes(record + b"[" * 500_000 + b"\n" + record)


def nul_bytes(path: Path) -> None:
    path.write_bytes(HEAD + GOOD + b"101\0001;2026-03-31;delay;\0\n" + GOOD)


def only_nul(path: Path) -> None:
    path.write_bytes(b"\0" * 5_000_000)


def mixed_encodings(path: Path) -> None:
    spoilt = "Ижевск;2026-03-31;delay;1\n".encode("cp1251")
    path.write_bytes(HEAD + GOOD * 100 + "Ижевск;2026-03-31;delay;1\n".encode() + spoilt + GOOD)


def lone_quote(path: Path) -> None:
    path.write_bytes(HEAD + b'"' + GOOD * 100_000)


def far_cell(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["unit", "at", "metric", "value"])
        sheet.write_row(1, 0, ["101001", "2026-03-31", "delay", 1])
        sheet.write(1_048_575, 16_383, "x")


def far_cell_in_other_words(path: Path) -> None:
    """The place of a cell may be written in small letters, between single quotes."""
    plain = path.with_suffix(".plain")
    far_cell(plain)
    with zipfile.ZipFile(plain) as book, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as other:
        for part in book.namelist():
            content = book.read(part).replace(b'r="XFD1048576"', b"r = 'xfd1048576'")
            other.writestr(part, content)


def broken_book(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/worksheets/sheet1.xml", "<sheetData><row><c")


def parquet(path: Path, **columns) -> None:
    said = {
        "unit": ["101001"],
        "at": ["2026-03-31"],
        "metric": ["delay"],
        "value": [1.0],
        **columns,
    }
    size = max(map(len, said.values()))
    table = pa.table({name: values * size if len(values) == 1 else values
                      for name, values in said.items()})  # fmt: skip
    pq.write_table(table, path, use_dictionary=True, compression="zstd")


def long_word(path: Path) -> None:
    """One word of a megabyte that a hundred thousand rows share: a hundred gigabytes."""
    word = pa.DictionaryArray.from_arrays(
        pa.array([0] * 100_000, pa.int32()), pa.array(["x" * 1_000_000])
    )
    table = pa.table(
        {"unit": word, "at": ["2026-03-31"] * 100_000, "metric": ["delay"] * 100_000,
         "value": [1.0] * 100_000}
    )  # fmt: skip
    pq.write_table(table, path, compression="zstd")


def long_beginning(path: Path) -> None:
    """Words that share a beginning of a megabyte, which is written once: a hundred gigabytes."""
    schema = pa.schema([("unit", pa.string()), ("at", pa.string()), ("metric", pa.string()),
                        ("value", pa.float64())])  # fmt: skip
    words = [f"{'x' * 1_000_000}{n}" for n in range(100)]
    columns = [words, ["2026-03-31"] * 100, ["delay"] * 100, [1.0] * 100]
    with pq.ParquetWriter(
        path, schema, use_dictionary=False, compression="zstd", write_statistics=False,
        column_encoding={"unit": "DELTA_BYTE_ARRAY"},
    ) as writer:  # fmt: skip
        for _group in range(10):
            writer.write_table(pa.table(columns, schema=schema))


def secret_beginning(path: Path) -> None:
    """The same, but the end of the file does not say that words are written so."""
    long_beginning(path)
    content = path.read_bytes()
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    said, lie = b"\x25\x06\x0e", b"\x25\x06\x00"  # RLE and DELTA_BYTE_ARRAY; RLE and PLAIN
    assert content[start:].count(said) == 10
    path.write_bytes(content[:start] + content[start:].replace(said, lie))
    encodings = pq.read_metadata(path).row_group(0).column(0).encodings
    assert "DELTA_BYTE_ARRAY" not in encodings, "the file was not spoilt"


def shared(path: Path, words: pa.Array) -> None:
    """A word that a hundred thousand rows share, in a column of its type."""
    rows = pa.array([0] * 100_000, pa.int32())
    table = pa.table(
        {"unit": pa.DictionaryArray.from_arrays(rows, words), "at": ["2026-03-31"] * 100_000,
         "metric": ["delay"] * 100_000, "value": [1.0] * 100_000}
    )  # fmt: skip
    pq.write_table(table, path, compression="zstd", store_schema=False)


def long_bytes(path: Path) -> None:
    shared(path, pa.array([b"x" * 1_000_000]))


def vast_list(path: Path) -> None:
    """A cell that is a list of a hundred million."""
    cells = pa.array([[1] * 100_000_000], pa.list_(pa.int8()))
    heads = {"at": ["2026-03-31"], "metric": ["delay"], "value": [1.0]}
    pq.write_table(pa.table({"unit": cells, **heads}), path, compression="zstd")


def no_pages(path: Path) -> None:
    """Where the pages of a column should be stands something else."""
    parquet(path, unit=["101001"] * 5_000)
    content = bytearray(path.read_bytes())
    start = pq.read_metadata(path).row_group(0).column(0).dictionary_page_offset
    content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)


def broken_footer(path: Path) -> None:
    parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[:-8] + (2_000_000_000).to_bytes(4, "little") + b"PAR1")


def cut_parquet(path: Path) -> None:
    parquet(path, value=[float(n) for n in range(10_000)])
    path.write_bytes(path.read_bytes()[:-100])


def wide_parquet(path: Path) -> None:
    pq.write_table(pa.table({f"c{n}": [1] for n in range(20_000)}), path)


HOSTILE = {
    "wide.csv": (wide_csv, {"refused long_line"}),
    "row.csv": (wide_row, {"refused long_line"}),
    "line.csv": (endless_line, {"refused long_line"}),
    "record.jsonl": (endless_record, {"refused long_line"}),
    "deep.jsonl": (deep_record, {"read 2 1"}),
    "nul.csv": (nul_bytes, {"read 3 0"}),
    "zero.csv": (only_nul, {"refused long_line"}),
    "mixed.csv": (mixed_encodings, {"read 103 0"}),
    "quote.csv": (lone_quote, {"read 0 1"}),
    "far.xlsx": (far_cell, {"refused vast_sheet"}),
    "farther.xlsx": (far_cell_in_other_words, {"refused vast_sheet"}),
    "broken.xlsx": (broken_book, {"refused workbook"}),
    "word.parquet": (long_word, {"read 100000 0"}),
    "beginning.parquet": (long_beginning, {"refused delta_parquet"}),
    "secret.parquet": (secret_beginning, {"refused delta_parquet"}),
    "bytes.parquet": (long_bytes, {"read 100000 0"}),
    "list.parquet": (vast_list, {"refused parquet", "refused columns"}),
    "pages.parquet": (no_pages, {"refused parquet"}),
    "footer.parquet": (broken_footer, {"refused parquet"}),
    "cut.parquet": (cut_parquet, {"refused parquet"}),
    "wide.parquet": (wide_parquet, {"refused many_columns"}),
}  # fmt: skip


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_read_within_bounds(name, tmp_path):
    make, outcomes = HOSTILE[name]
    make(tmp_path / name)

    said = came_of(tmp_path / name)

    assert " ".join(said) in outcomes
    if said[0] == "refused":
        sentence = words.of_problem({"code": said[1], "params": {
            "most": 2000, "missing": "unit", "found": "x", "head": "x", "column": "unit",
            "first": "a", "second": "b"}})  # fmt: skip
        assert sentence.strip()


def checked(path: Path, offices) -> tuple[int, int, int]:
    """Rows received, in order and set aside."""
    dialect = intake.look(path, name=path.name).dialect
    received = kept = wrong = 0
    for raw in intake.read(path, dialect):
        one = intake.check(raw, Expectation.of(plan_for(offices)), decimal=dialect.decimal,
                           now=datetime(2026, 5, 1, tzinfo=UTC))  # fmt: skip
        received += raw.received
        kept += one.readings.num_rows
        wrong += one.quarantined
    return received, kept, wrong


def test_the_statistics_of_a_parquet_file_are_not_believed(offices, tmp_path):
    """A value that the file says does not occur is found all the same."""
    path = tmp_path / "wrong.parquet"
    table = pa.table({"unit": ["101001", "101002"], "at": ["2026-03-31"] * 2,
                      "metric": ["delay"] * 2, "value": [7.25, 8.5]})  # fmt: skip
    pq.write_table(table, path, use_dictionary=False, compression="none")
    content = path.read_bytes()
    value = bytes.fromhex("000000000000 1d40".replace(" ", ""))  # 7.25, as the file writes it
    body, footer = content[: content.rindex(value) - 400], content[content.rindex(value) - 400 :]
    path.write_bytes(body + footer.replace(value, bytes.fromhex("0000000000005940")))  # 100

    statistics = pq.ParquetFile(path).metadata.row_group(0).column(3).statistics
    assert statistics.min > 8.5, "the file was not spoilt"
    assert checked(path, offices) == (2, 2, 0)


@pytest.mark.parametrize("kind", [0x11, 0x14, 0x18, 0x1C])
def test_a_page_header_that_tells_its_size_in_another_kind_is_refused(kind, offices, tmp_path):
    """As a yes, a short number, bytes, a structure: whatever stands there, one sentence."""
    path = tmp_path / "kinds.parquet"
    table = pa.table(
        {"unit": ["101001"], "at": ["2026-03-31"], "metric": ["delay"], "value": [7.0]}
    )
    pq.write_table(table, path, use_dictionary=False, compression="none")
    content = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    assert content[start + 2] == 0x15  # the second field of the header, a whole number
    content[start + 2] = kind
    path.write_bytes(content)

    with pytest.raises(Unreadable):
        checked(path, offices)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_bytes_are_spoilt_rows_add_up_or_the_file_is_refused(seed, offices, tmp_path):
    rng = random.Random(seed)
    rows = [f"{101001 + n % 12};2026-03-31T12:{n % 60:02};delay;{n}" for n in range(200)]
    content = bytearray(("unit;at;metric;value\n" + "\n".join(rows) + "\n").encode())
    name = "spoilt.csv"
    if seed % 3 == 1:
        sink = io.BytesIO()
        table = pa.Table.from_pylist(list(csv.DictReader(content.decode().splitlines(),
                                                         delimiter=";")))  # fmt: skip
        pq.write_table(table, sink)
        content, name = bytearray(sink.getvalue()), "spoilt.parquet"
    for _spot in range(rng.randint(1, 12)):
        place = rng.randrange(len(content))
        content[place : place + rng.randint(0, 3)] = rng.randbytes(rng.randint(0, 3))
    path = tmp_path / name
    path.write_bytes(content[: rng.randint(len(content) // 2, len(content))])

    try:
        received, kept, wrong = checked(path, offices)
    except Unreadable as refusal:
        said = words.of_problem({"code": refusal.code, "params": refusal.params})
        assert said
    else:
        assert received == kept + wrong


def test_a_bomb_takes_no_memory(tmp_path):
    """A gigabyte of noughts in a megabyte of gzip is given up while it is small."""
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _block in range(200):
            file.write(b"0" * 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with path.open("rb") as file, pytest.raises(Refused, match="as harmful archives"):
        for _block in packing.unpacked(iter(lambda: file.read(65_536), b""), limit=10**10):
            pass

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes

"""A first glance at the bytes of a file: its kind, encoding, separator, headings and first rows."""

from __future__ import annotations

import codecs
import csv
import json
import os
import re
import string
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from pochin.measurements.intake import pages
from pochin.measurements.intake.dialect import Unreadable, as_text
from pochin.measurements.intake.schema import column_of

SEPARATORS = (";", "\t", ",", "|")
SAMPLE = 1 << 20
LONGEST_LINE = 1 << 20
SHOWN = 5
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODINGS = ("utf-8", "utf-8-sig", "windows-1251", "utf-16")
COMMA_NUMBER = re.compile(r"^\s*[+-]?[\d\s\u00a0\u202f]*\d,\d+\s*$")
POINT_NUMBER = re.compile(r"^\s*[+-]?\d*\.\d+([eE][+-]?\d+)?\s*$")
MOST_HEADS = 2_000
MOST_CELLS = 20_000_000  # of a sheet, empty ones among them
MOST_FOOTER = 64 << 20  # bytes in which a Parquet file says what it holds
MOST_CHUNK = 1 << 30  # bytes of one column of a row group, unpacked
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
# Where a cell (or a row) of a sheet says it lies.
PLACE = re.compile(rb"""r\s*=\s*["']([A-Za-z]{0,3}\d{1,7})""")
DIGITS, LETTERS = string.digits.encode(), string.ascii_letters.encode()


@dataclass(frozen=True, slots=True)
class Found:
    """Headings and first rows of a file, before anybody asks what they mean."""

    heads: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


def glance(path: Path, name: str, given: Mapping[str, Any]) -> tuple[str, Found]:
    """The kind of a file, its headings and first rows; `given` rules over what is found.

    Raises:
        Unreadable: The file is empty, of an unknown kind, or damaged.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        if not head.strip():
            raise Unreadable("empty")
        kind = _kind(head, name)
        looker = LOOKERS.get(kind)
        return kind, looker(path, head) if looker else _look_at_text(file, head, given)


def _kind(head: bytes, name: str) -> str:
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"Rar!")):
        raise Unreadable("kind")
    if head.lstrip().startswith(b"{") or name.lower().endswith((".jsonl", ".ndjson")):
        return "jsonl"
    return "csv"


# Text with separators ------------------------------------------------------------------------


def _look_at_text(file: BinaryIO, head: bytes, given: Mapping[str, Any]) -> Found:
    encoding = given.get("encoding") or _encoding(file, head)
    sample = _decoded(head, encoding)
    lines = sample.splitlines()
    if len(sample) >= LONGEST_LINE // 4 and (not lines or len(lines[0]) > LONGEST_LINE // 8):
        raise Unreadable("long_line")
    if len(head) == SAMPLE and len(lines) > 1:
        lines.pop()  # cut in the middle
    separator = given.get("separator") or _separator(lines)
    try:
        table = list(csv.reader(lines[:200], delimiter=separator))
    except csv.Error:
        raise Unreadable("csv") from None
    rows = [dict(zip(table[0], row, strict=False)) for row in table[1:] if any(row)]
    return Found(table[0], rows, encoding, separator)


def _encoding(file: BinaryIO, head: bytes) -> str:
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    file.seek(0)
    if _is_utf8(file):
        return "utf-8"
    if b"\0" in head:
        raise Unreadable("encoding")
    return "windows-1251"


def _is_utf8(file: BinaryIO, most: int = 64 << 20) -> bool:
    """Whether the file (its first part, where it is very long) decodes as UTF-8."""
    decoder, seen = codecs.getincrementaldecoder("utf-8")(), 0
    try:
        while seen < most and (block := file.read(SAMPLE)):
            decoder.decode(block)
            seen += len(block)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(head: bytes, encoding: str) -> str:
    try:
        codec = codecs.getincrementaldecoder(encoding)(errors="replace")
    except LookupError:
        raise Unreadable("encoding") from None
    return codec.decode(head).lstrip("\ufeff").replace("\0", "\ufffd")


def _separator(lines: Sequence[str]) -> str:
    """The sign that divides the heading into the most columns we know, or into the most at all."""

    def worth(sign: str) -> tuple[int, int]:
        heads = next(csv.reader(lines[:1], delimiter=sign), [])
        return sum(column_of(head) is not None for head in heads), len(heads)

    return max(SEPARATORS, key=worth)


def decimal_of(rows: Sequence[Mapping[str, str]], heads: Sequence[str], separator: str) -> str:
    """The decimal sign of the numbers under these headings, as far as the first rows tell."""
    cells = [row.get(head) or "" for row in rows for head in heads]
    if any(COMMA_NUMBER.match(cell) for cell in cells):
        return ","
    if separator == ",":
        return "."
    # Without any evidence a table divided by semicolons or tabs is taken as written in Russian.
    return "." if any(POINT_NUMBER.match(cell) for cell in cells) else ","


# Workbooks, lines of JSON, Parquet -----------------------------------------------------------


def _look_at_workbook(path: Path, head: bytes) -> Found:
    sheet, rows = open_sheet(path, most=SHOWN + 1)
    heads = [as_text(cell) for cell in next(rows, [])]
    first = [dict(zip(heads, row, strict=False)) for row in islice(rows, SHOWN)]
    return Found([each for each in heads if each], [row for row in first if row], sheet=sheet)


def open_sheet(
    path: Path, sheet: str = "", most: int | None = None
) -> tuple[str, Iterator[list[Any]]]:
    """The rows of a workbook's sheet: the one named, else the first that holds anything.

    Args:
        most: How many rows are asked for; all where none is said.
    """
    import python_calamine as calamine  # noqa: PLC0415 - only who reads a workbook pays

    _refuse_vast(path)
    try:
        book = calamine.CalamineWorkbook.from_path(path)
        for name in [sheet] if sheet else book.sheet_names:
            found = book.get_sheet_by_name(name)
            if found.height:
                # Count lines from the top of the sheet, even where the first ones are empty.
                return name, iter(found.to_python(skip_empty_area=False, nrows=most))
    except (calamine.CalamineError, OSError, ValueError):
        raise Unreadable("workbook") from None
    raise Unreadable("empty")


def _refuse_vast(path: Path) -> None:
    """A sheet is read as the rectangle around its cells: one far cell would make it endless."""
    try:
        with zipfile.ZipFile(path) as book:
            for part in book.namelist():
                if SHEET.fullmatch(part):
                    with book.open(part) as file:
                        width, height = _extent(file)
                    if width * height > MOST_CELLS:
                        raise Unreadable("vast_sheet")
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        raise Unreadable("workbook") from None


def _extent(file: Any) -> tuple[int, int]:
    """How many columns and rows lie up to the farthest cell of a sheet."""
    width, height, rest = 1, 1, b""
    while block := file.read(SAMPLE):
        text = rest + block
        places = b" ".join(PLACE.findall(text))
        columns, rows = places.translate(None, DIGITS), places.translate(None, LETTERS)
        width = max(width, *map(_column, set(columns.split())), 1)
        height = max(height, *map(int, set(rows.split())), 1)
        rest = text[-64:]
    return width, height


def _column(letters: bytes) -> int:
    """The number of a column of a sheet.

    >>> _column(b"A"), _column(b"xfd")
    (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _look_at_lines(path: Path, head: bytes) -> Found:
    rows: list[dict[str, Any]] = []
    for line in _decoded(head, "utf-8").splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            rows.append(row)
        if len(rows) > SHOWN:
            break
    if not rows:
        raise Unreadable("json")
    heads = list(dict.fromkeys(head for row in rows for head in row))
    return Found(heads, rows, "utf-8")


def open_parquet(path: Path, heads: Sequence[str] | None = None) -> Any:
    """A Parquet file, once it is clear that reading these columns of it needs bounded memory.

    Words of a dictionary are read as such, so that a word many rows share is held once.
    """
    import pyarrow as pa  # noqa: PLC0415 - only who reads Parquet pays
    import pyarrow.parquet as pq  # noqa: PLC0415

    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        end = file.read(8)
    if end[4:] != b"PAR1" or int.from_bytes(end[:4], "little") > MOST_FOOTER:
        raise Unreadable("parquet")
    try:
        found = pq.ParquetFile(path)
        if len(found.schema_arrow.names) > MOST_HEADS:
            raise Unreadable("many_columns", most=MOST_HEADS)
        chosen = set(flat_columns(found.schema_arrow) if heads is None else heads)
        if not chosen <= set(flat_columns(found.schema_arrow)):
            raise Unreadable("parquet")
        for group in range(found.metadata.num_row_groups):
            part = found.metadata.row_group(group)
            columns = [part.column(place) for place in range(part.num_columns)]
            if any(column.total_uncompressed_size > MOST_CHUNK for column in columns):
                raise Unreadable("vast_parquet")
        texts = {field.name for field in found.schema_arrow
                 if field.name in chosen and _is_text(field.type)}  # fmt: skip
        words = pages.by_dictionary(path, found.metadata, texts, most=MOST_CHUNK)
        return pq.ParquetFile(path, read_dictionary=sorted(words))
    except (pa.ArrowException, OSError, ValueError):
        raise Unreadable("parquet") from None


def flat_columns(schema: Any) -> list[str]:
    """The names of the columns a cell of which is one value."""
    import pyarrow as pa  # noqa: PLC0415 - only who reads Parquet pays

    def is_flat(kind: Any) -> bool:
        return not pa.types.is_nested(kind) and not pa.types.is_fixed_size_binary(kind)

    return [field.name for field in schema if is_flat(field.type)]


def _is_text(kind: Any) -> bool:
    import pyarrow as pa  # noqa: PLC0415 - only who reads Parquet pays

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return any(
        fits(kind)
        for fits in (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary,
                     pa.types.is_large_binary)
    )  # fmt: skip


def _look_at_parquet(path: Path, head: bytes) -> Found:
    import pyarrow as pa  # noqa: PLC0415 - only who reads Parquet pays

    file = open_parquet(path)
    names = flat_columns(file.schema_arrow)
    try:
        first = next(file.iter_batches(batch_size=SHOWN, columns=names), None)
        rows = first.to_pylist() if first is not None else []
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise Unreadable("parquet") from None
    return Found(names, rows)


LOOKERS = {"xlsx": _look_at_workbook, "jsonl": _look_at_lines, "parquet": _look_at_parquet}

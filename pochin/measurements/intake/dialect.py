"""How a file is written: its kind, encoding, separator, decimal sign and columns."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pochin.measurements.intake.schema import COLUMNS, REQUIRED, column_of

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


class Unreadable(Exception):
    """The file as a whole cannot be read; `code` and `params` say why, `words` makes a sentence."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written.

    Attributes:
        kind: csv, xlsx, jsonl or parquet.
        columns: For each column of a reading, its heading in the file.
        sheet: Name of the sheet of a workbook.
    """

    kind: str
    columns: Mapping[str, str]
    encoding: str = ""
    separator: str = ""
    decimal: str = "."
    sheet: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"columns": dict(self.columns)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Dialect:
        """The dialect that `to_dict` wrote down."""
        return cls(**kept)


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look into a file shows: how it is written, its first rows, what is not used."""

    dialect: Dialect
    rows: Sequence[Mapping[str, str]]
    unused: Sequence[str] = field(default_factory=tuple)


def look(path: Path, *, name: str, dialect: Mapping[str, Any] | None = None) -> Look:
    """Find out how a file is written and show its first rows.

    Args:
        path: Where the bytes lie.
        name: The name the file came under.
        dialect: What somebody says about it: `encoding`, `separator` or `decimal` rule over
            what is found.

    Raises:
        Unreadable: The file is empty, of an unknown kind, or lacks a column.
    """
    given = {key: value for key, value in (dialect or {}).items() if value}
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        if not head.strip():
            raise Unreadable("empty")
        kind = _kind(head, name)
        looker = LOOKERS.get(kind)
        found = looker(path, head) if looker else _look_at_text(file, head, given)
    if not found.rows:
        raise Unreadable("no_rows")
    return found


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


def _look_at_text(file: BinaryIO, head: bytes, given: Mapping[str, Any]) -> Look:
    encoding = given.get("encoding") or _encoding(file, head)
    sample = _decoded(head, encoding)
    lines = sample.splitlines()
    if len(sample) >= LONGEST_LINE // 4 and (not lines or len(lines[0]) > LONGEST_LINE // 8):
        raise Unreadable("long_line")
    if len(head) == SAMPLE and len(lines) > 1:
        lines.pop()  # cut in the middle
    separator = given.get("separator") or _separator(lines)
    table = list(csv.reader(lines[:200], delimiter=separator))
    columns, unused = match(table[0])
    rows = [dict(zip(table[0], row, strict=False)) for row in table[1:] if any(row)]
    decimal = given.get("decimal") or _decimal(rows, columns, separator)
    dialect = Dialect("csv", columns, encoding, separator, decimal)
    return Look(dialect, _shown(rows, columns), unused)


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


def _decimal(rows: Sequence[Mapping[str, str]], columns: Mapping[str, str], separator: str) -> str:
    if separator == ",":
        cells = [row.get(columns["value"], "") for row in rows]
        return "," if any(COMMA_NUMBER.match(cell) for cell in cells) else "."
    cells = [
        row.get(columns[name], "")
        for row in rows
        for name in ("value", "denominator")
        if name in columns
    ]
    if any(COMMA_NUMBER.match(cell or "") for cell in cells):
        return ","
    # Without any evidence a table divided by semicolons or tabs is taken as written in Russian.
    return "." if any(POINT_NUMBER.match(cell or "") for cell in cells) else ","


def match(heads: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """For each column of a reading its heading, and the headings nobody asked for.

    Raises:
        Unreadable: A column is missing, or two headings name the same one.
    """
    columns: dict[str, str] = {}
    unused = []
    for head in heads:
        column = column_of(head)
        if column is None:
            unused.append(head)
        elif column in columns:
            raise Unreadable("twice", column=column, first=columns[column], second=head)
        else:
            columns[column] = head
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise Unreadable("columns", missing=", ".join(missing), found=_brief(heads))
    return {name: columns[name] for name in COLUMNS if name in columns}, tuple(unused[:50])


def _brief(heads: Sequence[str]) -> str:
    words = ", ".join(head.strip() for head in heads[:8])
    return words[:160] + ("…" if len(heads) > 8 or len(words) > 160 else "")


def _shown(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {name: as_text(row.get(head))[:60] for name, head in columns.items()}
        for row in rows[:SHOWN]
    ]


def as_text(value: Any) -> str:
    """A cell as the text somebody would have typed.

    >>> as_text(101000.0), as_text(None), as_text(1.5)
    ('101000', '', '1.5')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


# Workbooks, lines of JSON, Parquet -----------------------------------------------------------


def _look_at_workbook(path: Path, head: bytes) -> Look:
    sheet, rows = open_sheet(path)
    heads = [as_text(cell) for cell in next(rows, [])]
    columns, unused = match(heads)
    first = [dict(zip(heads, next(rows, []), strict=False)) for _n in range(SHOWN)]
    return Look(Dialect("xlsx", columns, sheet=sheet), _shown([r for r in first if r], columns),
                [head for head in unused if head])  # fmt: skip


def open_sheet(path: Path, sheet: str = "") -> tuple[str, Iterator[list[Any]]]:
    """The rows of a workbook's sheet: the one named, else the first that holds anything."""
    import python_calamine as calamine  # noqa: PLC0415 - only who reads a workbook pays

    try:
        book = calamine.CalamineWorkbook.from_path(path)
        for name in [sheet] if sheet else book.sheet_names:
            found = book.get_sheet_by_name(name)
            if found.height:
                # Count lines from the top of the sheet, even where the first ones are empty.
                return name, iter(found.to_python(skip_empty_area=False))
    except (calamine.CalamineError, OSError, ValueError):
        raise Unreadable("workbook") from None
    raise Unreadable("empty")


def _look_at_lines(path: Path, head: bytes) -> Look:
    rows: list[dict[str, Any]] = []
    for line in _decoded(head, "utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
        if len(rows) > SHOWN:
            break
    if not rows:
        raise Unreadable("json")
    heads = list(dict.fromkeys(head for row in rows for head in row))
    columns, unused = match(heads)
    return Look(Dialect("jsonl", columns, "utf-8"), _shown(rows, columns), unused)


def _look_at_parquet(path: Path, head: bytes) -> Look:
    import pyarrow as pa  # noqa: PLC0415 - only who reads Parquet pays
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(path)
        columns, unused = match(file.schema_arrow.names)
        first = next(file.iter_batches(batch_size=SHOWN, columns=list(columns.values())), None)
    except (pa.ArrowException, OSError, ValueError):
        raise Unreadable("parquet") from None
    rows = first.to_pylist() if first is not None else []
    return Look(Dialect("parquet", columns), _shown(rows, columns), unused)


LOOKERS = {"xlsx": _look_at_workbook, "jsonl": _look_at_lines, "parquet": _look_at_parquet}


class Recoded(io.RawIOBase):
    """The bytes of a text in another encoding, as UTF-8; what does not decode becomes U+FFFD."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._rest = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and not self._ended:
            block = self._file.read(SAMPLE)
            self._ended = not block
            self._rest = self._decoder.decode(block, final=not block).encode()
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

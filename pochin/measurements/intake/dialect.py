"""How a file is written: its kind, encoding, separator, decimal sign and columns."""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
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
    """How a file is written, and which of its columns holds what.

    Attributes:
        kind: csv, xlsx, jsonl or parquet.
        columns: For each column of a reading, its heading in the file.
        sheet: Name of the sheet of a workbook.
        wide: For each heading whose cells are readings of their own, the metric.
        under: For each metric of `wide` that has one, the heading of its denominator.
        fixed: What all rows say of a column the file does not have.
    """

    kind: str
    columns: Mapping[str, str]
    encoding: str = ""
    separator: str = ""
    decimal: str = "."
    sheet: str = ""
    wide: Mapping[str, str] = field(default_factory=dict)
    under: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """For a JSON field; mappings as pairs, because databases sort the keys of objects."""
        return {name: [[*pair] for pair in value.items()] if isinstance(value, Mapping) else value
                for name, value in asdict(self).items()}  # fmt: skip

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Dialect:
        """The dialect that `to_dict` wrote down."""
        return cls(**{**kept, **{name: dict(kept.get(name) or ()) for name in MAPPING}})

    @property
    def is_whole(self) -> bool:
        """Whether it is known where every column of a reading comes from."""
        said = {*self.columns, *self.fixed, *(("metric", "value") if self.wide else ())}
        return said >= set(REQUIRED)

    @property
    def heads(self) -> dict[str, str]:
        """The columns to be read from the file, each by a name of ours."""
        wide = {f"wide {head}": head for head in self.wide}
        under = {f"under {metric}": head for metric, head in self.under.items()}
        return {**self.columns, **wide, **under}

    @property
    def per_line(self) -> int:
        """How many readings a line may hold; rows are numbered line × this + place."""
        return max(len(self.wide), 1)

    def place(self, row: int) -> tuple[int, str]:
        """The line a row stands in, and the heading of its value where the table is wide."""
        if not self.wide:
            return row, ""
        line, place = divmod(row, self.per_line)
        return line, list(self.wide)[place]


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look into a file shows.

    Attributes:
        dialect: How it is written; `is_whole` where it is known which column holds what.
        rows: The first readings, as we read them.
        unused: Headings nobody asked for.
        heads: All headings.
        sample: The first rows under their headings.
        missing: Columns of a reading that no heading names.
    """

    dialect: Dialect
    rows: Sequence[Mapping[str, str]]
    unused: Sequence[str] = ()
    heads: Sequence[str] = ()
    sample: Sequence[Mapping[str, str]] = ()
    missing: Sequence[str] = ()

    @property
    def heads_sha256(self) -> str:
        """By which a table with the same headings is recognised."""
        return hashlib.sha256("\x1f".join(self.heads).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Found:
    """Headings and first rows of a file, before anybody asks what they mean."""

    heads: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


MAPPING = ("columns", "wide", "under", "fixed")
MOST_HEADS = 2_000


def look(
    path: Path,
    *,
    name: str,
    dialect: Mapping[str, Any] | None = None,
    ask: bool = False,
) -> Look:
    """Find out how a file is written and show its first rows.

    Args:
        path: Where the bytes lie.
        name: The name the file came under.
        dialect: What somebody says about it: `encoding`, `separator`, `decimal`, or which column
            holds what (`columns`, `wide`, `under`, `fixed`) rule over what is found.
        ask: Whether a table whose headings do not say enough is shown, so that a person can.

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
    if len(found.heads) > MOST_HEADS:
        raise Unreadable("many_columns", most=MOST_HEADS)
    if not found.rows:
        match(found.heads)
        raise Unreadable("no_rows")
    return _told(kind, found, given, ask)


def _told(kind: str, found: Found, given: Mapping[str, Any], ask: bool) -> Look:
    """Which column holds what: as somebody says, else as the headings do."""
    mapping = {name: dict(given.get(name) or {}) for name in MAPPING}
    missing: tuple[str, ...] = ()
    if any(mapping.values()):
        named = [*mapping["columns"].values(), *mapping["wide"], *mapping["under"].values()]
        if lost := [head for head in named if head not in found.heads]:
            raise Unreadable("lost_heading", head=str(lost[0])[:60])
        unused = tuple(head for head in found.heads if head not in named)[:50]
    else:
        try:
            mapping["columns"], unused = match(found.heads)
        except Unreadable as problem:
            if not ask or problem.code not in ("columns", "twice"):
                raise
            mapping["columns"], unused = {}, ()
            known = {column_of(head) for head in found.heads}
            missing = tuple(name for name in REQUIRED if name not in known)
    decimal = "."
    if kind == "csv":
        numbers = [*(mapping["columns"].get(name) for name in ("value", "denominator")),
                   *mapping["wide"], *mapping["under"].values()]  # fmt: skip
        heads = [head for head in numbers if head] or list(found.heads)
        decimal = given.get("decimal") or _decimal(found.rows, heads, found.separator)
    dialect = Dialect(kind, mapping["columns"], found.encoding, found.separator, decimal,
                      found.sheet, mapping["wide"], mapping["under"], mapping["fixed"])  # fmt: skip
    sample = [
        {head: as_text(row.get(head))[:60] for head in found.heads[:60]}
        for row in found.rows[:SHOWN]
    ]
    shown = _shown(found.rows, dialect)
    return Look(dialect, shown, unused, tuple(found.heads), sample, missing)


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


def _decimal(rows: Sequence[Mapping[str, str]], heads: Sequence[str], separator: str) -> str:
    cells = [row.get(head) or "" for row in rows for head in heads]
    if any(COMMA_NUMBER.match(cell) for cell in cells):
        return ","
    if separator == ",":
        return "."
    # Without any evidence a table divided by semicolons or tabs is taken as written in Russian.
    return "." if any(POINT_NUMBER.match(cell) for cell in cells) else ","


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


def _shown(rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> list[dict[str, str]]:
    """The first rows as readings."""
    found: list[dict[str, str]] = []
    for row in rows[:SHOWN]:
        common = {**dialect.fixed, **{name: as_text(row.get(head))[:60]
                                      for name, head in dialect.columns.items()}}  # fmt: skip
        if not dialect.wide:
            found.append({name: common[name] for name in COLUMNS if name in common})
        for head, metric in dialect.wide.items():
            each = {**common, "metric": metric, "value": as_text(row.get(head))[:60]}
            if metric in dialect.under:
                each["denominator"] = as_text(row.get(dialect.under[metric]))[:60]
            if each["value"]:
                found.append({name: each[name] for name in COLUMNS if name in each})
    return found[: 3 * SHOWN] if any(found) else []


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


def _look_at_workbook(path: Path, head: bytes) -> Found:
    sheet, rows = open_sheet(path)
    heads = [as_text(cell) for cell in next(rows, [])]
    first = [dict(zip(heads, row, strict=False)) for row in islice(rows, SHOWN)]
    return Found([each for each in heads if each], [row for row in first if row], sheet=sheet)


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


def _look_at_lines(path: Path, head: bytes) -> Found:
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
    return Found(heads, rows, "utf-8")


def _look_at_parquet(path: Path, head: bytes) -> Found:
    import pyarrow as pa  # noqa: PLC0415 - only who reads Parquet pays
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(path)
        heads = file.schema_arrow.names
        if len(heads) > MOST_HEADS:
            raise Unreadable("many_columns", most=MOST_HEADS)
        first = next(file.iter_batches(batch_size=SHOWN), None)
    except (pa.ArrowException, OSError, ValueError):
        raise Unreadable("parquet") from None
    return Found(heads, first.to_pylist() if first is not None else [])


LOOKERS = {"xlsx": _look_at_workbook, "jsonl": _look_at_lines, "parquet": _look_at_parquet}

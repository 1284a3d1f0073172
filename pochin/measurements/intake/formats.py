"""The rows of a file as they are written, in blocks: nothing is judged here but their shape."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pochin.measurements.intake.dialect import Dialect, Unreadable, as_text
from pochin.measurements.intake.glance import LONGEST_LINE, open_parquet, open_sheet
from pochin.measurements.intake.recoding import Recoded
from pochin.measurements.intake.rows import SHOWN, Fault, Raw
from pochin.measurements.intake.schema import COLUMNS, Reason, column_of
from pochin.measurements.intake.wide import shaped

BLOCK_BYTES = 4 << 20
BLOCK_ROWS = 50_000
EMPTY = pa.array([], pa.string())
LONGEST_CELL = 1_000  # letters; longer names no unit, and nothing of a reading


def read(path: Path, dialect: Dialect) -> Iterator[Raw]:
    """The rows of a file, block after block, in bounded memory (a workbook is read at once).

    Raises:
        Unreadable: The file breaks off or is not what it seemed.
    """
    for raw in written(path, dialect):
        yield shaped(raw, dialect)


def written(path: Path, dialect: Dialect) -> Iterator[Raw]:
    """The rows as they stand in the file, cells by `Dialect.heads`, however wide the table is."""
    yield from READERS[dialect.kind](path, dialect)


# Text with separators ------------------------------------------------------------------------


def _read_csv(path: Path, dialect: Dialect) -> Iterator[Raw]:
    size = max(path.stat().st_size, 1)
    broken: list[Fault] = []

    def set_aside(row: Any) -> str:
        if row.text.strip():
            params = {"expected": row.expected_columns, "found": row.actual_columns}
            broken.append(Fault(row.number, "", row.text[:SHOWN], Reason.CELLS, params))
        else:
            broken.append(Fault(row.number, "", "", Reason.EMPTY))
        return "skip"

    with path.open("rb") as file:
        line = 2
        for batch in _blocks(file, dialect, set_aside):
            skipped = np.array([fault.line for fault in broken], np.int64)
            lines = _lines(line, batch.num_rows, skipped)
            line = int(lines[-1]) + 1 if len(lines) else line
            ready = [fault for fault in broken if fault.line < line]
            broken[:] = [fault for fault in broken if fault.line >= line]
            yield _without_blank(
                batch, dialect, lines, [f for f in ready if f.value], min(file.tell() / size, 1.0)
            )
        rest = [fault for fault in broken if fault.value]
        if rest:
            yield Raw(np.empty(0, np.int64), {}, rest, 1.0)


def _blocks(file: BinaryIO, dialect: Dialect, set_aside: Any) -> Iterator[pa.RecordBatch]:
    # Cells come as bytes, so that one broken letter spoils its row and not the file.
    heads = list(dict.fromkeys(dialect.heads.values()))
    source = file if dialect.encoding.startswith("utf-8") else Recoded(file, dialect.encoding)
    try:
        reader = csv.open_csv(
            source,
            # One thread, because only then a broken row knows its line.
            read_options=csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
            parse_options=csv.ParseOptions(
                delimiter=dialect.separator,
                invalid_row_handler=set_aside,
                ignore_empty_lines=False,
            ),
            convert_options=csv.ConvertOptions(
                check_utf8=False,
                include_columns=heads,
                column_types=dict.fromkeys(heads, pa.binary()),
            ),
        )
        yield from reader
    except pa.ArrowException as problem:
        raise Unreadable("long_line" if "straddling" in str(problem) else "csv") from None
    except UnicodeError:
        raise Unreadable("encoding") from None


def _lines(first: int, count: int, skipped: np.ndarray) -> np.ndarray:
    """The next `count` line numbers from `first` on that are not among the skipped ones."""
    nearby = skipped[(skipped >= first)]
    candidates = np.arange(first, first + count + len(nearby), dtype=np.int64)
    return candidates[~np.isin(candidates, nearby)][:count]


def _without_blank(
    batch: pa.RecordBatch, dialect: Dialect, lines: np.ndarray, faults: list[Fault], done: float
) -> Raw:
    """The block without lines on which nothing is written."""
    cells = {name: batch.column(head) for name, head in dialect.heads.items()}
    blank = np.ones(batch.num_rows, bool)
    for column in cells.values():
        blank &= _lengths(column) == 0
    if blank.any():
        kept = pa.array(~blank)
        cells = {name: column.filter(kept) for name, column in cells.items()}
        lines = lines[~blank]
    texts = {}
    keep = np.ones(len(lines), bool)
    for name, column in cells.items():
        texts[name], sound = _text(column)
        for row in np.flatnonzero(keep & ~sound):
            shown = column[int(row)].as_py().decode("utf-8", "replace")[:SHOWN]
            faults.append(Fault(int(lines[row]), name, shown, Reason.ENCODING))
        keep &= sound
    if not keep.all():
        texts = {name: column.filter(pa.array(keep)) for name, column in texts.items()}
        lines = lines[keep]
    return Raw(lines, texts, faults, done)


def _lengths(column: pa.Array) -> np.ndarray:
    offsets = np.frombuffer(column.buffers()[1], np.int32)
    part = offsets[column.offset : column.offset + len(column) + 1]
    return np.diff(part)


def _text(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Bytes as text, and which cells are text at all."""
    try:
        return column.cast(pa.string()), np.ones(len(column), bool)
    except pa.ArrowInvalid:
        cells = column.to_pylist()
    sound = np.ones(len(cells), bool)
    for place, cell in enumerate(cells):
        try:
            cells[place] = cell.decode()
        except UnicodeDecodeError:
            cells[place], sound[place] = "", False
    return pa.array(cells, pa.string()), sound


# Workbooks, lines of JSON, Parquet -----------------------------------------------------------


def _read_workbook(path: Path, dialect: Dialect) -> Iterator[Raw]:
    _sheet, rows = open_sheet(path, dialect.sheet)
    heads = [as_text(cell) for cell in next(rows, [])]
    places = {name: heads.index(head) for name, head in dialect.heads.items()}
    line = 2
    while block := list(islice(rows, BLOCK_ROWS)):
        filled = [place for place, row in enumerate(block) if any(row) or _is_said(row)]
        lines = np.array(filled, np.int64) + line
        line += len(block)
        columns = list(zip(*(block[place] for place in filled), strict=True))
        cells = {name: _texts(columns[place]) if columns else EMPTY
                 for name, place in places.items()}  # fmt: skip
        yield Raw(lines, cells, [])


def _is_said(row: Sequence[Any]) -> bool:
    """Whether something stands in a row, a nought too."""
    return any(cell not in ("", None) for cell in row)


def _texts(column: Sequence[Any]) -> pa.Array:
    return pa.array([cell if type(cell) is str else as_text(cell) for cell in column], pa.string())


def _read_lines(path: Path, dialect: Dialect) -> Iterator[Raw]:
    size = max(path.stat().st_size, 1)
    with path.open("rb") as file:
        line, seen = 0, 0
        while block := _some_lines(file):
            raw = _json_block(block, line, dialect)
            line += len(block)
            seen += sum(map(len, block))
            raw.done = seen / size
            yield raw


def _some_lines(file: BinaryIO) -> list[bytes]:
    """The next lines, not more than a block is worth."""
    lines: list[bytes] = []
    left = BLOCK_BYTES
    while left > 0 and len(lines) < BLOCK_ROWS and (line := file.readline(LONGEST_LINE + 1)):
        if len(line) > LONGEST_LINE:
            raise Unreadable("long_line")
        lines.append(line)
        left -= len(line)
    return lines


def _json_block(block: list[bytes], before: int, dialect: Dialect) -> Raw:
    lines: list[int] = []
    faults: list[Fault] = []
    cells: dict[str, list[str]] = {name: [] for name in dialect.heads}
    # Lines may differ in their headings: unless somebody said so, each is matched by itself.
    by_name = all(column_of(head) == name for name, head in dialect.heads.items())
    for line, text in enumerate(block, before + 1):
        if not text.strip():
            continue
        row = _json_row(text, None if by_name else dialect.heads)
        if row is None:
            shown = text[:SHOWN].decode("utf-8", "replace").strip()
            faults.append(Fault(line, "", shown, Reason.NOT_A_ROW))
            continue
        lines.append(line)
        for name in cells:
            cells[name].append(row.get(name, ""))
    arrays = {name: pa.array(column, pa.string()) for name, column in cells.items()}
    return Raw(np.array(lines, np.int64), arrays, faults)


def _json_row(text: bytes, heads: Mapping[str, str] | None) -> dict[str, str] | None:
    """One line's cells by column of a reading; None where the line is no flat record."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    flat = {head: as_text(cell) for head, cell in row.items() if not isinstance(cell, dict | list)}
    if heads is not None:
        return {name: flat.get(head, "") for name, head in heads.items()}
    cells = {column_of(head): cell for head, cell in flat.items()}
    return {name: cell for name, cell in cells.items() if name in COLUMNS}


def _read_parquet(path: Path, dialect: Dialect) -> Iterator[Raw]:
    heads = dialect.heads
    file = open_parquet(path, list(dict.fromkeys(heads.values())))
    try:
        total, line = max(file.metadata.num_rows, 1), 1
        for batch in file.iter_batches(
            batch_size=BLOCK_ROWS, columns=list(dict.fromkeys(heads.values()))
        ):
            cells = {name: _plain(batch.column(head)) for name, head in heads.items()}
            lines = np.arange(line, line + batch.num_rows, dtype=np.int64)
            line += batch.num_rows
            yield Raw(lines, cells, [], line / total)
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise Unreadable("parquet") from None


def _plain(column: pa.Array) -> pa.Array:
    """Numbers, days and moments as they are; everything else as text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        words = column.dictionary
        if not pa.types.is_primitive(words.type):
            # One long word that many rows point to would grow beyond all bounds.
            words = words.cast(pa.string())
            if _lengths(words).max(initial=0) > LONGEST_CELL:
                words = pc.utf8_slice_codeunits(words, 0, LONGEST_CELL)
            column = pa.DictionaryArray.from_arrays(column.indices, words)
        return _plain(column.dictionary_decode())
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if numeric or pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return column
    return column.cast(pa.string())


READERS = {
    "csv": _read_csv,
    "xlsx": _read_workbook,
    "jsonl": _read_lines,
    "parquet": _read_parquet,
}

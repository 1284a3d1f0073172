"""The rows that were set aside, as a table with the headings of their file, to be put right."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from pochin.measurements import taking, words
from pochin.measurements.intake import Dialect, Unreadable, written
from pochin.measurements.models import Batch, QuarantineRow
from pochin.ui import files_out

NUMBER = re.compile(r"[+-]?[\d .,]*\d[\d .,eE+-]*")


def heads(batch: Batch) -> list[str]:
    """The headings of the file, after the line and the reason."""
    dialect = Dialect.of(batch.dialect)
    return [_("Line"), _("Reason"), *dict.fromkeys(dialect.heads.values())]


def lines(batch: Batch, rows: Any) -> Iterator[list[str]]:
    """Each line of the file that has a row among `rows`, with its reasons and its own cells.

    Lines that could not be read as rows have their reason alone.
    """
    dialect = Dialect.of(batch.dialect)
    reasons: dict[int, list[str]] = {}
    for row in rows.filter(is_duplicate=False).order_by("line"):
        reasons.setdefault(row.line, []).append(_told(row))
    wanted = list(dict.fromkeys(dialect.heads.values()))
    first = {head: name for name, head in reversed(dialect.heads.items())}
    try:
        with taking.bytes_of(batch) as path:
            for raw in written(path, dialect):
                for place, line in enumerate(raw.lines.tolist()):
                    if line in reasons:
                        cells = [_text(raw.cells[first[head]][place].as_py()) for head in wanted]
                        yield [str(line), "; ".join(reasons.pop(line)), *cells]
                if not reasons:
                    return
    except Unreadable:
        pass
    for line, told in sorted(reasons.items()):
        yield [str(line), "; ".join(told), *([""] * len(wanted))]


def _told(row: QuarantineRow) -> str:
    return f"{row.column}: {words.of_row(row.reason, row.params)}".removeprefix(": ")


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def text(batch: Batch, rows: Any) -> Iterator[str]:
    """The same as the lines of a CSV; a number stays one, and no cell is run as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield files_out.BOM
    for line in chain([heads(batch)], lines(batch, rows)):
        writer.writerow([cell if is_number(cell) else files_out.harmless(cell) for cell in line])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def is_number(text: str) -> bool:
    """Whether a cell is a number, which no spreadsheet runs as a formula.

    >>> is_number("-1,5"), is_number("-cmd")
    (True, False)
    """
    return NUMBER.fullmatch(text) is not None

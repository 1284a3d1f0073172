"""Tables taken out as files: CSV and XLSX that a spreadsheet opens right, JSON for machines.

A spreadsheet in Russian divides by semicolons and writes a comma in a number, so the CSV of a
Russian page does too; what is a moment there is written without a zone, in the reader's own.
Of a text in both languages a spreadsheet holds the half of its reader; JSON holds all of it,
because a program may serve readers of either.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from pochin.core import tongue
from pochin.ui import formats

# A spreadsheet takes a text that begins so for a formula, some with blanks before it or with signs
# of full width.
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BREAKS = ("\t", "\r", "\n")
# Texts that a spreadsheet would read as numbers: 0409 would lose its zero, 1027700132195 its last
# digits, 12E4 its sense. A tab before them is not seen there and is stripped by whoever reads on.
LOOKS_LIKE_A_NUMBER = re.compile(r"\d{2,}|\d+[Ee]\d+").fullmatch
KEEPS = "\t"
BOM = "\ufeff"
SHEET_ROWS = 1_048_575


def answer(kind: str, name: str, heads: list[str], lines: Iterable[list[Any]]) -> HttpResponseBase:
    """Answer the lines as a file of this kind, named by `name` and the day."""
    response = KINDS[kind](heads, lines)
    filename = f"{name}-{timezone.localdate():%Y-%m-%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response


def harmless(value: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would run; numbers stay numbers."""
    if isinstance(value, str) and (
        value.startswith(BREAKS) or value.lstrip().startswith(FORMULA_STARTS)
    ):
        return f"'{value}"
    return value


def plain(value: Any) -> Any:
    """Turn a value into what a file can hold: no markup, days and moments in ISO form."""
    if isinstance(value, SafeString):
        return strip_tags(value)
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | Decimal | str):
        return value
    return str(value)


def _csv(heads: list[str], lines: Iterable[list[Any]]) -> StreamingHttpResponse:
    # Asked now: while the lines stream, the language of the page is no longer known.
    is_russian = formats.language() == "ru"
    streamed = _csv_lines(heads, lines, is_russian=is_russian)
    return StreamingHttpResponse(streamed, content_type="text/csv; charset=utf-8")


def _csv_lines(heads: list[str], lines: Iterable[list[Any]], *, is_russian: bool) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if is_russian else ",")
    buffer.write(BOM)
    writer.writerow(heads)
    for line in lines:
        writer.writerow([_cell(value, is_russian=is_russian) for value in line])
        if buffer.tell() > 32_768:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Any, *, is_russian: bool) -> Any:
    """Write a value as the spreadsheets of that language read it: numbers are numbers there."""
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    if is_russian and isinstance(value, float | Decimal):
        return str(value).replace(".", ",")
    if isinstance(value, str) and tongue.BETWEEN in value:
        value = tongue.half(value, "ru" if is_russian else "en")
    value = harmless(plain(value))
    # A code is no number. Only digits follow the tab, so nothing there can be run as a formula.
    return f"{KEEPS}{value}" if isinstance(value, str) and LOOKS_LIKE_A_NUMBER(value) else value


def _json(heads: list[str], lines: Iterable[list[Any]]) -> StreamingHttpResponse:
    return StreamingHttpResponse(_json_lines(heads, lines), content_type="application/json")


def _json_lines(heads: list[str], lines: Iterable[list[Any]]) -> Iterator[str]:
    glue = "[\n"
    for line in lines:
        thing = dict(zip(heads, (_number(plain(value)) for value in line), strict=True))
        yield glue + json.dumps(thing, ensure_ascii=False)
        glue = ",\n"
    yield "[]\n" if glue == "[\n" else "\n]\n"


def _number(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _xlsx(heads: list[str], lines: Iterable[list[Any]]) -> HttpResponse:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
    # The same for everybody: a file must not tell who made it or when.
    book.set_properties({"created": dt.datetime(2000, 1, 1)})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True, "bottom": 1})
    styles = {"day": book.add_format({"num_format": "dd.mm.yyyy"}),
              "moment": book.add_format({"num_format": "dd.mm.yyyy hh:mm"})}  # fmt: skip
    for place, head in enumerate(heads):
        sheet.write_string(0, place, head, bold)
        sheet.set_column(place, place, max(12, min(40, len(head) + 4)))
    sheet.freeze_panes(1, 0)
    # Codes are texts on purpose; without this every one of them would bear a mark of warning.
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{SHEET_ROWS + 1}"})
    for row, line in enumerate(lines, start=1):
        if row > SHEET_ROWS:
            break
        for place, value in enumerate(line):
            _write(sheet, row, place, value, styles)
    book.close()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return HttpResponse(file.getvalue(), content_type=kind)


def _write(sheet: Any, row: int, place: int, value: Any, styles: dict[str, Any]) -> None:
    if isinstance(value, dt.datetime):
        here = timezone.localtime(value).replace(tzinfo=None)
        sheet.write_datetime(row, place, here, styles["moment"])
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, place, dt.datetime(*value.timetuple()[:3]), styles["day"])
    elif isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, place, value)
    elif value is not None:
        sheet.write_string(row, place, tongue.own(str(plain(value))))


KINDS: dict[str, Callable[[list[str], Iterable[list[Any]]], HttpResponseBase]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "json": _json,
}

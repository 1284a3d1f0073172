"""A table of operations with an item, as the post hands it out: read whole, or refused by line."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.exports import operations

LARGEST = 1_000_000  # bytes
COLUMNS = ("at", "operation", "attribute", "place")
# How the columns are called in the answers of the post and in tables people make of them.
NAMES = {
    "at": ("operdate", "date", "дата", "дата операции", "дата и время"),
    "operation": ("opertype", "oper_type", "opertypeid", "операция", "код операции"),
    "attribute": ("operattr", "oper_attr", "operattrid", "атрибут", "код атрибута", "признак"),
    "place": ("operationaddress", "indexoper", "index", "место", "место операции", "индекс"),
}
OTHER_NAMES = {name: column for column, names in NAMES.items() for name in names}
TIMES = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")


def read(upload: Any) -> list[dict[str, Any]]:
    """The operations of a table in their order; nothing of a table with a broken row is taken.

    Raises:
        Refused: It is too large, no such table, or a row is wrong; the row is named.
    """
    if upload.size > LARGEST:
        raise Refused(_("The table is larger than 1 MB; send the operations of one item."))
    try:
        text = upload.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("The characters of the table cannot be read. Save it as UTF-8.")) from None
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        names = [OTHER_NAMES.get(name, name) for name in names]
        if missing := [name for name in COLUMNS if name not in names]:
            raise Refused(
                _("The table cannot be read; it lacks the columns: %(missing)s.")
                % {"missing": ", ".join(missing)}
            )
        found = [_event(dict(zip(names, row, strict=False)), rows.line_num) for row in rows if row]
    except csv.Error:
        raise Refused(
            _("Line %(line)d: %(why)s")
            % {"line": rows.line_num, "why": _("The row cannot be divided into cells.")}
        ) from None
    if not found:
        raise Refused(_("The table holds no operations. Check it and send it again."))
    return found


def _event(row: dict[str, str], line: int) -> dict[str, Any]:
    cells = {name: row.get(name, "").strip() for name in COLUMNS}
    at = _moment(cells["at"])
    if at is None:
        words = _("“%(text)s” is not a time; write it like 2026-11-23 17:42.")
        raise _refused(line, words, cells["at"])
    numbers = (cells["operation"], cells["attribute"] or "0")
    if not all(one.isdecimal() and len(one) < 6 for one in numbers) or not operations.is_known(
        int(numbers[0]), int(numbers[1])
    ):
        raise _refused(line, _("The post has no operation %(text)s."), ".".join(numbers))
    return {
        "at": at if timezone.is_aware(at) else timezone.make_aware(at),
        "operation": int(numbers[0]),
        "attribute": int(numbers[1]),
        "place": cells["place"][:200],
    }


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in TIMES:
        try:
            return datetime.strptime(text, pattern)
        except ValueError:
            continue
    return None


def _refused(line: int, words: str, text: str) -> Refused:
    return Refused(_("Line %(line)d: %(why)s") % {"line": line, "why": words % {"text": text[:40]}})

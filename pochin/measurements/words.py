"""Why a row or a file was not taken in, as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pochin.ui import formats

# The parts of a reading.
PARTS: dict[str, Any] = {
    "unit": gettext_lazy("site or unit"),
    "at": gettext_lazy("time or period"),
    "metric": gettext_lazy("code of the metric"),
    "value": gettext_lazy("value"),
    "denominator": gettext_lazy("denominator"),
    "subject": gettext_lazy("subject"),
    "event_id": gettext_lazy("number of the event"),
}

ROWS: dict[str, Any] = {
    "cells": gettext_lazy(
        "The row has %(found)d cells, but the heading has %(expected)d; put the separators right."
    ),
    "encoding": gettext_lazy("A character is damaged; save the file as UTF-8."),
    "empty": gettext_lazy("The cell is empty; fill it in or leave the row out."),
    "unknown_unit": gettext_lazy("The plan does not know this unit; check its number."),
    "foreign_unit": gettext_lazy("You may send readings of your own site only."),
    "unknown_metric": gettext_lazy("The plan does not know this metric; use its code."),
    "not_a_time": gettext_lazy(
        "This is not a day or a time; write it like 2026-03-31 14:05 or 31.03.2026 14:05."
    ),
    "outside": gettext_lazy("This is outside the days of the plan: %(first)s to %(last)s."),
    "future": gettext_lazy("This is in the future; check the clock and the year."),
    "not_a_number": gettext_lazy("This is not a number; write it like 12.5 or 12,5."),
    "impossible": gettext_lazy(
        "This value is impossible for the metric: a share lies between 0 and 1, "
        "counts are not below 0."
    ),
    "no_denominator": gettext_lazy("This metric needs a denominator; fill in that column."),
    "not_a_row": gettext_lazy("The line is not a record of JSON; write one record to a line."),
}
FILES: dict[str, Any] = {
    "empty": gettext_lazy("The file is empty. Check it and send it again."),
    "no_rows": gettext_lazy("The table has headings and no rows. Check it and send it again."),
    "kind": gettext_lazy(
        "Files of this kind are not read. Save the table as CSV, XLSX, Parquet or lines of JSON."
    ),
    "encoding": gettext_lazy("The characters of the file cannot be read. Save it as UTF-8."),
    "long_line": gettext_lazy(
        "A line of the file is longer than a megabyte, so this is no table of readings. "
        "Save one reading to a row."
    ),
    "twice": gettext_lazy(
        "The headings “%(first)s” and “%(second)s” both mean %(column)s. Rename one of them."
    ),
    "columns": gettext_lazy(
        "The table lacks columns: %(missing)s. Its headings are: %(found)s. "
        "Name the columns unit, at, metric and value."
    ),
    "many_columns": gettext_lazy(
        "The table has more than %(most)d columns. Keep those that hold readings."
    ),
    "vast_sheet": gettext_lazy(
        "A cell of the workbook stands so far out that the sheet has more than twenty million "
        "cells. Delete what lies beside the table, or save it as CSV."
    ),
    "vast_parquet": gettext_lazy(
        "A part of the Parquet file unpacks to more than a gigabyte. "
        "Write it in smaller row groups."
    ),
    "delta_parquet": gettext_lazy(
        "The Parquet file is written in a way (DELTA_BYTE_ARRAY) by which a small file may unpack "
        "without bounds. Write it with the usual encodings."
    ),
    "lost_heading": gettext_lazy(
        "The table has no column “%(head)s” any more. Say anew which column holds what."
    ),
    "packed": gettext_lazy("The packed file is damaged or not whole. Pack it anew."),
    "differs": gettext_lazy("The file changed while it was sent. Send it again."),
    "workbook": gettext_lazy("The workbook cannot be opened. Save it again as XLSX or CSV."),
    "json": gettext_lazy("The file holds no records. Write one JSON record to a line."),
    "parquet": gettext_lazy("The Parquet file is damaged. Write it again."),
    "csv": gettext_lazy("The table breaks off or is damaged. Save it again as CSV."),
    "nothing_good": gettext_lazy(
        "No row of the file could be taken in. Look at the reasons, correct the file and send it."
    ),
    "closed": gettext_lazy("The data of the pilot were closed before the file was checked."),
    "lost": gettext_lazy("The bytes of the file are missing in our store. Send the file again."),
    "refused": gettext_lazy("%(sentence)s"),
}


def of_row(reason: str, params: Mapping[str, Any]) -> str:
    """Why a row was set aside."""
    if reason in ("duplicate", "contradiction"):
        return _repeated(reason, params)
    if reason == "other_side":
        words = _(
            "Batch %(batch)d of the other side, line %(line)d, tells this reading; by the plan "
            "that one is used."
        )
        return words % dict(params)
    return str(ROWS[reason]) % dict(params)


def _repeated(reason: str, params: Mapping[str, Any]) -> str:
    if reason == "duplicate" and params["batch"]:
        words = _("The same reading came in batch %(batch)d, line %(line)d; it is counted once.")
    elif reason == "duplicate":
        words = _("The same reading stands in line %(line)d; it is counted once.")
    elif params["batch"]:
        words = _(
            "Batch %(batch)d, line %(line)d, says another value about the same reading. "
            "If this one is right, withdraw that batch; if there were two events, "
            "tell them apart by event_id."
        )
    else:
        words = _(
            "Line %(line)d says another value about the same reading. Keep the right one; "
            "if there were two events, tell them apart by event_id."
        )
    return words % dict(params)


def of_problem(problem: Mapping[str, Any]) -> str:
    """Why a file as a whole was not taken in."""
    return str(FILES[problem["code"]]) % dict(problem.get("params", {})) if problem else ""


def of_both_told(both: Mapping[str, Any]) -> str:
    """Whose readings were used where both sides told them; nothing where that did not happen."""
    count = sum(rows for _batch, _used, rows in both.get("pairs", []))
    if not count:
        return ""
    if both["source"] == "vendor":
        words = ngettext(
            "Both sides told %(n)s reading; the vendor's is used, because the plan says so.",
            "Both sides told %(n)s readings; the vendor's are used, because the plan says so.",
            count,
        )
    else:
        words = ngettext(
            "Both sides told %(n)s reading; that of the post's own people is used, as the plan "
            "has it.",
            "Both sides told %(n)s readings; those of the post's own people are used, as the "
            "plan has it.",
            count,
        )
    return words % {"n": formats.number(count)}


def of_warning(warning: Mapping[str, Any]) -> str:
    """What people should look at though every row is in order."""
    params = dict(warning["params"])
    params["day"] = formats.day(date.fromisoformat(params["day"]))
    if params["units"] > 1 and warning["code"] == "more":
        words = _(
            "%(day)s: %(units)d units sent three times as many rows of %(metric)s as usual, or "
            "more; %(unit)s sent %(n)d, usually %(usual)d."
        )
    elif params["units"] > 1:
        words = _(
            "%(day)s: %(units)d units sent a third of the rows of %(metric)s that are usual, or "
            "fewer; %(unit)s sent %(n)d, usually %(usual)d."
        )
    else:
        words = _(
            "%(day)s: unit %(unit)s sent %(n)d rows of %(metric)s; usually there are %(usual)d."
        )
    return words % params


def titles() -> dict[str, Any]:
    """Short names of the reasons, for counts."""
    return {
        "cells": _("wrong number of cells"),
        "encoding": _("damaged characters"),
        "empty": _("empty cell"),
        "unknown_unit": _("unknown unit"),
        "foreign_unit": _("someone else's site"),
        "unknown_metric": _("unknown metric"),
        "not_a_time": _("not a time"),
        "outside": _("outside the days of the plan"),
        "future": _("in the future"),
        "not_a_number": _("not a number"),
        "impossible": _("impossible value"),
        "no_denominator": _("no denominator"),
        "not_a_row": _("not a record"),
        "contradiction": _("contradicts another row"),
        "duplicate": _("known already"),
        "other_side": _("told by both sides, the other one is used"),
    }

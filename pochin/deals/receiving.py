"""Taking in a file of readings after the pilot: kept as it came, or refused with a sentence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.deals import following
from pochin.deals.following import Taken
from pochin.deals.models import RollOut
from pochin.files import intake as documents
from pochin.files import names, store
from pochin.files.limits import Limits
from pochin.measurements import intake, words
from pochin.measurements.intake import Unreadable, packing
from pochin.measurements.lifecycle.moves import as_kept

LIMIT = 50_000_000
WORKBOOK = Limits(size=LIMIT, unpacked=500_000_000, seconds=30)


def readings(roll_out: RollOut, upload: Any, *, at: datetime) -> tuple[dict[str, Any], Taken]:
    """Look through a table of readings; answers what to keep of the file, and its days.

    Raises:
        Refused: It cannot be read, or none of its rows is in order.
    """
    known = following.frame(roll_out)
    if known is None:
        raise Refused(_("The pilot had no metric to measure on."))
    name = names.clean(upload.name)
    if upload.size is not None and upload.size > LIMIT:
        store.refuse_size(upload.size, LIMIT)
    try:
        with store.hold(packing.unpacked(upload.chunks(), limit=LIMIT), limit=LIMIT) as held:
            name = packing.unpacked_name(name)
            look = _look(roll_out, held, name)
            taken = following.take(held.path, look.dialect, known, following.told(roll_out), at)
            if not taken.cells:
                raise Refused(_nothing_good(taken))
            store.keep(held)
    except Unreadable as problem:
        raise Refused(words.of_problem(as_kept(problem))) from None
    kept = {"sha256": held.sha256, "size": held.size, "kind": look.dialect.kind, "name": name}
    return kept, taken


def _look(roll_out: RollOut, held: store.Held, name: str) -> intake.Look:
    """How the table is written; as one with the same headings was read in the pilot."""
    held.file.seek(0)
    start = held.file.read(1000)
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith((b"<!doctype", b"<html")):
        raise Refused(_("This is a web page, not a table. Download the table itself and send it."))
    if start.startswith(b"PK\x03\x04"):
        held.file.seek(0)
        documents.look(held, WORKBOOK)
    found = intake.look(held.path, name=name, ask=True)
    pilot = roll_out.deal.pilot
    habit = pilot.habits.filter(heads=found.heads_sha256).first() if pilot else None
    return intake.look(held.path, name=name, dialect=habit.dialect if habit else None)


def _nothing_good(taken: Taken) -> str:
    """That no row was taken in, and why the first one was not."""
    if not taken.faults:
        return words.of_problem({"code": "no_rows"})
    first = taken.faults[0]
    sentence = of_row(first["reason"], first["params"])
    return _("No row could be taken in. Line %(line)d: %(why)s") % {
        "line": first["line"], "why": sentence,
    }  # fmt: skip


def of_row(reason: str, params: dict[str, Any]) -> str:
    """Why a row was set aside."""
    own = {
        "unknown_unit": _("This site is neither in a wave nor in the pilot; check its number."),
        "unknown_metric": _("The plan of the pilot does not know this metric; use its code."),
        "other_metric": _("After the pilot only its first metric is followed: %(code)s."),
        "outside": _("This is too long ago or not yet: rows from %(first)s to %(last)s are taken."),
        "told": _(
            "The readings of this site for this day came with file %(file)d. If these are right, "
            "withdraw that file and send the day whole."
        ),
        "in_pilot": _("The pilot itself measured this site on this day; its readings stand."),
    }
    return own[reason] % params if reason in own else words.of_row(reason, params)


def titles() -> dict[str, Any]:
    """Short names of the reasons, for counts."""
    return {
        **words.titles(),
        "other_metric": _("another metric"),
        "told": _("came in another file"),
        "in_pilot": _("measured in the pilot"),
    }

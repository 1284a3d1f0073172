"""Taking in a file of readings after the pilot: kept as it came, or refused with a sentence."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM
from pochin.deals import following, lifecycle
from pochin.deals.following import Taken
from pochin.deals.models import FollowUp, FollowUpState, RollOut
from pochin.files import intake as documents
from pochin.files import names, store
from pochin.files.limits import Limits
from pochin.measurements import intake, taking, words
from pochin.measurements.intake import Unreadable, packing
from pochin.measurements.lifecycle.moves import as_kept

LIMIT = 200_000_000
AT_ONCE = 5_000_000  # so much is checked while its sender waits; a worker checks what is larger
TRIES = 5
WORKBOOK = Limits(size=LIMIT, unpacked=500_000_000, seconds=30)


def readings(
    roll_out: RollOut, upload: Any, *, at: datetime, at_once: int | None = None
) -> tuple[dict[str, Any], Taken | None]:
    """Look through a table of readings; answers what to keep of the file, and its days.

    Args:
        at_once: Up to how many bytes the rows are checked now, `AT_ONCE` where it is not said; of
            a larger file only how it is written is, and there are no days yet.

    Raises:
        Refused: It cannot be read, or none of the rows that were checked is in order.
    """
    known = _frame(roll_out)
    name = names.clean(upload.name)
    if upload.size is not None and upload.size > LIMIT:
        store.refuse_size(upload.size, LIMIT)
    try:
        with store.hold(packing.unpacked(upload.chunks(), limit=LIMIT), limit=LIMIT) as held:
            name = packing.unpacked_name(name)
            look = _look(roll_out, held, name)
            taken = None
            if held.size <= (AT_ONCE if at_once is None else at_once):
                told = following.told(roll_out)
                taken = following.take(held.path, look.dialect, known, told, at)
                if not taken.cells:
                    raise Refused(_nothing_good(taken.faults))
            store.keep(held)
    except Unreadable as problem:
        raise Refused(words.of_problem(as_kept(problem))) from None
    kept = {"sha256": held.sha256, "size": held.size, "kind": look.dialect.kind, "name": name}
    return kept, taken


def take_in(follow_up: FollowUp, *, at: datetime) -> None:
    """Look through the rows of a file that waits, and let them count or say why they cannot.

    Raises:
        lifecycle.Overtaken: Other files kept coming in with the same days.
    """
    roll_out = follow_up.roll_out
    if follow_up.state != FollowUpState.WAITING:
        return
    for last in range(TRIES):
        known, told = _frame(roll_out), following.told(roll_out)
        try:
            with taking.bytes_at(follow_up.sha256) as path:
                dialect = _look_at(roll_out, path, follow_up.file.name).dialect
                taken = following.take(path, dialect, known, told, at)
        except Unreadable as problem:
            lifecycle.refuse_readings(
                roll_out, by=SYSTEM, follow_up=follow_up, problem=as_kept(problem), at=at
            )
            return
        try:
            lifecycle.take_in_readings(roll_out, by=SYSTEM, follow_up=follow_up, taken=taken, at=at)
            return
        except lifecycle.Overtaken:
            if last == TRIES - 1:
                raise


def _frame(roll_out: RollOut) -> following.Frame:
    known = following.frame(roll_out)
    if known is None:
        raise Refused(_("The pilot had no metric to measure on."))
    return known


def _look(roll_out: RollOut, held: store.Held, name: str) -> intake.Look:
    """How the table is written; as one with the same headings was read in the pilot."""
    held.file.seek(0)
    start = held.file.read(1000)
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith((b"<!doctype", b"<html")):
        raise Refused(_("This is a web page, not a table. Download the table itself and send it."))
    if start.startswith(b"PK\x03\x04"):
        held.file.seek(0)
        documents.look(held, WORKBOOK)
    return _look_at(roll_out, held.path, name)


def _look_at(roll_out: RollOut, path: Path, name: str) -> intake.Look:
    found = intake.look(path, name=name, ask=True)
    pilot = roll_out.deal.pilot
    habit = pilot.habits.filter(heads=found.heads_sha256).first() if pilot else None
    return intake.look(path, name=name, dialect=habit.dialect if habit else None)


def of_problem(follow_up: FollowUp) -> str:
    """Why a file was not taken in; empty where it was, or waits."""
    code = follow_up.problem.get("code")
    if code == "nothing_good":
        return _nothing_good(follow_up.faults)
    if code == "rolled_back":
        return _("The roll-out was rolled back before its rows were checked.")
    return words.of_problem(follow_up.problem)


def _nothing_good(faults: list[dict[str, Any]]) -> str:
    """That no row was taken in, and why the first one was not."""
    if not faults:
        return words.of_problem({"code": "no_rows"})
    first = faults[0]
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

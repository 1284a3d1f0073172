"""What can happen to a batch of readings.

received → checking → accepted | rejected
withdrawn from received and accepted; an accepted batch may be taken in anew, when a batch whose
rows it repeated is withdrawn
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import SYSTEM, system
from pochin.files.models import File
from pochin.measurements import intake, sums, taking, words
from pochin.measurements.intake import Unreadable
from pochin.measurements.models import LIVE, Batch, Habit, Source, State
from pochin.measurements.policy import acts_for_vendor, confirmer, own, own_units, remover, sender
from pochin.measurements.taking import Taken
from pochin.participants.policy import person_hat
from pochin.pilots.models import Pilot

life: Lifecycle[Batch] = Lifecycle(
    "measurements",
    State,
    ends=frozenset({State.REJECTED, State.WITHDRAWN}),
    rests={
        State.CHECKING: _("The rows are being checked."),
        State.ACCEPTED: _("The readings count."),
    },
)
life.waits(
    State.RECEIVED,
    on=lambda batch: person_hat(batch.sent_by_id),
    owner=_("who sent the file"),
    clock="readings",
    days=2,
    words=_("Look at the first rows and let the file be taken in"),
)


@guard(_("Readings come only under a locked plan, until the data of the pilot are closed."))
def readings_are_taken(thing: Any) -> bool:
    pilot = thing.pilot
    return pilot.takes_readings and pilot.locked_plan() is not None


@guard(_("Only what the vendor declared needs to be confirmed, and only once."))
def awaits_confirmation(batch: Batch) -> bool:
    return not batch.is_confirmed


def known(pilot: Pilot, sha256: str, *, by: Any) -> Batch | None:
    """The batch these very bytes came as, as long as it was not refused or withdrawn.

    Looked for on the sender's own side: a file of one row is a guess.
    """
    own = pilot.batches.filter(declared_by_vendor=acts_for_vendor(by, pilot))
    return own.filter(sha256=sha256, state__in=LIVE).select_related("file").first()


def refuse_known(pilot: Pilot, sha256: str, *, by: Any) -> None:
    before = known(pilot, sha256, by=by)
    if before is not None:
        raise Known(
            _t("This very file was already sent as batch %(number)d; nothing was changed.")
            % {"number": before.number},
            before,
        )


class Known(Refused):
    """These very bytes came before; `batch` is what became of them."""

    def __init__(self, words: str, batch: Batch) -> None:
        super().__init__(words)
        self.batch = batch


@life.birth(
    State.RECEIVED,
    who=sender,
    label=_("Send readings"),
    done=_("The file of readings was sent"),
    guards=[readings_are_taken],
)
def receive(
    pilot: Pilot,
    *,
    by: Any,
    kept: Mapping[str, Any],
    dialect: Mapping[str, Any],
    source: str = Source.BROWSER,
    origin: str = "",
    at: datetime = NOW,
) -> Batch:
    """Keep a file as it came; its sender looks at the first rows before it is taken in."""
    _lock(pilot)
    refuse_known(pilot, kept["sha256"], by=by)
    file = File.objects.create(uploaded_by_id=by.pk, uploaded_at=at, **kept)
    return Batch(
        pilot=pilot,
        number=numbers.following(f"batch@{pilot.pk}"),
        file=file,
        sha256=file.sha256,
        dialect=dict(dialect),
        source=source,
        origin=origin,
        sent_by_id=by.pk,
        sent_at=at,
        declared_by_vendor=acts_for_vendor(by, pilot),
        units=own_units(by, pilot) or [],
    )


def _lock(pilot: Pilot) -> None:
    """Whatever changes which readings count happens one after another within a pilot."""
    Pilot.objects.select_for_update().get(pk=pilot.pk)


@guard(_("Say first which column of the table holds what."))
def columns_are_known(batch: Batch) -> bool:
    return intake.Dialect.of(batch.dialect).is_whole


@life.move(
    State.RECEIVED,
    to=State.CHECKING,
    who=own,
    label=_("Take in"),
    done=_("The check of the rows began"),
    guards=[readings_are_taken, columns_are_known],
)
def check(
    batch: Batch,
    *,
    by: Any,
    encoding: str = "",
    separator: str = "",
    decimal: str = "",
    at: datetime = NOW,
) -> None:
    """Let the rows be checked against the plan and the good ones be taken in."""
    if batch.round > 1:
        batch.round += 1  # it was stopped before: what that left in the store is left out
    given = {"encoding": encoding, "separator": separator, "decimal": decimal}
    if any(given.values()) and batch.dialect["kind"] == "csv":
        look = look_at(batch, given)
        batch.dialect = look.dialect.to_dict()
        _remember(batch, look, by, at)


@life.move(
    State.RECEIVED,
    to=STAY,
    who=own,
    label=_("Say which column holds what"),
    done=_("It was said which column holds what"),
    guards=[readings_are_taken],
)
def map_columns(
    batch: Batch,
    *,
    by: Any,
    columns: Mapping[str, str],
    wide: Mapping[str, str],
    under: Mapping[str, str],
    fixed: Mapping[str, str],
    at: datetime = NOW,
) -> None:
    """Say what the headings of a table mean; tables like it are read so from now on."""
    mapping = {"columns": columns, "wide": wide, "under": under, "fixed": fixed}
    batch.dialect = {**batch.dialect, "columns": {}, "wide": {}, "under": {}, "fixed": {}}
    look = look_at(batch, mapping)
    batch.dialect = look.dialect.to_dict()
    _remember(batch, look, by, at)


def _remember(batch: Batch, look: intake.Look, by: Any, at: datetime) -> None:
    """Read the next table with these headings, from this system, the same way.

    The vendor does not overrule what the post's own people said.
    """
    kept = Habit.objects.filter(pilot=batch.pilot, origin=batch.origin, heads=look.heads_sha256)
    told = kept.select_related("told_by").first()
    is_vendors = acts_for_vendor(by, batch.pilot)
    if is_vendors and told is not None and not acts_for_vendor(told.told_by, batch.pilot):
        return
    Habit.objects.update_or_create(
        pilot=batch.pilot,
        origin=batch.origin,
        heads=look.heads_sha256,
        defaults={"dialect": look.dialect.to_dict(), "told_by_id": by.pk, "told_at": at},
    )


MAPPED = ("columns", "wide", "under", "fixed")


def as_kept(problem: Unreadable) -> dict[str, Any]:
    """Why a file cannot be read, as it is kept with the batch."""
    return {"code": problem.code, "params": problem.params}


def look_at(batch: Batch, given: Mapping[str, Any] | None = None) -> intake.Look:
    """The first rows of a batch's file, read as it says of itself or as somebody put it right."""
    said = {name: batch.dialect.get(name) for name in ("encoding", "separator", "decimal", *MAPPED)}
    if any((given or {}).get(name) for name in ("encoding", "separator")) and not said["wide"]:
        said["columns"] = None  # the headings are others then
    said |= {name: value for name, value in (given or {}).items() if value}
    try:
        with taking.bytes_of(batch) as path:
            return intake.look(path, name=batch.file.name, dialect=said, ask=True)
    except Unreadable as problem:
        raise Refused(words.of_problem(as_kept(problem))) from None


@life.move(
    State.CHECKING,
    to=State.ACCEPTED,
    who=system,
    label=_("Mark as usable"),
    done=_("The readings were taken in"),
    guards=[readings_are_taken],
)
def accept(batch: Batch, *, by: Any, taken: Taken, at: datetime = NOW) -> None:
    """The good rows stand in the store and count from now on."""
    _lock(batch.pilot)
    sums.keep(batch, taken, at)
    sums.tell_pilot(batch.pilot, [*_giving_way(batch, at), batch], at)


@life.move(
    State.ACCEPTED,
    to=STAY,
    who=system,
    label=_("Take in anew"),
    done=_("The rows were taken in anew"),
    guards=[readings_are_taken],
)
def renew(batch: Batch, *, by: Any, taken: Taken, at: datetime = NOW) -> None:
    """Rows that repeated a withdrawn batch are needed now, and stand in the store."""
    _lock(batch.pilot)
    batch.is_stale = False
    sums.keep(batch, taken, at)
    sums.tell_pilot(batch.pilot, [*_giving_way(batch, at), batch], at)


def _giving_way(batch: Batch, at: datetime) -> list[Batch]:
    """The other batches that count; those with rows this one overrules are taken in anew.

    Until then nothing of them is summed, so that no reading counts twice.
    """
    rest = sums.counted(batch)
    for other in rest:
        if str(other.number) in batch.overrules:
            reopen(other, by=SYSTEM, at=at)
            sums.forget_sums(other)
    return rest


@life.move(
    State.CHECKING,
    to=State.REJECTED,
    who=system,
    label=_("Mark as unusable"),
    done=_("The file was not taken in"),
)
def reject(
    batch: Batch, *, by: Any, problem: Mapping[str, Any], taken: Taken | None = None,
    at: datetime = NOW,
) -> None:  # fmt: skip
    """Nothing of the file counts; its sender is told why."""
    batch.problem, batch.checked_at = dict(problem), at
    batch.round += 1
    if taken is not None:
        sums.keep_counts(batch, taken)
        sums.keep_faults(batch, taken)


@life.move(
    State.CHECKING,
    to=State.RECEIVED,
    who=own | remover,
    label=_("Stop the work"),
    done=_("The check of the file was stopped"),
)
def stop(batch: Batch, *, by: Any, at: datetime = NOW) -> None:
    """Check no further; nothing of the file counts until it is taken in again."""
    batch.round += 1


@life.move(
    State.ACCEPTED,
    to=STAY,
    who=confirmer,
    label=_("Confirm what the vendor declared"),
    done=_("What the vendor declared was confirmed"),
    guards=[readings_are_taken, awaits_confirmation],
)
def confirm(batch: Batch, *, by: Any, at: datetime = NOW) -> None:
    """Say that these readings are right, so that they may speak of the primary metric."""
    _lock(batch.pilot)
    batch.confirmed_by_id, batch.confirmed_at = by.pk, at
    sums.tell_pilot(batch.pilot, [*sums.counted(batch), batch], at)


@life.move(
    State.RECEIVED,
    State.ACCEPTED,
    to=State.WITHDRAWN,
    who=remover,
    label=_("Withdraw"),
    done=_("The file of readings was withdrawn"),
    guards=[readings_are_taken],
    is_final=True,
)
def withdraw(batch: Batch, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Let the file no longer count; its rows stay in the older versions of the store."""
    _lock(batch.pilot)
    batch.reasons = reason
    batch.round += 1
    if batch.state != State.ACCEPTED:
        return
    sums.forget_sums(batch)
    rest = sums.counted(batch)
    for other in rest:
        if str(batch.number) in other.overlaps:
            reopen(other, by=SYSTEM, at=at)
    sums.tell_pilot(batch.pilot, rest, at)


@life.move(
    State.ACCEPTED,
    to=STAY,
    who=system,
    label=_("Ask to take in anew"),
    done=_("It was asked to take the file in anew"),
)
def reopen(batch: Batch, *, by: Any, at: datetime = NOW) -> None:
    """Its rows are judged anew: one they repeat was withdrawn, or the other side told them too."""
    batch.is_stale = True
    batch.round += 1


@life.move(
    State.WITHDRAWN,
    State.REJECTED,
    State.RECEIVED,
    to=STAY,
    who=system,
    label=_("Leave out of the store"),
    done=_("The rows were left out of the store"),
)
def leave_out(batch: Batch, *, by: Any, version: int, at: datetime = NOW) -> None:
    """From this version of the store on the rows of the batch are not among the readings."""
    batch.store_version = version

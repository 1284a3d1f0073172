"""The life of a batch of readings.

received → checking → accepted | rejected
withdrawn from received and accepted; an accepted batch may be taken in anew, when a batch whose
rows it repeated is withdrawn
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers, once
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import SYSTEM, system
from pochin.files import intake as documents
from pochin.files import names, store
from pochin.files.limits import Limits
from pochin.files.models import File
from pochin.measurements import intake, sums, taking, words
from pochin.measurements.intake import Unreadable, packing
from pochin.measurements.lake import Store
from pochin.measurements.models import LIVE, Batch, Habit, Source, State
from pochin.measurements.policy import acts_for_vendor, confirmer, own, own_units, remover, sender
from pochin.measurements.taking import NothingGood, Taken
from pochin.participants.policy import person_hat
from pochin.pilots.models import Pilot

GB = 1_000_000_000
LIMIT = 10 * GB
WORKBOOK = Limits(size=200_000_000, unpacked=2 * GB, seconds=60)

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


def send(
    pilot: Pilot,
    upload: Any,
    *,
    by: Any,
    at: datetime | None = None,
    source: str = Source.BROWSER,
    origin: str = "",
    sha256: str = "",
    key: str = "",
) -> Batch:
    """Keep a file of readings, or refuse it with a sentence; the same file again does nothing.

    The bytes are written before the transaction begins: ten gigabytes must not hold up others.
    What is packed by gzip or Zstandard is unpacked on the way.

    Args:
        pilot: Whose readings.
        upload: An uploaded file of Django, or anything with a name, a size and chunks.
        by: Who sends it.
        at: When.
        source: The way it came.
        origin: From which system, in the sender's words.
        sha256: What the bytes hash to where they were sent from, if that was said.
        key: By which a program knows this request; with it, other bytes are refused.

    Raises:
        Refused: The pilot takes no readings, the file cannot be read, or it was sent before.
    """
    at = at or timezone.now()
    sender.demand(by, pilot)
    if not readings_are_taken.holds(pilot):
        raise Refused(str(readings_are_taken.sentence))
    if upload.size is not None and upload.size > LIMIT:
        store.refuse_size(upload.size, LIMIT)
    name = names.clean(upload.name)
    try:
        with store.hold(_blocks(upload, sha256), limit=LIMIT) as held:
            name = packing.unpacked_name(name)
            _refuse_known(pilot, held.sha256)
            # Only a person at the page can say what unclear headings mean.
            look = _look(pilot, held, name, origin, ask=source == Source.BROWSER)
            dialect = look.dialect
            store.keep(held)
    except Unreadable as problem:
        raise Refused(words.of_problem(_said(problem))) from None
    kept = {"sha256": held.sha256, "size": held.size, "kind": dialect.kind, "name": name}
    try:
        # Without a key of its own the request keeps the one of its form.
        said = hashlib.sha256(f"{pilot.pk} {held.sha256}".encode()).hexdigest()
        with once.request(key, said) if key else nullcontext():
            return receive(
                pilot, by=by, at=at, kept=kept, dialect=dialect.to_dict(), source=source,
                origin=origin,
            )  # fmt: skip
    except Refused:
        if not File.objects.filter(sha256=held.sha256).exists():
            store.remove(held.sha256)
        raise


def _blocks(upload: Any, sha256: str) -> Iterator[bytes]:
    """The bytes as they come, unpacked; those that are not the ones that were sent are refused."""
    digest = hashlib.sha256()

    def counted() -> Iterator[bytes]:
        for block in upload.chunks():
            digest.update(block)
            yield block

    yield from packing.unpacked(counted(), limit=LIMIT)
    if sha256 and digest.hexdigest() != sha256:
        raise Unreadable("differs")


def _look(pilot: Pilot, held: store.Held, name: str, origin: str, *, ask: bool) -> intake.Look:
    """How the file is written; as tables with the same headings were read last time."""
    if held.file.read(4) == b"PK\x03\x04":
        documents.look(_rewound(held), WORKBOOK)
    found = intake.look(held.path, name=name, ask=True)
    habit = pilot.habits.filter(origin=origin, heads=found.heads_sha256).first()
    if habit is not None:
        with suppress(Unreadable):
            return intake.look(held.path, name=name, dialect=habit.dialect)
    return found if ask else intake.look(held.path, name=name)


def _rewound(held: store.Held) -> store.Held:
    held.file.seek(0)
    return held


def _said(problem: Unreadable) -> dict[str, Any]:
    return {"code": problem.code, "params": problem.params}


def known(pilot: Pilot, sha256: str) -> Batch | None:
    """The batch these very bytes came as, as long as it was not refused or withdrawn."""
    return pilot.batches.filter(sha256=sha256, state__in=LIVE).select_related("file").first()


def _refuse_known(pilot: Pilot, sha256: str) -> None:
    before = known(pilot, sha256)
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


@life.birth(State.RECEIVED, who=sender, label=_("Send readings"), guards=[readings_are_taken])
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
    _refuse_known(pilot, kept["sha256"])
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
    """Read the next table with these headings, from this system, the same way."""
    Habit.objects.update_or_create(
        pilot=batch.pilot,
        origin=batch.origin,
        heads=look.heads_sha256,
        defaults={"dialect": look.dialect.to_dict(), "told_by_id": by.pk, "told_at": at},
    )


MAPPED = ("columns", "wide", "under", "fixed")


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
        raise Refused(words.of_problem(_said(problem))) from None


@life.move(
    State.CHECKING,
    to=State.ACCEPTED,
    who=system,
    label=_("Find in order"),
    guards=[readings_are_taken],
)
def accept(batch: Batch, *, by: Any, taken: Taken, at: datetime = NOW) -> None:
    """The good rows stand in the store and count from now on."""
    _lock(batch.pilot)
    sums.keep(batch, taken, at)
    sums.tell_pilot(batch.pilot, [*sums.counted(batch), batch], at)


@life.move(
    State.ACCEPTED, to=STAY, who=system, label=_("Take in anew"), guards=[readings_are_taken]
)
def renew(batch: Batch, *, by: Any, taken: Taken, at: datetime = NOW) -> None:
    """Rows that repeated a withdrawn batch are needed now, and stand in the store."""
    _lock(batch.pilot)
    batch.is_stale = False
    sums.keep(batch, taken, at)
    sums.tell_pilot(batch.pilot, [*sums.counted(batch), batch], at)


@life.move(State.CHECKING, to=State.REJECTED, who=system, label=_("Find unusable"))
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


@life.move(State.CHECKING, to=State.RECEIVED, who=own | remover, label=_("Stop the work"))
def stop(batch: Batch, *, by: Any, at: datetime = NOW) -> None:
    """Check no further; nothing of the file counts until it is taken in again."""
    batch.round += 1


@life.move(
    State.ACCEPTED,
    to=STAY,
    who=confirmer,
    label=_("Confirm what the vendor declared"),
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


@life.move(State.ACCEPTED, to=STAY, who=system, label=_("Ask to take in anew"))
def reopen(batch: Batch, *, by: Any, at: datetime = NOW) -> None:
    """A batch whose rows this one repeated was withdrawn: its own rows are needed now."""
    batch.is_stale = True
    batch.round += 1


@life.move(
    State.WITHDRAWN,
    State.REJECTED,
    State.RECEIVED,
    to=STAY,
    who=system,
    label=_("Leave out of the store"),
)
def leave_out(batch: Batch, *, by: Any, version: int, at: datetime = NOW) -> None:
    """From this version of the store on the rows of the batch are not among the readings."""
    batch.store_version = version


def take_in(batch: Batch, *, at: datetime | None = None) -> Batch:
    """Check a batch's rows and bring the good ones into the store; may be done again at any time.

    A crash between the store and the database leaves the batch in checking; done again, the rows
    that are there already are found there.
    """
    if batch.state != State.CHECKING and not (batch.state == State.ACCEPTED and batch.is_stale):
        return batch
    when = {} if at is None else {"at": at}
    if not readings_are_taken.holds(batch):
        return _give_up(batch, {"code": "closed"}, None, when)
    try:
        taken = taking.take(batch)
    except NothingGood as problem:
        return _give_up(batch, _said(problem), problem.taken, when)
    except Unreadable as problem:
        return _give_up(batch, _said(problem), None, when)
    move = accept if batch.state == State.CHECKING else renew
    try:
        return move(batch, by=SYSTEM, taken=taken, **when)
    except Refused as problem:
        batch.refresh_from_db()
        if batch.state != State.CHECKING or readings_are_taken.holds(batch):
            return batch  # another worker was quicker
        return _give_up(
            batch, {"code": "refused", "params": {"sentence": str(problem)}}, None, when
        )


def _give_up(
    batch: Batch, problem: Mapping[str, Any], taken: Taken | None, when: Mapping[str, Any]
) -> Batch:
    if batch.state != State.CHECKING:
        return batch
    return reject(batch, by=SYSTEM, problem=problem, taken=taken, **when)


def tidy(batch: Batch, *, at: datetime | None = None) -> Batch:
    """Make a version of the store without the rows of a batch that does not count."""
    if batch.state not in (State.WITHDRAWN, State.REJECTED, State.RECEIVED):
        return batch
    store_ = Store(batch.pilot.number)
    if batch.number not in store_.batches(version=store_.version()):
        return batch  # it never had rows there, or they are left out already
    version = store_.leave_out(batch.number, batch.round, batch.sha256)
    when = {} if at is None else {"at": at}
    return leave_out(batch, by=SYSTEM, version=version, **when)

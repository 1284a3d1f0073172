"""The life of a batch of readings.

received → checking → accepted | rejected
withdrawn from received and accepted; an accepted batch may be taken in anew, when a batch whose
rows it repeated is withdrawn
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import SYSTEM, system
from pochin.files import intake as documents
from pochin.files import names, store
from pochin.files.limits import Limits
from pochin.files.models import File
from pochin.measurements import intake, readings, taking, words
from pochin.measurements.intake import Unreadable
from pochin.measurements.lake import Store
from pochin.measurements.models import (
    LIVE,
    Arrival,
    Batch,
    Moment,
    QuarantineRow,
    Sketch,
    Snapshot,
    Source,
    State,
)
from pochin.measurements.policy import acts_for_vendor, confirmer, own, own_units, remover, sender
from pochin.measurements.taking import NothingGood, Taken
from pochin.participants.policy import person_hat
from pochin.pilots import lifecycle as pilots
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
) -> Batch:
    """Keep a file of readings, or refuse it with a sentence; the same file again does nothing.

    The bytes are written before the transaction begins: ten gigabytes must not hold up others.

    Args:
        pilot: Whose readings.
        upload: An uploaded file of Django.
        by: Who sends it.
        at: When.
        source: The way it came.
        origin: From which system, in the sender's words.

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
    with store.hold(upload.chunks(), limit=LIMIT) as held:
        _refuse_known(pilot, held.sha256)
        dialect = _look(held, name).dialect
        store.keep(held)
    kept = {"sha256": held.sha256, "size": held.size, "kind": dialect.kind, "name": name}
    try:
        return receive(
            pilot, by=by, at=at, kept=kept, dialect=dialect.to_dict(), source=source, origin=origin
        )
    except Refused:
        if not File.objects.filter(sha256=held.sha256).exists():
            store.remove(held.sha256)
        raise


def _look(held: store.Held, name: str) -> intake.Look:
    try:
        if held.file.read(4) == b"PK\x03\x04":
            documents.look(_rewound(held), WORKBOOK)
        return intake.look(held.path, name=name)
    except Unreadable as problem:
        raise Refused(words.of_problem(_said(problem))) from None


def _rewound(held: store.Held) -> store.Held:
    held.file.seek(0)
    return held


def _said(problem: Unreadable) -> dict[str, Any]:
    return {"code": problem.code, "params": problem.params}


def _refuse_known(pilot: Pilot, sha256: str) -> None:
    known = pilot.batches.filter(sha256=sha256, state__in=LIVE).select_related("sent_by").first()
    if known is not None:
        raise Refused(
            _t("This very file was already sent as batch %(number)d; nothing was changed.")
            % {"number": known.number}
        )


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


@life.move(
    State.RECEIVED,
    to=State.CHECKING,
    who=own,
    label=_("Take in"),
    guards=[readings_are_taken],
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
    given = {"encoding": encoding, "separator": separator, "decimal": decimal}
    if any(given.values()) and batch.dialect["kind"] == "csv":
        batch.dialect = look_at(batch, given).dialect.to_dict()


def look_at(batch: Batch, given: Mapping[str, str] | None = None) -> intake.Look:
    """The first rows of a batch's file, read as it says of itself or as somebody put it right."""
    said = {name: batch.dialect.get(name) for name in ("encoding", "separator", "decimal")}
    said |= {name: value for name, value in (given or {}).items() if value}
    try:
        with taking.bytes_of(batch) as path:
            return intake.look(path, name=batch.file.name, dialect=said)
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
    _keep(batch, taken, at)
    _tell_pilot(batch.pilot, [*_counted(batch), batch], at)


@life.move(
    State.ACCEPTED, to=STAY, who=system, label=_("Take in anew"), guards=[readings_are_taken]
)
def renew(batch: Batch, *, by: Any, taken: Taken, at: datetime = NOW) -> None:
    """Rows that repeated a withdrawn batch are needed now, and stand in the store."""
    _lock(batch.pilot)
    batch.is_stale = False
    _keep(batch, taken, at)
    _tell_pilot(batch.pilot, [*_counted(batch), batch], at)


@life.move(State.CHECKING, to=State.REJECTED, who=system, label=_("Find unusable"))
def reject(
    batch: Batch, *, by: Any, problem: Mapping[str, Any], taken: Taken | None = None,
    at: datetime = NOW,
) -> None:  # fmt: skip
    """Nothing of the file counts; its sender is told why."""
    batch.problem, batch.checked_at = dict(problem), at
    batch.round += 1
    if taken is not None:
        _keep_counts(batch, taken)
        _keep_faults(batch, taken)


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
    _tell_pilot(batch.pilot, [*_counted(batch), batch], at)


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
    _forget_sums(batch)
    rest = _counted(batch)
    for other in rest:
        if str(batch.number) in other.overlaps:
            reopen(other, by=SYSTEM, at=at)
    _tell_pilot(batch.pilot, rest, at)


@life.move(State.ACCEPTED, to=STAY, who=system, label=_("Ask to take in anew"))
def reopen(batch: Batch, *, by: Any, at: datetime = NOW) -> None:
    """A batch whose rows this one repeated was withdrawn: its own rows are needed now."""
    batch.is_stale = True
    batch.round += 1


@life.move(State.WITHDRAWN, State.REJECTED, to=STAY, who=system, label=_("Leave out of the store"))
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
    if batch.state not in (State.WITHDRAWN, State.REJECTED):
        return batch
    store_ = Store(batch.pilot.number)
    if batch.number not in store_.batches(version=store_.version()):
        return batch  # it never had rows there, or they are left out already
    version = store_.leave_out(batch.number, batch.round, batch.sha256)
    when = {} if at is None else {"at": at}
    return leave_out(batch, by=SYSTEM, version=version, **when)


# What is written down ------------------------------------------------------------------------


def _counted(batch: Batch) -> list[Batch]:
    """The other batches of the pilot that count."""
    return list(batch.pilot.batches.counted().exclude(pk=batch.pk))


def _keep(batch: Batch, taken: Taken, at: datetime) -> None:
    _keep_counts(batch, taken)
    batch.plan_sha256, batch.rows_sha256 = taken.plan_sha256, taken.rows_sha256
    batch.store_version, batch.checked_at = taken.version, at
    batch.first_day, batch.last_day = taken.first_day, taken.last_day
    _keep_faults(batch, taken)
    if taken.newest_us is not None:
        batch.newest_at = datetime.fromtimestamp(taken.newest_us / 1_000_000, UTC)
    _forget_sums(batch)
    Moment.objects.bulk_create(_moments(batch, taken.moments), batch_size=2_000)
    Arrival.objects.bulk_create(_arrivals(batch, taken.arrivals), batch_size=2_000)
    Sketch.objects.bulk_create(_sketches(batch, taken.sketches), batch_size=500)
    # What it repeats may have been withdrawn while it was checked.
    gone = set(taken.overlaps) - {other.number for other in _still_there(batch)}
    if gone:
        batch.is_stale = True
        batch.round += 1


def _forget_sums(batch: Batch) -> None:
    for sums in (batch.moments, batch.arrivals, batch.sketches):
        sums.all().delete()


def _still_there(batch: Batch) -> Sequence[Batch]:
    return list(batch.pilot.batches.filter(state__in=[State.CHECKING, State.ACCEPTED]))


def _keep_counts(batch: Batch, taken: Taken) -> None:
    batch.received, batch.accepted = taken.received, taken.accepted
    batch.quarantined, batch.duplicates = taken.quarantined, taken.duplicates
    batch.by_reason = {str(reason): count for reason, count in sorted(taken.by_reason.items())}
    batch.overlaps = {str(number): count for number, count in sorted(taken.overlaps.items())}


def _keep_faults(batch: Batch, taken: Taken) -> None:
    batch.set_aside.all().delete()
    QuarantineRow.objects.bulk_create(
        (
            QuarantineRow(
                batch=batch,
                line=fault.line,
                column=fault.column,
                # PostgreSQL keeps no NUL in a text.
                value=fault.value.replace("\0", "\ufffd")[:200],
                reason=fault.reason,
                params=fault.params,
                is_duplicate=fault.reason == intake.Reason.DUPLICATE,
            )
            for fault in sorted(taken.faults, key=lambda fault: fault.line)
        ),
        batch_size=2_000,
    )


def _moments(batch: Batch, columns: Mapping[str, np.ndarray]) -> list[Moment]:
    plain = {name: column.tolist() for name, column in columns.items() if name != "den_n"}
    for name in ("den_mean", "den_m2", "den_co"):
        plain[name] = [None if value is None or np.isnan(value) else value for value in plain[name]]
    rows = zip(*plain.values(), strict=True)
    return [Moment(batch=batch, **dict(zip(plain, row, strict=True))) for row in rows]


def _arrivals(batch: Batch, columns: Mapping[str, np.ndarray]) -> list[Arrival]:
    plain = {name: column.tolist() for name, column in columns.items()}
    rows = zip(*plain.values(), strict=True)
    return [Arrival(batch=batch, **dict(zip(plain, row, strict=True))) for row in rows]


def _sketches(batch: Batch, columns: Mapping[str, np.ndarray]) -> list[Sketch]:
    bins: dict[tuple[str, ...], list[list[int]]] = {}
    names = ("unit", "period", "metric", "bin", "n")
    for *key, place, count in zip(*(columns[name].tolist() for name in names), strict=True):
        bins.setdefault(tuple(key), []).append([place, count])
    return [
        Sketch(batch=batch, unit=unit, period=period, metric=metric, bins=found)
        for (unit, period, metric), found in bins.items()
    ]


def _tell_pilot(pilot: Pilot, batches: Sequence[Batch], at: datetime) -> None:
    """Hand down what arrived, and remember which readings these were."""
    ordered = sorted(batches, key=lambda batch: batch.number)
    data = readings.completeness(pilot, ordered, at=at)
    if data.sha256:
        Snapshot.objects.get_or_create(
            pilot=pilot,
            sha256=data.sha256,
            defaults={
                "version": data.version,
                "batches": readings.listed(ordered),
                "rows": sum(batch.accepted or 0 for batch in ordered),
                "at": at,
            },
        )
    fresh = Pilot.objects.get(pk=pilot.pk)
    pilots.note_data(fresh, by=SYSTEM, data=data, at=at)

"""Sending a file of readings: it is kept as it came, or refused with a sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from datetime import datetime
from typing import Any

from django.utils import timezone

from pochin.core import once
from pochin.core.lifecycle import Refused
from pochin.files import intake as documents
from pochin.files import names, store
from pochin.files.limits import Limits
from pochin.files.models import File
from pochin.measurements import intake, words
from pochin.measurements.intake import Unreadable, packing
from pochin.measurements.lifecycle.moves import as_kept, known, readings_are_taken, receive
from pochin.measurements.models import Batch, Source
from pochin.measurements.policy import acts_for_vendor, sender
from pochin.pilots.models import Pilot

GB = 1_000_000_000
LIMIT = 10 * GB
WORKBOOK = Limits(size=200_000_000, unpacked=2 * GB, seconds=60)


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
            before = known(pilot, held.sha256, by=by)
            if before is not None:
                dialect = intake.Dialect.of(before.dialect)
            else:
                # Only a person at the page can say what unclear headings mean.
                look = _look(pilot, held, name, origin, by=by, ask=source == Source.BROWSER)
                dialect = look.dialect
            store.keep(held)
    except Unreadable as problem:
        raise Refused(words.of_problem(as_kept(problem))) from None
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


def _look(
    pilot: Pilot, held: store.Held, name: str, origin: str, *, by: Any, ask: bool
) -> intake.Look:
    """How the file is written; as tables with the same headings were read last time.

    What the vendor says of a table's columns holds for the vendor's own files alone.
    """
    if held.file.read(4) == b"PK\x03\x04":
        documents.look(_rewound(held), WORKBOOK)
    found = intake.look(held.path, name=name, ask=True)
    habits = pilot.habits.filter(origin=origin, heads=found.heads_sha256)
    habit = habits.select_related("told_by").first()
    if habit is not None and (
        acts_for_vendor(by, pilot) or not acts_for_vendor(habit.told_by, pilot)
    ):
        with suppress(Unreadable):
            return intake.look(held.path, name=name, dialect=habit.dialect)
    return found if ask else intake.look(held.path, name=name)


def _rewound(held: store.Held) -> store.Held:
    held.file.seek(0)
    return held

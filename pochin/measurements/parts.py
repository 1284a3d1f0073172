"""Files that come in parts: each part is written where the last one ended, and nothing is lost."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.files import names, store
from pochin.measurements import lifecycle, words
from pochin.measurements.models import Batch, Upload
from pochin.measurements.policy import sender
from pochin.participants.models import Seat
from pochin.pilots.models import Pilot

PART = 8_000_000  # bytes a client is told to send at once
MOST = 64_000_000  # bytes taken at once
BLOCK = 1 << 20
KEPT = timedelta(days=7)
IDLE = timedelta(days=1)  # what nobody went on with for so long makes room for the next
# Files half sent at once, and what they may come to together.
MOST_OWN, MOST_OWN_BYTES = 10, 30_000_000_000
MOST_SHARED, MOST_SHARED_BYTES = 40, 100_000_000_000


class Elsewhere(Refused):
    """The part begins where the file does not end; `received` says where it ends."""

    def __init__(self, received: int) -> None:
        super().__init__(_("The file goes on at byte %(n)d. Send from there.") % {"n": received})
        self.received = received


def folder() -> Path:
    """Where unfinished files lie."""
    found = Path(settings.HOME) / "parts"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def begin(
    pilot: Pilot,
    *,
    by: Any,
    name: str,
    size: int,
    at: datetime,
    source: str,
    origin: str = "",
    sha256: str = "",
) -> Upload:
    """Begin to send a file, or go on with one that broke off.

    A file is the same when its sender, name, size and, where it was said, SHA-256 are.

    Raises:
        Refused: The pilot takes no readings, the file is empty or too large, or no more fit.
    """
    sender.demand(by, pilot)
    if not lifecycle.readings_are_taken.holds(pilot):
        raise Refused(str(lifecycle.readings_are_taken.sentence))
    if size < 1:
        raise Refused(words.of_problem({"code": "empty"}))
    if size > lifecycle.LIMIT:
        store.refuse_size(size, lifecycle.LIMIT)
    name, origin, sha256 = names.clean(name), origin.replace("\0", ""), sha256.replace("\0", "")
    same = Upload.objects.filter(
        pilot=pilot, sent_by_id=by.pk, name=name[:200], size=size, sha256=sha256, batch=None
    )
    found = same.order_by("-begun_at").first()
    if found is not None and _path(found).exists():
        return found
    same.delete()
    _make_room(by, size, at)
    upload = Upload.objects.create(
        pilot=pilot, sent_by_id=by.pk, name=name[:200], size=size, sha256=sha256,
        origin=origin[:120], source=source, begun_at=at,
    )  # fmt: skip
    _path(upload).touch(mode=0o600)
    return upload


def _make_room(by: Any, size: int, at: datetime) -> None:
    """Refuse one more file half sent where a person or an organisation has enough of them.

    Raises:
        Refused: So it is; what they may do is said.
    """
    unfinished = Upload.objects.filter(batch=None)
    own = unfinished.filter(sent_by_id=by.pk)
    if not _fits(own, size, MOST_OWN, MOST_OWN_BYTES):
        for idle in own:
            if _touched(idle) < (at - IDLE).timestamp():
                forget(idle)
    if not _fits(own, size, MOST_OWN, MOST_OWN_BYTES):
        raise Refused(
            _(
                "You have %(n)d files half sent, and no more fit. Finish one of them; what nobody "
                "goes on with for a day makes room by itself."
            )
            % {"n": own.count()}
        )
    seats = Seat.objects.held().filter(person_id=by.pk).values("organisation")
    colleagues = Seat.objects.held().filter(organisation__in=seats).values("person")
    shared = unfinished.filter(sent_by__in=colleagues)
    if not _fits(shared, size, MOST_SHARED, MOST_SHARED_BYTES):
        raise Refused(
            _(
                "Your organisation has %(n)d files half sent, and no more fit. Let your colleagues "
                "finish theirs; what nobody goes on with is forgotten after a week."
            )
            % {"n": shared.count()}
        )


def _fits(uploads: Any, size: int, most: int, most_bytes: int) -> bool:
    found = uploads.aggregate(count=Count("pk"), bytes=Sum("size"))
    return found["count"] < most and (found["bytes"] or 0) + size <= most_bytes


def _touched(upload: Upload) -> float:
    """When its bytes last grew, seconds of the clock."""
    path = _path(upload)
    return path.stat().st_mtime if path.exists() else 0.0


def add(upload: Upload, stream: Any, *, offset: int) -> int:
    """Write what comes from `offset` on; how much of the file is here now.

    What arrived before a connection broke stays and need not be sent again.

    Raises:
        Elsewhere: The file does not end at `offset`, or another part is being written.
        Refused: More comes than was said.
    """
    with _path(upload).open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Elsewhere(upload.received) from None
        upload.refresh_from_db()
        if offset != upload.received:
            raise Elsewhere(upload.received)
        file.seek(offset)
        file.truncate()
        end = offset
        try:
            while block := stream.read(BLOCK):
                end += len(block)
                if end > upload.size or end - offset > MOST:
                    end -= len(block)
                    raise Refused(_("More bytes came than were announced. Begin anew."))
                file.write(block)
        finally:
            file.flush()
            os.fsync(file.fileno())
            # Only what stands on the disk is said to be here.
            Upload.objects.filter(pk=upload.pk).update(received=end)
            upload.received = end
    return upload.received


def finish(upload: Upload, *, by: Any, at: datetime) -> Batch:
    """Make a batch of a file that is whole; done again it gives the same batch.

    Raises:
        Refused: Parts are missing, or the file cannot be read.
    """
    if upload.batch is not None:
        return upload.batch
    if upload.received < upload.size:
        raise Elsewhere(upload.received)
    if not _path(upload).exists():
        raise Refused(_("The parts of this file are not here any more. Send it again."))
    try:
        batch = lifecycle.send(
            upload.pilot, _Whole(upload), by=by, at=at, source=upload.source,
            origin=upload.origin, sha256=upload.sha256,
        )  # fmt: skip
    except lifecycle.Known as problem:
        batch = problem.batch
    except Refused:
        forget(upload)
        raise
    Upload.objects.filter(pk=upload.pk).update(batch=batch)
    _path(upload).unlink(missing_ok=True)
    upload.batch = batch
    return batch


def forget(upload: Upload) -> None:
    """Give up a file that did not come whole."""
    _path(upload).unlink(missing_ok=True)
    upload.delete()


def sweep(*, at: datetime) -> int:
    """Forget files that nobody went on with for a week, and parts of none; returns how many."""
    old = list(Upload.objects.filter(begun_at__lt=at - KEPT))
    for upload in old:
        forget(upload)
    known = {key.hex for key in Upload.objects.values_list("key", flat=True)}
    strays = [path for path in folder().iterdir() if path.name not in known]
    strays = [path for path in strays if path.stat().st_mtime < (at - IDLE).timestamp()]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(old) + len(strays)


class _Whole:
    """The parts together, as `lifecycle.send` reads an uploaded file."""

    def __init__(self, upload: Upload) -> None:
        self.name = upload.name
        self.size = upload.size
        self._path = _path(upload)

    def chunks(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block


def _path(upload: Upload) -> Path:
    return folder() / upload.key.hex

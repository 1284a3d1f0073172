"""Batches of readings for programs: sending them, what was sent, what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema

from pochin.core.lifecycle import Refused, SentOtherwise
from pochin.core.policy import Forbidden
from pochin.measurements import lifecycle, parts, readings, words
from pochin.measurements.models import Batch, Source, State, Upload
from pochin.participants.paging import read_page
from pochin.pilots.models import Pilot
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["readings"])
KINDS = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".csv",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
PACKED = {"": "", "identity": "", "gzip": ".gz", "zstd": ".zst"}
BLOCK = 1 << 16


class Told(Schema):
    """What did not work, in one sentence."""

    detail: str


class Elsewhere(Told):
    """The part begins where the file does not end."""

    received: int


class UploadOut(Schema):
    """A file that comes in parts: how much of it is here; its batch once it is whole."""

    key: UUID
    name: str
    size: int
    received: int
    part: int = parts.PART
    batch: int | None = None

    @staticmethod
    def resolve_batch(upload: Upload) -> int | None:
        return upload.batch.number if upload.batch is not None else None


class UploadIn(Schema):
    """A file that will be sent in parts."""

    name: str
    size: int
    origin: str = ""
    sha256: str = ""


class BatchOut(Schema):
    """One file of readings: counts, never values."""

    pilot: int
    number: int
    name: str
    sha256: str
    state: str
    source: str
    sent_at: datetime
    declared_by_vendor: bool
    received: int | None
    accepted: int | None
    quarantined: int | None
    duplicates: int | None
    by_reason: dict[str, int]
    first_day: date | None
    last_day: date | None
    store_version: int | None
    rows_sha256: str
    problem: str
    warnings: list[str]

    @staticmethod
    def resolve_sha256(batch: Batch, context: Any) -> str:
        return batch.sha256 if batch.shows_prints_to(context["request"].user) else ""

    @staticmethod
    def resolve_rows_sha256(batch: Batch, context: Any) -> str:
        return batch.rows_sha256 if batch.shows_prints_to(context["request"].user) else ""

    @staticmethod
    def resolve_warnings(batch: Batch) -> list[str]:
        return [words.of_warning(one) for one in batch.warnings]

    @staticmethod
    def resolve_pilot(batch: Batch) -> int:
        return batch.pilot.number

    @staticmethod
    def resolve_name(batch: Batch) -> str:
        return batch.file.name

    @staticmethod
    def resolve_problem(batch: Batch) -> str:
        return words.of_problem(batch.problem)


class ArrivedOut(Schema):
    """A unit in a period: metrics that arrived of those expected."""

    unit: str
    period: str
    received: int
    expected: int


class BatchPage(Schema):
    items: list[BatchOut]
    next: int | None


def _batches(user: Any, pilot: int) -> Any:
    found = Batch.objects.visible_to(user).filter(pilot__number=pilot)
    return found.select_related("pilot", "file")


@router.get("{int:pilot}/batches", response=BatchPage, url_name="batches")
def batches(request: HttpRequest, pilot: int, after: int = 0, limit: int = 50) -> Any:
    """A page of the files of a pilot; `after` is the `next` of the page before."""
    return read_page(_batches(request.user, pilot), after=after, limit=limit)


@router.get("{int:pilot}/batches/{int:number}", response=BatchOut, url_name="batch")
def batch(request: HttpRequest, pilot: int, number: int) -> Any:
    """One file of a pilot."""
    return visible_or_404(_batches(request.user, pilot), request.user, number=number)


@router.post(
    "{int:pilot}/batches",
    response={200: BatchOut, 201: BatchOut, 401: Told, 404: Told, 409: Told, 422: Told},
    url_name="send",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS},
        }
    },
)
def send(
    request: HttpRequest, pilot: int, name: str = "", origin: str = "", take_in: bool = True
) -> Any:
    """Send a batch of readings as the body; the same bytes, or the same Idempotency-Key, once.

    The kind is told by Content-Type, packing by Content-Encoding (gzip, zstd). The answer is 201
    for a new batch and 200 for one that is here already; its rows are checked in the background.
    """
    inside = Pilot.objects.inside(sending(request))
    subject = visible_or_404(inside, request.user, number=pilot)
    body, now = Body(request, name), timezone.now()
    try:
        batch = lifecycle.send(
            subject, body, by=request.user, at=now, source=Source.API, origin=origin[:120],
            key=request.headers.get("Idempotency-Key", ""),
        )  # fmt: skip
        status = 201 if batch.sent_at == now else 200
    except lifecycle.Known as problem:
        status, batch = 200, problem.batch
    except SentOtherwise:
        raise Refused(
            _("Another body came under this Idempotency-Key. Send this one under a key of its own.")
        ) from None
    return status, _let_in(batch, request.user) if take_in else batch


def sending(request: HttpRequest) -> Any:
    """Who sends; a token that may only read finds nothing here."""
    if not getattr(request.user, "may_send", False):
        raise Forbidden(_("This token may only read. Issue one that may send readings."))
    return request.user


def _let_in(batch: Batch, user: Any) -> Batch:
    """A program looks at no first rows: its batch is taken in at once."""
    if batch.state == State.RECEIVED and batch.sent_by_id == user.pk:
        batch = lifecycle.check(batch, by=user)
    return batch


class Body:
    """The body of a request as a file that is being uploaded."""

    def __init__(self, request: HttpRequest, name: str) -> None:
        kind = KINDS.get(request.content_type or "", ".csv")
        packed = PACKED.get(request.headers.get("Content-Encoding", "").strip().lower())
        if packed is None:
            raise Refused(
                _("Send the body plain, or packed by one of: %(kinds)s.") % {"kinds": "gzip, zstd"}
            )
        self.name = (name or f"readings{kind}") + packed
        self.size = None
        self._request = request

    def chunks(self) -> Iterator[bytes]:
        while block := self._request.read(BLOCK):
            yield block


@router.post(
    "{int:pilot}/uploads",
    response={201: UploadOut, 401: Told, 404: Told, 422: Told},
    url_name="uploads",
)
def begin_upload(request: HttpRequest, pilot: int, given: UploadIn) -> Any:
    """Begin to send a file in parts, or learn how much of it is here already."""
    inside = Pilot.objects.inside(sending(request))
    subject = visible_or_404(inside, request.user, number=pilot)
    return 201, parts.begin(
        subject, by=request.user, at=timezone.now(), source=Source.SHELL, **given.dict()
    )


def _upload(request: HttpRequest, pilot: int, key: UUID) -> Upload:
    own = Upload.objects.visible_to(sending(request)).filter(pilot__number=pilot)
    return visible_or_404(own.select_related("pilot", "batch"), request.user, key=key)


UPLOAD = {200: UploadOut, 401: Told, 404: Told, 409: Elsewhere, 422: Told}


@router.get("{int:pilot}/uploads/{uuid:key}", response=UPLOAD, url_name="upload")
def upload(request: HttpRequest, pilot: int, key: UUID) -> Any:
    """How much of a file is here."""
    return _upload(request, pilot, key)


@router.put("{int:pilot}/uploads/{uuid:key}", response=UPLOAD, url_name="part")
def add_part(request: HttpRequest, pilot: int, key: UUID, offset: int) -> Any:
    """The next part as the body, from `offset` on; 409 tells where the file really ends."""
    found = _upload(request, pilot, key)
    parts.add(found, request, offset=offset)
    return found


@router.post(
    "{int:pilot}/uploads/{uuid:key}/finish",
    response={200: BatchOut, 401: Told, 404: Told, 409: Elsewhere, 422: Told},
    url_name="finish",
)
def finish_upload(request: HttpRequest, pilot: int, key: UUID) -> Any:
    """All parts are here: make a batch of them and check its rows in the background."""
    found = _upload(request, pilot, key)
    return _let_in(parts.finish(found, by=request.user, at=timezone.now()), request.user)


@router.get("{int:pilot}/arrivals", response=list[ArrivedOut], url_name="arrivals")
def arrivals(request: HttpRequest, pilot: int) -> Any:
    """What arrived of what the plan expects, by unit and period."""
    inside = Pilot.objects.inside(request.user)
    subject = visible_or_404(inside, request.user, number=pilot)
    found = readings.arrivals(subject, at=timezone.now())
    return [
        {"unit": unit, "period": cell.period, "received": cell.received, "expected": cell.expected}
        for unit, cells in found.items()
        for cell in cells
    ]

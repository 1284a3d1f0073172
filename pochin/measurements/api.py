"""Batches of readings for programs: sending them, what was sent, what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from pochin.core.lifecycle import Refused, SentOtherwise
from pochin.core.policy import Forbidden
from pochin.measurements import lifecycle, parts, readings, words
from pochin.measurements.listing import rows_of
from pochin.measurements.models import Batch, QuarantineRow, Source, State, Upload
from pochin.participants.paging import NEXT, After, Limit, read_page
from pochin.pilots.models import Pilot
from pochin.ui.programs import FAULTS, Fault, words_of
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["readings"])
BatchState = Annotated[State, words_of(State)]
KINDS = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".csv",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
# What says nothing of the body: then its name decides, or it is a table of text.
SILENT = {"", "text/plain", "application/octet-stream"}
PACKED = {"": "", "identity": "", "gzip": ".gz", "zstd": ".zst"}
BLOCK = 1 << 16


class Elsewhere(Fault):
    """The part begins where the file does not end."""

    received: int = Field(description="The byte to go on from.")


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
    state: BatchState
    source: Source
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


class SetAsideOut(Schema):
    """A row that was not taken in: where it stands in the file, and why it stayed out."""

    line: int
    column: str = Field(description="Empty, where it is about the whole row.")
    value: str = Field(description="As it stands in the file, shortened to 200 characters.")
    reason: str = Field(description="Its code, as in `by_reason` of the batch.")
    detail: str = Field(description="The reason in one sentence.")
    is_known_already: bool = Field(description="Counted under `duplicates`, not `quarantined`.")

    @staticmethod
    def resolve_detail(row: QuarantineRow) -> str:
        return words.of_row(row.reason, row.params)

    @staticmethod
    def resolve_is_known_already(row: QuarantineRow) -> bool:
        return row.is_duplicate


class SetAsidePage(Schema):
    items: list[SetAsideOut]
    next: int | None = Field(description=NEXT)


class ArrivedOut(Schema):
    """A unit in a period: metrics that arrived of those expected."""

    unit: str
    period: str
    received: int
    expected: int


class BatchPage(Schema):
    items: list[BatchOut]
    next: int | None = Field(description=NEXT)


def _batches(user: Any, pilot: int) -> Any:
    found = Batch.objects.visible_to(user).filter(pilot__number=pilot)
    return found.select_related("pilot", "file")


@router.get("{int:pilot}/batches", response={200: BatchPage, **FAULTS}, url_name="batches")
def batches(request: HttpRequest, pilot: int, after: After = 0, limit: Limit = 50) -> Any:
    """A page of the files of a pilot, in the order of their numbers."""
    return read_page(_batches(request.user, pilot), after=after, limit=limit)


@router.get(
    "{int:pilot}/batches/{int:number}", response={200: BatchOut, **FAULTS}, url_name="batch"
)
def batch(request: HttpRequest, pilot: int, number: int) -> Any:
    """One file of a pilot."""
    return visible_or_404(_batches(request.user, pilot), request.user, number=number)


@router.get(
    "{int:pilot}/batches/{int:number}/set-aside",
    response={200: SetAsidePage, **FAULTS},
    url_name="set_aside",
)
def set_aside(
    request: HttpRequest, pilot: int, number: int, after: After = 0, limit: Limit = 50
) -> Any:
    """A page of the rows of a file that were not taken in, in the order in which they were found.

    The first 10,000 of a file are listed; `by_reason` of the batch counts all. What a row says is
    open to who sent it, and to everybody inside once the result was handed over.
    """
    found = visible_or_404(_batches(request.user, pilot), request.user, number=number)
    return read_page(rows_of(found, request.user), after=after, limit=limit, key="pk")


@router.post(
    "{int:pilot}/batches",
    response={200: BatchOut, 201: BatchOut, **FAULTS, 409: Fault, 422: Fault},
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
        said = request.content_type or ""
        if said not in KINDS and said not in SILENT:
            raise Refused(
                _("Say by Content-Type what the body is, one of: %(kinds)s.")
                % {"kinds": ", ".join(KINDS)}
            )
        kind = KINDS.get(said, ".csv")
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
    response={201: UploadOut, **FAULTS, 422: Fault},
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


UPLOAD = {200: UploadOut, **FAULTS, 409: Elsewhere, 422: Fault}


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
    response={200: BatchOut, **FAULTS, 409: Elsewhere, 422: Fault},
    url_name="finish",
)
def finish_upload(request: HttpRequest, pilot: int, key: UUID) -> Any:
    """All parts are here: make a batch of them and check its rows in the background."""
    found = _upload(request, pilot, key)
    return _let_in(parts.finish(found, by=request.user, at=timezone.now()), request.user)


@router.get("{int:pilot}/arrivals", response={200: list[ArrivedOut], **FAULTS}, url_name="arrivals")
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

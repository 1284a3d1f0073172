"""Batches of readings for programs: what was sent, and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from pochin.measurements import readings, words
from pochin.measurements.models import Batch
from pochin.participants.paging import read_page
from pochin.pilots.models import Pilot
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["readings"])


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

"""Readings after the pilot for programs: sending them, what was sent, what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from pochin.deals import lifecycle, receiving
from pochin.deals.models import FollowUp, RollOut
from pochin.measurements.api import KINDS, Body, sending
from pochin.participants.paging import NEXT, After, Limit, read_page
from pochin.ui.programs import FAULTS, Fault
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["readings after the pilot"])


class FollowUpOut(Schema):
    """One file of readings after the pilot: counts, and what became of it."""

    deal: int
    number: int
    name: str
    sha256: str
    state: str
    sent_at: datetime
    received: int
    accepted: int
    set_aside: int
    by_reason: dict[str, int]
    sites: int
    first_day: date | None
    last_day: date | None
    problem: str

    @staticmethod
    def resolve_deal(sent: FollowUp) -> int:
        return sent.roll_out.deal.number

    @staticmethod
    def resolve_name(sent: FollowUp) -> str:
        return sent.file.name

    @staticmethod
    def resolve_state(sent: FollowUp) -> str:
        return sent.state.value

    @staticmethod
    def resolve_problem(sent: FollowUp) -> str:
        return receiving.of_problem(sent)


class FollowUpPage(Schema):
    items: list[FollowUpOut]
    next: int | None = Field(description=NEXT)


def _sent(user: Any, programme: str, deal: int) -> Any:
    found = FollowUp.objects.visible_to(user).filter(
        roll_out__deal__programme__code=programme, roll_out__deal__number=deal
    )
    return found.select_related("roll_out__deal", "file")


ONE = "{programme}/{int:deal}/readings"


@router.get(ONE, response={200: FollowUpPage, **FAULTS}, url_name="follow_ups")
def follow_ups(
    request: HttpRequest, programme: str, deal: int, after: After = 0, limit: Limit = 50
) -> Any:
    """A page of the files sent after the pilot, in the order of their numbers."""
    return read_page(_sent(request.user, programme, deal), after=after, limit=limit)


@router.get(f"{ONE}/{{int:number}}", response={200: FollowUpOut, **FAULTS}, url_name="follow_up")
def follow_up(request: HttpRequest, programme: str, deal: int, number: int) -> Any:
    """One file sent after the pilot."""
    return visible_or_404(_sent(request.user, programme, deal), request.user, number=number)


@router.post(
    ONE,
    response={200: FollowUpOut, 201: FollowUpOut, **FAULTS, 422: Fault},
    url_name="send_follow_up",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS},
        }
    },
)
def send(request: HttpRequest, programme: str, deal: int, name: str = "") -> Any:
    """Send readings of the pilot's metric from after it as the body; the same bytes count once.

    The kind is told by Content-Type, packing by Content-Encoding (gzip, zstd). The answer is 201
    for a new file and 200 for one that is here already; its rows are checked in the background,
    and `state` says what became of them: waiting, taken, refused, withdrawn.
    """
    user, now = sending(request), timezone.now()
    things = RollOut.objects.select_related("deal__programme", "deal__pilot")
    roll_out = visible_or_404(things, user, deal__programme__code=programme, deal__number=deal)
    lifecycle.rollout_life.moves["send_readings"].who.demand(user, roll_out)
    try:
        kept, taken = receiving.readings(roll_out, Body(request, name), at=now, at_once=0)
        lifecycle.send_readings(roll_out, by=user, kept=kept, taken=taken, at=now)
    except lifecycle.Known as problem:
        return 200, problem.follow_up
    return 201, _sent(user, programme, deal).get(sha256=kept["sha256"], sent_at=now)

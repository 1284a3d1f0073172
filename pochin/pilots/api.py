"""Pilots for programs: what the register shows, and the plan for those inside."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from pochin.participants.paging import read_page
from pochin.pilots.models import Pilot, Plan, Reach
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["pilots"])


class PilotOut(Schema):
    """One pilot; what the reader may not see is null."""

    number: int
    title_ru: str
    title_en: str
    programme: str
    purpose: str
    state: str
    need: int | None
    vendor: str | None
    is_archive: bool
    is_demonstration: bool
    starts_on: date | None
    ends_on: date | None
    decision_date: date | None
    is_decision_overdue: bool | None
    locked_at: datetime | None
    outcome: str | None

    @staticmethod
    def resolve_programme(pilot: Pilot) -> str:
        return pilot.programme.code

    @staticmethod
    def resolve_need(pilot: Pilot) -> int | None:
        return pilot.need.number if pilot.need else None

    @staticmethod
    def resolve_vendor(pilot: Pilot) -> str | None:
        return str(pilot.organisation) if pilot.organisation else None

    @staticmethod
    def resolve_decision_date(pilot: Pilot) -> date | None:
        return None if pilot.reach == Reach.PUBLIC else pilot.decision_date

    @staticmethod
    def resolve_is_decision_overdue(pilot: Pilot) -> bool | None:
        return None if pilot.reach == Reach.PUBLIC else pilot.is_decision_overdue

    @staticmethod
    def resolve_outcome(pilot: Pilot) -> str | None:
        return None if pilot.reach == Reach.PUBLIC else pilot.outcome


class PlanOut(Schema):
    """The plan that binds, as it was signed."""

    version: int
    sha256: str
    locked_at: datetime | None
    content: dict[str, Any]


class SlotOut(Schema):
    """A site's part in a pilot."""

    site: int
    role: str
    state: str
    starts_on: date
    ends_on: date
    left_on: date | None
    left_because: str

    @staticmethod
    def resolve_site(slot: Any) -> int:
        return slot.site.number


class PilotPage(Schema):
    items: list[PilotOut]
    next: int | None


def _pilots(user: Any) -> Any:
    return Pilot.objects.with_reach(user).select_related("programme", "need", "organisation")


@router.get("", response=PilotPage, url_name="pilots")
def pilots(
    request: HttpRequest, state: str = "", programme: str = "", after: int = 0, limit: int = 50
) -> Any:
    """A page of pilots; `after` is the `next` of the page before."""
    found = _pilots(request.user).visible_to(request.user)
    asked = {"state": state, "programme__code": programme}
    found = found.filter(**{name: value for name, value in asked.items() if value})
    return read_page(found, after=after, limit=limit)


@router.get("{int:number}", response=PilotOut, url_name="pilot")
def pilot(request: HttpRequest, number: int) -> Any:
    """One pilot."""
    return visible_or_404(_pilots(request.user), request.user, number=number)


@router.get("{int:number}/plan", response=PlanOut, url_name="pilot_plan")
def plan(request: HttpRequest, number: int) -> Any:
    """The plan that binds; a pilot whose plan is not locked has none here."""
    locked = Plan.objects.filter(pilot__number=number, locked_at__isnull=False)
    found = locked.visible_to(request.user).order_by("-version").first()
    if found is None:
        raise Http404
    return found


@router.get("{int:number}/sites", response=list[SlotOut], url_name="pilot_sites")
def sites(request: HttpRequest, number: int) -> Any:
    """The sites of a pilot with their roles."""
    found = visible_or_404(Pilot.objects.inside(request.user), request.user, number=number)
    return list(found.slots.select_related("site").order_by("site__number"))

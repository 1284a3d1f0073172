"""Pilots for programs: what the register shows, and the plan for those inside."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext_noop
from ninja import Router, Schema
from pydantic import Field

from pochin.participants.paging import NEXT, After, Limit, read_page
from pochin.pilots.models import (
    Amendment,
    Outcome,
    Pilot,
    Plan,
    Purpose,
    Reach,
    SeenData,
    SlotRole,
    SlotState,
    State,
)
from pochin.pilots.shown import Version, versions_of_plan
from pochin.ui.programs import FAULTS, words_of
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["pilots"])
PilotState = Annotated[State, words_of(State)]


class PilotOut(Schema):
    """One pilot; what the reader may not see is null."""

    number: int = Field(description=gettext_noop("number of the pilot: the 2 of P-002"))
    title_ru: str = Field(description=gettext_noop("title in Russian"))
    title_en: str = Field(description=gettext_noop("title in English; may be empty"))
    programme: str = Field(description=gettext_noop("code of the programme"))
    purpose: Purpose = Field(description=gettext_noop("purpose: to prove, to learn, to show"))
    state: PilotState = Field(description=gettext_noop("state of the pilot"))
    need: int | None = Field(description=gettext_noop("number of the need it answers"))
    vendor: str | None = Field(description=gettext_noop("company whose solution is tried"))
    vendor_en: str | None = Field(
        description=gettext_noop("that company, in English where it has such a name")
    )
    is_archive: bool = Field(
        description=gettext_noop("whether its plan was written after the data")
    )
    is_demonstration: bool = Field(
        description=gettext_noop("whether it is invented for demonstration")
    )
    starts_on: date | None = Field(description=gettext_noop("first day of the run"))
    ends_on: date | None = Field(description=gettext_noop("last day of the run"))
    decision_date: date | None = Field(
        description=gettext_noop("day by which it is decided; for those inside")
    )
    is_decision_overdue: bool | None = Field(
        description=gettext_noop("whether that day has passed; for those inside")
    )
    locked_at: datetime | None = Field(
        description=gettext_noop("when the plan was locked first, UTC")
    )
    outcome: Outcome | None = Field(
        description=gettext_noop("decision that was signed; for those inside")
    )

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
    def resolve_vendor_en(pilot: Pilot) -> str | None:
        company = pilot.organisation
        return (company.name_en or company.name_ru) if company else None

    @staticmethod
    def resolve_decision_date(pilot: Pilot) -> date | None:
        return None if pilot.reach == Reach.PUBLIC else pilot.decision_date

    @staticmethod
    def resolve_is_decision_overdue(pilot: Pilot) -> bool | None:
        return None if pilot.reach == Reach.PUBLIC else pilot.is_decision_overdue

    @staticmethod
    def resolve_outcome(pilot: Pilot) -> str | None:
        return None if pilot.reach == Reach.PUBLIC else pilot.outcome or None


class ChangeOut(Schema):
    """One place of the plan that an amendment changed."""

    path: str
    before: Any = None
    after: Any = None


class VersionOut(Schema):
    """A version of the plan that bound once; why and what it changed is for those inside."""

    amendment: int = Field(description="Number of the amendment; 0 for the plan as first locked.")
    locked_at: datetime
    sha256: str = Field(description="SHA-256 of the plan in canonical JSON.")
    seen_data: SeenData | None = Field(
        description="Whether outcome data were known when it was written; null for the first."
    )
    places: list[str] = Field(description="Which parts of the plan it changed, in words.")
    reason: str | None = None
    changes: list[ChangeOut] | None = None


class PlanOut(Schema):
    """The plan that binds, as it was signed."""

    version: int = Field(description="Counts drafts and amendments of the plan from 1.")
    sha256: str = Field(description="SHA-256 of `content` in canonical JSON.")
    locked_at: datetime | None
    content: dict[str, Any] = Field(description="The plan in the format pochin-plan/1.")


class SlotOut(Schema):
    """A site's part in a pilot."""

    site: int
    role: SlotRole
    state: SlotState
    starts_on: date
    ends_on: date
    left_on: date | None
    left_because: str

    @staticmethod
    def resolve_site(slot: Any) -> int:
        return slot.site.number


class PilotPage(Schema):
    items: list[PilotOut]
    next: int | None = Field(description=NEXT)


def pilots_for(user: Any) -> Any:
    """The pilots the user may see, each with how much of it that is."""
    found = Pilot.objects.with_reach(user).visible_to(user)
    return found.select_related("programme", "need", "organisation")


@router.get("", response={200: PilotPage, **FAULTS}, url_name="pilots")
def pilots(
    request: HttpRequest,
    state: PilotState | None = None,
    programme: str = "",
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    """A page of pilots, in the order of their numbers."""
    found = pilots_for(request.user)
    asked = {"state": state, "programme__code": programme}
    found = found.filter(**{name: value for name, value in asked.items() if value})
    return read_page(found, after=after, limit=limit)


@router.get("{int:number}", response={200: PilotOut, **FAULTS}, url_name="pilot")
def pilot(request: HttpRequest, number: int) -> Any:
    """One pilot."""
    return visible_or_404(pilots_for(request.user), request.user, number=number)


@router.get("{int:number}/plan", response={200: PlanOut, **FAULTS}, url_name="pilot_plan")
def plan(request: HttpRequest, number: int) -> Any:
    """The plan that binds; a pilot whose plan is not locked has none here."""
    locked = Plan.objects.filter(pilot__number=number, locked_at__isnull=False)
    found = locked.visible_to(request.user).order_by("-version").first()
    if found is None:
        raise Http404
    return found


@router.get(
    "{int:number}/plan/versions",
    response={200: list[VersionOut], **FAULTS},
    url_name="plan_versions",
)
def plan_versions(request: HttpRequest, number: int) -> Any:
    """Every version of the plan that ever bound, oldest first: the first lock and each amendment.

    Fingerprints, moments and places are public, as on the page of the pilot.
    """
    found = visible_or_404(pilots_for(request.user), request.user, number=number)
    amendments = Amendment.objects.visible_to(request.user).filter(pilot=found)
    whole = {one.number: one for one in amendments}
    return [_version(one, whole.get(one.number)) for one in versions_of_plan(found)]


def _version(version: Version, amendment: Amendment | None) -> dict[str, Any]:
    told = {
        "amendment": version.number,
        "locked_at": version.at,
        "sha256": version.sha256,
        "seen_data": _seen(version),
        "places": list(version.places),
    }
    if amendment is None:
        return told
    return {**told, "reason": amendment.reason, "changes": amendment.changes}


def _seen(version: Version) -> SeenData | None:
    if version.number == 0:
        return None
    return SeenData.AFTER if version.is_late else SeenData.BEFORE


@router.get("{int:number}/sites", response={200: list[SlotOut], **FAULTS}, url_name="pilot_sites")
def sites(request: HttpRequest, number: int) -> Any:
    """The sites of a pilot with their roles."""
    found = visible_or_404(Pilot.objects.inside(request.user), request.user, number=number)
    return list(found.slots.select_related("site").order_by("site__number"))

"""Needs for programs: a page of them, and one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_noop
from ninja import Query, Router, Schema
from pydantic import Field

from pochin.needs.models import Need, State
from pochin.participants.paging import NEXT, After, Limit, read_page
from pochin.ui.programs import FAULTS, words_of
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["needs"])
NeedState = Annotated[State, words_of(State)]


class NeedOut(Schema):
    """A need as the catalogue shows it."""

    number: int = Field(description=gettext_noop("number of the need: the 9 of N-009"))
    programme: str = Field(description=gettext_noop("code of the programme"))
    title_ru: str = Field(description=gettext_noop("title in Russian"))
    title_en: str = Field(description=gettext_noop("title in English; may be empty"))
    problem_ru: str = Field(description=gettext_noop("what hurts, in Russian"))
    problem_en: str = Field(description=gettext_noop("what hurts, in English; may be empty"))
    metric_ru: str = Field(description=gettext_noop("metric, in Russian"))
    metric_en: str = Field(description=gettext_noop("metric, in English; may be empty"))
    metric_unit_ru: str = Field(description=gettext_noop("unit of the metric, in Russian"))
    metric_unit_en: str = Field(
        description=gettext_noop("unit of the metric, in English; may be empty")
    )
    metric_now: Decimal | None = Field(description=gettext_noop("the metric today"))
    metric_target: Decimal | None = Field(description=gettext_noop("the metric as it is wanted"))
    sites_wanted: int | None = Field(description=gettext_noop("sites for a pilot"))
    budget: Decimal | None = Field(description=gettext_noop("budget ceiling in roubles"))
    closes_at: datetime | None = Field(description=gettext_noop("applications until, UTC"))
    published_at: datetime | None = Field(description=gettext_noop("when it was published, UTC"))
    state: NeedState = Field(description=gettext_noop("state of the need"))
    is_demonstration: bool = Field(
        description=gettext_noop("whether it is invented for demonstration")
    )
    url: str = Field(description=gettext_noop("address of its page on this server"))

    @staticmethod
    def resolve_programme(need: Need) -> str:
        return need.programme.code

    @staticmethod
    def resolve_url(need: Need) -> str:
        return need.get_absolute_url()


class NeedPage(Schema):
    items: list[NeedOut]
    next: int | None = Field(description=NEXT)


@router.get("", response={200: NeedPage, **FAULTS}, url_name="needs")
def needs(
    request: HttpRequest,
    state: NeedState | None = None,
    programme: str = "",
    is_open: Annotated[
        bool, Query(description="Only those that take applications at this moment.")
    ] = False,
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    """A page of needs, in the order of their numbers."""
    found = Need.objects.visible_to(request.user).select_related("programme")
    asked = {"state": state, "programme__code": programme}
    found = found.filter(**{name: value for name, value in asked.items() if value})
    if is_open:
        found = found.open(timezone.now())
    return read_page(found, after=after, limit=limit)


@router.get("{int:number}", response={200: NeedOut, **FAULTS}, url_name="need")
def need(request: HttpRequest, number: int) -> Any:
    """One need."""
    things = Need.objects.select_related("programme")
    return visible_or_404(things, request.user, number=number)

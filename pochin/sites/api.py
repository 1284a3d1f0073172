"""Sites for programs: a page of them, and one."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Query, Router, Schema
from pydantic import Field

from pochin.participants.paging import NEXT, After, Limit, read_page
from pochin.sites.finding import find
from pochin.sites.models import Site, SiteKind, State
from pochin.ui.programs import FAULTS, words_of
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["sites"])
SiteState = Annotated[State, words_of(State)]


class SiteOut(Schema):
    """What is public of a place."""

    number: int = Field(
        description=gettext_noop("number of the site: its postcode, where it is a post office")
    )
    postcode: str = Field(description=gettext_noop("postcode, as text"))
    kind: SiteKind = Field(description=gettext_noop("kind of site"))
    name_ru: str = Field(description=gettext_noop("name in Russian"))
    name_en: str = Field(description=gettext_noop("name in English; may be empty"))
    region: str = Field(description=gettext_noop("two digits of the region, as text"))
    area: str = Field(description=gettext_noop("district"))
    city: str = Field(description=gettext_noop("town"))
    latitude: Decimal | None = Field(description=gettext_noop("latitude, where it is known"))
    longitude: Decimal | None = Field(description=gettext_noop("longitude, where it is known"))
    zone: str = Field(description=gettext_noop("time zone by its name in the tz database"))
    size: str = Field(description=gettext_noop("size: small, medium, large; may be empty"))
    capacity: int = Field(description=gettext_noop("how many pilots it can take at once"))
    state: SiteState = Field(description=gettext_noop("state of the site"))
    url: str = Field(description=gettext_noop("address of its page on this server"))

    @staticmethod
    def resolve_url(site: Site) -> str:
        return site.get_absolute_url()


class SitePage(Schema):
    items: list[SiteOut]
    next: int | None = Field(description=NEXT)


@router.get("", response={200: SitePage, **FAULTS}, url_name="sites")
def sites(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=200, description="Beginnings of words.")] = "",
    region: str = "",
    kind: SiteKind | None = None,
    state: SiteState | None = None,
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    """A page of places, in the order of their numbers."""
    found: QuerySet[Site] = Site.objects.visible_to(request.user)
    asked = {"region": region, "kind": kind, "state": state}
    found = found.filter(**{name: value for name, value in asked.items() if value})
    if q:
        found = find(found, q)
    return read_page(found, after=after, limit=limit)


@router.get("{int:number}", response={200: SiteOut, **FAULTS}, url_name="site")
def site(request: HttpRequest, number: int) -> Any:
    """One place."""
    return visible_or_404(Site, request.user, number=number)

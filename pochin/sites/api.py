"""Sites for programs: a page of them, and one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router, Schema

from pochin.participants.paging import read_page
from pochin.sites.finding import find
from pochin.sites.models import Site
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["sites"])


class SiteOut(Schema):
    """What is public of a place."""

    number: int
    postcode: str
    kind: str
    name_ru: str
    name_en: str
    region: str
    area: str
    city: str
    latitude: Decimal | None
    longitude: Decimal | None
    zone: str
    size: str
    capacity: int
    state: str
    url: str

    @staticmethod
    def resolve_url(site: Site) -> str:
        return site.get_absolute_url()


class SitePage(Schema):
    items: list[SiteOut]
    next: int | None


@router.get("", response=SitePage, url_name="sites")
def sites(
    request: HttpRequest,
    q: str = "",
    region: str = "",
    kind: str = "",
    state: str = "",
    after: int = 0,
    limit: int = 50,
) -> Any:
    """A page of places; `after` is the `next` of the page before."""
    found: QuerySet[Site] = Site.objects.visible_to(request.user)
    asked = {"region": region, "kind": kind, "state": state}
    found = found.filter(**{name: value for name, value in asked.items() if value})
    if q:
        found = find(found, q)
    return read_page(found, after=after, limit=limit)


@router.get("{int:number}", response=SiteOut, url_name="site")
def site(request: HttpRequest, number: int) -> Any:
    """One place."""
    return visible_or_404(Site, request.user, number=number)

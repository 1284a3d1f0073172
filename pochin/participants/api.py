"""Organisations for programs: a page of them, and one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest
from ninja import Router, Schema

from pochin.participants.models import Kind, Membership, Organisation
from pochin.participants.paging import read_page
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["organisations"])


class MembershipOut(Schema):
    programme: str
    kind: str
    state: str

    @staticmethod
    def resolve_programme(membership: Membership) -> str:
        return membership.programme.code


class OrganisationOut(Schema):
    """What is public of an organisation."""

    key: str
    name_ru: str
    name_en: str
    full_name_ru: str
    full_name_en: str
    country: str
    inn: str
    kpp: str
    ogrn: str
    region: str
    okved: str
    size: str
    founded_on: date | None
    state: str
    kinds: list[str]
    memberships: list[MembershipOut]
    url: str

    @staticmethod
    def resolve_kinds(organisation: Any) -> list[str]:
        return sorted(kind.code for kind in organisation.kinds.all())

    @staticmethod
    def resolve_memberships(organisation: Any) -> list[Membership]:
        return organisation.seen

    @staticmethod
    def resolve_url(organisation: Any) -> str:
        return organisation.get_absolute_url()


class OrganisationPage(Schema):
    items: list[OrganisationOut]
    next: str | None


def _seen(user: Any) -> Any:
    """The organisations the user may see, each with the memberships the user may see."""
    memberships = Membership.objects.visible_to(user).select_related("programme").order_by("pk")
    return Organisation.objects.visible_to(user).prefetch_related(
        "kinds", Prefetch("memberships", memberships, to_attr="seen")
    )


@router.get("", response=OrganisationPage, url_name="organisations")
def organisations(
    request: HttpRequest,
    kind: str = "",
    region: str = "",
    programme: str = "",
    after: str = "",
    limit: int = 50,
) -> Any:
    """A page of organisations; `after` is the `next` of the page before."""
    found = _seen(request.user)
    if kind:
        found = found.filter(Exists(Kind.objects.filter(organisation=OuterRef("pk"), code=kind)))
    if region:
        found = found.filter(region=region)
    if programme:
        seen = Membership.objects.visible_to(request.user).filter(programme__code=programme)
        found = found.filter(Exists(seen.filter(organisation=OuterRef("pk"))))
    return read_page(found, after=after, limit=limit, key="key")


@router.get("{key}", response=OrganisationOut, url_name="organisation")
def organisation(request: HttpRequest, key: str) -> Any:
    """One organisation."""
    memberships = Membership.objects.visible_to(request.user).select_related("programme")
    found: Any = visible_or_404(Organisation, request.user, key=key)
    found.seen = list(memberships.filter(organisation=found).order_by("pk"))
    return found

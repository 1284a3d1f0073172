"""Organisations for programs: a page of them, and one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Router, Schema
from pydantic import Field

from pochin.participants.models import (
    Kind,
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationState,
)
from pochin.participants.paging import NEXT, AfterKey, Limit, read_page
from pochin.ui.programs import FAULTS
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

    key: str = Field(description=gettext_noop("key of the organisation; never changes"))
    name_ru: str = Field(description=gettext_noop("short name in Russian"))
    name_en: str = Field(description=gettext_noop("short name in English; may be empty"))
    full_name_ru: str = Field(description=gettext_noop("full name in Russian"))
    full_name_en: str = Field(description=gettext_noop("full name in English; may be empty"))
    country: str = Field(description=gettext_noop("country, two letters"))
    inn: str = Field(description=gettext_noop("taxpayer number (INN), as text with its zeros"))
    kpp: str = Field(description=gettext_noop("KPP, as text with its zeros"))
    ogrn: str = Field(description=gettext_noop("OGRN, as text"))
    region: str = Field(description=gettext_noop("two digits of the region, as text"))
    okved: str = Field(description=gettext_noop("main activity by OKVED"))
    size: str = Field(description=gettext_noop("size of the enterprise; may be empty"))
    founded_on: date | None = Field(description=gettext_noop("day of its registration"))
    state: OrganisationState = Field(
        description=gettext_noop("state in the register of legal persons")
    )
    kinds: list[str] = Field(description=gettext_noop("what kind of organisation it is"))
    memberships: list[MembershipOut] = Field(
        description=gettext_noop("in which programmes it takes part, and as what")
    )
    url: str = Field(description=gettext_noop("address of its page on this server"))

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
    next: str | None = Field(description=NEXT)


def organisations_for(user: Any) -> Any:
    """The organisations the user may see, each with the memberships the user may see."""
    memberships = Membership.objects.visible_to(user).select_related("programme").order_by("pk")
    return Organisation.objects.visible_to(user).prefetch_related(
        "kinds", Prefetch("memberships", memberships, to_attr="seen")
    )


@router.get("", response={200: OrganisationPage, **FAULTS}, url_name="organisations")
def organisations(
    request: HttpRequest,
    kind: OrganisationKind | None = None,
    region: str = "",
    programme: str = "",
    after: AfterKey = "",
    limit: Limit = 50,
) -> Any:
    """A page of organisations, in the order of their keys."""
    found = organisations_for(request.user)
    if kind:
        found = found.filter(Exists(Kind.objects.filter(organisation=OuterRef("pk"), code=kind)))
    if region:
        found = found.filter(region=region)
    if programme:
        seen = Membership.objects.visible_to(request.user).filter(programme__code=programme)
        found = found.filter(Exists(seen.filter(organisation=OuterRef("pk"))))
    return read_page(found, after=after, limit=limit, key="key")


@router.get("{key}", response={200: OrganisationOut, **FAULTS}, url_name="organisation")
def organisation(request: HttpRequest, key: str) -> Any:
    """One organisation."""
    memberships = Membership.objects.visible_to(request.user).select_related("programme")
    found: Any = visible_or_404(Organisation, request.user, key=key)
    found.seen = list(memberships.filter(organisation=found).order_by("pk"))
    return found

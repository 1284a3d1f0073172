"""Solutions for programs: a page of them, and one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from pochin.participants.paging import read_page
from pochin.solutions.models import Solution
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["solutions"])


class SolutionOut(Schema):
    """What the catalogue says of a solution."""

    number: int
    version: int
    organisation: str
    organisation_key: str
    name_ru: str
    name_en: str
    line_ru: str
    line_en: str
    about_ru: str
    about_en: str
    change_ru: str
    change_en: str
    category: str
    trl: int | None
    price_model: str
    personal_data: str
    country: str
    state: str
    listed_at: datetime | None
    fingerprint: str
    url: str

    @staticmethod
    def resolve_organisation(solution: Solution) -> str:
        return str(solution.organisation)

    @staticmethod
    def resolve_organisation_key(solution: Solution) -> str:
        return solution.organisation.key

    @staticmethod
    def resolve_fingerprint(solution: Solution) -> str:
        return solution.fingerprint()

    @staticmethod
    def resolve_url(solution: Solution) -> str:
        return solution.get_absolute_url()


class SolutionPage(Schema):
    items: list[SolutionOut]
    next: int | None


@router.get("", response=SolutionPage, url_name="solutions")
def solutions(
    request: HttpRequest,
    category: str = "",
    trl: int | None = None,
    organisation: str = "",
    after: int = 0,
    limit: int = 50,
) -> Any:
    """A page of solutions; `after` is the `next` of the page before."""
    found = Solution.objects.visible_to(request.user).select_related("organisation")
    asked = {"category": category, "trl": trl, "organisation__key": organisation}
    found = found.filter(**{name: value for name, value in asked.items() if value})
    return read_page(found, after=after, limit=limit)


@router.get("{int:number}", response=SolutionOut, url_name="solution")
def solution(request: HttpRequest, number: int) -> Any:
    """One solution."""
    things = Solution.objects.select_related("organisation")
    return visible_or_404(things, request.user, number=number)

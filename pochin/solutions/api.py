"""Solutions for programs: a page of them, and one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Query, Router, Schema
from pydantic import Field

from pochin.participants.paging import NEXT, After, Limit, read_page
from pochin.solutions.models import Category, Solution, State
from pochin.ui.programs import FAULTS, words_of
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["solutions"])
SolutionState = Annotated[State, words_of(State)]


class SolutionOut(Schema):
    """What the catalogue says of a solution."""

    number: int = Field(description=gettext_noop("number of the solution"))
    version: int = Field(description=gettext_noop("version of its description, from 1"))
    organisation: str = Field(
        description=gettext_noop("company that offers it, in the language asked for")
    )
    organisation_en: str = Field(
        description=gettext_noop("company that offers it, in English where it has such a name")
    )
    organisation_key: str = Field(
        description=gettext_noop("key of the company in the register of organisations")
    )
    name_ru: str = Field(description=gettext_noop("name in Russian"))
    name_en: str = Field(description=gettext_noop("name in English; may be empty"))
    line_ru: str = Field(description=gettext_noop("one line about it, in Russian"))
    line_en: str = Field(description=gettext_noop("one line about it, in English; may be empty"))
    about_ru: str = Field(description=gettext_noop("what it does, in Russian"))
    about_en: str = Field(description=gettext_noop("what it does, in English; may be empty"))
    change_ru: str = Field(description=gettext_noop("what changes for the post, in Russian"))
    change_en: str = Field(
        description=gettext_noop("what changes for the post, in English; may be empty")
    )
    category: str = Field(description=gettext_noop("category"))
    trl: int | None = Field(description=gettext_noop("technology readiness level, 1 to 9"))
    price_model: str = Field(description=gettext_noop("price model"))
    personal_data: str = Field(description=gettext_noop("what becomes of personal data"))
    country: str = Field(description=gettext_noop("country it comes from, two letters"))
    state: SolutionState = Field(description=gettext_noop("state of the solution"))
    listed_at: datetime | None = Field(
        description=gettext_noop("when it came into the catalogue, UTC")
    )
    fingerprint: str = Field(
        description=gettext_noop("fingerprint of this version of the description")
    )
    url: str = Field(description=gettext_noop("address of its page on this server"))

    @staticmethod
    def resolve_organisation(solution: Solution) -> str:
        return str(solution.organisation)

    @staticmethod
    def resolve_organisation_en(solution: Solution) -> str:
        return solution.organisation.name_en or solution.organisation.name_ru

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
    next: int | None = Field(description=NEXT)


@router.get("", response={200: SolutionPage, **FAULTS}, url_name="solutions")
def solutions(
    request: HttpRequest,
    category: Category | None = None,
    trl: Annotated[int | None, Query(ge=1, le=9)] = None,
    organisation: str = "",
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    """A page of solutions, in the order of their numbers."""
    found = Solution.objects.visible_to(request.user).select_related("organisation")
    asked = {"category": category, "trl": trl, "organisation__key": organisation}
    found = found.filter(**{name: value for name, value in asked.items() if value})
    return read_page(found, after=after, limit=limit)


@router.get("{int:number}", response={200: SolutionOut, **FAULTS}, url_name="solution")
def solution(request: HttpRequest, number: int) -> Any:
    """One solution."""
    things = Solution.objects.select_related("organisation")
    return visible_or_404(things, request.user, number=number)

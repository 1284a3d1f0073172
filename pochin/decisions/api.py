"""Published results for programs: a page of them in numbers, and one with the whole document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Query, Router, Schema
from pydantic import Field

from pochin.decisions.models import PublicationState, PublishedResult
from pochin.participants.paging import NEXT, After, Limit, read_page
from pochin.pilots.models import Outcome
from pochin.ui.programs import FAULTS
from pochin.ui.shortcuts import visible_or_404

router = Router(tags=["results"])
LEVEL = 0.95


class ResultOut(Schema):
    """What a decided pilot came to, in the numbers of its document, which never changes."""

    pilot: int = Field(description=gettext_noop("number of the pilot: the 2 of P-002"))
    number: int = Field(description=gettext_noop("which result of this pilot"))
    title_ru: str = Field(description=gettext_noop("title of the pilot in Russian"))
    title_en: str = Field(description=gettext_noop("title of the pilot in English; may be empty"))
    company_ru: str = Field(description=gettext_noop("company in Russian"))
    company_en: str = Field(description=gettext_noop("company in English"))
    company_inn: str = Field(description=gettext_noop("taxpayer number of the company, as text"))
    starts_on: date | None = Field(description=gettext_noop("first day of the run"))
    ends_on: date | None = Field(description=gettext_noop("last day of the run"))
    sites: int = Field(description=gettext_noop("how many sites took part"))
    design: str = Field(description=gettext_noop("design of the comparison"))
    metric: str = Field(description=gettext_noop("metric that decides"))
    unit: str = Field(description=gettext_noop("unit of the metric"))
    direction: str = Field(description=gettext_noop("which way is better: lower or higher"))
    threshold: float | None = Field(
        description=gettext_noop("practical threshold of the plan, without a sign")
    )
    estimate: float | None = Field(
        description=gettext_noop("estimated change, in the unit of the metric")
    )
    low: float | None = Field(description=gettext_noop("lower end of the 95% interval"))
    high: float | None = Field(description=gettext_noop("upper end of the 95% interval"))
    p_value: float | None = Field(description=gettext_noop("p-value, where the method gives one"))
    verdict: str = Field(description=gettext_noop("verdict by the rule of the plan"))
    evidence_class: str = Field(description=gettext_noop("evidence, from I (strongest) to IV"))
    outcome: Outcome = Field(description=gettext_noop("decision that was signed"))
    decided_on: date | None = Field(description=gettext_noop("day of the decision"))
    published_at: datetime | None = Field(description=gettext_noop("when it was published, UTC"))
    is_demonstration: bool = Field(
        description=gettext_noop("whether it is invented for demonstration")
    )
    plan_sha256: str = Field(description=gettext_noop("fingerprint of the locked plan"))
    data_sha256: str = Field(description=gettext_noop("fingerprint of the data"))
    sha256: str = Field(description=gettext_noop("fingerprint of the published document"))
    url: str = Field(description=gettext_noop("address of its page on this server"))

    @staticmethod
    def resolve_pilot(told: PublishedResult) -> int:
        return int(told.document["pilot"]["number"])

    @staticmethod
    def resolve_title_ru(told: PublishedResult) -> str:
        return str(told.document["pilot"]["ru"])

    @staticmethod
    def resolve_title_en(told: PublishedResult) -> str:
        return str(told.document["pilot"]["en"])

    @staticmethod
    def resolve_company_ru(told: PublishedResult) -> str:
        return _of_company(told, "ru")

    @staticmethod
    def resolve_company_en(told: PublishedResult) -> str:
        return _of_company(told, "en")

    @staticmethod
    def resolve_company_inn(told: PublishedResult) -> str:
        return _of_company(told, "inn")

    @staticmethod
    def resolve_starts_on(told: PublishedResult) -> Any:
        return told.document["pilot"].get("from")

    @staticmethod
    def resolve_ends_on(told: PublishedResult) -> Any:
        return told.document["pilot"].get("until")

    @staticmethod
    def resolve_sites(told: PublishedResult) -> int:
        return len(told.document["pilot"].get("sites") or ())

    @staticmethod
    def resolve_design(told: PublishedResult) -> str:
        return str(told.document["pilot"].get("design") or "")

    @staticmethod
    def resolve_metric(told: PublishedResult) -> str:
        return str(told.document["metric"]["name"])

    @staticmethod
    def resolve_unit(told: PublishedResult) -> str:
        return str(told.document["metric"].get("unit") or "")

    @staticmethod
    def resolve_direction(told: PublishedResult) -> str:
        return str(told.document["metric"].get("direction") or "")

    @staticmethod
    def resolve_threshold(told: PublishedResult) -> Any:
        return told.document["metric"].get("threshold")

    @staticmethod
    def resolve_estimate(told: PublishedResult) -> Any:
        return told.document["result"].get("estimate")

    @staticmethod
    def resolve_low(told: PublishedResult) -> Any:
        return _interval(told).get("low")

    @staticmethod
    def resolve_high(told: PublishedResult) -> Any:
        return _interval(told).get("high")

    @staticmethod
    def resolve_p_value(told: PublishedResult) -> Any:
        return told.document["result"].get("p_value")

    @staticmethod
    def resolve_evidence_class(told: PublishedResult) -> str:
        return str(told.document["result"].get("evidence_class") or "")

    @staticmethod
    def resolve_outcome(told: PublishedResult) -> str:
        return str(told.document["outcome"])

    @staticmethod
    def resolve_decided_on(told: PublishedResult) -> Any:
        return told.document["pilot"].get("decided_on")

    @staticmethod
    def resolve_is_demonstration(told: PublishedResult) -> bool:
        return bool(told.document.get("demonstration"))

    @staticmethod
    def resolve_plan_sha256(told: PublishedResult) -> str:
        return str(told.document["plan_sha256"])

    @staticmethod
    def resolve_data_sha256(told: PublishedResult) -> str:
        return str(told.document.get("data_sha256") or "")

    @staticmethod
    def resolve_url(told: PublishedResult) -> str:
        return told.get_absolute_url()


class WholeResultOut(ResultOut):
    """The same, with the document its fingerprint stands for and the words beside it."""

    words_ru: str = Field(description="What the centre says of it, in Russian.")
    words_en: str = Field(description="What the centre says of it, in English.")
    document: dict[str, Any] = Field(
        description="The published document; its SHA-256 over canonical JSON is `sha256`."
    )


class ResultPage(Schema):
    items: list[ResultOut]
    next: int | None = Field(description=NEXT)


def _of_company(told: PublishedResult, part: str) -> str:
    return str((told.document.get("company") or {}).get(part) or "")


def _interval(told: PublishedResult) -> dict[str, Any]:
    given = told.document["result"].get("intervals") or ()
    return next((one for one in given if one["level"] == LEVEL), {})


def results_for(user: Any) -> Any:
    """The results everybody may read: one of a pilot at a time, so its number is their order."""
    shown = PublishedResult.objects.visible_to(user).filter(state=PublicationState.PUBLISHED)
    return shown.select_related("pilot").annotate(pilot_number=F("pilot__number"))


@router.get("", response={200: ResultPage, **FAULTS}, url_name="results")
def results(
    request: HttpRequest,
    verdict: str = "",
    pilot: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Of this pilot.")] = None,
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    """A page of published results, in the order of their pilots."""
    asked = {"verdict": verdict, "pilot_number": pilot}
    found = results_for(request.user).filter(
        **{name: value for name, value in asked.items() if value}
    )
    return read_page(found, after=after, limit=limit, key="pilot_number")


@router.get("{int:pilot}/{int:number}", response={200: WholeResultOut, **FAULTS}, url_name="result")
def result(request: HttpRequest, pilot: int, number: int) -> Any:
    """One published result, with its whole document."""
    return visible_or_404(
        results_for(request.user), request.user, pilot__number=pilot, number=number
    )

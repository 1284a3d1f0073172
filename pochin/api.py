"""The public face for programs: reading, with a personal token; one router a room."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Router, Schema
from ninja.security import HttpBearer

from pochin.core.lifecycle import Refused
from pochin.deals.api import router as deals
from pochin.measurements.api import router as measurements
from pochin.needs.models import Need
from pochin.participants import tokens
from pochin.participants.api import router as organisations
from pochin.participants.middleware import owes_second_factor
from pochin.participants.models import Guest
from pochin.pilots.api import router as pilots
from pochin.sites.api import router as sites
from pochin.solutions.api import router as solutions
from pochin.ui.shortcuts import visible_or_404


class Fault(Schema):
    """What did not work, in one sentence."""

    detail: str


class Personal(HttpBearer):
    """``Authorization: Bearer pochin_…``: the request reads as the token's person."""

    def __call__(self, request: HttpRequest) -> Any:
        # Cookies are not asked: another site could make a browser send them.
        request.user = Guest()
        return super().__call__(request) or self.without(request)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        person = tokens.reader(token, at=timezone.now())
        if person is None:
            return None
        request.user = person
        # A token given out before somebody joined the staff is no way around the second factor.
        return None if owes_second_factor(request) else person

    def without(self, request: HttpRequest) -> Any:
        # Without a token one reads what is public; with a wrong one, nothing.
        return None if "Authorization" in request.headers else request.user


api = NinjaAPI(
    title="Pochin",
    version="1",
    description="Reading what your personal token lets you see, and sending readings of pilots. "
    "A text that stands in both languages comes whole, its halves divided by “ // ”.",
    auth=Personal(),
    docs_url=None,
    urls_namespace="api",
)


@api.exception_handler(Http404)
def absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return api.create_response(request, {"detail": "There is no such thing here."}, status=404)


@api.exception_handler(tokens.Ended)
def ended(request: HttpRequest, error: tokens.Ended) -> HttpResponse:
    """The program holds a token whose last day is over: its person issues a new one."""
    words = _("This token has ended. Issue a new one on the page “Tokens for programs”.")
    answer = api.create_response(request, {"detail": words}, status=401)
    answer["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return answer


@api.exception_handler(PermissionDenied)
def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return api.create_response(request, {"detail": "There is no such thing here."}, status=404)


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """What cannot be done, in one sentence; where a file goes on, also the byte."""
    told: dict[str, Any] = {"detail": str(error)}
    received = getattr(error, "received", None)
    if received is not None:
        told["received"] = received
    return api.create_response(request, told, status=422 if received is None else 409)


needs = Router(tags=["needs"])


class NeedOut(Schema):
    """A need as the catalogue shows it."""

    number: int
    title_ru: str
    title_en: str
    problem_ru: str
    problem_en: str
    metric_ru: str
    metric_en: str
    state: str
    url: str

    @staticmethod
    def resolve_url(need: Need) -> str:
        return need.get_absolute_url()


@needs.get("", response={200: list[NeedOut], 401: Fault})
def need_list(request: HttpRequest) -> Any:
    """The needs the caller may see, newest first, at most a hundred."""
    return Need.objects.visible_to(request.user).order_by("-number")[:100]


@needs.get("/{int:number}", response={200: NeedOut, 401: Fault, 404: Fault})
def need_one(request: HttpRequest, number: int) -> Any:
    """One need."""
    return visible_or_404(Need, request.user, number=number)


api.add_router("/needs", needs)
api.add_router("/organisations", organisations)
api.add_router("/solutions", solutions)
api.add_router("/sites", sites)
api.add_router("/pilots", pilots)
api.add_router("/measurements", measurements)
api.add_router("/deals", deals)

"""The public face for programs: reading, with a personal token; one router a room."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation
from ninja.security import HttpBearer

from pochin.core.lifecycle import Refused
from pochin.deals.api import router as deals
from pochin.decisions.api import router as results
from pochin.measurements.api import router as measurements
from pochin.needs.api import router as needs
from pochin.participants import tokens
from pochin.participants.api import router as organisations
from pochin.participants.middleware import owes_second_factor
from pochin.participants.models import Guest
from pochin.pilots.api import router as pilots
from pochin.sites.api import router as sites
from pochin.solutions.api import router as solutions
from pochin.ui.programs import exact, fault, language, wanted


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
        translation.activate(language(request, person))
        # A token given out before somebody joined the staff is no way around the second factor.
        return None if owes_second_factor(request) else person

    def without(self, request: HttpRequest) -> Any:
        # Without a token one reads what is public; with a wrong one, nothing.
        return None if "Authorization" in request.headers else request.user


DESCRIPTION = """Reading what your personal token lets you see, and sending readings of pilots.

Without a token everybody reads what is public. A token is issued on the page “Tokens for programs”
and goes into the header `Authorization: Bearer pochin_…`; one that shall send readings is ticked
so when it is issued. What may not be seen and what does not exist are both 404.

Lists come in pages of at most 100, in the order of their numbers (or keys), which never change:
`after` is the `next` of the page before. An unknown parameter is refused. Faults have one shape:
`detail`, a sentence in Russian or English as `Accept-Language` asks, and `where` it is. What was
read carries an `ETag`: sent back as `If-None-Match`, it is answered with 304 while nothing changed.

Moments are in UTC, days are days; money is a decimal number in text, in roubles. A text
that stands in both languages comes whole, its halves divided by “ // ”. New fields and addresses
may come at any time; what is here changes or goes only with a new version.
"""


class Programs(NinjaAPI):
    """The face for programs; an operation is named by its method and its address, for ever."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        name = getattr(operation, "url_name", None) or operation.view_func.__name__
        return f"{operation.methods[0].lower()}_{name}"


api = Programs(
    title="Pochin",
    version="1",
    description=DESCRIPTION,
    auth=Personal(),
    docs_url=None,
    urls_namespace="api",
)


api.add_decorator(exact, mode="view")


def _absent(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """What may not be seen and what is not there are answered alike."""
    return fault(404, _("There is no such thing here."))


for kind in (Http404, PermissionDenied):
    api.add_exception_handler(kind, _absent)


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No such token, or one that was revoked, or of somebody who owes a second factor."""
    words = _(
        "This token opens nothing: it was mistyped or revoked, or its person has not set up"
        " the second factor."
    )
    return _unauthorized(words)


@api.exception_handler(tokens.Ended)
def ended(request: HttpRequest, error: tokens.Ended) -> HttpResponse:
    """The program holds a token whose last day is over: its person issues a new one."""
    words = _("This token has ended. Issue a new one on the page “Tokens for programs”.")
    return _unauthorized(words)


def _unauthorized(words: str) -> HttpResponse:
    answer = fault(401, words)
    answer["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return answer


@api.exception_handler(ValidationError)
def misread(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What was asked or sent cannot be read: the first place, and what is wanted there."""
    first = error.errors[0]
    source, name = str(first["loc"][0]), str(first["loc"][-1])
    is_body = source == "body"
    words = (
        _("The body is not understood at “%(name)s”: %(wanted)s.")
        if is_body
        else _("The parameter “%(name)s” is not understood: %(wanted)s.")
    )
    told = words % {"name": name, "wanted": wanted(first)}
    return fault(422 if is_body else 400, told, where=name)


@api.exception_handler(HttpError)
def unread(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The body is no JSON at all, or nested deeper than anybody means: no place in it to name."""
    return fault(error.status_code, _("The body is not understood: it is not JSON."))


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """What cannot be done, in one sentence; where a file goes on, also the byte."""
    received = getattr(error, "received", None)
    if received is None:
        return fault(422, str(error))
    return fault(409, str(error), received=received)


api.add_router("/needs", needs)
api.add_router("/organisations", organisations)
api.add_router("/solutions", solutions)
api.add_router("/sites", sites)
api.add_router("/pilots", pilots)
api.add_router("/results", results)
api.add_router("/measurements", measurements)
api.add_router("/deals", deals)

"""The page of all components, the switch of colours, and the pages that say what did not work."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pochin.core.secrecy import masked
from pochin.ui import access, kept, samples
from pochin.ui.components.frame import THEMES
from pochin.ui.shortcuts import page, render_error

log = logging.getLogger(__name__)
DAY = 24 * 3600
YEAR = 365 * DAY


@access.public("what pages are built of, with invented values")
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    return page(request, "ui/components.html", **samples.samples(request))


@access.public("an invented part of a page")
def sample_part(request: HttpRequest) -> HttpResponse:
    """A part that a page loads by itself; by its own address it is a whole page."""
    return page(request, "ui/sample_part.html", "part")


@access.public("the words of a fault, without a fault")
def fault(request: HttpRequest, status: int) -> HttpResponse:
    """The page of a fault as people see it."""
    if status not in samples.STATUSES:
        raise Http404
    return render_error(request, status)


@access.public("the mark in the corner of the browser, for programs that ask by the old name")
def mark(request: HttpRequest) -> HttpResponse:
    """Lead to the mark; not for ever, since its address changes with its drawing."""
    answer = redirect(static("ui/icon.svg"))
    answer["Cache-Control"] = f"public, max-age={DAY}"
    return answer


@access.public("a choice of colours, kept in the reader's own browser")
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the colours the reader chose and show the same page again."""
    # By the referring page: an address written into the form would make every page differ.
    back = request.headers.get("Referer", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    answer = HttpResponseRedirect(back)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax")
    return answer


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The address asks for something we do not have; the words never vary."""
    if not hasattr(request, "user"):
        # Refused before it is known who reads, as the name of another host is.
        with translation.override(settings.LANGUAGE_CODE):
            words = _("This request cannot be answered here. Check the address in the browser.")
        return HttpResponse(words, status=400, content_type="text/plain; charset=utf-8")
    return render_error(request, 400)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What does not exist and what is not open look the same."""
    return render_error(request, 404)


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The thing is seen, but this may not be done with it; a refusal explains itself."""
    return render_error(request, 403, str(exception or ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came without its token: most likely somebody signed in or out in another tab.

    What was typed on a page of ours comes back with a fresh token; what another site put into a
    form is never shown here.
    """
    ours = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    if _origin(request) not in ours or not kept.has_words(request):
        return render_error(request, 403)
    if not request.user.is_authenticated:
        return access.signed_out(request)
    words = _(
        "You have signed in again since this page was opened, so this was not sent. Read it over"
        " and send it again."
    )
    return kept.give_back(request, words, status=403)


def _origin(request: HttpRequest) -> str:
    """The site the form stood on, as the browser says it; empty where it does not."""
    said = request.headers.get("Origin") or request.headers.get("Referer", "")
    return "/".join(said.split("/")[:3])


def hurried(request: HttpRequest) -> HttpResponse:
    """Somebody asks the same thing faster than people do: codes, letters, passwords."""
    return render_error(request, 429)


def broken(request: HttpRequest) -> HttpResponse:
    """Our fault. Asks the database nothing, since that may be what is broken."""
    case = secrets.token_hex(2).upper()
    log.error("case %s at %s", case, masked(request.path), exc_info=True)
    context: dict[str, Any] = {"status": 500, "case": case, "request": request, "plain": True}
    return HttpResponse(render_to_string("ui/error.html", context), status=500)

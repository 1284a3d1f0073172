"""What every page has in common: refusals become messages, keyed requests have one effect."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from pochin.core import once
from pochin.core.lifecycle import Refused
from pochin.core.secrecy import masked
from pochin.ui import kept, programs, unwritten
from pochin.ui.shortcuts import render_error

log = logging.getLogger(__name__)
NUL = "\x00"

# What people and their browsers ask with; programs are told by their own face what they may.
METHODS = ("GET", "HEAD", "POST")


class PolicyMiddleware:
    """Says what a page may load: the same of every page, so it is written once.

    An answer that says something of its own keeps it. One that gives a cookie is for this browser
    alone, also where nobody has signed in. By any other method than those of people nothing is
    asked here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response, self.policy = get_response, build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS and not request.path_info.startswith(programs.START):
            return HttpResponseNotAllowed(METHODS)
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.policy)
        if response.cookies:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class NulMiddleware:
    """Answers an address with a NUL in it: no database keeps one, so nothing can be there.

    A path names what does not exist; a question asks for something we do not have. Both are said
    with the words they always are.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info:
            raise Http404
        asked = request.META.get("QUERY_STRING", "")
        if "%00" in asked or NUL in asked:
            raise BadRequest("unknown parameter")
        return self.get_response(request)


class RefusalMiddleware:
    """Turns a refused move into a message on the page it was tried from, so that no view has to.

    Where words were typed, they come back with the message: to be sent again, or copied.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if isinstance(error, OverflowError) and request.method == "POST":
            # Like a day of the year 1: no column keeps it in every zone.
            log.warning("out of range at %s", masked(request.path), exc_info=error)
            words = _(
                "A number or a day is too far out to be kept. Put it right and send it again."
            )
            error = Refused(words)
        if words := unwritten.sentence(error):
            log.error("not kept at %s", masked(request.path), exc_info=error)
            return _not_kept(request, words)
        if not isinstance(error, Refused):
            return None
        back = kept.came_from(request)
        if kept.has_words(request):
            return kept.give_back(request, str(error))
        if request.method == "POST" and back:
            messages.warning(request, str(error))
            return redirect(back)
        return render_error(request, 409, str(error))


def _not_kept(request: HttpRequest, words: str) -> HttpResponse:
    """As a refusal, but for programs it is no fault of theirs: 503."""
    if kept.has_words(request):
        return kept.give_back(request, words, status=503)
    return render_error(request, 503, words)


class OnceMiddleware:
    """Hands the key of a form to the moves, so that pressing twice does it once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return self.get_response(request)
        key = request.headers.get("Idempotency-Key") or request.POST.get("request_key", "")
        with once.request(key, _digest(request) if key else ""):
            return self.get_response(request)


def _digest(request: HttpRequest) -> str:
    said = [request.path]
    said += [
        f"{name}={values}"
        for name, values in sorted(request.POST.lists())
        if name not in kept.WRAPPING
    ]
    said += [
        f"{name}={file.name}:{_digest_of(file)}"
        for name, files in sorted(request.FILES.lists())
        for file in files
    ]
    return hashlib.sha256("\n".join(said).encode(errors="surrogatepass")).hexdigest()


def _digest_of(file: Any) -> str:
    """By the bytes: a file put right often keeps its name and its size."""
    digest = hashlib.sha256()
    for block in file.chunks():
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()

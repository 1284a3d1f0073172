"""What every answer to a program has in common: one shape of faults, nothing passed over, ETags."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation.trans_real import parse_accept_lang_header
from ninja import Schema
from pydantic import Field, WithJsonSchema

START = "/api/"
Run = Callable[..., HttpResponseBase]


class Fault(Schema):
    """What did not work: one sentence, and the parameter or field it is about, where it is one."""

    detail: str = Field(description="One sentence for people; its wording may change.")
    where: str | None = Field(
        None, description="The parameter of the address, or the field of the body."
    )


# What any address that reads may answer beside the thing itself.
FAULTS: dict[int, Any] = {400: Fault, 401: Fault, 404: Fault}


def words_of(choices: type[models.TextChoices]) -> WithJsonSchema:
    """The words of a choice, told where they are used: rooms call their own choices alike."""
    return WithJsonSchema({"type": "string", "enum": list(choices.values)})


def fault(status: int, detail: str, **more: Any) -> HttpResponse:
    """An answer that says what did not work."""
    told = {"detail": detail, "where": None, **more}
    text = json.dumps(told, ensure_ascii=False)
    return HttpResponse(text, status=status, content_type="application/json; charset=utf-8")


def exact(run: Run) -> Run:
    """Refuse a parameter the operation does not know: a slip would answer with other things."""
    operation: Any = getattr(run, "__self__", None)
    models = operation.models if operation is not None else ()
    known = [
        name
        for model in models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    ]

    @wraps(run)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        for name in request.GET:
            if name not in known:
                return fault(400, _unknown(name[:60], known), where=name[:60])
        return run(request, *args, **kwargs)

    return asked


def _unknown(name: str, known: list[str]) -> str:
    if not known:
        return _("This address knows no parameters, and “%(name)s” was given.") % {"name": name}
    return _("This address knows no parameter “%(name)s”; it knows: %(known)s.") % {
        "name": name,
        "known": ", ".join(known),
    }


# What is wanted where something else stands, by the kind of the mistake.
WANTED = {
    "int": _l("a whole number is wanted"),
    "bool": _l("true or false is wanted"),
    "uuid": _l("a key of letters and digits is wanted"),
    "missing": _l("it is missing"),
    "json": _l("it is not JSON"),
    "string_too": _l("it is too long"),
}


def wanted(mistake: dict[str, Any]) -> str:
    """What is wanted in place of what was given, as the end of a sentence."""
    kind, ctx = mistake["type"], mistake.get("ctx") or {}
    if "ge" in ctx:
        return _("at least %(least)s is wanted") % {"least": ctx["ge"]}
    if "le" in ctx:
        return _("at most %(most)s is wanted") % {"most": ctx["le"]}
    if kind in ("enum", "literal_error"):
        options = ctx["expected"].replace(" or ", ", ").replace("'", "")
        return _("one of these is wanted: %(options)s") % {"options": options}
    found = (words for start, words in WANTED.items() if kind.startswith(start))
    return str(next(found, _("something else is wanted")))


def language(request: HttpRequest, reader: Any = None) -> str:
    """The language of sentences: as the program asks, else as its person reads."""
    known = {code for code, _name in settings.LANGUAGES}
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code[:2] in known:
            return code[:2]
    own = reader.language if reader is not None else ""
    return own if own in known else settings.LANGUAGE_CODE


class ProgramsMiddleware:
    """Answers programs alike: HEAD as GET, faults of the framework as ours, 304 for what is known.

    The page about the API itself is a page like any other.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(START) or request.path_info == START:
            return self.get_response(request)
        is_head, request.method = request.method == "HEAD", _as_read(request.method)
        with translation.override(language(request)):
            answer = self._alike(self.get_response(request))
            # A page of ours was drawn for what is absent, and its forms asked for a cookie.
            request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
            answer.headers["Content-Language"] = translation.get_language()
        if request.method == "GET" and answer.status_code == 200:
            answer = _unless_known(request, answer)
        patch_vary_headers(answer, ["Accept-Language", "Authorization"])
        if is_head:
            request.method = "HEAD"
            answer.headers.setdefault("Content-Length", str(len(answer.content)))
            answer.content = b""
        return answer

    @staticmethod
    def _alike(answer: HttpResponse) -> HttpResponse:
        status = answer.status_code
        if status < 400 or answer.headers.get("Content-Type", "").startswith("application/json"):
            return answer
        words = {
            400: _("This request cannot be answered. Check the address and its parameters."),
            404: _("There is no such thing here."),
            405: _("This address does not take this method; the header Allow says which it takes."),
        }
        told = fault(status, words.get(status) or _("The server failed. Try again a little later."))
        if "Allow" in answer.headers:
            told.headers["Allow"] = answer.headers["Allow"]
        return told


def _as_read(method: str | None) -> str | None:
    return "GET" if method == "HEAD" else method


def _unless_known(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    etag = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    answer.headers["ETag"] = etag
    # To be kept, and asked about each time: rights end from one moment to the next.
    answer.headers["Cache-Control"] = "private, no-cache"
    found = get_conditional_response(request, etag=etag, response=answer)
    return found if found is not None else answer

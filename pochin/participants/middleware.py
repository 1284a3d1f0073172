"""Who reads: a person with their language and zone, or a guest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation

from pochin.participants.models import SECOND_FACTOR, Guest
from pochin.participants.policy import staff

LANGUAGE_COOKIE = "pochin_language"
# What sign-in asks for; recovery codes alone are not asked.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Where somebody who still owes a second factor may go.
OPEN_TO_ALL = ("/accounts/", "/static/", "/language/")


class ReaderMiddleware:
    """Puts a Guest in the place of nobody and turns on the reader's language and time zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            request.user = Guest()
        else:
            # Itself, not what stands for it until somebody asks: that costs with each question.
            request.user = getattr(request.user, "_wrapped", request.user)
            request.user.is_reading = request.method in ("GET", "HEAD")
        language = chosen_language(request)
        with translation.override(language), timezone.override(ZoneInfo(request.user.zone)):
            request.LANGUAGE_CODE = language
            response = self._answer(request)
            if response.streaming and not isinstance(response, FileResponse):
                _keep_speaking(response)
        response.headers.setdefault("Content-Language", language)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if owes_second_factor(request):
            return redirect("mfa_index")
        return self.get_response(request)


def _keep_speaking(response: Any) -> None:
    """A file that streams is written after the page is answered: still for the same reader."""
    language, zone = translation.get_language(), timezone.get_current_timezone()
    steps = iter(response.streaming_content)

    def told() -> Iterator[bytes]:
        while True:
            # Around each step alone: between two of them the thread may serve somebody else.
            with translation.override(language), timezone.override(zone):
                block = next(steps, None)
            if block is None:
                return
            yield block

    response.streaming_content = told()


def owes_second_factor(request: HttpRequest) -> bool:
    """Whether a member of staff has signed in without a second factor and wants to work."""
    return not request.path.startswith(OPEN_TO_ALL) and lacks_second_factor(request.user)


def lacks_second_factor(user: Any) -> bool:
    """Whether this is a member of staff who must have a second factor and has set up none."""
    if not settings.SECOND_FACTOR_REQUIRED or not user.is_authenticated:
        return False
    if not (staff(user) or user.is_administrator):
        return False
    return not (user.has(SECOND_FACTOR) if user.is_reading else is_mfa_enabled(user, FACTORS))


def chosen_language(request: HttpRequest) -> str:
    """The language of the page: chosen by the switch, else of the profile, else Russian."""
    codes = {code for code, _name in settings.LANGUAGES}
    reader: Any = request.user
    for chosen in (request.COOKIES.get(LANGUAGE_COOKIE), reader.language):
        if chosen in codes:
            return str(chosen)
    return settings.LANGUAGE_CODE

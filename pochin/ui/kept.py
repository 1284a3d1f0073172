"""Words that were typed and could not be taken: they come back with the sentence that says why."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

# Not part of what a form says.
WRAPPING = {"csrfmiddlewaretoken", "request_key", "read"}
# Never shown again, not to whoever typed it either.
SECRET = re.compile("password|secret")
# Choices, numbers, days and moments are not longer than this.
LONGEST_CODE = 30


def is_text(value: str) -> bool:
    """Whether a person wrote this, rather than ticked or chose it."""
    return len(value.split()) > 1 or len(value) > LONGEST_CODE


def _given(request: HttpRequest) -> list[tuple[str, str]]:
    lists = request.POST.lists() if request.method == "POST" else []
    return [
        (name, one)
        for name, values in lists
        if name not in WRAPPING and not SECRET.search(name)
        for one in values
    ]


def has_words(request: HttpRequest) -> bool:
    """Whether something was typed that would be lost."""
    return any(is_text(value) for _name, value in _given(request))


def came_from(request: HttpRequest) -> str:
    """The page of ours the form stood on, without the host; empty where it was none."""
    back = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        return ""
    parts = urlsplit(back)
    # One slash alone: two would begin the name of another host.
    return urlunsplit(("", "", f"/{parts.path.lstrip('/')}", parts.query, ""))


def give_back(
    request: HttpRequest, words: str, *, status: int = 409, sign_in: str = ""
) -> HttpResponse:
    """The words that were typed, beside the sentence that says why they were not taken.

    `sign_in` is the address where whoever is signed out signs in, beside this page.
    """
    given = [
        {"name": name, "value": value, "is_text": is_text(value)} for name, value in _given(request)
    ]
    context = {
        "words": words, "given": given, "back": came_from(request) or "/",
        "had_files": bool(request.FILES), "sign_in": sign_in,
    }  # fmt: skip
    return render(request, "ui/kept.html", context, status=status)

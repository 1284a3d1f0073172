"""The few helpers every page uses."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers

from pochin.core.lifecycle import Refused
from pochin.ui.quick import quickly

T = TypeVar("T", bound=models.Model)


def visible_or_404(model: type[T] | models.QuerySet[T], user: Any, **lookup: Any) -> T:
    """Fetch one thing the user may see; what they may not see does not exist for them.

    Give a queryset instead of a model to fetch related things in the same query.
    """
    things: Any = model if isinstance(model, models.QuerySet) else model._default_manager
    return get_object_or_404(quickly(things.visible_to(user)), **lookup)


def page(
    request: HttpRequest, template: str, part: str = "", *, status: int = 200, **context: Any
) -> HttpResponse:
    """Render the template; for htmx only its `part`, when one is named.

    The form on it finds a fresh `request_key`, kept while the form is shown again with errors. One
    that `said_on` marks as refused is answered with 409.
    """
    if part and request.headers.get("HX-Request") == "true":
        template = f"{template}#{part}"
    if status == 200 and getattr(context.get("form"), "was_refused", False):
        status = 409
    context.setdefault("request_key", request.POST.get("request_key") or uuid.uuid4().hex)
    answer = render(request, template, context, status=status)
    if part:
        # Whoever keeps answers, if only to go back a page, may not show the part as the page.
        patch_vary_headers(answer, ["HX-Request"])
    return answer


@contextmanager
def said_on(form: Any) -> Iterator[None]:
    """Let what is refused inside be said on the form, which is shown again with what was typed."""
    try:
        yield
    except Refused as refusal:
        form.add_error(None, str(refusal))
        form.was_refused = True


def render_error(request: HttpRequest, status: int, words: str = "") -> HttpResponse:
    """The page that says what did not work, what is kept and what to do."""
    return render(request, "ui/error.html", {"status": status, "words": words}, status=status)

"""The first page, the search, the switch of language, the pages about the house itself."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from pochin.participants.middleware import LANGUAGE_COOKIE
from pochin.ui import access
from pochin.ui.shortcuts import page


@access.public("the first page shows a guest what is public, and a person what waits for them")
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the reader; for a guest, what the centre is."""
    return page(request, "home/page.html")


@access.public("the language of the page is a matter of the reader's own browser")
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Show this same page in the other language."""
    chosen = request.POST.get("language", "")
    back = request.POST.get("next", "") or request.headers.get("Referer", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    answer = redirect(back)
    if chosen in dict(settings.LANGUAGES):
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=31_536_000, samesite="Lax")
    return answer

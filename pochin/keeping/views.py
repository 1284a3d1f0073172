"""The page of the keeper: what runs, what waits, what failed and how to try again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pochin.jobs import readings as jobs
from pochin.keeping.health import health
from pochin.keeping.models import Backup
from pochin.notices import leaving
from pochin.ui import access, formats
from pochin.ui.shortcuts import page

SHOWN = 10


def _only_for_keepers(user: Any) -> None:
    if "administrator" not in user.hats:
        raise Http404


@access.shows(Backup)
def index(request: HttpRequest) -> HttpResponse:
    """Whether the installation runs, and what needs a hand."""
    _only_for_keepers(request.user)
    now = timezone.now()
    troubled = leaving.waiting().exclude(problem="")
    return page(
        request,
        "keeping/index.html",
        health=health(at=now),
        failures=[(job, jobs.why(job)) for job in jobs.failures()[:SHOWN]],
        lines=[
            (line, formats.ago(line.oldest, now)) for line in jobs.lines() if line.oldest <= now
        ],
        given_up=leaving.given_up().select_related("person")[:SHOWN],
        troubled=troubled.select_related("person")[:SHOWN],
        has_given_up=leaving.given_up().exists(),
    )


@access.shows(Backup)
@require_POST
def letters_again(request: HttpRequest) -> HttpResponse:
    """Try the letters again that were given up."""
    _only_for_keepers(request.user)
    n = leaving.again()
    words = ngettext(
        "%(n)d letter is on its way again.", "%(n)d letters are on their way again.", n
    )
    messages.success(request, words % {"n": n} if n else _("No letter was given up."))
    return redirect("keeping:index")

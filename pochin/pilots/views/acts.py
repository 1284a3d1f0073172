"""The acts of sites: what waits for the reader's signature, read and signed together."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext

from pochin.pilots import acts
from pochin.pilots.models import SiteSlot
from pochin.pilots.views.pages import find
from pochin.pilots.views.parts import head_part
from pochin.ui import access
from pochin.ui.shortcuts import page


@access.shows(SiteSlot)
def waiting(request: HttpRequest) -> HttpResponse:
    """All acts that wait for the reader, of every pilot."""
    return _acts(request, None)


@access.shows(SiteSlot)
def of_pilot(request: HttpRequest, number: int) -> HttpResponse:
    """The acts of one pilot that wait for the reader."""
    return _acts(request, number)


def _acts(request: HttpRequest, number: int | None) -> HttpResponse:
    user = request.user
    pilot = find(user, number) if number is not None else None
    signed: list[acts.Line] = []
    refused: list[acts.Line] = []
    picked = request.POST.getlist("act")
    if picked:
        signed, refused = acts.sign(picked, by=user)
        if signed and not refused:
            words = ngettext("%(n)d act is signed.", "%(n)d acts are signed.", len(signed))
            messages.success(request, words % {"n": len(signed)})
            return redirect(request.path)
    waits = acts.awaited(user, pilot)
    return page(
        request,
        "pilots/acts.html" if pilot is None else "pilots/acts_of_pilot.html",
        groups=acts.by_promise(waits),
        ready=sum(not act.why_not for act in waits),
        signed=signed,
        refused=refused,
        is_nothing_picked=request.method == "POST" and not picked,
        **(head_part(pilot) if pilot is not None else {}),
    )

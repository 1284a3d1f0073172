"""Published results: asked for, listed, shown."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from pochin.core import journal
from pochin.core.lifecycle import obstacles
from pochin.decisions import citing, lifecycle, results
from pochin.decisions.forms import AskForm, WithholdForm
from pochin.decisions.listing import ResultListing
from pochin.decisions.models import Decision, PublicationState, PublishedResult
from pochin.decisions.policy import certifier
from pochin.decisions.views.decisions import as_read, find
from pochin.pilots.models import Pilot
from pochin.ui import access, charts
from pochin.ui.moves import acting
from pochin.ui.shortcuts import page, visible_or_404


@access.shows(Decision)
def publish(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """Ask the company whether the result may be shown to everybody, after a look at the page."""
    decision = find(request.user, pilot, number)
    certifier.demand(request.user, decision)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect(lifecycle.results.ask(decision, by=request.user, **form.cleaned_data))
    birth = lifecycle.results.result_life.moves["ask"]
    missing = list(obstacles(birth, decision, {"by": request.user}))
    said = None if missing else results.document(decision)
    return page(
        request,
        "decisions/publish.html",
        decision=decision,
        pilot=decision.pilot,
        form=form,
        missing=missing,
        status=422 if form.is_bound and form.errors else 200,
        **({**as_read(said), "facts": results.facts(said)} if said else {}),
    )


@access.shows(PublishedResult, public=True)
def result_list(request: HttpRequest) -> HttpResponseBase:
    """What the pilots came to: good, bad and uncertain alike."""
    found = PublishedResult.objects.visible_to(request.user)
    live = found.filter(state__in=[PublicationState.ASKED, PublicationState.PUBLISHED])
    return ResultListing(request, live.select_related(*PublishedResult.shown_with)).respond(
        "decisions/results.html", key=charts.key()
    )


def _result(user: Any, pilot: int, number: int) -> PublishedResult:
    found = PublishedResult.objects.select_related(*PublishedResult.shown_with)
    return visible_or_404(found, user, pilot__number=pilot, number=number)


@access.shows(PublishedResult, public=True)
def result_page(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """One published result: the finding, its picture, the facts, what was decided."""
    user = request.user
    told = _result(user, pilot, number)
    inside = Pilot.objects.inside(user).filter(pk=told.pilot_id).exists()
    is_published = told.state == PublicationState.PUBLISHED
    return page(
        request,
        "decisions/result.html",
        inside=inside,
        is_published=is_published,
        cited=citing.bibtex(told) if is_published else "",
        address=citing.address(told),
        document=reverse("api:result", args=[told.pilot.number, told.number]),
        actions=lifecycle.results.result_life.actions(user, told) if inside else [],
        story=journal.of(told) if inside else [],
        **results.shown(told),
    )


act_on_result = acting(
    lifecycle.results.result_life,
    PublishedResult,
    find=_result,
    is_public=True,
    forms={"decline": WithholdForm, "withdraw": WithholdForm},
)

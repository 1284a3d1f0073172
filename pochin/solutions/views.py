"""Pages of solutions: the catalogue, a company's own, the page, the form, the moves."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.core import journal
from pochin.participants import regions
from pochin.participants.models import Membership, Organisation
from pochin.participants.policy import (
    STAFF,
    auditor,
    editor,
    organisations,
    programmes,
)
from pochin.solutions import lifecycle
from pochin.solutions.forms import SolutionForm
from pochin.solutions.listing import SolutionListing
from pochin.solutions.models import Solution, State
from pochin.ui import access, formats, parts
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Solution, public=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """The solutions the reader may see, the latest first."""
    solutions = Solution.objects.visible_to(request.user)
    mine = organisations(request.user, "edit")
    own = Organisation.objects.filter(pk__in=mine).order_by("name_ru") if mine else []
    return SolutionListing(request, solutions).respond("solutions/index.html", own=own)


@access.shows(Organisation, public=True)
def of_organisation(request: HttpRequest, key: str) -> HttpResponseBase:
    """What one organisation offers."""
    organisation = visible_or_404(Organisation, request.user, key=key)
    solutions = Solution.objects.visible_to(request.user).filter(organisation=organisation)
    may_begin = editor(request.user, organisation)
    seen = Membership.objects.visible_to(request.user).filter(organisation=organisation)
    return SolutionListing(request, solutions).respond(
        "solutions/of.html",
        organisation=organisation,
        crumbs=[
            Link(label=_("Solutions"), url=reverse("solutions:index")),
            Link(label=organisation),
        ],
        may_begin=may_begin,
        is_member=may_begin and seen.filter(state__in=["admitted", "due"]).exists(),
    )


# The move that leads on from each state: its button is the strong one.
NEXT_STEP: dict[str, str] = {
    State.DRAFT: "submit",
    State.SUBMITTED: "put_in_catalogue",
    State.STALE: "confirm",
}


@access.shows(Solution, public=True)
def solution_page(request: HttpRequest, number: int) -> HttpResponse:
    """One solution: what it is, what it changes, who uses it, what it needs."""
    things = Solution.objects.select_related("organisation", "programme")
    solution = visible_or_404(things, request.user, number=number)
    user = request.user
    inside = (
        solution.organisation_id in organisations(user)
        or solution.programme_id in programmes(user, *STAFF)
        or auditor(user)
    )
    return page(
        request,
        "solutions/page.html",
        solution=solution,
        crumbs=_crumbs(solution.organisation, solution),
        inside=inside,
        texts=_texts(solution),
        facts_list=_facts(solution),
        fingerprint=solution.fingerprint(),
        actions=lifecycle.life.actions(user, solution),
        main=NEXT_STEP.get(solution.state, ""),
        may_edit=lifecycle.life.moves["edit"].is_open_to(user, solution),
        state_tag=state_badge(solution),
        story=journal.of(solution) if inside else None,
    )


def _crumbs(organisation: Organisation, *rest: Any) -> list[Link]:
    return [
        Link(label=_("Solutions"), url=reverse("solutions:index")),
        Link(label=str(organisation), url=reverse("solutions:of", args=[organisation.key])),
        *(Link(label=label) for label in rest),
    ]


def _texts(solution: Solution) -> list[tuple[Any, Any]]:
    rows = [
        (_("What it is"), "about"),
        (_("What it changes"), "change"),
        (_("Who already uses it"), "users"),
        (_("Data it processes"), "data"),
        (_("What it must be connected to"), "needs"),
        (_("Patents and rights"), "rights"),
    ]
    told = [(word, parts.pair_of(solution, name)) for word, name in rows]
    return [(word, text) for word, text in told if text]


def _facts(solution: Solution) -> list[tuple[Any, Any]]:
    level = solution.trl and formats.number(solution.trl)
    organisation = solution.organisation
    rows = [
        (_("Organisation"), parts.link(organisation, organisation.get_absolute_url(), css="")),
        (_("Category"), solution.get_category_display()),
        (_("TRL, claimed"), level),
        (_("Price model"), solution.get_price_model_display()),
        (_("Price"), parts.pair_of(solution, "price")),
        (_("Personal data"), solution.get_personal_data_display()),
        (_("Certificates"), parts.said(solution.certificates)),
        (_("Country of origin"), regions.country(solution.country)),
        (_("Version"), formats.number(solution.version)),
        (_("In the catalogue since"), solution.listed_at and parts.exact_time(solution.listed_at)),
        (_("Confirmed"), solution.confirmed_at and parts.exact_time(solution.confirmed_at)),
    ]
    return [(word, value) for word, value in rows if value]


@access.shows(Organisation)
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """Describe what an organisation offers."""
    organisation = visible_or_404(Organisation, request.user, key=key)
    editor.demand(request.user, organisation)
    form = SolutionForm(request.POST or None, organisation=organisation)
    if form.is_valid():
        return redirect(lifecycle.begin(organisation, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Describe a solution"),
        sub=organisation,
        save=_("Save draft"),
        crumbs=_crumbs(organisation, _("Describe a solution")),
        back=reverse("solutions:of", args=[organisation.key]),
    )


@access.shows(Solution)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change the description of a solution."""
    things = Solution.objects.select_related("organisation")
    solution = visible_or_404(things, request.user, number=number)
    lifecycle.life.moves["edit"].who.demand(request.user, solution)
    organisation = solution.organisation
    form = SolutionForm(request.POST or None, instance=solution, organisation=organisation)
    if form.is_valid():
        fresh = Solution.objects.get(pk=solution.pk)
        return redirect(lifecycle.edit(fresh, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=solution,
        crumbs=_crumbs(organisation, solution),
        back=solution.get_absolute_url(),
    )


act = acting(lifecycle.life, Solution, is_public=True, forms={"give_back": ReasonForm})

"""Pages of reviews: the list, the gate, the blind copy with the form, the committee's page."""

from __future__ import annotations

import random
from pathlib import PurePath
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.applications.models import Application
from pochin.applications.sections import SECTIONS
from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.files.serving import serve
from pochin.participants.models import MEMBER_STATES, Organisation
from pochin.participants.policy import programmes, ties
from pochin.reviews import lifecycle
from pochin.reviews.forms import (
    DecideForm,
    DeclareForm,
    GateForm,
    OfferForm,
    ReviewForm,
    ReviseForm,
)
from pochin.reviews.listing import AssignmentListing, StaffListing
from pochin.reviews.models import (
    READING,
    SAID,
    Assignment,
    Review,
    State,
    blind,
    blind_copy,
    owes_own,
)
from pochin.reviews.policy import READING_ROLES, assigned
from pochin.ui import access, autosave
from pochin.ui.bulk import bulking
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.shortcuts import page, said_on, visible_or_404

# How many organisations stand in the question about ties, the applicant among them.
LINEUP = 8


@access.shows(Assignment)
def index(request: HttpRequest) -> HttpResponseBase:
    """The assignments the reader may see, newest first."""
    assignments = Assignment.objects.visible_to(request.user)
    kind = StaffListing if programmes(request.user, *READING_ROLES) else AssignmentListing
    return kind(request, assignments).respond("reviews/index.html")


@access.shows(Assignment)
def assignment_page(request: HttpRequest, number: int) -> HttpResponse:
    """For the expert the gate, then the blind copy with the form; for the staff what was said."""
    assignment = _find(request, number)
    if not assigned(request.user, assignment):
        return _staff_page(request, assignment)
    if assignment.state == State.OFFERED:
        return _gate(request, assignment)
    if assignment.state not in READING or _is_tied(request.user, assignment):
        return page(request, "reviews/ended.html", assignment=assignment)
    return _desk(request, assignment)


@access.shows(Assignment)
def document(request: HttpRequest, number: int, place: int) -> FileResponse:
    """A document of the blind copy, without its metadata and its name."""
    assignment = _find(request, number)
    if not assigned(request.user, assignment) or assignment.state not in READING:
        raise Http404
    if _is_tied(request.user, assignment):
        raise Http404
    attached = list(assignment.application.attachments.select_related("file").order_by("pk"))
    if not 1 <= place <= len(attached):
        raise Http404
    name = _("Document %(n)d") % {"n": place}
    copy = blind_copy(attached[place - 1], by=request.user, at=timezone.now())
    return serve(copy, name=f"{name}{PurePath(copy.name).suffix}")


@access.shows(Application)
def of_application(request: HttpRequest, number: int) -> HttpResponse:
    """All reviews of one application, asking experts, and the decision: for those who may."""
    application = _reviewed(request, number)
    form = OfferForm(request.POST or None, application=application)
    if form.is_valid():
        lifecycle.offer(application, by=request.user, **form.cleaned_data)
        return redirect("reviews:of", number=number)
    reviews = Review.objects.visible_to(request.user).filter(assignment__application=application)
    owes = owes_own(request.user, application)
    return page(
        request,
        "reviews/of.html",
        application=application,
        form=form,
        assignments=application.assignments.select_related("expert").order_by("offered_at", "pk"),
        reviews=list(reviews.select_related("assignment__expert").order_by("at")),
        criteria=application.programme.criteria,
        grounds=None if owes else lifecycle.grounds_of(application),
        owed_first=lifecycle.owed_first() if owes else "",
        may_offer=_may_offer(request.user, application),
        telling=_telling(application),
        may_send=_open(request.user, application, "send_to_review"),
        may_decide=not owes and _open(request.user, application, "accept"),
        status=422 if form.is_bound else 200,
    )


def _telling(application: Application) -> list[tuple[str, str]]:
    """Documents whose blind copies may tell on the applicant, before an expert sees them."""
    attached = application.attachments.select_related("file").order_by("pk")
    return [(str(one.file.name), one.left_words) for one in attached if one.left]


@access.shows(Application)
def send(request: HttpRequest, number: int) -> HttpResponse:
    """Pass an application from screening to review."""
    application = _reviewed(request, number)
    if request.method == "POST":
        lifecycle.send(application, by=request.user)
    return redirect("reviews:of", number=number)


@access.shows(Application)
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Decide on an application, with words for the company on every criterion."""
    application = _reviewed(request, number)
    lifecycle.applications.life.moves["accept"].who.demand(request.user, application)
    if owes_own(request.user, application):
        raise Refused(lifecycle.owed_first())
    grounds = lifecycle.grounds_of(application)
    form = DecideForm(request.POST or None, feedback=list(grounds.feedback))
    if form.is_valid():
        return redirect(lifecycle.decide(application, by=request.user, **form.decision()))
    return page(
        request,
        "reviews/decide.html",
        application=application,
        form=form,
        grounds=grounds,
        status=422 if form.is_bound else 200,
    )


act = acting(
    lifecycle.life,
    Assignment,
    forms={
        "decline": ReasonForm,
        "declare": DeclareForm,
        "give_back": ReasonForm,
        "replace": ReasonForm,
    },
    many=("remind",),
)


def _find(request: HttpRequest, number: int) -> Assignment:
    found = Assignment.objects.select_related(
        "application__need", "application__organisation", "application__programme", "version"
    )
    return visible_or_404(found, request.user, number=number)


def _is_tied(user: Any, assignment: Assignment) -> bool:
    """Whether a tie to the applicant came after the expert took the review."""
    return assignment.organisation_id in ties(user)


def _reviewed(request: HttpRequest, number: int) -> Application:
    """An application whose reviews this reader works with; for others the page is not there."""
    found = Application.objects.select_related("need", "organisation", "programme")
    application = visible_or_404(found, request.user, number=number)
    if application.programme_id not in programmes(request.user, *READING_ROLES, "screener"):
        raise Http404
    return application


def _open(user: Any, application: Application, name: str) -> bool:
    return lifecycle.applications.life.moves[name].is_open_to(user, application)


def _may_offer(user: Any, application: Application) -> bool:
    probe = Assignment(application=application)
    return lifecycle.life.moves["offer"].who(user, probe) and lifecycle.is_at_review.stands(
        application, {}
    )


def _gate(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    lineup = _lineup(assignment)
    form = GateForm(request.POST or None, lineup=lineup)
    if form.is_valid():
        given = form.cleaned_data
        if str(assignment.organisation_id) in given["tied"]:
            words = {"ground": given["ground"], "reason": given["words"]}
            lifecycle.declare(assignment, by=request.user, **words)
        else:
            lifecycle.accept(assignment, by=request.user)
        return redirect(assignment)
    return page(
        request,
        "reviews/gate.html",
        assignment=assignment,
        form=form,
        need=assignment.application.need,
        status=422 if form.is_bound else 200,
    )


def _lineup(assignment: Assignment) -> list[Organisation]:
    """The applicant among members picked by lot; the same ones at every look."""
    members = Organisation.objects.filter(
        is_public=True, memberships__state__in=MEMBER_STATES
    ).exclude(pk=assignment.organisation_id)
    keys = sorted(members.values_list("pk", flat=True)[:2000])
    lot = random.Random(assignment.number)
    picked = lot.sample(keys, min(LINEUP - 1, len(keys)))
    return list(
        Organisation.objects.filter(pk__in=[*picked, assignment.organisation_id]).order_by(
            "name_ru"
        )
    )


def _desk(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    kind = ReviseForm if assignment.state in SAID else ReviewForm
    criteria = assignment.programme.criteria
    if request.headers.get("X-Autosave"):
        draft = {name: request.POST.get(name, "") for name in kind((), criteria=criteria).fields}
        lifecycle.keep_draft(assignment, draft, by=request.user)
        return autosave.saved("", timezone.now())
    form = kind(request.POST or None, criteria=criteria, initial=assignment.draft)
    if form.is_valid():
        move = lifecycle.revise if assignment.state in SAID else lifecycle.hand_in
        with said_on(form):
            move(assignment, by=request.user, **form.said())
            return redirect(assignment)
    if form.is_bound and assignment.state not in SAID:
        draft = {name: request.POST.get(name, "") for name in form.fields}
        lifecycle.keep_draft(assignment, draft, by=request.user)
    return page(
        request,
        "reviews/desk.html",
        assignment=assignment,
        form=form,
        copy=_blind_copy(assignment),
        documents=range(1, assignment.application.attachments.count() + 1),
        reviews=_others(request.user, assignment),
        mine=assignment.reviews.order_by("number"),
        actions=lifecycle.life.actions(request.user, assignment),
        may_revise=_may_revise(assignment),
        status=422 if form.is_bound else 200,
    )


def _may_revise(assignment: Assignment) -> bool:
    guards = (lifecycle.not_changed_yet, lifecycle.is_undecided)
    return assignment.state == State.SUBMITTED and all(g.stands(assignment, {}) for g in guards)


def _others(user: Any, assignment: Assignment) -> list[Review]:
    reviews = Review.objects.visible_to(user).filter(
        assignment__application=assignment.application_id
    )
    return list(reviews.exclude(assignment=assignment).order_by("at"))


def _blind_copy(assignment: Assignment) -> list[tuple[Any, list[tuple[Any, str]]]]:
    """What was handed in, section by section, without the applicant's names."""
    organisation, mask = assignment.application.organisation, _("[the company]")
    answers = assignment.version.content["answers"]
    return [
        (
            part.title,
            [
                (question, blind(words, organisation, mask))
                for question, words in part.told(answers.get(part.code, {}))
            ],
        )
        for part in SECTIONS
        if part.form is not None and part.code != "team"
    ]


def _staff_page(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    return page(
        request,
        "reviews/assignment.html",
        assignment=assignment,
        reviews=Review.objects.visible_to(request.user)
        .filter(assignment=assignment)
        .order_by("number"),
        criteria=assignment.programme.criteria,
        actions=lifecycle.life.actions(request.user, assignment),
        story=journal.of(assignment),
    )


bulk = bulking(
    lifecycle.life, Assignment, ("remind",), back="reviews:index", related=("application__need",)
)

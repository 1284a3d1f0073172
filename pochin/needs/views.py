"""Pages of needs: the catalogue, the page, the form, the moves, the questions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pochin.core import journal, turns
from pochin.needs import lifecycle
from pochin.needs.forms import AnswerForm, ExtendForm, NeedForm, QuestionForm, WindowForm
from pochin.needs.listing import NeedListing
from pochin.needs.models import Need, Question, State
from pochin.participants.models import Programme
from pochin.participants.policy import Role, programmes
from pochin.ui import access, formats, parts
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Need, public=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """The needs the reader may see, those that take applications first."""
    needs = Need.objects.visible_to(request.user)
    begin_in = programmes(request.user, Role.NEED_OWNER, Role.COORDINATOR)
    return NeedListing(request, needs).respond(
        "needs/index.html", begin_in=Programme.objects.filter(pk__in=begin_in)
    )


@access.shows(Need, public=True)
def need_page(request: HttpRequest, number: int) -> HttpResponse:
    """One need: what hurts, what counts as success, what is given, questions and answers."""
    need = visible_or_404(
        Need.objects.select_related("programme", "unit", "owner"), request.user, number=number
    )
    inside = need.programme_id in programmes(request.user) or need.owner_id == request.user.pk
    questions = list(need.questions.visible_to(request.user).order_by("number"))
    waits = turns.holders(question for question in questions if not question.answer)
    due = {key: held[0].due_at for (_kind, key), held in waits.items()}
    return page(
        request,
        "needs/page.html",
        need=need,
        is_open=need.is_open(timezone.now()),
        left=_left(need),
        actions=lifecycle.life.actions(request.user, need),
        questions=[(question, due.get(question.pk)) for question in questions],
        story=journal.of(need) if inside else None,
        inside=inside,
        may_talk=Need.objects.inside(request.user).filter(pk=need.pk).exists(),
        may_edit=_may_edit(request.user, need),
        main=NEXT_STEP.get(need.state, ""),
        meta=[(_("Programme"), need.programme), (_("Owner"), need.owner)],
        state_tag=state_badge(need),
        numbers=_numbers(need),
        given=_given(need),
        facts_list=_facts(need, inside=inside),
    )


# The move that leads on from each state: its button is the strong one.
NEXT_STEP: dict[str, str] = {
    State.DRAFT: "submit",
    State.SUBMITTED: "check",
    State.CHECKING: "approve",
    State.APPROVED: "publish",
    State.PUBLISHED: "open_intake",
}


def _left(need: Need) -> str:
    """How long the intake still lasts: “10 days left”; nothing on its last day."""
    closes = timezone.localtime(need.closes_at).date() if need.closes_at else None
    days = (closes - timezone.localdate()).days if closes else 0
    return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days} if days > 0 else ""


def _may_edit(user: Any, need: Need) -> bool:
    return lifecycle.life.moves["edit"].is_open_to(user, need)


def _numbers(need: Need) -> list[tuple[str, Any]]:
    pairs = [(need.metric_now, _("today")), (need.metric_target, _("target"))]
    told = [(value, words) for value, words in pairs if value is not None]
    # Side by side they have as many digits after the comma: «4,2» and «3,0».
    places = max((len(f"{v.normalize():f}".partition(".")[2]) for v, _words in told), default=0)
    unit = need.told("metric_unit")
    return [(formats.with_unit(v, unit, places=places), words) for v, words in told]


def _given(need: Need) -> list[tuple[str, Any]]:
    """What a company weighs first: the money and the places to try it at."""
    told: list[tuple[str, Any]] = []
    if need.budget is not None:
        told.append((formats.money(need.budget, short=True), _("budget ceiling")))
    if need.sites_wanted:
        n = need.sites_wanted
        told.append((formats.number(n), ngettext("site for the pilot", "sites for the pilot", n)))
    return told


def _facts(need: Need, *, inside: bool) -> list[tuple[Any, Any]]:
    rows = [(_("Whose need it is"), need.unit), (_("Outcome"), need.get_outcome_display())]
    if need.budget is not None:
        rows.append((_("Budget ceiling"), formats.money(need.budget)))
    if inside and need.value_per_year is not None:
        rows.append((_("Value of solving it, a year"), formats.money(need.value_per_year)))
    if inside and need.budget_source:
        rows.append((_("Source of the budget"), parts.own(need.budget_source)))
    return rows


@access.shows(Programme)
def begin(request: HttpRequest, programme: str) -> HttpResponse:
    """Describe a new need."""
    under = visible_or_404(Programme, request.user, code=programme)
    lifecycle.life.moves["begin"].who.demand(request.user, under)
    first = {"owner": request.user.pk, "unit": under.centre_id}
    form = NeedForm(request.POST or None, programme=under, initial=first)
    if form.is_valid():
        return redirect(lifecycle.begin(under, by=request.user, **form.cleaned_data))
    return page(request, "needs/form.html", form=form, programme=under)


@access.shows(Need)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change the text of a need."""
    need = visible_or_404(Need, request.user, number=number)
    lifecycle.life.moves["edit"].who.demand(request.user, need)
    called = need.title  # the form writes what was typed into the need, kept or not
    form = NeedForm(request.POST or None, instance=need, programme=need.programme)
    if form.is_valid():
        fresh = Need.objects.get(pk=need.pk)
        return redirect(lifecycle.edit(fresh, by=request.user, **form.cleaned_data))
    return page(
        request, "needs/form.html", form=form, need=need, called=called, programme=need.programme
    )


@access.shows(Need)
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """Ask the owner of a need a question."""
    need = visible_or_404(Need, request.user, number=number)
    form = QuestionForm(request.POST or None)
    if form.is_valid():
        return redirect(lifecycle.ask(need, by=request.user, **form.cleaned_data))
    return page(request, "needs/ask.html", form=form, need=need)


def _question(user: Any, number: int, question: int) -> Question:
    need = visible_or_404(Need, user, number=number)
    return visible_or_404(Question.objects.filter(need=need), user, number=question)


act = acting(
    lifecycle.life,
    Need,
    is_public=True,
    forms={
        "give_back": ReasonForm,
        "set_window": WindowForm,
        "extend": ExtendForm,
        "satisfy": ReasonForm,
        "satisfy_partly": ReasonForm,
        "close": ReasonForm,
        "withdraw": ReasonForm,
    },
)
act_on_question = acting(
    lifecycle.questions,
    Question,
    find=_question,
    forms={"answer": AnswerForm, "decline": ReasonForm},
)

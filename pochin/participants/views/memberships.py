"""A membership: asked for, looked at, moved on."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from pochin.core import journal
from pochin.participants import lifecycle
from pochin.participants.forms import AnswerForm, JoinForm, KindForm, QuestionForm
from pochin.participants.models import Membership, Organisation, State
from pochin.participants.policy import Role, editor, organisations, programmes
from pochin.participants.views.organisations import link_to, register_link
from pochin.ui import access, parts
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Organisation)
def join(request: HttpRequest, key: str) -> HttpResponse:
    """Ask to take part in a programme."""
    organisation = visible_or_404(Organisation, request.user, key=key)
    editor.demand(request.user, organisation)
    form = JoinForm(request.POST or None, wished=request.GET.get("programme", ""))
    if form.is_valid():
        given = form.cleaned_data
        membership = lifecycle.begin(
            given["programme"], by=request.user, organisation=organisation, kind=given["kind"]
        )
        return redirect(membership)
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Join a programme"),
        sub=organisation,
        save=_("Go on"),
        crumbs=[register_link(), link_to(organisation), Link(label=_("Join a programme"))],
        back=organisation.get_absolute_url(),
    )


def _membership(user: Any, key: str, programme: str) -> Membership:
    """The latest membership of the organisation in the programme that the user may see."""
    seen = Membership.objects.visible_to(user).filter(
        organisation__key=key, programme__code=programme
    )
    latest = seen.order_by("-pk").values("pk")[:1]
    things = Membership.objects.select_related("organisation", "programme")
    return visible_or_404(things.filter(pk__in=latest), user)


# The move that leads on from each state: its button is the strong one.
NEXT_STEP: dict[str, str] = {
    State.DRAFT: "submit",
    State.SUBMITTED: "check",
    State.CHECKING: "admit",
    State.CLARIFICATION: "answer",
    State.SECOND_LOOK: "confirm_admission",
    State.DUE: "confirm",
}


@access.shows(Membership, public=True)
def membership_page(request: HttpRequest, key: str, programme: str) -> HttpResponse:
    """One membership: where it stands, what was asked, what may be done."""
    membership = _membership(request.user, key, programme)
    inside = (
        membership.organisation_id in organisations(request.user)
        or membership.programme_id in programmes(request.user, Role.COORDINATOR, Role.AUDITOR)
        or lifecycle.life.actions(request.user, membership)
    )
    return page(
        request,
        "participants/membership.html",
        membership=membership,
        crumbs=[
            register_link(),
            link_to(membership.organisation),
            Link(label=membership.programme),
        ],
        facts_list=_membership_facts(membership),
        actions=lifecycle.life.actions(request.user, membership),
        main=NEXT_STEP.get(membership.state, ""),
        state_tag=state_badge(membership),
        inside=inside,
        may_talk=Membership.objects.inside(request.user).filter(pk=membership.pk).exists(),
        story=journal.of(membership) if inside else None,
    )


def _membership_facts(membership: Membership) -> list[tuple[Any, Any]]:
    rows = [
        (_("Programme"), membership.programme),
        (_("As"), membership.get_kind_display()),
        (_("Number"), membership.number),
        (_("Admitted"), membership.admitted_at and parts.day(membership.admitted_at)),
        (_("Confirmed"), membership.confirmed_at and parts.day(membership.confirmed_at)),
    ]
    return [(word, value) for word, value in rows if value]


act_on_membership = acting(
    lifecycle.life,
    Membership,
    find=_membership,
    is_public=True,
    forms={
        "edit": KindForm,
        "ask": QuestionForm,
        "answer": AnswerForm,
        "refuse": ReasonForm,
        "suspend": ReasonForm,
        "exclude": ReasonForm,
    },
)

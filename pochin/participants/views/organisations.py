"""Pages of organisations: the register, the profile, membership, seats."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.core import journal
from pochin.core.lifecycle import Action
from pochin.participants import lifecycle, regions
from pochin.participants.forms import (
    AnswerForm,
    InvitationForm,
    JoinForm,
    KindForm,
    OrganisationForm,
    QuestionForm,
)
from pochin.participants.lifecycle import organisations as life_of
from pochin.participants.lifecycle import seats
from pochin.participants.listing import OrganisationListing
from pochin.participants.models import (
    Invitation,
    Membership,
    Organisation,
    Seat,
    State,
)
from pochin.participants.policy import any_coordinator, auditor, editor, organisations, signatory
from pochin.participants.views.things import thing_page
from pochin.ui import access, formats, parts
from pochin.ui.moves import ReasonForm, acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge


def register_link() -> Link:
    return Link(label=_("Organisations"), url=reverse("participants:organisations"))


def link_to(thing: Any) -> Link:
    return Link(label=str(thing), url=thing.get_absolute_url())


@access.shows(Organisation, public=True)
def index(request: HttpRequest) -> HttpResponse:
    """The organisations the reader may see."""
    seen = Organisation.objects.visible_to(request.user)
    return OrganisationListing(request, seen).respond(
        "participants/organisations.html", may_enrol=any_coordinator(request.user)
    )


@access.shows(Organisation, public=True)
def organisation_page(request: HttpRequest, key: str) -> HttpResponse:
    """One organisation: its profile and membership; for its own people also the seats."""
    organisation = visible_or_404(Organisation, request.user, key=key)
    user = request.user
    seen = Seat.objects.visible_to(user).filter(organisation=organisation)
    sent = Invitation.objects.visible_to(user).filter(organisation=organisation, state="sent")
    memberships = Membership.objects.visible_to(user).filter(organisation=organisation)
    inside = organisation.pk in organisations(user) or any_coordinator(user) or auditor(user)
    return page(
        request,
        "participants/organisation.html",
        organisation=organisation,
        crumbs=[register_link(), Link(label=organisation)],
        facts_list=_facts(organisation),
        memberships=[
            (m, state_badge(m))
            for m in memberships.select_related("programme", "organisation").order_by("-pk")
        ],
        seats=[(s, _rights(s)) for s in seen.select_related("person").order_by("-state", "pk")],
        sent=[(i, _rights(i)) for i in sent.order_by("pk")],
        actions=_of_the_centre(user, organisation),
        may_edit=life_of.life.moves["edit"].is_open_to(user, organisation),
        may_join=editor(user, organisation),
        may_invite=signatory(user, organisation),
        state_tag=state_badge(organisation) if organisation.is_closed else "",
        story=journal.of(organisation) if inside else None,
    )


def _of_the_centre(user: Any, organisation: Organisation) -> list[Action]:
    """What may be done to the record; its profile has a page of its own."""
    actions = life_of.life.actions(user, organisation)
    return [action for action in actions if action.move.name != "edit"]


def _facts(organisation: Organisation) -> list[tuple[Any, Any]]:
    kinds = ", ".join(str(kind) for kind in organisation.kinds.order_by("code"))
    rows = [
        (_("Full name"), parts.pair_of(organisation, "full_name")),
        (_("Kind"), kinds),
        (_("Legal form"), organisation.legal_form),
        (_("INN"), organisation.inn),
        (_("KPP"), organisation.kpp),
        (_("OGRN"), organisation.ogrn),
        (_("Country"), regions.country(organisation.country)),
        (_("Region"), organisation.region_name),
        (_("Address"), ", ".join(filter(None, [organisation.postcode, organisation.address]))),
        (_("Main activity (OKVED)"), organisation.okved),
        (_("Size"), organisation.get_size_display()),
        (_("Founded"), organisation.founded_on and formats.day(organisation.founded_on)),
        (_("Ceased"), organisation.ceased_on and formats.day(organisation.ceased_on)),
        (_("By the state register"), organisation.standing),
        (_("Extract of"), organisation.register_on and formats.day(organisation.register_on)),
    ]
    return [(word, value) for word, value in rows if value]


def _rights(seat: Any) -> str:
    """What a seat allows, in words."""
    if seat.may_edit and seat.may_sign:
        return _("edits and signs")
    if seat.may_sign:
        return _("signs")
    return _("edits") if seat.may_edit else _("reads")


@access.shows(Organisation)
def enrol(request: HttpRequest) -> HttpResponse:
    """Put an organisation into the register."""
    any_coordinator.demand(request.user)
    form = OrganisationForm(request.POST or None, identifiers=True)
    if form.is_valid():
        return redirect(life_of.enrol(by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Add an organisation"),
        crumbs=[register_link(), Link(label=_("Add an organisation"))],
        back=reverse("participants:organisations"),
    )


@access.shows(Organisation)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Change the profile of an organisation."""
    organisation = visible_or_404(Organisation, request.user, key=key)
    life_of.life.moves["edit"].who.demand(request.user, organisation)
    form = OrganisationForm(
        request.POST or None, instance=organisation, identifiers=any_coordinator(request.user)
    )
    if form.is_valid():
        fresh = Organisation.objects.get(pk=organisation.pk)
        return redirect(life_of.edit(fresh, by=request.user, **form.cleaned_data))
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Profile of the organisation"),
        crumbs=[register_link(), link_to(organisation), Link(label=_("Profile"))],
        back=organisation.get_absolute_url(),
    )


act = acting(
    life_of.life,
    Organisation,
    lookup="key",
    is_public=True,
    forms={"note_closed": ReasonForm, "note_existing": ReasonForm},
)


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
NEXT_STEP = {
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
        or f"coordinator@{membership.programme_id}" in request.user.hats
        or f"auditor@{membership.programme_id}" in request.user.hats
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


@access.shows(Organisation)
def invite(request: HttpRequest, key: str) -> HttpResponse:
    """Offer a colleague a seat."""
    organisation = visible_or_404(Organisation, request.user, key=key)
    signatory.demand(request.user, organisation)
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        seats.invite(organisation, by=request.user, **form.cleaned_data)
        return redirect(organisation)
    return page(
        request,
        "participants/form.html",
        form=form,
        title=_("Invite a colleague"),
        sub=organisation,
        save=_("Send the invitation"),
        crumbs=[register_link(), link_to(organisation), Link(label=_("Invite a colleague"))],
        back=organisation.get_absolute_url(),
    )


@access.shows(Invitation)
def invitation_page(request: HttpRequest, key: str) -> HttpResponse:
    """One invitation: for who sent it and for who may accept it."""
    things = Invitation.objects.select_related("organisation", "invited_by")
    invitation = visible_or_404(things, request.user, key=key)
    facts = [
        (_("Organisation"), invitation.organisation),
        (_("E-mail"), invitation.email),
        (_("Post"), invitation.position),
        (_("Rights"), _rights(invitation)),
        (_("Power of attorney"), invitation.attorney),
        (_("Invited by"), invitation.invited_by),
        (_("Sent"), parts.exact_time(invitation.sent_at)),
    ]
    return thing_page(
        request,
        invitation,
        seats.invitations,
        title=_("Invitation"),
        facts=facts,
        crumbs=[Link(label=_("My profile"), url=reverse("participants:profile"))],
        main="accept",
    )


act_on_invitation = acting(seats.invitations, Invitation, lookup="key")


@access.shows(Seat)
def seat_page(request: HttpRequest, key: str) -> HttpResponse:
    """One seat: whose it is, what it allows, since when."""
    things = Seat.objects.select_related("organisation", "person")
    seat = visible_or_404(things, request.user, key=key)
    facts = [
        (_("Organisation"), seat.organisation),
        (_("Post"), seat.position),
        (_("Rights"), _rights(seat)),
        (_("Power of attorney"), seat.attorney),
        (_("Since"), parts.day(seat.since)),
        (_("Until"), seat.until and parts.day(seat.until)),
    ]
    return thing_page(
        request,
        seat,
        seats.life,
        title=seat.person,
        facts=facts,
        crumbs=[register_link(), link_to(seat.organisation)],
    )


act_on_seat = acting(seats.life, Seat, lookup="key")

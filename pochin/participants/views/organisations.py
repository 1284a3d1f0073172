"""Organisations: the list, the page of one, its card."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.core import journal
from pochin.core.lifecycle import Action
from pochin.participants import regions
from pochin.participants.forms import OrganisationForm
from pochin.participants.lifecycle import organisations as life_of
from pochin.participants.listing import OrganisationListing
from pochin.participants.models import Invitation, Membership, Organisation, Seat
from pochin.participants.policy import any_coordinator, auditor, editor, organisations, signatory
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
def index(request: HttpRequest) -> HttpResponseBase:
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
        seats=[(s, rights_of(s)) for s in seen.select_related("person").order_by("-state", "pk")],
        sent=[(i, rights_of(i)) for i in sent.order_by("pk")],
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


def rights_of(seat: Any) -> Any:
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

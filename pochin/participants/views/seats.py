"""Who speaks for an organisation: invitations and seats."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pochin.participants.forms import InvitationForm
from pochin.participants.lifecycle import seats
from pochin.participants.models import Invitation, Organisation, Seat
from pochin.participants.policy import signatory
from pochin.participants.views.organisations import link_to, register_link, rights_of
from pochin.participants.views.things import thing_page
from pochin.ui import access, parts
from pochin.ui.moves import acting
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page, visible_or_404


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
        (_("Post"), parts.said(invitation.position)),
        (_("Rights"), rights_of(invitation)),
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
        (_("Post"), parts.said(seat.position)),
        (_("Rights"), rights_of(seat)),
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

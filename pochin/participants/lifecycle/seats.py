"""The life of a seat in an organisation, and of the invitation that leads to it.

invitation: sent → accepted | declined | withdrawn | expired
seat: held → ended
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import NOW, Lifecycle, Refused, guard
from pochin.core.policy import SYSTEM, system
from pochin.participants.models import (
    HeldState,
    Invitation,
    InvitationState,
    Organisation,
    Seat,
)
from pochin.participants.policy import (
    addressee,
    oneself,
    organisation_hat,
    signatory,
)

life: Lifecycle[Seat] = Lifecycle(
    "participants.seat",
    HeldState,
    ends=frozenset({HeldState.ENDED}),
    rests={HeldState.HELD: _("The person speaks for the organisation.")},
)
invitations: Lifecycle[Invitation] = Lifecycle(
    "participants.invitation",
    InvitationState,
    ends=frozenset(set(InvitationState) - {InvitationState.SENT}),
)
invitations.waits(
    InvitationState.SENT,
    on=lambda i: organisation_hat(i.organisation_id, "sign"),
    owner=_("who signs for the organisation"),
    clock="invitation",
    days=20,
    words=_("Remind your colleague to accept, or withdraw the invitation"),
)


# What an invitation and a request say of the seat they lead to.
RIGHTS = ("position", "may_edit", "may_sign", "attorney")


@life.birth(
    HeldState.HELD,
    who=system,
    label=_("Begin the seat"),
    done=_("The person may now speak for the organisation"),
)
def begin(
    organisation: Organisation, *, by: Any, person: Any, at: datetime = NOW, **rights: Any
) -> Seat:
    """Let a person speak for the organisation: an invitation or a request was granted."""
    seats = Seat.objects.filter(person_id=person.pk, organisation=organisation)
    if seats.filter(until__isnull=True).exists():
        raise Refused(_t("This person already has a seat in the organisation."))
    return Seat(
        organisation=organisation,
        person_id=person.pk,
        since=timezone.localdate(at),
        **rights,
    )


@guard(_("Nobody else signs for the organisation: invite a signatory first."))
def another_one_signs(seat: Seat) -> bool:
    others = Seat.objects.held().filter(organisation=seat.organisation_id, may_sign=True)
    return not seat.may_sign or others.exclude(pk=seat.pk).exists()


# Invitations of one organisation that wait for an answer, and letters of one person in a day.
MOST_WAITING = 100
MOST_A_DAY = 30


@guard(_("A hundred invitations of the organisation wait for an answer. Withdraw those that are no "
         "longer needed; the others expire after thirty days."))  # fmt: skip
def organisation_has_room(organisation: Organisation) -> bool:
    sent = Invitation._base_manager.filter(organisation=organisation, state=InvitationState.SENT)
    return sent.count() < MOST_WAITING


@guard(_("You have sent thirty invitations within a day. Go on tomorrow, or let another signatory "
         "invite."))  # fmt: skip
def person_has_room(organisation: Organisation, *, by: Any, at: datetime) -> bool:
    since = at - timedelta(days=1)
    sent = Invitation._base_manager.filter(invited_by_id=by.pk, sent_at__gt=since)
    return sent.count() < MOST_A_DAY


@invitations.birth(
    InvitationState.SENT,
    who=signatory,
    label=_("Invite a colleague"),
    done=_("The invitation was sent"),
    guards=[organisation_has_room, person_has_room],
)
def invite(
    organisation: Organisation, *, by: Any, email: str, at: datetime = NOW, **fields: Any
) -> Invitation:
    """Offer a seat to whoever reads the mail of this address."""
    address = email.lower()
    sent = Invitation._base_manager.filter(organisation=organisation, email=address)
    if sent.filter(state=InvitationState.SENT).exists():
        raise Refused(_t("%(email)s is already invited.") % {"email": address})
    held = Seat.objects.held().filter(organisation=organisation, person__email=address)
    if held.exists():
        raise Refused(_t("%(email)s already has a seat here.") % {"email": address})
    return Invitation(
        organisation=organisation, email=address, invited_by_id=by.pk, sent_at=at, **fields
    )


@invitations.move(
    InvitationState.SENT,
    to=InvitationState.ACCEPTED,
    who=addressee,
    label=_("Accept"),
    done=_("The invitation was accepted"),
)
def accept(invitation: Invitation, *, by: Any, at: datetime = NOW) -> None:
    """Take the seat with the rights that were offered."""
    begin(
        invitation.organisation,
        by=SYSTEM,
        person=by,
        at=at,
        **{name: getattr(invitation, name) for name in RIGHTS},
    )


@invitations.move(
    InvitationState.SENT,
    to=InvitationState.DECLINED,
    who=addressee,
    label=_("Decline"),
    done=_("The invitation was declined"),
)
def decline(invitation: Invitation, *, by: Any, at: datetime = NOW) -> None:
    """Not take the seat."""


@invitations.move(
    InvitationState.SENT,
    to=InvitationState.WITHDRAWN,
    who=signatory,
    label=_("Withdraw"),
    done=_("The invitation was withdrawn"),
)
def withdraw(invitation: Invitation, *, by: Any, at: datetime = NOW) -> None:
    """Take the offer back before it is accepted."""


@invitations.move(
    InvitationState.SENT,
    to=InvitationState.EXPIRED,
    who=system,
    label=_("Let expire"),
    done=_("The invitation expired: nobody answered in thirty days"),
)
def expire(invitation: Invitation, *, by: Any, at: datetime = NOW) -> None:
    """Nobody has answered in thirty days."""


@life.move(
    HeldState.HELD,
    to=HeldState.ENDED,
    who=signatory | oneself,
    label=_("End the seat"),
    done=_("The person no longer speaks for the organisation"),
    guards=[another_one_signs],
    is_final=True,
    holds=lambda seat: seat.organisation,
)
def end(seat: Seat, *, by: Any, at: datetime = NOW) -> None:
    """From now on the person does not speak for the organisation."""
    seat.until = timezone.localdate(at)

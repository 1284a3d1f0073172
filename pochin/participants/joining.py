"""What an organisation still has to do before a programme counts it among its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from pochin.participants.models import (
    MEMBER_STATES,
    OVER_STATES,
    Membership,
    Organisation,
    Programme,
    State,
)


@dataclass(frozen=True, slots=True)
class Missing:
    """Why the organisation is no member yet, and where that is put right."""

    words: str
    href: str
    action: str


def missing(organisation: Organisation, programme: Programme) -> Missing | None:
    """What stands between the organisation and the programme; None for a member."""
    asked = Membership.objects.filter(organisation=organisation, programme=programme)
    standing = asked.exclude(state__in=OVER_STATES).order_by("-pk").first()
    if standing is None:
        return Missing(
            _("Only a member of “%(programme)s” can submit. Ask to join now and write on "
              "meanwhile: your draft is kept.") % {"programme": programme},
            f"{reverse('participants:join', args=[organisation.key])}?programme={programme.code}",
            _("Join the programme"),
        )  # fmt: skip
    if standing.state in MEMBER_STATES:
        return None
    standing.organisation, standing.programme = organisation, programme
    return Missing(_said(standing), standing.get_absolute_url(), _("Open the request"))


def _said(membership: Membership) -> str:
    words: dict[Any, str] = {
        State.DRAFT: _("Your request to join “%(programme)s” is not sent yet. Send it now and "
                       "write on meanwhile: only a member can submit."),
        State.CLARIFICATION: _("The centre has asked you about your request to join "
                               "“%(programme)s”. Once you are a member, you can submit."),
        State.SUSPENDED: _("Your part in “%(programme)s” is suspended; the reason stands there."),
    }  # fmt: skip
    waits = _("Your request to join “%(programme)s” is with the centre. Once it has admitted you, "
              "you can submit; your draft is kept.")  # fmt: skip
    return words.get(membership.state, waits) % {"programme": membership.programme}

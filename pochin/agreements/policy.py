"""Who is who around an agreement."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import rule
from pochin.participants.policy import coordinator, director, lawyer


@rule(_("those who sign for a party"))
def party_signatory(user: Any, agreement: Any) -> bool:
    return any(may_sign(user, party) for party in agreement.party_set.all())


def may_sign(user: Any, party: Any) -> bool:
    """Whether the user signs for this party: by their seat and, where one is named, by name."""
    if f"sign@org-{party.organisation_id}" not in user.hats:
        return False
    return party.signatory_id in (None, user.pk)


writer = coordinator | lawyer
ender = director | lawyer | party_signatory

"""Who is who around a decision."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import rule
from pochin.participants.policy import Role
from pochin.pilots import lifecycle as pilots
from pochin.pilots.policy import coordinator, decision_owner

owner = decision_owner
certifier = coordinator | decision_owner


@rule(_("another decision owner or committee member who ran nothing of the pilot"))
def second(user: Any, decision: Any) -> bool:
    if user.pk is None:
        return False
    return pilots.may_second(decision.pilot, user, first=decision.owner)


@rule(_("a member of the committee who ran nothing of the pilot"))
def committee(user: Any, decision: Any) -> bool:
    """The committee checks the owner, so neither the owner nor the pilot's people vote in it."""
    return f"{Role.COMMITTEE}@{decision.pilot.programme_id}" in user.hats and second(user, decision)

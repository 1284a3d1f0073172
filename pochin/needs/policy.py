"""Who is who around a need."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import rule
from pochin.participants.policy import coordinator, need_owner


@rule(_("the owner of the need"))
def owner(user: Any, need: Any) -> bool:
    return user.pk is not None and need.owner_id == user.pk


initiator = need_owner | coordinator
keeper = owner | coordinator


@rule(_("somebody who speaks for a company, or the owner"))
def asker(user: Any, question: Any) -> bool:
    return user.is_authenticated

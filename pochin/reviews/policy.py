"""Who is who around a review."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import rule
from pochin.participants.policy import Role, programmes, ties

# The roles that read all reviews of the applications in their programme.
READING_ROLES = (
    Role.COORDINATOR,
    Role.COMMITTEE,
    Role.DIRECTOR,
    Role.PILOT_MANAGER,
    Role.METHODOLOGIST,
    Role.AUDITOR,
)


@rule(_("the expert who was asked"))
def assigned(user: Any, assignment: Any) -> bool:
    return user.pk is not None and assignment.expert_id == user.pk


@rule(_("a coordinator of the programme without a tie to the applicant"))
def organiser(user: Any, assignment: Any) -> bool:
    application = assignment.application
    in_role = programmes(user, Role.COORDINATOR, Role.SCREENER)
    return application.programme_id in in_role and application.organisation_id not in ties(user)

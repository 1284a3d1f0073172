"""Who is who around an application."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import rule
from pochin.participants.policy import (
    committee,
    coordinator,
    director,
    disinterested,
    editor,
    screener,
    signatory,
)


@rule(_("people of the applicant"))
def applicant(user: Any, application: Any) -> bool:
    return f"view@org-{application.organisation_id}" in user.hats


writer = editor
signer = signatory
# Those who check and judge keep away from organisations they are tied to.
checker = (screener | coordinator) & disinterested
judge = (committee | director) & disinterested

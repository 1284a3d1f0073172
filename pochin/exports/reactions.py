"""What export projects do because something was written in another room."""

from __future__ import annotations

from pochin.core.models import Entry
from pochin.core.policy import SYSTEM
from pochin.core.reactions import reacts_to
from pochin.decisions.models import Certificate
from pochin.exports import lifecycle
from pochin.exports.models import Project, State


@reacts_to("decisions.certificate.revoke")
def note_revocation(entry: Entry) -> None:
    """Every project that leans on a revoked certificate says so, and its people are told."""
    certificate = Certificate._base_manager.get(pk=entry.thing_id)
    leaning = Project._base_manager.filter(certificate=certificate).exclude(state=State.CLOSED)
    for project in leaning.select_related("programme").order_by("pk"):
        lifecycle.lose_certificate(project, by=SYSTEM, reason=certificate.reason, at=entry.at)

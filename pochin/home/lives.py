"""What the lives of things are called, for the pages that show how things live here."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

TITLES = {
    "agreements": _("Agreement"),
    "agreements.amendment": _("Amendment of an agreement"),
    "agreements.commitment": _("Commitment"),
    "applications": _("Application"),
    "deals": _("Deal"),
    "deals.approval": _("Approval"),
    "deals.rollout": _("Roll-out"),
    "coordination.meeting": _("Meeting"),
    "coordination.task": _("Task"),
    "decisions": _("Decision"),
    "decisions.certificate": _("Certificate"),
    "decisions.result": _("Published result"),
    "exports": _("Export project"),
    "evaluations": _("Result"),
    "measurements": _("Batch of readings"),
    "needs": _("Need"),
    "needs.question": _("Question"),
    "news": _("News"),
    "news.remark": _("Remark"),
    "participants": _("Membership"),
    "participants.clocks": _("Change of clocks"),
    "participants.conflict": _("Conflict of interest"),
    "participants.invitation": _("Invitation"),
    "participants.organisation": _("Organisation"),
    "participants.programme": _("Programme"),
    "participants.registration": _("Request of an organisation"),
    "participants.role": _("Role"),
    "participants.seat": _("Right to speak for an organisation"),
    "pilots": _("Pilot"),
    "pilots.amendment": _("Amendment of a plan"),
    "pilots.incident": _("Incident"),
    "pilots.slot": _("Site in a pilot"),
    "reviews": _("Review"),
    "sites": _("Site"),
    "solutions": _("Solution"),
}


def title_of(name: str) -> str:
    """What a life is called; an unknown one keeps its name."""
    return str(TITLES.get(name, name))

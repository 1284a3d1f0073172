"""What happens to applications because something happened to their need."""

from __future__ import annotations

from pochin.applications import lifecycle
from pochin.applications.models import Application, State
from pochin.core.models import Entry
from pochin.core.policy import SYSTEM
from pochin.core.reactions import reacts_to


@reacts_to("needs.close_intake")
def begin_screening(entry: Entry) -> None:
    """When the intake closes, whatever was submitted is screened."""
    for application in Application.objects.filter(need_id=entry.thing_id, state=State.SUBMITTED):
        lifecycle.start_screening(application, by=SYSTEM, at=entry.at)


@reacts_to("needs.extend", "needs.close_intake", "needs.start_pilot", "needs.withdraw")
def move_the_day_of_drafts(entry: Entry) -> None:
    """A draft is waited for as long as its need takes applications."""
    drafts = Application.objects.filter(need_id=entry.thing_id, state=State.DRAFT)
    for draft in drafts.select_related("need"):
        lifecycle.life.pass_turn(draft, entry.at)

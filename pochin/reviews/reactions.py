"""What reviews do because something happened below or here."""

from __future__ import annotations

from pochin.applications.models import Application
from pochin.core.models import Entry
from pochin.core.policy import SYSTEM
from pochin.core.reactions import reacts_to
from pochin.reviews import lifecycle
from pochin.reviews.models import OPEN, Assignment, State


@reacts_to("reviews.hand_in", "reviews.revise")
def count_reviews(entry: Entry) -> None:
    """The committee's turn begins when enough reviews are in."""
    assignment = Assignment.objects.get(pk=entry.thing_id)
    lifecycle.note_quorum(assignment.application, at=entry.at)


@reacts_to("applications.send_to_review")
def count_early_reviews(entry: Entry) -> None:
    """Reviews handed in before the screening ended count too."""
    lifecycle.note_quorum(Application.objects.get(pk=entry.thing_id), at=entry.at)


@reacts_to(
    "applications.accept",
    "applications.refuse",
    "applications.refuse_at_screening",
    "applications.withdraw",
)
def close_assignments(entry: Entry) -> None:
    """With the decision, reviews become final and open assignments end."""
    for assignment in Assignment.objects.filter(application_id=entry.thing_id):
        if assignment.state == State.SUBMITTED:
            lifecycle.finish(assignment, by=SYSTEM, at=entry.at)
        elif assignment.state in OPEN:
            lifecycle.release(assignment, by=SYSTEM, at=entry.at)

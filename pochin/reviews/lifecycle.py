"""The life of an assignment, and the committee's decision that stands on the reviews.

offered → accepted → submitted → final; submitted → returned → submitted
offered → declined; offered, accepted → conflicted | replaced
"""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.applications import lifecycle as applications
from pochin.applications.lifecycle import Grounds
from pochin.applications.models import Application
from pochin.applications.models import State as ApplicationState
from pochin.core import journal, numbers, tongue
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import SYSTEM, system
from pochin.participants.models import Conflict, Ground, RoleHeld, conflicted
from pochin.participants.policy import Role, person_hat
from pochin.reviews.models import OPEN, SAID, Assignment, Review, State, latest, owes_own
from pochin.reviews.policy import assigned, organiser

# How many open assignments one expert may have.
CAPACITY = 5

life: Lifecycle[Assignment] = Lifecycle(
    "reviews",
    State,
    ends=frozenset({State.FINAL, State.DECLINED, State.CONFLICTED, State.REPLACED}),
    rests={State.SUBMITTED: _("The committee decides when enough reviews are in.")},
)
life.waits(
    State.OFFERED,
    on=lambda assignment: person_hat(assignment.expert_id),
    owner=Role.EXPERT.label,
    clock="offer",
    days=2,
    words=_("Say whether you are tied to the company, then take the review or decline"),
)
life.waits(
    State.ACCEPTED,
    on=lambda assignment: person_hat(assignment.expert_id),
    owner=Role.EXPERT.label,
    clock="review",
    days=10,
    words=_("Write the review"),
)
life.waits(
    State.RETURNED,
    on=lambda assignment: person_hat(assignment.expert_id),
    owner=Role.EXPERT.label,
    clock="review completion",
    days=5,
    words=_("Complete the review"),
)


@guard(_("The application is not at the stage of review."))
def is_at_review(application: Application) -> bool:
    stages = {ApplicationState.SCREENING, ApplicationState.IN_REVIEW}
    return application.state in stages


@guard(_("This person is not an expert of the programme."))
def is_expert(application: Application, *, expert: Any) -> bool:
    held = RoleHeld.objects.filter(
        person=expert, programme=application.programme_id, code=Role.EXPERT, until__isnull=True
    )
    return held.exists()


@guard(_("The expert has a conflict of interest with the applicant."))
def has_no_conflict(application: Application, *, expert: Any) -> bool:
    return not conflicted(expert.pk, application.organisation_id)


@guard(_("The owner of the need does not review the applications to it."))
def is_not_need_owner(application: Application, *, expert: Any) -> bool:
    return application.need.owner_id != expert.pk


@guard(_("The expert has as many open reviews as one may have."))
def has_capacity(application: Application, *, expert: Any) -> bool:
    return Assignment.objects.filter(expert=expert, state__in=OPEN).count() < CAPACITY


@guard(_("The expert was already asked about this application."))
def is_new(application: Application, *, expert: Any) -> bool:
    return not Assignment.objects.filter(application=application, expert=expert).exists()


@guard(_("A conflict of interest was declared; the assignment has ended."))
def still_disinterested(assignment: Assignment) -> bool:
    return not conflicted(assignment.expert_id, assignment.organisation_id)


@guard(_("The programme has no criteria yet; its coordinator sets them. Your text is kept: hand it "
         "in after that."))  # fmt: skip
def criteria_are_set(assignment: Assignment) -> bool:
    return bool(assignment.programme.criteria)


@guard(_("Every criterion needs a score and a reason."))
def is_complete(assignment: Assignment, *, scores: dict[str, dict[str, Any]]) -> bool:
    wanted = {criterion["code"] for criterion in assignment.programme.criteria}
    told = {
        code for code, row in scores.items() if row["reason"].strip() and 1 <= row["score"] <= 5
    }
    return wanted == told


@guard(_("A review may be changed once after the others were seen."))
def not_changed_yet(assignment: Assignment) -> bool:
    return not assignment.reviews.exclude(why_changed="").exists()


@guard(_("The application has been decided."))
def is_undecided(assignment: Assignment) -> bool:
    return assignment.application.state == ApplicationState.IN_REVIEW


@guard(_("They were reminded within the last day."))
def was_not_reminded_today(assignment: Assignment, *, at: datetime) -> bool:
    reminded = journal.of(assignment).filter(verb="reviews.remind")
    return not reminded.filter(at__gt=at - timedelta(days=1)).exists()


@life.birth(
    State.OFFERED,
    who=organiser,
    label=_("Ask an expert"),
    done=_("An expert was asked"),
    guards=[is_at_review, is_expert, has_no_conflict, is_not_need_owner, is_new, has_capacity],
)
def offer(
    application: Application, *, by: Any, expert: Any, part: str, at: datetime = NOW
) -> Assignment:
    """Ask an expert to review the application; nothing of it opens before the conflict question."""
    return Assignment(
        application=application,
        expert=expert,
        part=part,
        number=numbers.random(Assignment),
        version=application.versions.order_by("-number")[0],
        offered_at=at,
    )


@life.move(
    State.OFFERED,
    to=State.ACCEPTED,
    who=assigned,
    label=_("I have no tie: take the review"),
    done=_("The expert has no tie and took the review"),
    guards=[still_disinterested],
)
def accept(assignment: Assignment, *, by: Any, at: datetime = NOW) -> None:
    """Say that there is no conflict of interest; the blind copy opens."""


@life.move(
    State.OFFERED,
    to=State.DECLINED,
    who=assigned,
    label=_("Decline"),
    done=_("The expert declined"),
)
def decline(assignment: Assignment, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Decline without a conflict: no time, not one's field."""
    assignment.reasons = reason


@life.move(
    State.OFFERED,
    State.ACCEPTED,
    State.RETURNED,
    to=State.CONFLICTED,
    who=assigned,
    label=_("Declare a conflict of interest"),
    done=_("The expert declared a conflict of interest"),
)
def declare(
    assignment: Assignment, *, by: Any, ground: str, reason: str, at: datetime = NOW
) -> None:
    """Declare a tie to the applicant; the copy closes and what was written is wiped."""
    Conflict.objects.get_or_create(
        person_id=assignment.expert_id,
        organisation_id=assignment.organisation_id,
        ground=ground or Ground.OTHER,
        defaults={"words": reason},
    )
    assignment.draft = {}


@life.move(
    State.ACCEPTED,
    State.RETURNED,
    to=State.SUBMITTED,
    who=assigned,
    label=_("Hand in the review"),
    done=_("The review was handed in"),
    guards=[still_disinterested, criteria_are_set, is_complete],
)
def hand_in(
    assignment: Assignment, *, by: Any, scores: dict[str, Any], at: datetime = NOW, **said: Any
) -> None:
    """Hand in the review; from now on the others' reviews can be read."""
    _keep(assignment, scores, said, at)
    assignment.handed_in_at, assignment.draft = at, {}


@life.move(
    State.SUBMITTED,
    to=STAY,
    who=assigned,
    label=_("Change the review"),
    done=_("The review was changed"),
    guards=[still_disinterested, is_complete, not_changed_yet, is_undecided],
)
def revise(
    assignment: Assignment,
    *,
    by: Any,
    scores: dict[str, Any],
    why_changed: str,
    at: datetime = NOW,
    **said: Any,
) -> None:
    """Change one's mind once, saying why; the first version stays."""
    _keep(assignment, scores, said | {"why_changed": why_changed}, at)


@life.move(
    State.SUBMITTED,
    to=State.RETURNED,
    who=organiser,
    label=_("Return for completion"),
    done=_("The review was returned for completion"),
    guards=[is_undecided],
)
def give_back(assignment: Assignment, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Ask the expert to complete the review."""
    assignment.reasons = reason


@life.move(
    *OPEN,
    to=STAY,
    who=organiser,
    label=_("Remind"),
    done=_("A reminder was sent"),
    guards=[was_not_reminded_today],
)
def remind(assignment: Assignment, *, by: Any, at: datetime = NOW) -> None:
    """Remind the expert; at most once a day."""


@life.move(
    State.OFFERED,
    State.ACCEPTED,
    to=State.REPLACED,
    who=organiser,
    label=_("Replace"),
    done=_("The assignment was ended: another expert is asked"),
)
def replace(assignment: Assignment, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """End an assignment that was not answered in time; another expert is asked."""
    assignment.reasons, assignment.draft = reason, {}


@life.move(
    State.SUBMITTED,
    to=State.FINAL,
    who=system,
    label=_("Close with the decision"),
    done=_("The review was closed with the decision"),
)
def finish(assignment: Assignment, *, by: Any, at: datetime = NOW) -> None:
    """The application was decided; the review can no longer change."""


@life.move(
    State.OFFERED,
    State.ACCEPTED,
    State.RETURNED,
    to=State.REPLACED,
    who=system,
    label=_("No longer needed"),
    done=_("The review is no longer needed"),
)
def release(assignment: Assignment, *, by: Any, at: datetime = NOW) -> None:
    """The application was decided or withdrawn before this review came."""
    assignment.draft = {}


def keep_draft(assignment: Assignment, draft: dict[str, Any], *, by: Any) -> None:
    """Keep what the expert has written so far. Not a move: only what is handed in is history."""
    assigned.demand(by, assignment)
    if assignment.state not in {State.ACCEPTED, State.RETURNED}:
        raise Refused(_t("The review was handed in or has ended; the draft is not kept any more."))
    Assignment.objects.filter(pk=assignment.pk).update(draft=draft)


def send(application: Application, *, by: Any, at: datetime = NOW) -> Application:
    """Pass the application from screening to review, if enough experts were found."""
    found = Assignment.objects.filter(application=application, state__in=[*OPEN, *SAID])
    return applications.send_to_review(application, by=by, experts=found.count(), at=at)


def decide(
    application: Application,
    *,
    by: Any,
    is_accepted: bool,
    reason: str,
    feedback: dict[str, str] | None = None,
    at: datetime = NOW,
) -> Application:
    """Decide on the application; the reviews go down as grounds.

    Args:
        feedback: The words for the company on each criterion, where they differ from the experts'.

    Raises:
        Refused: Who decides was asked for a review of it and has not handed it in.
    """
    if owes_own(by, application):
        raise Refused(owed_first())
    grounds = grounds_of(application, feedback or {})
    decided = applications.accept if is_accepted else applications.refuse
    return decided(application, by=by, grounds=grounds, reason=reason, at=at)


def owed_first() -> str:
    """What is said to who would read the others before writing a review of their own."""
    return _t(
        "You were asked to review this application yourself. What the others said opens "
        "after you have handed in your review, declined or been replaced."
    )


def grounds_of(application: Application, feedback: dict[str, str] | None = None) -> Grounds:
    """Sum up the reviews that were handed in, in their last version."""
    reviews, programme = latest(application), application.programme
    means = [review.mean(programme.criteria) for review in reviews]
    return Grounds(
        reviews=len(reviews),
        quorum=programme.quorum,
        spread=max(means) - min(means) if means else 0.0,
        spread_limit=float(programme.spread_limit),
        score=fmean(means) if means else 0.0,
        feedback=tuple(
            _feedback(criterion, reviews, (feedback or {}).get(criterion["code"], ""))
            for criterion in programme.criteria
        ),
    )


def _feedback(criterion: dict[str, Any], reviews: list[Review], words: str) -> dict[str, Any]:
    """What the company will read on one criterion: the given words, or the experts' in turn."""
    rows = [review.scores[criterion["code"]] for review in reviews]
    said = words.strip() or tongue.numbered(row["reason"] for row in rows)
    score = fmean(row["score"] for row in rows) if rows else 0.0
    return {
        "criterion": criterion["code"],
        "ru": criterion["ru"],
        "en": criterion["en"],
        "score": round(score, 2),
        "reason": said,
    }


def _keep(
    assignment: Assignment, scores: dict[str, Any], said: dict[str, Any], at: datetime
) -> None:
    number = assignment.reviews.count() + 1
    Review.objects.create(assignment=assignment, number=number, scores=scores, at=at, **said)


def note_quorum(application: Application, *, at: datetime) -> None:
    """Tell the application that enough reviews are in, as soon as they are."""
    if application.state == ApplicationState.IN_REVIEW and not application.quorum_at:
        grounds = grounds_of(application)
        too_far_apart = grounds.spread > grounds.spread_limit and grounds.reviews <= grounds.quorum
        if grounds.reviews >= grounds.quorum and not too_far_apart:
            applications.note_quorum(application, by=SYSTEM, at=at)

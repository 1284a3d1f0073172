"""The life of an application: whose turn it is, and what a move demands.

draft → submitted → screening ↔ clarification
                    screening → in review → accepted | refused
                    screening → refused; withdrawn at any time before the decision
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.applications.models import Application, State
from pochin.core import journal
from pochin.core.lifecycle import Lifecycle, guard
from pochin.needs.models import State as NeedState
from pochin.participants.models import is_member
from pochin.participants.policy import Role, organisation_hat, role_hat

MOST_CLARIFICATIONS = 3

life: Lifecycle[Application] = Lifecycle(
    "applications",
    State,
    ends=frozenset({State.ACCEPTED, State.REFUSED, State.WITHDRAWN}),
)
life.waits(
    State.DRAFT,
    # After the intake nobody can hand a draft in, so it waits for nobody.
    on=lambda application: (
        organisation_hat(application.organisation_id)
        if application.need.state == NeedState.COLLECTING
        else ()
    ),
    owner=_("the applicant"),
    clock="draft",
    days=60,
    words=_("Finish and submit the application"),
    until=lambda application: application.need.closes_at,
)
life.waits(
    State.SUBMITTED,
    on=lambda application: role_hat(Role.SCREENER, application),
    owner=Role.SCREENER.label,
    clock="screening",
    days=5,
    words=_("Begin to screen the application"),
)
life.waits(
    State.SCREENING,
    on=lambda application: role_hat(Role.SCREENER, application),
    owner=Role.SCREENER.label,
    clock="screening",
    days=5,
    words=_("Screen the application and find experts"),
)
life.waits(
    State.CLARIFICATION,
    on=lambda application: organisation_hat(application.organisation_id),
    owner=_("the applicant"),
    clock="answer",
    days=10,
    pauses=[State.SCREENING],
    words=_("Answer the question of the centre"),
)
life.waits(
    State.IN_REVIEW,
    on=lambda application: role_hat(
        Role.COMMITTEE if application.quorum_at else Role.COORDINATOR, application
    ),
    owner=_("the coordinator; after the quorum the committee"),
    clock="panel",
    days=10,
    words=_("Gather the reviews; when there are enough, the committee decides"),
)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a decision stands on: the reviews, counted and summed up by the room above.

    Attributes:
        reviews: How many reviews were handed in.
        quorum: How many are needed.
        spread: Largest difference between two experts' mean scores, in points.
        spread_limit: The spread that calls one more expert.
        score: Weighted mean score, 1–5.
        feedback: For each criterion: {"criterion", "ru", "en", "score", "reason"}.
    """

    reviews: int
    quorum: int
    spread: float
    spread_limit: float
    score: float
    feedback: tuple[dict[str, Any], ...]


@guard(_("Your organisation is not an admitted member of the programme."))
def applicant_is_member(application: Application) -> bool:
    return is_member(application.organisation_id, application.programme_id)


@guard(_("They were reminded within the last day."))
def was_not_reminded_today(application: Application, *, at: datetime) -> bool:
    reminded = journal.of(application).filter(verb="applications.remind")
    return not reminded.filter(at__gt=at - timedelta(days=1)).exists()


@guard(_("The screening checklist is not passed."))
def is_eligible(application: Application) -> bool:
    return bool(application.eligibility) and all(application.eligibility.values())


@guard(_("The questions allowed for this application are used up."))
def may_ask_again(application: Application) -> bool:
    return application.clarifications.count() < MOST_CLARIFICATIONS


@guard(_("Not enough experts without a conflict have been found."))
def has_experts(application: Application, *, experts: int) -> bool:
    return experts >= application.programme.quorum


@guard(_("There are not enough reviews yet."))
def has_quorum(application: Application, *, grounds: Grounds) -> bool:
    return grounds.reviews >= grounds.quorum


@guard(_("The experts differ too much: one more review is needed."))
def experts_agree(application: Application, *, grounds: Grounds) -> bool:
    return grounds.spread <= grounds.spread_limit or grounds.reviews > grounds.quorum


@guard(_("A refusal needs a reason for every criterion."))
def every_criterion_is_explained(application: Application, *, grounds: Grounds) -> bool:
    wanted = {criterion["code"] for criterion in application.programme.criteria}
    told = {row["criterion"] for row in grounds.feedback if row["reason"].strip()}
    return wanted <= told

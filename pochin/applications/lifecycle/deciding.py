"""An application is screened, asked about, passed to experts and decided on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.applications.lifecycle.course import (
    Grounds,
    every_criterion_is_explained,
    experts_agree,
    has_experts,
    has_quorum,
    is_eligible,
    life,
    may_ask_again,
    was_not_reminded_today,
)
from pochin.applications.models import Application, Clarification, State, keep_version
from pochin.applications.policy import checker, judge, signer, writer
from pochin.core.lifecycle import NOW, STAY
from pochin.core.policy import system


@life.move(
    State.SUBMITTED,
    to=State.SCREENING,
    who=checker | system,
    label=_("Begin the screening"),
    done=_("The centre began the screening"),
)
def start_screening(application: Application, *, by: Any, at: datetime = NOW) -> None:
    """Begin to check completeness and the right to take part."""


@life.move(
    State.SCREENING,
    to=STAY,
    who=checker,
    label=_("Fill in the checklist"),
    done=_("The checklist was filled in"),
)
def screen(
    application: Application, *, by: Any, eligibility: dict[str, bool], at: datetime = NOW
) -> None:
    """Note which rules of taking part are met."""
    application.eligibility = eligibility


@life.move(
    State.SCREENING,
    to=State.CLARIFICATION,
    who=checker,
    label=_("Ask for clarification"),
    done=_("The centre asked for clarification"),
    guards=[may_ask_again],
)
def ask(application: Application, *, by: Any, question: str, at: datetime = NOW) -> None:
    """Ask the applicant; the clock of the screening stands still."""
    Clarification.objects.create(
        application=application,
        number=application.clarifications.count() + 1,
        question=question,
        asked_by_id=by.pk,
        asked_at=at,
    )


@life.move(
    State.CLARIFICATION,
    to=STAY,
    who=checker,
    label=_("Remind"),
    done=_("A reminder was sent"),
    guards=[was_not_reminded_today],
)
def remind(application: Application, *, by: Any, at: datetime = NOW) -> None:
    """Remind the applicant of the question; at most once a day."""


@life.move(
    State.CLARIFICATION,
    to=State.SCREENING,
    who=writer,
    label=_("Answer"),
    done=_("The question was answered"),
)
def answer(application: Application, *, by: Any, answer: str, at: datetime = NOW) -> None:
    """Answer the question; what was added goes in as a new version."""
    asked = application.clarifications.order_by("-number")[0]
    asked.answer, asked.answered_by_id, asked.answered_at = answer, by.pk, at
    asked.save()
    last = application.versions.order_by("-number")[0]
    if application.content() != last.content:
        keep_version(application, consents=last.consents, by=by, at=at)


@life.move(
    State.SCREENING,
    to=State.IN_REVIEW,
    who=checker,
    label=_("Send to review"),
    done=_("The application was passed to the experts"),
    guards=[is_eligible, has_experts],
)
def send_to_review(application: Application, *, by: Any, experts: int, at: datetime = NOW) -> None:
    """Pass the application to the experts who were found."""


@life.move(
    State.IN_REVIEW,
    to=STAY,
    who=system,
    label=_("Enough reviews are in"),
    done=_("Enough reviews are in"),
)
def note_quorum(application: Application, *, by: Any, at: datetime = NOW) -> None:
    """From now on the committee is waited for."""
    application.quorum_at = application.quorum_at or at


@life.move(
    State.SCREENING,
    to=State.REFUSED,
    who=checker,
    label=_("Refuse at screening"),
    done=_("The application was refused at screening"),
    is_final=True,
)
def refuse_at_screening(
    application: Application, *, by: Any, code: str, reason: str, at: datetime = NOW
) -> None:
    """Refuse what may not take part, saying why."""
    application.refusal_code, application.reasons, application.decided_at = code, reason, at


@life.move(
    State.IN_REVIEW,
    to=State.ACCEPTED,
    who=judge,
    label=_("Accept"),
    done=_("The application was accepted"),
    guards=[has_quorum, experts_agree],
    is_final=True,
)
def accept(
    application: Application, *, by: Any, grounds: Grounds, reason: str, at: datetime = NOW
) -> None:
    """Decide for the application, on enough reviews."""
    application.reasons, application.decided_at = reason, at
    application.feedback = list(grounds.feedback)


@life.move(
    State.IN_REVIEW,
    to=State.REFUSED,
    who=judge,
    label=_("Refuse"),
    done=_("The application was refused"),
    guards=[has_quorum, experts_agree, every_criterion_is_explained],
    is_final=True,
)
def refuse(
    application: Application, *, by: Any, grounds: Grounds, reason: str, at: datetime = NOW
) -> None:
    """Decide against the application, with a reason for every criterion."""
    application.refusal_code = "not_convincing"
    application.reasons, application.decided_at = reason, at
    application.feedback = list(grounds.feedback)


@life.move(
    State.DRAFT,
    State.SUBMITTED,
    State.SCREENING,
    State.CLARIFICATION,
    State.IN_REVIEW,
    to=State.WITHDRAWN,
    who=signer,
    label=_("Withdraw"),
    done=_("The application was withdrawn"),
    is_final=True,
)
def withdraw(application: Application, *, by: Any, at: datetime = NOW) -> None:
    """Take the application back before a decision."""

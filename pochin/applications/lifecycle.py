"""The life of an application.

draft → submitted → screening ↔ clarification
                    screening → in review → accepted | refused
                    screening → refused; withdrawn at any time before the decision
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.applications.models import (
    Answer,
    Application,
    Attachment,
    Clarification,
    State,
    keep_version,
)
from pochin.applications.policy import checker, judge, signer, writer
from pochin.core import journal, numbers
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import system
from pochin.files import blind
from pochin.files.models import File
from pochin.needs.models import Need
from pochin.needs.models import State as NeedState
from pochin.participants.models import Organisation, is_member
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


@life.birth(State.DRAFT, who=writer, label=_("Apply"))
def begin(
    need: Need, *, by: Any, organisation: Organisation, title: str, at: datetime = NOW
) -> Application:
    """Start an application to an open need."""
    if not need.is_open(at):
        raise Refused(_t("This need takes no applications now."))
    return Application(
        programme=need.programme,
        need=need,
        organisation=organisation,
        number=numbers.random(Application),
        title=title,
        contact_id=by.pk,
        begun_at=at,
    )


@life.move(State.DRAFT, State.CLARIFICATION, to=STAY, who=writer, label=_("Add a document"))
def attach(application: Application, *, by: Any, file: File, at: datetime = NOW) -> None:
    """Add a document; what its copy for experts would tell on the author is noted with it."""
    same = application.attachments.filter(file__sha256=file.sha256).select_related("file").first()
    if same is not None:
        raise Refused(_t("This document is there already: %(name)s.") % {"name": same.file.name})
    Attachment.objects.create(
        application=application,
        file=file,
        added_by_id=by.pk,
        added_at=at,
        left=blind.left_in(file),
    )


@life.move(State.DRAFT, State.CLARIFICATION, to=STAY, who=writer, label=_("Remove a document"))
def detach(
    application: Application, *, by: Any, attachment: Attachment, at: datetime = NOW
) -> None:
    """Take a document away; versions already handed in keep it."""
    attachment.delete()


@life.move(
    State.DRAFT,
    to=State.SUBMITTED,
    who=signer,
    label=_("Submit the application"),
    guards=[applicant_is_member],
)
def submit(
    application: Application, *, by: Any, consents: dict[str, Any], missing: int, at: datetime = NOW
) -> None:
    """Hand the application in; from here on its text is frozen."""
    need = application.need
    if not need.is_open(at):
        raise Refused(_late(need))
    if missing:
        raise Refused(_t("Some sections are not finished. Your draft is kept."))
    application.submitted_at = at
    keep_version(application, consents=consents, by=by, at=at)


@life.move(
    State.SUBMITTED, to=State.SCREENING, who=checker | system, label=_("Begin the screening")
)
def start_screening(application: Application, *, by: Any, at: datetime = NOW) -> None:
    """Begin to check completeness and the right to take part."""


@life.move(State.SCREENING, to=STAY, who=checker, label=_("Fill in the checklist"))
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
    State.CLARIFICATION, to=STAY, who=checker, label=_("Remind"), guards=[was_not_reminded_today]
)
def remind(application: Application, *, by: Any, at: datetime = NOW) -> None:
    """Remind the applicant of the question; at most once a day."""


@life.move(State.CLARIFICATION, to=State.SCREENING, who=writer, label=_("Answer"))
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
    guards=[is_eligible, has_experts],
)
def send_to_review(application: Application, *, by: Any, experts: int, at: datetime = NOW) -> None:
    """Pass the application to the experts who were found."""


@life.move(State.IN_REVIEW, to=STAY, who=system, label=_("Enough reviews are in"))
def note_quorum(application: Application, *, by: Any, at: datetime = NOW) -> None:
    """From now on the committee is waited for."""
    application.quorum_at = application.quorum_at or at


@life.move(
    State.SCREENING, to=State.REFUSED, who=checker, label=_("Refuse at screening"), is_final=True
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
    is_final=True,
)
def withdraw(application: Application, *, by: Any, at: datetime = NOW) -> None:
    """Take the application back before a decision."""


class Overtaken(Exception):
    """Somebody else saved the section while this person was writing; both texts are kept."""

    def __init__(self, theirs: Answer) -> None:
        super().__init__(theirs)
        self.theirs = theirs


def keep(
    application: Application,
    section: str,
    values: dict[str, Any],
    *,
    revision: int,
    by: Any,
    at: datetime,
) -> Answer:
    """Save a section of a draft as it is, finished or not.

    Not a move: a draft changes with every few words, and only what is handed in is history.

    Raises:
        Overtaken: The section was saved by somebody else since `revision`.
        Refused: The application is no longer a draft.
    """
    writer.demand(by, application)
    if application.state not in {State.DRAFT, State.CLARIFICATION}:
        raise Refused(_t("The application was submitted; its text can no longer change."))
    fresh = {"edited_by_id": by.pk, "edited_at": at, "values": values}
    kept, is_new = Answer.objects.get_or_create(
        application=application, section=section, defaults={**fresh, "revision": 1}
    )
    if is_new:
        return kept
    # One statement compares and saves, so that of two people at once one is told.
    saved = Answer.objects.filter(pk=kept.pk, revision=revision).update(
        **fresh, revision=revision + 1
    )
    kept.refresh_from_db()
    if not saved and kept.values != values:
        raise Overtaken(kept)
    return kept


def _late(need: Need) -> str:
    if need.closes_at is None:
        return _t("This need takes no applications now. Your draft is kept.")
    closed = date_format(localtime(need.closes_at), "d.m.Y H:i")
    return _t(
        "Submissions closed at %(closed)s Moscow time. Your draft is saved and only you can see it."
    ) % {"closed": closed}

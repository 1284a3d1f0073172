"""The life of a need, and of a question about it.

draft → submitted → checking → approved → published → collecting → selection → piloting
        → satisfied | partly | closed; withdrawn from anywhere before a pilot
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers, signatures
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import system
from pochin.needs.models import Need, Question, QuestionState, State
from pochin.needs.policy import asker, initiator, keeper, owner
from pochin.participants.models import Programme, ProgrammeState
from pochin.participants.policy import Role, coordinator, director, lawyer, person_hat, role_hat

life: Lifecycle[Need] = Lifecycle(
    "needs",
    State,
    ends=frozenset({State.SATISFIED, State.PARTLY, State.CLOSED, State.WITHDRAWN}),
    rests={
        State.PUBLISHED: _("The window has not opened yet."),
        State.COLLECTING: _("Companies apply until the window closes."),
        State.PILOTING: _("The pilot has its own clocks."),
    },
)
life.waits(
    State.DRAFT,
    on=lambda need: person_hat(need.owner_id),
    owner=Role.NEED_OWNER.label,
    clock="draft",
    days=60,
    words=_("Finish and submit the need"),
)
life.waits(
    State.SUBMITTED,
    on=lambda need: role_hat(Role.COORDINATOR, need),
    owner=Role.COORDINATOR.label,
    clock="need check",
    days=5,
    words=_("Take the need up for checking"),
)
life.waits(
    State.CHECKING,
    on=lambda need: (
        role_hat(Role.COORDINATOR, need) if need.is_signed() else person_hat(need.owner_id)
    ),
    owner=_("the need owner; after the signature the coordinator"),
    clock="need check",
    days=5,
    words=_("Check the need; its owner signs it"),
)
life.waits(
    State.APPROVED,
    on=lambda need: role_hat(Role.COORDINATOR if need.legal_check_by_id else Role.LAWYER, need),
    owner=_("the lawyer; after the check of the text the coordinator"),
    clock="publication",
    days=5,
    words=_("Check the text and publish the need"),
)
life.waits(
    State.SELECTION,
    on=lambda need: role_hat(Role.COORDINATOR, need),
    owner=Role.COORDINATOR.label,
    clock="selection",
    days=40,
    words=_("Lead the applications to a decision"),
)


@guard(_("The programme is not open."))
def programme_is_open(programme: Programme) -> bool:
    return programme.state == ProgrammeState.OPEN


@guard(_("The need has no metric with a value today or a way to measure it."))
def is_measurable(need: Need) -> bool:
    return bool(need.metric_ru and (need.metric_now is not None or need.metric_how))


@guard(_("The owner has not signed the need as it stands."))
def is_signed_by_owner(need: Need) -> bool:
    return need.is_signed()


@guard(_("A lawyer has not checked the text."))
def text_is_checked(need: Need) -> bool:
    return need.legal_check_by_id is not None


@guard(_("The days of the intake are not set."))
def window_is_set(need: Need) -> bool:
    return need.opens_at is not None and need.closes_at is not None


@guard(_("The closing time has passed."))
def window_is_ahead(need: Need, *, at: datetime) -> bool:
    return need.closes_at is not None and at < need.closes_at


@guard(_("The deadline may be moved only to a later time."))
def is_later(need: Need, *, closes_at: datetime) -> bool:
    return need.closes_at is not None and closes_at > need.closes_at


@life.birth(
    State.DRAFT,
    who=initiator,
    label=_("Describe a need"),
    done=_("The need was begun"),
    guards=[programme_is_open],
)
def begin(programme: Programme, *, by: Any, at: datetime = NOW, **fields: Any) -> Need:
    """Start to describe a need of the post."""
    return Need(programme=programme, number=numbers.following("need"), **fields)


@life.move(
    State.DRAFT,
    State.CHECKING,
    to=STAY,
    who=keeper,
    label=_("Edit"),
    done=_("The text of the need was changed"),
)
def edit(need: Need, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change the text; a signature under the earlier text no longer counts."""
    for name, value in fields.items():
        setattr(need, name, value)


@life.move(
    State.DRAFT,
    to=State.SUBMITTED,
    who=keeper,
    label=_("Submit"),
    done=_("The need was submitted"),
    guards=[is_measurable],
)
def submit(need: Need, *, by: Any, at: datetime = NOW) -> None:
    """Hand the need to the centre to be checked."""


@life.move(
    State.SUBMITTED,
    to=State.CHECKING,
    who=coordinator,
    label=_("Take up for checking"),
    done=_("The centre began to check the need"),
)
def check(need: Need, *, by: Any, at: datetime = NOW) -> None:
    """Begin to check: is it measurable, who owns it, who pays, was the like tried?"""


@life.move(
    State.CHECKING,
    to=STAY,
    who=owner,
    label=_("Sign the need"),
    done=_("The need was signed"),
    is_final=True,
)
def sign(need: Need, *, by: Any, at: datetime = NOW) -> None:
    """Sign the text and the metric as they stand now."""
    fingerprint = need.fingerprint()
    signatures.sign(need, what="need", by=by, role="owner", sha256=fingerprint, at=at)


@life.move(
    State.CHECKING,
    to=State.DRAFT,
    who=coordinator,
    label=_("Return for completion"),
    done=_("The need was returned for completion"),
)
def give_back(need: Need, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Return the need to its owner, saying what is missing."""
    need.reasons = reason


@life.move(
    State.CHECKING,
    to=State.APPROVED,
    who=coordinator | director,
    label=_("Approve"),
    done=_("The need was approved"),
    guards=[is_measurable, is_signed_by_owner],
)
def approve(need: Need, *, by: Any, at: datetime = NOW) -> None:
    """Find the need fit to be published."""
    need.reasons = ""


@life.move(
    State.APPROVED,
    to=STAY,
    who=lawyer | director,
    label=_("Confirm the text"),
    done=_("The text was confirmed for publication"),
)
def confirm_text(need: Need, *, by: Any, at: datetime = NOW) -> None:
    """Say that nothing in the text forbids to publish it."""
    need.legal_check_by_id = by.pk


@life.move(
    State.APPROVED,
    to=STAY,
    who=coordinator,
    label=_("Set the days of the intake"),
    done=_("The days of the intake were set"),
)
def set_window(
    need: Need, *, by: Any, opens_at: datetime, closes_at: datetime, at: datetime = NOW
) -> None:
    """Say from when until when applications are taken."""
    if closes_at <= opens_at:
        raise Refused(_t("The intake must close after it opens."))
    need.opens_at, need.closes_at = opens_at, closes_at


@life.move(
    State.APPROVED,
    to=State.PUBLISHED,
    who=coordinator | director,
    label=_("Publish"),
    done=_("The need was published"),
    guards=[text_is_checked, window_is_set, window_is_ahead],
    is_final=True,
)
def publish(need: Need, *, by: Any, at: datetime = NOW) -> None:
    """Show the need to everybody; the intake opens on its day."""
    need.published_at = at


@life.move(
    State.PUBLISHED,
    to=State.COLLECTING,
    who=system | coordinator,
    label=_("Open the intake"),
    done=_("The intake was opened"),
    guards=[window_is_ahead],
)
def open_intake(need: Need, *, by: Any, at: datetime = NOW) -> None:
    """Take applications from now on."""
    if need.opens_at is None or need.opens_at > at:
        need.opens_at = at


@life.move(
    State.PUBLISHED,
    State.COLLECTING,
    to=STAY,
    who=coordinator,
    label=_("Move the deadline"),
    done=_("The deadline was moved"),
    guards=[window_is_ahead, is_later],
)
def extend(need: Need, *, by: Any, closes_at: datetime, reason: str, at: datetime = NOW) -> None:
    """Give everybody more time; only later, and only before the time has passed."""
    need.closes_at = closes_at


@life.move(
    State.COLLECTING,
    to=State.SELECTION,
    who=system | coordinator,
    label=_("Close the intake"),
    done=_("The intake was closed"),
)
def close_intake(need: Need, *, by: Any, at: datetime = NOW) -> None:
    """Take no more applications."""
    if need.closes_at is not None and at < need.closes_at:
        raise Refused(_t("The intake was promised to stay open longer."))


@life.move(
    State.COLLECTING,
    State.SELECTION,
    to=State.PILOTING,
    who=system | coordinator,
    label=_("Note that a pilot began"),
    done=_("A pilot began"),
)
def start_pilot(need: Need, *, by: Any, at: datetime = NOW) -> None:
    """A pilot of an accepted application has begun."""


@life.move(
    State.PILOTING,
    to=State.SATISFIED,
    who=system | director,
    label=_("Satisfied"),
    done=_("The need was satisfied"),
)
def satisfy(need: Need, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """A solution is being rolled out; the words name the deal or the roll-out."""
    need.reasons = reason


@life.move(
    State.PILOTING,
    to=State.PARTLY,
    who=system | director,
    label=_("Partly satisfied"),
    done=_("The need was partly satisfied"),
)
def satisfy_partly(need: Need, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """A solution is used, but not everywhere or not for everything."""
    need.reasons = reason


@life.move(
    State.SELECTION,
    State.PILOTING,
    to=State.CLOSED,
    who=coordinator | director,
    label=_("Close without a solution"),
    done=_("The need was closed without a solution"),
    is_final=True,
)
def close(need: Need, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """No solution was found; the reason is public."""
    need.reasons = reason


@life.move(
    State.DRAFT,
    State.SUBMITTED,
    State.CHECKING,
    State.APPROVED,
    State.PUBLISHED,
    State.COLLECTING,
    State.SELECTION,
    to=State.WITHDRAWN,
    who=owner | coordinator,
    label=_("Withdraw"),
    done=_("The need was withdrawn"),
    is_final=True,
)
def withdraw(need: Need, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """The post no longer seeks a solution."""
    need.reasons = reason


questions: Lifecycle[Question] = Lifecycle(
    "needs.question",
    QuestionState,
    ends=frozenset({QuestionState.ANSWERED, QuestionState.DECLINED}),
)
questions.waits(
    QuestionState.ASKED,
    on=lambda question: person_hat(question.need.owner_id),
    owner=Role.NEED_OWNER.label,
    clock="question",
    days=5,
    words=_("Answer the question"),
)


@questions.birth(
    QuestionState.ASKED, who=asker, label=_("Ask a question"), done=_("A question was asked")
)
def ask(need: Need, *, by: Any, text: str, at: datetime = NOW) -> Question:
    """Ask the owner; the answer will be seen by everybody, the asker by nobody."""
    if not need.is_open(at):
        raise Refused(_t("Questions are taken while the intake is open."))
    number = numbers.following(f"question@{need.pk}")
    return Question(need=need, number=number, asked_by_id=by.pk, asked_at=at, text=text)


@questions.move(
    QuestionState.ASKED,
    to=QuestionState.ANSWERED,
    who=keeper,
    label=_("Answer"),
    done=_("The question was answered"),
)
def answer(question: Question, *, by: Any, answer: str, at: datetime = NOW) -> None:
    """Answer so that everybody can read it."""
    question.answer, question.answered_at = answer, at


@questions.move(
    QuestionState.ASKED,
    to=QuestionState.DECLINED,
    who=keeper,
    label=_("Leave without an answer"),
    done=_("The question was left without an answer"),
)
def decline(question: Question, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Not answer, and tell the asker why."""
    question.answer = reason

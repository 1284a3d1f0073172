"""The life of a commitment.

planned → under way → waits for the other side → complete; withdrawn by both sides. What was
promised changes by an amendment alone; how far it came is said by who owes it and confirmed by
the other side, or by its silence.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.lifecycle.agreement import keep_words
from pochin.agreements.models import (
    OPEN_WORDS,
    Agreement,
    Commitment,
    CommitmentState,
    Completion,
    Evidence,
    State,
)
from pochin.agreements.policy import other_side, owing_side, planner
from pochin.core import journal, turns
from pochin.core.calendar import between
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import system
from pochin.files.models import File
from pochin.participants.models import Person
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat
from pochin.ui import formats

SILENCE_DAYS = 15
REMINDERS = 2
REMIND_EVERY = 5  # working days

life: Lifecycle[Commitment] = Lifecycle(
    "agreements.commitment",
    CommitmentState,
    ends=frozenset({CommitmentState.COMPLETE, CommitmentState.WITHDRAWN}),
    rests={CommitmentState.PLANNED: _("Its time has not begun yet.")},
)


def _speaks(commitment: Commitment, organisation_id: int, person_id: int | None) -> list[str]:
    if person_id:
        return person_hat(person_id)
    if organisation_id == commitment.programme.centre_id:
        return role_hat(Role.COORDINATOR, commitment)
    return organisation_hat(organisation_id, "edit")


def holders_of_debt(commitment: Commitment) -> list[str]:
    """Who is asked to do what was promised."""
    return _speaks(commitment, commitment.owes_id, commitment.responsible_id)


def holders_of_answer(commitment: Commitment) -> list[str]:
    """Who is asked whether it was done."""
    return _speaks(commitment, commitment.to_id, commitment.contact_id)


life.waits(
    CommitmentState.ACTIVE,
    on=holders_of_debt,
    owner=_("those who act for the side that owes it"),
    clock="commitment",
    days=20,
    until=lambda commitment: commitment.due_at,
    words=_("Do what was promised and report on it"),
)
life.waits(
    CommitmentState.SUBMITTED,
    on=holders_of_answer,
    owner=_("those who act for the other side"),
    clock="commitment confirmation",
    days=SILENCE_DAYS,
    words=_("Confirm what the other side reported, or say what is missing"),
)


@guard(_("What was promised changes by an amendment once the words are fixed."))
def words_are_open(thing: Any) -> bool:
    agreement = thing if isinstance(thing, Agreement) else thing.agreement
    return agreement.state in OPEN_WORDS


@guard(_("The agreement is not in force."))
def agreement_is_in_force(commitment: Commitment) -> bool:
    return commitment.agreement.state in (State.IN_FORCE, State.RENEWED)


@guard(_("Its time has not begun yet."))
def time_has_come(commitment: Commitment, *, at: datetime) -> bool:
    return commitment.starts_on <= timezone.localdate(at)


@guard(_("The report does not say that it is complete."))
def reported_complete(commitment: Commitment) -> bool:
    return commitment.reported == Completion.COMPLETE


@guard(_("The report says that it is complete: confirm it or say what is missing."))
def reported_on_the_way(commitment: Commitment) -> bool:
    return commitment.reported != Completion.COMPLETE


@guard(_("The other side still has time to answer, or was not reminded twice."))
def silence_lasted(commitment: Commitment, *, at: datetime) -> bool:
    days = turns.days_for(commitment, "commitment confirmation", SILENCE_DAYS)
    since = commitment.reported_at
    waited = since is not None and between(since, at) >= days
    return waited and commitment.reminders >= REMINDERS


@guard(_("It was reminded of today."))
def not_reminded_today(commitment: Commitment, *, at: datetime) -> bool:
    today = timezone.localdate(at)
    last = journal.of(commitment).filter(verb="agreements.commitment.remind").last()
    return last is None or timezone.localdate(last.at) < today


@guard(_("It is not late."))
def day_has_passed(commitment: Commitment, *, at: datetime) -> bool:
    return commitment.due_on < timezone.localdate(at)


def check_terms(agreement: Agreement, given: dict[str, Any]) -> None:
    """Refuse a commitment whose days or sides do not fit its agreement, in one sentence."""
    starts, due = given["starts_on"], given["due_on"]
    keys = set(agreement.party_set.values_list("organisation", flat=True))
    for side in (given["owes"], given["to"]):
        if side.pk not in keys:
            raise Refused(_t("%(company)s is not a party.") % {"company": side})
    if given["owes"] == given["to"]:
        raise Refused(_t("Who owes it and to whom are the same. Choose two different parties."))
    if due < starts:
        raise Refused(_t("It is due before it begins. Check both days."))
    first = agreement.starts_on
    signed = timezone.localdate(agreement.signed_at) if agreement.signed_at else None
    if signed is not None and due < signed:
        raise Refused(
            _t("It is due before the agreement was signed on %(day)s. Check the day.")
            % {"day": formats.day(signed)}
        )
    if starts < first:
        raise Refused(
            _t("It begins before the term of the agreement, which begins on %(day)s.")
            % {"day": formats.day(first)}
        )
    ends = agreement.term_ends_on
    if ends is not None and due > ends:
        raise Refused(
            _t("It is due after the agreement ends on %(day)s. Check the day.")
            % {"day": formats.day(ends)}
        )


def _made(agreement: Agreement, fields: dict[str, Any]) -> Commitment:
    check_terms(agreement, fields)
    last = agreement.commitments.order_by("-number").first()
    number = last.number + 1 if last else 1
    return Commitment(agreement=agreement, number=number, **fields)


@life.birth(
    CommitmentState.PLANNED,
    who=planner,
    label=_("Write down a commitment"),
    guards=[words_are_open],
)
def plan(agreement: Agreement, *, by: Any, at: datetime = NOW, **fields: Any) -> Commitment:
    """Write down who owes what to whom; it is signed together with the words."""
    return _made(agreement, fields)


@life.birth(CommitmentState.PLANNED, who=system, label=_("Add by an amendment"))
def add(agreement: Agreement, *, by: Any, at: datetime = NOW, **fields: Any) -> Commitment:
    """Add what every party has signed since."""
    return _made(agreement, fields)


@life.move(CommitmentState.PLANNED, to=STAY, who=planner, label=_("Edit"), guards=[words_are_open])
def edit(commitment: Commitment, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change what is promised while the words are open."""
    check_terms(commitment.agreement, fields)
    for name, value in fields.items():
        setattr(commitment, name, value)


@life.move(
    CommitmentState.PLANNED,
    to=CommitmentState.WITHDRAWN,
    who=planner,
    label=_("Take it out"),
    guards=[words_are_open],
)
def drop(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Take it out of the words before anybody signs them."""


@life.follows("plan", "edit", "drop")
def keep_version(commitment: Commitment, at: datetime) -> None:
    """While the words are negotiated, what is promised is part of every version."""
    entry = journal.of(commitment).last()
    keep_words(commitment.agreement, by_id=entry.by_id if entry else None, at=at)


@life.move(
    CommitmentState.PLANNED,
    CommitmentState.ACTIVE,
    CommitmentState.SUBMITTED,
    to=STAY,
    who=owing_side,
    label=_("Name who is responsible"),
)
def name_responsible(
    commitment: Commitment, *, by: Any, person: Person, at: datetime = NOW
) -> None:
    """Name the person who answers for it at the side that owes it."""
    commitment.responsible = person


@life.move(
    CommitmentState.PLANNED,
    CommitmentState.ACTIVE,
    CommitmentState.SUBMITTED,
    to=STAY,
    who=other_side,
    label=_("Name who confirms"),
)
def name_contact(commitment: Commitment, *, by: Any, person: Person, at: datetime = NOW) -> None:
    """Name the person who answers for the other side."""
    commitment.contact = person


@life.move(
    CommitmentState.PLANNED,
    to=CommitmentState.ACTIVE,
    who=system,
    label=_("Note that its time began"),
    guards=[agreement_is_in_force, time_has_come],
)
def activate(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """The agreement is in force and the time of the commitment has begun."""
    commitment.completion = Completion.NOT_STARTED


@life.move(
    CommitmentState.ACTIVE,
    CommitmentState.SUBMITTED,
    to=STAY,
    who=owing_side,
    label=_("Add evidence"),
)
def add_evidence(
    commitment: Commitment,
    *,
    by: Any,
    words: str,
    link: str = "",
    file: File | None = None,
    at: datetime = NOW,
) -> None:
    """Put a file, a link or words beside the commitment that show how far it came."""
    last = commitment.evidence.order_by("-place").first()
    Evidence.objects.create(
        commitment=commitment, place=last.place + 1 if last else 1, words=words, link=link,
        file=file, added_by_id=by.pk, added_at=at,
    )  # fmt: skip


@life.move(
    CommitmentState.ACTIVE,
    to=CommitmentState.SUBMITTED,
    who=owing_side,
    label=_("Report how far it came"),
)
def report(
    commitment: Commitment,
    *,
    by: Any,
    completion: str,
    words: str,
    value: Decimal | None = None,
    at: datetime = NOW,
) -> None:
    """Say how far it came; the other side confirms it, by an answer or by its silence."""
    claims = completion not in (Completion.NO_EVIDENCE, Completion.NOT_STARTED)
    if claims and not commitment.counter and not commitment.evidence.exists():
        raise Refused(_t("There is no evidence yet. Add a file, a link or words, then report."))
    if commitment.counter and value is not None:
        raise Refused(_t("This commitment is counted from the registers, nobody enters the value."))
    if value is not None:
        commitment.value = value
    _hand_over(commitment, completion, words, at)


def _hand_over(commitment: Commitment, completion: str, words: str, at: datetime) -> None:
    commitment.reported, commitment.report, commitment.reported_at = completion, words, at
    commitment.reminders = 0


@life.move(
    CommitmentState.ACTIVE,
    to=CommitmentState.SUBMITTED,
    who=system,
    label=_("Note that the number was reached"),
)
def reach(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """The registers hold what was promised; the other side is asked to confirm it."""
    _hand_over(commitment, Completion.COMPLETE, "", at)


@life.move(
    CommitmentState.SUBMITTED,
    to=CommitmentState.ACTIVE,
    who=owing_side,
    label=_("Take the report back"),
)
def take_back(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Take the report back before the other side has answered."""
    commitment.reported, commitment.report, commitment.reported_at = "", "", None


def _agree(commitment: Commitment, by: Any, at: datetime, *, is_by_silence: bool = False) -> None:
    commitment.completion = commitment.reported
    commitment.confirmed_by_id, commitment.confirmed_at = by.pk, at
    commitment.is_by_silence = is_by_silence


@life.move(
    CommitmentState.SUBMITTED,
    to=CommitmentState.COMPLETE,
    who=other_side,
    label=_("Confirm that it is complete"),
    guards=[reported_complete],
    is_final=True,
)
def confirm(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Agree that it was done as promised."""
    _agree(commitment, by, at)


@life.move(
    CommitmentState.SUBMITTED,
    to=CommitmentState.ACTIVE,
    who=other_side,
    label=_("Agree with the report"),
    guards=[reported_on_the_way],
)
def accept_report(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Agree with how far it came; it goes on."""
    _agree(commitment, by, at)


@life.move(
    CommitmentState.SUBMITTED,
    to=CommitmentState.ACTIVE,
    who=other_side,
    label=_("Say what is missing"),
)
def dispute(commitment: Commitment, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Disagree with the report; how far it came stays as it was agreed before."""
    commitment.reported, commitment.reported_at = "", None


@life.move(
    CommitmentState.SUBMITTED,
    to=CommitmentState.COMPLETE,
    who=system,
    label=_("Note that silence confirms it"),
    guards=[reported_complete, silence_lasted],
)
def confirm_by_silence(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Nobody answered in time, though reminded twice: that confirms it."""
    _agree(commitment, by, at, is_by_silence=True)


@life.move(
    CommitmentState.SUBMITTED,
    to=CommitmentState.ACTIVE,
    who=system,
    label=_("Note that silence agrees with the report"),
    guards=[reported_on_the_way, silence_lasted],
)
def accept_by_silence(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Nobody answered in time, though reminded twice: that agrees with the report."""
    _agree(commitment, by, at, is_by_silence=True)


@life.move(
    CommitmentState.SUBMITTED,
    to=STAY,
    who=system,
    label=_("Reminder: an answer is awaited"),
)
def remind_to_confirm(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Remind the other side that its silence will confirm."""
    commitment.reminders += 1


@life.move(
    CommitmentState.ACTIVE,
    to=STAY,
    who=other_side,
    label=_("Remind"),
    guards=[not_reminded_today],
)
def remind(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Remind the side that owes it; at most once a day."""


@life.move(CommitmentState.ACTIVE, to=STAY, who=system, label=_("Reminder: it is due soon"))
def note_due(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Seven days, two days before and on the day itself."""
    commitment.due_noted_on = timezone.localdate(at)


@life.move(
    CommitmentState.ACTIVE,
    CommitmentState.SUBMITTED,
    to=STAY,
    who=system,
    label=_("Note that it is late"),
    guards=[day_has_passed],
)
def note_overdue(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Its day has passed; both sides are told once."""
    commitment.overdue_noted_on = timezone.localdate(at)


@life.move(
    CommitmentState.ACTIVE,
    CommitmentState.SUBMITTED,
    to=STAY,
    who=system,
    label=_("Count from the registers"),
)
def count(
    commitment: Commitment,
    *,
    by: Any,
    value: Decimal,
    href: str,
    of: int | None = None,
    at: datetime = NOW,
) -> None:
    """Note what the registers hold now; `href` opens the list it was counted from.

    Args:
        value: In the unit of the target.
        of: For a share, how many cases it was counted from.
    """
    commitment.value, commitment.of = value, of
    commitment.counted_href, commitment.counted_at = href, at
    if value > 0 and commitment.completion in (Completion.NO_EVIDENCE, Completion.NOT_STARTED):
        commitment.completion = Completion.LIMITED
    far = commitment.target is not None and value >= commitment.target * Decimal("0.7")
    if far and commitment.completion == Completion.LIMITED:
        commitment.completion = Completion.SUBSTANTIAL


@life.move(
    CommitmentState.PLANNED,
    CommitmentState.ACTIVE,
    CommitmentState.SUBMITTED,
    to=STAY,
    who=system,
    label=_("Change by an amendment"),
)
def amend(commitment: Commitment, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change what every party has signed."""
    for name, value in fields.items():
        setattr(commitment, name, value)
    if commitment.due_on >= timezone.localdate(at):
        commitment.overdue_noted_on = None


@life.move(
    CommitmentState.PLANNED,
    CommitmentState.ACTIVE,
    CommitmentState.SUBMITTED,
    to=CommitmentState.WITHDRAWN,
    who=system,
    label=_("Withdraw"),
)
def withdraw(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Both sides have signed that it is no longer owed, or the agreement was terminated."""

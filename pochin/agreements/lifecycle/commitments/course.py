"""The life of a commitment.

planned → under way → waits for the other side → complete; withdrawn by both sides, or ended with
its agreement. What was
promised changes by an amendment alone; how far it came is said by who owes it and confirmed by
the other side, or by its silence.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import (
    OPEN_WORDS,
    Agreement,
    Commitment,
    CommitmentState,
    Completion,
    State,
)
from pochin.core import journal, turns
from pochin.core.calendar import between
from pochin.core.lifecycle import Lifecycle, Refused, guard
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat
from pochin.ui import formats

SILENCE_DAYS = 15
REMINDERS = 2
REMIND_EVERY = 5  # working days

life: Lifecycle[Commitment] = Lifecycle(
    "agreements.commitment",
    CommitmentState,
    ends=frozenset({CommitmentState.COMPLETE, CommitmentState.WITHDRAWN, CommitmentState.ENDED}),
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
    words=_(
        "Confirm what the other side reported, or say what is missing; silence counts as agreement"
    ),
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
    # The whole of the last day is theirs, so silence is heard on the day after it.
    waited = since is not None and between(since, at - timedelta(days=1)) >= days
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

"""What follows from an entry about an agreement: signed by all, it is concluded."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from pochin.agreements import lifecycle
from pochin.agreements.lifecycle import amendments, commitments
from pochin.agreements.models import (
    Agreement,
    Amendment,
    AmendmentState,
    Commitment,
    CommitmentState,
    State,
)
from pochin.core.models import Entry
from pochin.core.policy import SYSTEM
from pochin.core.reactions import reacts_to


@reacts_to("agreements.accept_words")
def note_answers(entry: Entry) -> None:
    """Once the last party has said that it has no remarks, it is the writers' turn."""
    agreement = Agreement.objects.select_related("programme").get(pk=entry.thing_id)
    if agreement.state == State.NEGOTIATION and lifecycle.all_have_answered.holds(agreement):
        lifecycle.note_answers(agreement, by=SYSTEM, at=entry.at)


@reacts_to("agreements.approve")
def fix(entry: Entry) -> None:
    """Once everybody who was asked has agreed, the parties are asked to sign."""
    agreement = Agreement.objects.get(pk=entry.thing_id)
    if agreement.state == State.APPROVALS and lifecycle.all_have_approved.holds(agreement):
        lifecycle.fix(agreement, by=SYSTEM, at=entry.at)


@reacts_to("agreements.sign")
def conclude(entry: Entry) -> None:
    """Once the last party has signed, note it; the term may have begun already."""
    agreement = Agreement.objects.get(pk=entry.thing_id)
    if agreement.state != State.SIGNING or not lifecycle.all_have_signed.holds(agreement):
        return
    lifecycle.conclude(agreement, by=SYSTEM, at=entry.at)
    _begin_term(agreement, entry.at)


@reacts_to("agreements.enter_from_paper")
def begin_term(entry: Entry) -> None:
    """What was signed on paper may be in force already."""
    agreement = Agreement.objects.get(pk=entry.thing_id)
    if agreement.state == State.SIGNED:
        _begin_term(agreement, entry.at)


def _begin_term(agreement: Agreement, at: datetime) -> None:
    if lifecycle.term_has_begun.holds(agreement, at=at):
        lifecycle.enter_into_force(agreement, by=SYSTEM, at=at)


@reacts_to("agreements.enter_into_force")
def begin_commitments(entry: Entry) -> None:
    """What is promised from the first day on is under way."""
    for commitment in _of(entry).filter(state=CommitmentState.PLANNED):
        if commitments.time_has_come.holds(commitment, at=entry.at):
            commitments.activate(commitment, by=SYSTEM, at=entry.at)


@reacts_to("agreements.terminate", "agreements.break_off", "agreements.drop")
def end_commitments(entry: Entry) -> None:
    """Nothing is owed any more under an agreement that was ended."""
    over = commitments.life.ends
    for commitment in _of(entry).exclude(state__in=over):
        commitments.end(commitment, by=SYSTEM, at=entry.at)


def _of(entry: Entry) -> QuerySet[Commitment]:
    agreement = Agreement.objects.get(pk=entry.thing_id)
    return agreement.commitments.select_related("agreement__programme").order_by("number")


@reacts_to("agreements.amendment.sign")
def apply(entry: Entry) -> None:
    """Once the last party has signed an amendment, it changes the agreement."""
    amendment = Amendment.objects.select_related("agreement__programme").get(pk=entry.thing_id)
    if amendment.state == AmendmentState.PROPOSED and amendments.all_have_signed.holds(amendment):
        amendments.apply(amendment, by=SYSTEM, at=entry.at)

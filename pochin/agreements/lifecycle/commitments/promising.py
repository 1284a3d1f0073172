"""What is promised is written down, people are named for it, its time begins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.agreements.lifecycle.commitments.course import (
    agreement_is_in_force,
    check_terms,
    life,
    time_has_come,
    words_are_open,
)
from pochin.agreements.lifecycle.writing import keep_words
from pochin.agreements.models import (
    Agreement,
    Commitment,
    CommitmentState,
    Completion,
)
from pochin.agreements.policy import other_side, owing_side, planner
from pochin.core import journal
from pochin.core.lifecycle import NOW, STAY
from pochin.core.policy import system
from pochin.participants.models import Person


def _made(agreement: Agreement, fields: dict[str, Any]) -> Commitment:
    check_terms(agreement, fields)
    last = agreement.commitments.order_by("-number").first()
    number = last.number + 1 if last else 1
    return Commitment(agreement=agreement, number=number, **fields)


@life.birth(
    CommitmentState.PLANNED,
    who=planner,
    label=_("Write down a commitment"),
    done=_("A commitment was written down"),
    guards=[words_are_open],
)
def plan(agreement: Agreement, *, by: Any, at: datetime = NOW, **fields: Any) -> Commitment:
    """Write down who owes what to whom; it is signed together with the words."""
    return _made(agreement, fields)


@life.birth(
    CommitmentState.PLANNED,
    who=system,
    label=_("Add by an amendment"),
    done=_("The commitment was added by an amendment"),
)
def add(agreement: Agreement, *, by: Any, at: datetime = NOW, **fields: Any) -> Commitment:
    """Add what every party has signed since."""
    return _made(agreement, fields)


@life.move(
    CommitmentState.PLANNED,
    to=STAY,
    who=planner,
    label=_("Edit"),
    done=_("The commitment was changed"),
    guards=[words_are_open],
)
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
    done=_("The commitment was taken out of the words"),
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
    done=_("Who is responsible was named"),
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
    done=_("Who confirms was named"),
)
def name_contact(commitment: Commitment, *, by: Any, person: Person, at: datetime = NOW) -> None:
    """Name the person who answers for the other side."""
    commitment.contact = person


@life.move(
    CommitmentState.PLANNED,
    to=CommitmentState.ACTIVE,
    who=system,
    label=_("Note that its time began"),
    done=_("The time of the commitment began"),
    guards=[agreement_is_in_force, time_has_come],
)
def activate(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """The agreement is in force and the time of the commitment has begun."""
    commitment.completion = Completion.NOT_STARTED

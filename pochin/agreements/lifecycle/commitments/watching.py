"""It is reminded of, counted from the registers, changed by an amendment, withdrawn."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.agreements.lifecycle.commitments.course import (
    day_has_passed,
    life,
    not_reminded_today,
)
from pochin.agreements.models import (
    Commitment,
    CommitmentState,
    Completion,
)
from pochin.agreements.policy import other_side
from pochin.core.lifecycle import NOW, STAY
from pochin.core.policy import system


@life.move(
    CommitmentState.SUBMITTED,
    to=STAY,
    who=system,
    label=_("Reminder: an answer is awaited, silence will count as agreement"),
    done=_("Reminder: an answer is awaited, silence will count as agreement"),
)
def remind_to_confirm(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Remind the other side that its silence will confirm."""
    commitment.reminders += 1


@life.move(
    CommitmentState.ACTIVE,
    to=STAY,
    who=other_side,
    label=_("Remind"),
    done=_("The other side was reminded"),
    guards=[not_reminded_today],
)
def remind(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Remind the side that owes it; at most once a day."""


@life.move(
    CommitmentState.ACTIVE,
    to=STAY,
    who=system,
    label=_("Reminder: it is due soon"),
    done=_("Reminder: it is due soon"),
)
def note_due(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Seven days, two days before and on the day itself."""
    commitment.due_noted_on = timezone.localdate(at)


@life.move(
    CommitmentState.ACTIVE,
    CommitmentState.SUBMITTED,
    to=STAY,
    who=system,
    label=_("Note that it is late"),
    done=_("The commitment is late"),
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
    done=_("The commitment was counted from the registers"),
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
    done=_("The commitment was changed by an amendment"),
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
    done=_("The commitment was withdrawn"),
)
def withdraw(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Both sides have signed that it is no longer owed."""


@life.move(
    CommitmentState.PLANNED,
    CommitmentState.ACTIVE,
    CommitmentState.SUBMITTED,
    to=CommitmentState.ENDED,
    who=system,
    label=_("End with the agreement"),
    done=_("The commitment ended with the agreement"),
)
def end(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """The agreement was ended before it was kept; nothing is owed under it any more."""

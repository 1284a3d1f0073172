"""Who owes it says how far it came; the other side answers, or its silence does."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.lifecycle.commitments.course import (
    life,
    reported_complete,
    reported_on_the_way,
    silence_lasted,
)
from pochin.agreements.models import (
    Commitment,
    CommitmentState,
    Completion,
    Evidence,
)
from pochin.agreements.policy import other_side, owing_side
from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.core.policy import system
from pochin.files.models import File


@life.move(
    CommitmentState.ACTIVE,
    CommitmentState.SUBMITTED,
    to=STAY,
    who=owing_side,
    label=_("Add evidence"),
    done=_("Evidence was added"),
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
    label=_("Report how far it has come"),
    done=_("A report was sent to the other side"),
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
    done=_("The promised number was reached"),
)
def reach(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """The registers hold what was promised; the other side is asked to confirm it."""
    _hand_over(commitment, Completion.COMPLETE, "", at)


@life.move(
    CommitmentState.SUBMITTED,
    to=CommitmentState.ACTIVE,
    who=owing_side,
    label=_("Take the report back"),
    done=_("The report was taken back"),
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
    done=_("The other side confirmed that it is complete"),
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
    done=_("The other side agreed with the report"),
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
    done=_("The other side said what is missing"),
)
def dispute(commitment: Commitment, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Disagree with the report; how far it came stays as it was agreed before."""
    commitment.reported, commitment.reported_at = "", None


@life.move(
    CommitmentState.SUBMITTED,
    to=CommitmentState.COMPLETE,
    who=system,
    label=_("Note that silence confirms it"),
    done=_("Confirmed by silence: nobody answered in time"),
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
    done=_("The report was agreed with by silence: nobody answered in time"),
    guards=[reported_on_the_way, silence_lasted],
)
def accept_by_silence(commitment: Commitment, *, by: Any, at: datetime = NOW) -> None:
    """Nobody answered in time, though reminded twice: that agrees with the report."""
    _agree(commitment, by, at, is_by_silence=True)

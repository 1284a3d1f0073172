"""The words are shown to the parties, changed, agreed to and fixed to be signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.agreements.lifecycle.course import (
    all_have_approved,
    has_two_parties,
    has_words,
    life,
    term_is_ahead,
    words_are_those_sent,
)
from pochin.agreements.models import (
    Agreement,
    ApprovalKind,
    State,
)
from pochin.agreements.policy import party_member, writer
from pochin.core.lifecycle import NOW, STAY
from pochin.core.policy import rule, system


@life.move(
    State.DRAFT,
    to=State.NEGOTIATION,
    who=writer,
    label=_("Show to the parties"),
    guards=[has_two_parties, has_words, term_is_ahead],
)
def propose(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Show the words to the parties; every change from here on is a version they can compare."""
    agreement.sha256 = agreement.fingerprint()


@life.move(State.NEGOTIATION, to=STAY, who=party_member, label=_("Say what should be changed"))
def remark(agreement: Agreement, *, by: Any, note: str, at: datetime = NOW) -> None:
    """Say what the words should be instead; everybody who reads the agreement sees it."""


@life.move(
    State.NEGOTIATION,
    to=State.APPROVALS,
    who=writer,
    label=_("Ask to agree to the words"),
    guards=[has_two_parties, has_words, term_is_ahead],
)
def ask_approvals(agreement: Agreement, *, by: Any, kinds: list[str], at: datetime = NOW) -> None:
    """Fix the words and ask each party, and whom else is named, to agree to them."""
    agreement.sha256 = agreement.fingerprint()
    asked: list[tuple[str, int | None]] = [
        (ApprovalKind.PARTY, key)
        for key in agreement.party_set.values_list("organisation", flat=True)
    ]
    asked += [(kind, None) for kind in kinds if kind != ApprovalKind.PARTY]
    for kind, key in asked:
        agreement.approvals.get_or_create(kind=kind, organisation_id=key, sha256=agreement.sha256)


@rule(_("those who were asked to agree"))
def asked_to_approve(user: Any, agreement: Any) -> bool:
    return bool(open_approvals(agreement, user))


def open_approvals(agreement: Agreement, user: Any) -> list[Any]:
    """The approvals of these words that wait for this user."""
    asked = agreement.approvals.filter(sha256=agreement.sha256, at__isnull=True)
    return [approval for approval in asked.order_by("pk") if approval.hat in user.hats]


@life.move(
    State.APPROVALS,
    to=STAY,
    who=asked_to_approve,
    label=_("Agree to the words"),
    guards=[words_are_those_sent],
)
def approve(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Agree, for everybody one was asked for, to exactly these words."""
    for approval in open_approvals(agreement, by):
        approval.by_id, approval.at = by.pk, at
        approval.save(update_fields=["by", "at"])


@life.move(
    State.APPROVALS,
    to=State.NEGOTIATION,
    who=asked_to_approve,
    label=_("Say what stands against it"),
)
def object_to(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Send the words back to be negotiated, with the reason; what others agreed to is void."""
    agreement.approvals.filter(sha256=agreement.sha256).delete()


@life.move(
    State.APPROVALS,
    to=State.SIGNING,
    who=system | writer,
    label=_("Note that all have agreed"),
    guards=[all_have_approved, words_are_those_sent, term_is_ahead],
)
def fix(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Everybody who was asked has agreed; now the parties sign."""


@life.move(
    State.DRAFT,
    to=State.SIGNING,
    who=writer,
    label=_("Send to be signed"),
    guards=[has_two_parties, has_words, term_is_ahead],
)
def send(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Show the agreement to its parties; from here on every word is fixed by its fingerprint."""
    agreement.sha256 = agreement.fingerprint()


@life.move(
    State.NEGOTIATION,
    State.APPROVALS,
    State.SIGNING,
    to=State.DRAFT,
    who=writer,
    label=_("Change the words"),
)
def take_back(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Go back to the text; signatures given so far are under other words and no longer count."""
    agreement.approvals.filter(sha256=agreement.sha256).delete()
    agreement.sha256 = ""
    agreement.party_set.update(signed_by=None, signed_at=None)

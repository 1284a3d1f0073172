"""The words are shown to the parties, changed, agreed to and fixed to be signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.agreements.lifecycle.course import (
    a_remark_is_open,
    all_have_answered,
    all_have_approved,
    has_two_parties,
    has_words,
    life,
    open_remarks,
    remarks_are_answered,
    silent_parties,
    term_is_ahead,
    words_are_those_sent,
)
from pochin.agreements.models import (
    Agreement,
    ApprovalKind,
    Remark,
    State,
)
from pochin.agreements.policy import acts_for, party_member, writer
from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.core.policy import rule, system


@rule(_("those who act for a party that has not answered yet"))
def asked_to_answer(user: Any, agreement: Any) -> bool:
    return any(acts_for(user, key, agreement.programme) for key in silent_parties(agreement))


@life.move(
    State.DRAFT,
    to=State.NEGOTIATION,
    who=writer,
    label=_("Show to the parties"),
    done=_("The words were shown to the parties"),
    guards=[has_two_parties, has_words, term_is_ahead],
)
def propose(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Show the words to the parties; every change from here on is a version they can compare."""
    agreement.sha256 = agreement.fingerprint()
    agreement.shown_at = at


@life.move(
    State.NEGOTIATION,
    State.ANSWERED,
    to=State.ANSWERED,
    who=party_member,
    label=_("Say what should be changed"),
    done=_("A remark was made"),
)
def remark(
    agreement: Agreement, *, by: Any, note: str, place: int | None = None, at: datetime = NOW
) -> None:
    """Say what the words should be instead; everybody who reads the agreement sees it.

    The centre answers each remark before anybody is asked to agree.
    """
    if place is not None and not agreement.clauses.filter(place=place).exists():
        raise Refused(_t("There is no clause %(n)d.") % {"n": place})
    _write_remark(agreement, by=by, at=at, text=note, place=place)


@life.move(
    State.NEGOTIATION,
    to=STAY,
    who=asked_to_answer,
    label=pgettext_lazy("words", "No remarks"),
    done=_("A party has no remarks"),
)
def accept_words(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Say for one's party that nothing has to be changed in the words shown."""
    _write_remark(agreement, by=by, at=at)


def _write_remark(
    agreement: Agreement, *, by: Any, at: datetime, text: str = "", place: int | None = None
) -> None:
    last = agreement.remarks.order_by("-number").first()
    shown = agreement.versions.order_by("-number").first()
    agreement.remarks.create(
        number=last.number + 1 if last else 1, organisation_id=_side_of(agreement, by), by_id=by.pk,
        at=at, text=text, place=place, version=shown.number if shown else 1,
    )  # fmt: skip


def _side_of(agreement: Agreement, by: Any) -> int | None:
    """The party somebody speaks for; one that has not answered yet before one that has."""
    parties = agreement.party_set.order_by("pk").values_list("organisation", flat=True)
    mine = [key for key in parties if acts_for(by, key, agreement.programme)]
    silent = [key for key in silent_parties(agreement) if key in mine]
    return next(iter(silent or mine), None)


@life.move(
    State.NEGOTIATION,
    to=State.ANSWERED,
    who=system | writer,
    label=_("Note that all have answered"),
    done=_("All parties have answered"),
    guards=[all_have_answered],
)
def note_answers(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """No party has anything more to say of these words."""


@life.move(
    State.NEGOTIATION,
    State.ANSWERED,
    to=STAY,
    who=writer,
    label=_("Answer a remark"),
    done=_("A remark was answered"),
    guards=[a_remark_is_open],
)
def answer_remark(
    agreement: Agreement, *, by: Any, remark: Remark, is_taken: bool, answer: str = "",
    at: datetime = NOW,
) -> None:  # fmt: skip
    """Say that the words were changed as was asked, or why they stay."""
    answered = open_remarks(agreement).filter(pk=remark.pk).update(
        is_taken=is_taken, answer=answer, answered_by_id=by.pk, answered_at=at
    )  # fmt: skip
    if not answered:
        raise Refused(_t("This remark is answered already."))


@life.move(
    State.ANSWERED,
    to=State.NEGOTIATION,
    who=writer,
    label=_("Show to the parties again"),
    done=_("The words were shown to the parties again"),
    guards=[remarks_are_answered, has_two_parties, has_words, term_is_ahead],
)
def show_again(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Ask the parties for their answer to the words as they are now."""
    agreement.sha256 = agreement.fingerprint()
    agreement.shown_at = at


@life.move(
    State.NEGOTIATION,
    State.ANSWERED,
    to=State.APPROVALS,
    who=writer,
    label=_("Ask to agree to the words"),
    done=_("The words were sent to be agreed to"),
    guards=[remarks_are_answered, has_two_parties, has_words, term_is_ahead],
)
def ask_approvals(agreement: Agreement, *, by: Any, kinds: list[str], at: datetime = NOW) -> None:
    """Fix the words and ask each party, and whom else is named, to agree to them."""
    agreement.sha256 = agreement.fingerprint()
    asked: list[dict[str, Any]] = [
        {"kind": ApprovalKind.PARTY, "organisation_id": key}
        for key in agreement.party_set.values_list("organisation", flat=True)
    ]
    asked += [{"kind": kind} for kind in kinds if kind != ApprovalKind.PARTY]
    for one in asked:
        agreement.approvals.get_or_create(**one, sha256=agreement.sha256)


@rule(_("those who were asked to agree and have not answered yet"))
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
    done=_("The words were agreed to"),
    guards=[words_are_those_sent],
)
def approve(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Agree, for everybody one was asked for, to exactly these words."""
    for approval in open_approvals(agreement, by):
        approval.by_id, approval.at = by.pk, at
        approval.save(update_fields=["by", "at"])


@life.move(
    State.APPROVALS,
    to=State.ANSWERED,
    who=asked_to_approve,
    label=_("Say what stands against it"),
    done=_("Something stands against the words"),
)
def object_to(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Send the words back with a remark that is to be answered; what others agreed to is void."""
    _write_remark(agreement, by=by, at=at, text=reason)
    agreement.approvals.filter(sha256=agreement.sha256).delete()


@life.move(
    State.APPROVALS,
    to=State.SIGNING,
    who=system | writer,
    label=_("Note that all have agreed"),
    done=_("All have agreed: the parties can sign"),
    guards=[all_have_approved, words_are_those_sent, term_is_ahead],
)
def fix(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Everybody who was asked has agreed; now the parties sign."""


@life.move(
    State.DRAFT,
    to=State.SIGNING,
    who=writer,
    label=_("Send to be signed"),
    done=_("The agreement was sent to be signed"),
    guards=[has_two_parties, has_words, term_is_ahead],
)
def send(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Show the agreement to its parties; from here on every word is fixed by its fingerprint."""
    agreement.sha256 = agreement.fingerprint()


@life.move(
    State.NEGOTIATION,
    State.ANSWERED,
    State.APPROVALS,
    State.SIGNING,
    to=State.DRAFT,
    who=writer,
    label=_("Take back to the draft"),
    done=_("The agreement was taken back to the draft"),
)
def take_back(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Go back to the text; signatures given so far are under other words and no longer count."""
    agreement.approvals.filter(sha256=agreement.sha256).delete()
    agreement.sha256 = ""
    agreement.party_set.update(signed_by=None, signed_at=None)

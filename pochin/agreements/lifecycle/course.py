"""The life of an agreement.

draft → being negotiated ⇄ answers received → being approved → being signed → signed → in force →
renewed / expired / terminated; before that not concluded. What needs no negotiation is sent from
the draft straight to be signed.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import (
    Agreement,
    Remark,
    Renewal,
    State,
)
from pochin.core.lifecycle import Lifecycle, guard
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat

life: Lifecycle[Agreement] = Lifecycle(
    "agreements",
    State,
    ends=frozenset({State.EXPIRED, State.TERMINATED, State.RENEWED, State.NOT_CONCLUDED}),
    rests={
        State.SIGNED: _("The term has not begun yet."),
        State.IN_FORCE: _("The agreement is kept until its term ends."),
    },
)


def _unsigned(agreement: Agreement) -> list[str]:
    hats: list[str] = []
    for party in agreement.party_set.filter(signed_at__isnull=True):
        hats += person_hat(party.signatory_id) or organisation_hat(party.organisation_id, "sign")
    return hats or role_hat(Role.COORDINATOR, agreement)


def _writers(agreement: Agreement) -> list[str]:
    return [*role_hat(Role.COORDINATOR, agreement), *role_hat(Role.LAWYER, agreement)]


life.waits(
    State.DRAFT,
    on=_writers,
    owner=_("a coordinator or a lawyer of the programme"),
    clock="draft",
    days=60,
    words=_("Finish the text, name the parties and show it to them"),
)


def silent_parties(agreement: Agreement) -> list[int]:
    """The parties that have not answered the words they were shown; the centre wrote them."""
    said = agreement.remarks.filter(organisation__isnull=False)
    if agreement.shown_at is not None:
        said = said.filter(at__gte=agreement.shown_at)
    keys = agreement.party_set.exclude(organisation__in=said.values("organisation"))
    keys = keys.exclude(organisation=agreement.programme.centre_id)
    return list(keys.order_by("pk").values_list("organisation", flat=True))


def _silent(agreement: Agreement) -> list[str]:
    return [hat for key in silent_parties(agreement) for hat in organisation_hat(key, "edit")]


def _unapproved(agreement: Agreement) -> list[str]:
    asked = agreement.approvals.filter(sha256=agreement.sha256, at__isnull=True)
    return [approval.hat for approval in asked]


life.waits(
    State.NEGOTIATION,
    on=_silent,
    owner=_("those who edit for the parties that have not answered yet"),
    clock="agreement negotiation",
    days=20,
    words=_("Read the words: say what should be changed, or that you have no remarks"),
)
life.waits(
    State.ANSWERED,
    on=_writers,
    owner=_("a coordinator or a lawyer of the programme"),
    clock="agreement remarks",
    days=5,
    words=_("Answer the remarks, change the words, show them again or ask to agree to them"),
)
life.waits(
    State.APPROVALS,
    on=_unapproved,
    owner=_("those who were asked to agree"),
    clock="agreement approval",
    days=10,
    words=_("Agree to the words before they are signed, or say what stands against it"),
)
life.waits(
    State.SIGNING,
    on=_unsigned,
    owner=_("the parties that have not signed yet"),
    clock="agreement signature",
    days=10,
    words=_("Read and sign the agreement"),
)


@guard(_("An agreement needs two parties."))
def has_two_parties(agreement: Agreement) -> bool:
    return agreement.party_set.count() >= 2


@guard(_("There is neither a text nor a document to sign."))
def has_words(agreement: Agreement) -> bool:
    written = bool(agreement.text_ru) or agreement.document_id is not None
    return written or agreement.clauses.exists()


@guard(_("The term is over before it is signed."))
def term_is_ahead(agreement: Agreement, *, at: datetime) -> bool:
    return agreement.ends_on is None or agreement.ends_on >= timezone.localdate(at)


@guard(_("Not every party has signed."))
def all_have_signed(agreement: Agreement) -> bool:
    return not agreement.party_set.filter(signed_at__isnull=True).exists()


@guard(_("The words were changed after they were sent to be signed."))
def words_are_those_sent(agreement: Agreement) -> bool:
    return agreement.sha256 == agreement.fingerprint()


@guard(_("The term has not begun yet."))
def term_has_begun(agreement: Agreement, *, at: datetime) -> bool:
    return agreement.starts_on <= timezone.localdate(at)


@guard(_("The term is not over yet."))
def term_is_over(agreement: Agreement, *, at: datetime) -> bool:
    ends = agreement.term_ends_on
    return ends is not None and ends < timezone.localdate(at)


@guard(_("Not everybody who was asked has agreed to the words."))
def all_have_approved(agreement: Agreement) -> bool:
    asked = agreement.approvals.filter(sha256=agreement.sha256)
    return asked.exists() and not asked.filter(at__isnull=True).exists()


@guard(_("Answer every remark first; the parties read the answers."))
def remarks_are_answered(agreement: Agreement) -> bool:
    return not open_remarks(agreement).exists()


def open_remarks(agreement: Agreement) -> QuerySet[Remark]:
    """What the parties want changed and nobody has answered yet."""
    return agreement.remarks.filter(answered_at__isnull=True).exclude(text="").order_by("number")


@guard(_("There is no remark to be answered."))
def a_remark_is_open(agreement: Agreement) -> bool:
    return open_remarks(agreement).exists()


@guard(_("Not every party has answered."))
def all_have_answered(agreement: Agreement) -> bool:
    return not silent_parties(agreement)


@guard(_("It does not go on by itself."))
def goes_on_by_itself(agreement: Agreement) -> bool:
    return agreement.renewal == Renewal.AUTOMATIC


@guard(_("Who signs for each party, and in which post, is not named yet."))
def signatories_are_named(agreement: Agreement) -> bool:
    return not agreement.party_set.filter(signs_ru="").exists()

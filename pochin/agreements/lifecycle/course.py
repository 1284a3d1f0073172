"""The life of an agreement.

draft → being negotiated → being approved → being signed → signed → in force → renewed / expired;
terminated from anywhere. What needs no negotiation is sent from the draft straight to be signed.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import (
    Agreement,
    Renewal,
    State,
)
from pochin.core.lifecycle import Lifecycle, guard
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat

life: Lifecycle[Agreement] = Lifecycle(
    "agreements",
    State,
    ends=frozenset({State.EXPIRED, State.TERMINATED, State.RENEWED}),
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


life.waits(
    State.DRAFT,
    on=lambda a: role_hat(Role.COORDINATOR, a),
    owner=Role.COORDINATOR.label,
    clock="draft",
    days=60,
    words=_("Finish the text and send it to be signed"),
)


def _parties(agreement: Agreement) -> list[str]:
    keys = agreement.party_set.values_list("organisation", flat=True)
    return [hat for key in keys for hat in organisation_hat(key, "edit")]


def _unapproved(agreement: Agreement) -> list[str]:
    asked = agreement.approvals.filter(sha256=agreement.sha256, at__isnull=True)
    return [approval.hat for approval in asked]


life.waits(
    State.NEGOTIATION,
    on=_parties,
    owner=_("those who edit for the parties"),
    clock="agreement negotiation",
    days=20,
    words=_("Read the words and say what should be changed"),
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


@guard(_("It does not go on by itself."))
def goes_on_by_itself(agreement: Agreement) -> bool:
    return agreement.renewal == Renewal.AUTOMATIC


@guard(_("Who signs for each party, and in which post, is not named yet."))
def signatories_are_named(agreement: Agreement) -> bool:
    return not agreement.party_set.filter(signs_ru="").exists()

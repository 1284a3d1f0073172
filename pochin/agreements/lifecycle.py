"""The life of an agreement.

draft → being signed → signed → in force → expired; terminated from anywhere
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement, Party, State
from pochin.agreements.policy import ender, may_sign, party_signatory, writer
from pochin.core import numbers, signatures
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import system
from pochin.files.models import File
from pochin.participants.models import Organisation, Person, Programme
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat

life: Lifecycle[Agreement] = Lifecycle(
    "agreements",
    State,
    ends=frozenset({State.EXPIRED, State.TERMINATED}),
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
life.waits(
    State.NEGOTIATION,
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
    return bool(agreement.text_ru) or agreement.document_id is not None


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
    return agreement.ends_on is not None and agreement.ends_on < timezone.localdate(at)


@life.birth(State.DRAFT, who=writer, label=_("Prepare an agreement"))
def begin(programme: Programme, *, by: Any, at: datetime = NOW, **fields: Any) -> Agreement:
    """Start to write an agreement; its parties do not see it yet."""
    number = numbers.following(f"agreement@{programme.pk}")
    return Agreement(programme=programme, number=number, **fields)


@life.move(State.DRAFT, to=STAY, who=writer, label=_("Edit"))
def edit(agreement: Agreement, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change the words or the term before anybody is asked to sign."""
    for name, value in fields.items():
        setattr(agreement, name, value)


@life.move(State.DRAFT, to=STAY, who=writer, label=_("Put in the document"))
def put_document(agreement: Agreement, *, by: Any, document: File, at: datetime = NOW) -> None:
    """Put in the paper to be signed, instead of the one before."""
    agreement.document = document


@life.move(State.DRAFT, to=STAY, who=writer, label=_("Add a party"))
def add_party(
    agreement: Agreement,
    *,
    by: Any,
    organisation: Organisation,
    signatory: Person | None = None,
    at: datetime = NOW,
) -> None:
    """Name an organisation that is bound by the agreement, and who signs for it."""
    if agreement.party_set.filter(organisation=organisation).exists():
        raise Refused(_t("%(company)s is already a party.") % {"company": organisation})
    Party.objects.create(agreement=agreement, organisation=organisation, signatory=signatory)


@life.move(State.DRAFT, to=STAY, who=writer, label=_("Remove a party"))
def remove_party(
    agreement: Agreement, *, by: Any, organisation: Organisation, at: datetime = NOW
) -> None:
    """Take an organisation out again."""
    gone, _kinds = agreement.party_set.filter(organisation=organisation).delete()
    if not gone:
        raise Refused(_t("%(company)s is not a party.") % {"company": organisation})


@life.move(
    State.DRAFT,
    to=State.NEGOTIATION,
    who=writer,
    label=_("Send to be signed"),
    guards=[has_two_parties, has_words, term_is_ahead],
)
def send(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Show the agreement to its parties; from here on every word is fixed by its fingerprint."""
    agreement.sha256 = agreement.fingerprint()


@life.move(State.NEGOTIATION, to=State.DRAFT, who=writer, label=_("Change the words"))
def take_back(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Go back to the text; signatures given so far are under other words and no longer count."""
    agreement.sha256 = ""
    agreement.party_set.update(signed_by=None, signed_at=None)


@life.move(
    State.NEGOTIATION,
    to=STAY,
    who=party_signatory,
    label=_("Sign for a party"),
    guards=[words_are_those_sent, term_is_ahead],
    is_final=True,
)
def sign(agreement: Agreement, *, by: Any, organisation: Organisation, at: datetime = NOW) -> None:
    """Sign for one party over the fingerprint of the words."""
    party = agreement.party_set.filter(organisation=organisation).first()
    if party is None or not may_sign(by, party):
        raise Refused(_t("You do not sign for this party."))
    if party.signed_at is not None:
        raise Refused(_t("%(company)s has already signed.") % {"company": organisation})
    signatures.sign(
        agreement,
        what="agreement",
        by=by,
        role=f"party {organisation.pk}",
        sha256=agreement.sha256,
        at=at,
    )
    party.signed_by_id, party.signed_at = by.pk, at
    party.save(update_fields=["signed_by", "signed_at"])


@life.move(
    State.NEGOTIATION,
    to=State.SIGNED,
    who=system | writer,
    label=_("Note that all have signed"),
    guards=[all_have_signed, words_are_those_sent],
)
def conclude(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Every party has signed the same words."""
    agreement.signed_at = at


@life.move(
    State.SIGNED,
    to=State.IN_FORCE,
    who=system | writer,
    label=_("Note that the term began"),
    guards=[term_has_begun],
)
def enter_into_force(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """The term has begun."""


@life.move(
    State.IN_FORCE,
    to=State.EXPIRED,
    who=system,
    label=_("Note that the term ended"),
    guards=[term_is_over],
)
def expire(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """The term has ended."""


@life.move(
    State.NEGOTIATION,
    State.SIGNED,
    State.IN_FORCE,
    to=State.TERMINATED,
    who=ender,
    label=_("Terminate"),
    is_final=True,
)
def terminate(agreement: Agreement, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """End the agreement before its term, or break off the negotiation."""
    agreement.terminated_on = timezone.localdate(at)
    agreement.reasons = reason


@life.move(State.DRAFT, to=State.TERMINATED, who=writer, label=_("Drop the draft"), is_final=True)
def drop(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """Give up an agreement that nobody has seen yet."""
    agreement.terminated_on = timezone.localdate(at)

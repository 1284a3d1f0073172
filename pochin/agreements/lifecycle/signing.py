"""The parties sign the same words, here or on paper, and the term begins."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.lifecycle.course import (
    all_have_signed,
    has_two_parties,
    has_words,
    life,
    signatories_are_named,
    term_has_begun,
    term_is_ahead,
    words_are_those_sent,
)
from pochin.agreements.models import (
    Agreement,
    State,
)
from pochin.agreements.policy import may_sign, party_signatory, writer
from pochin.core import signatures
from pochin.core.calendar import MOSCOW
from pochin.core.lifecycle import NOW, STAY, Refused, guard
from pochin.core.policy import system
from pochin.participants.models import Organisation


@guard(_("You have already signed for your side."))
def side_has_not_signed(agreement: Agreement, *, by: Any) -> bool:
    waiting = agreement.party_set.filter(signed_at__isnull=True)
    return any(may_sign(by, party) for party in waiting)


@life.move(
    State.SIGNING,
    to=STAY,
    who=party_signatory,
    label=_("Sign for a party"),
    done=_("The agreement was signed for a party"),
    guards=[words_are_those_sent, term_is_ahead, side_has_not_signed],
    is_final=True,
)
def sign(agreement: Agreement, *, by: Any, organisation: Organisation, at: datetime = NOW) -> None:
    """Sign for one party over the fingerprint of the words."""
    party = agreement.party_set.filter(organisation=organisation).first()
    if party is None or not may_sign(by, party):
        raise Refused(_t("You do not sign for this party."))
    if party.signed_at is not None:
        raise Refused(_t("%(company)s has already signed.") % {"company": organisation})
    if agreement.party_set.filter(signed_by_id=by.pk).exists():
        raise Refused(another_person_signs(organisation))
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


def another_person_signs(organisation: Organisation) -> str:
    """What is said to who signed for one party and would sign for the other side as well."""
    return _t(
        "You have signed for another party already. Somebody else must sign for %(company)s."
    ) % {"company": organisation}


@life.move(
    State.DRAFT,
    to=State.SIGNED,
    who=writer,
    label=_("Enter as signed on paper"),
    done=_("The agreement was entered as signed on paper"),
    guards=[has_two_parties, has_words, signatories_are_named],
    is_final=True,
)
def enter_from_paper(agreement: Agreement, *, by: Any, signed_on: date, at: datetime = NOW) -> None:
    """Enter an agreement that its parties signed on paper, with those who signed it."""
    if signed_on > timezone.localdate(at):
        raise Refused(_t("The day of the signatures is still ahead. Nothing was changed."))
    if agreement.ends_on is not None and signed_on > agreement.ends_on:
        raise Refused(_t("The term is over before the day of the signatures. Check both days."))
    agreement.is_on_paper = True
    agreement.signed_at = datetime.combine(signed_on, time(12), MOSCOW)
    agreement.sha256 = agreement.fingerprint()


@life.move(
    State.SIGNING,
    to=State.SIGNED,
    who=system | writer,
    label=_("Note that all have signed"),
    done=_("All parties have signed"),
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
    done=_("The agreement came into force"),
    guards=[term_has_begun],
)
def enter_into_force(agreement: Agreement, *, by: Any, at: datetime = NOW) -> None:
    """The term has begun."""

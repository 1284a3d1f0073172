"""The life of an amendment: proposed → changes the agreement; declined; taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.lifecycle import commitments
from pochin.agreements.lifecycle.signing import another_person_signs
from pochin.agreements.lifecycle.writing import keep_words
from pochin.agreements.models import (
    Agreement,
    Amendment,
    AmendmentState,
    Commitment,
    CommitmentState,
    Party,
    State,
)
from pochin.agreements.policy import (
    amendment_party,
    amendment_signatory,
    may_sign,
    proposer,
    writer,
)
from pochin.core import signatures
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import system
from pochin.participants.models import Organisation
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat

life: Lifecycle[Amendment] = Lifecycle(
    "agreements.amendment",
    AmendmentState,
    ends=frozenset({AmendmentState.APPLIED, AmendmentState.DECLINED, AmendmentState.TAKEN_BACK}),
)


def signed_parties(amendment: Amendment) -> set[int]:
    """The organisations for which exactly these changes were signed."""
    under = signatures.under(amendment, what="amendment", sha256=amendment.sha256)
    return {int(s.role.removeprefix("party ")) for s in under}


def waiting_parties(amendment: Amendment) -> list[Party]:
    """The parties that have not signed yet."""
    signed = signed_parties(amendment)
    parties = amendment.agreement.party_set.select_related("organisation").order_by("pk")
    return [party for party in parties if party.organisation_id not in signed]


def _unsigned(amendment: Amendment) -> list[str]:
    hats: list[str] = []
    for party in waiting_parties(amendment):
        hats += person_hat(party.signatory_id) or organisation_hat(party.organisation_id, "sign")
    return hats or role_hat(Role.COORDINATOR, amendment)


life.waits(
    AmendmentState.PROPOSED,
    on=_unsigned,
    owner=_("the parties that have not signed yet"),
    clock="amendment signature",
    days=10,
    words=_("Read the amendment, sign or decline it"),
)


@guard(_("Only an agreement that is signed is amended; before that its words are open."))
def agreement_is_signed(agreement: Agreement) -> bool:
    return agreement.state in (State.SIGNED, State.IN_FORCE)


@guard(_("Not every party has signed."))
def all_have_signed(amendment: Amendment) -> bool:
    return not waiting_parties(amendment)


@life.birth(
    AmendmentState.PROPOSED,
    who=amendment_party | writer,
    label=_("Propose an amendment"),
    done=_("An amendment was proposed"),
    guards=[agreement_is_signed],
)
def propose(
    agreement: Agreement,
    *,
    by: Any,
    changes: dict[str, str],
    reason: str,
    commitment: Commitment | None = None,
    at: datetime = NOW,
) -> Amendment:
    """Propose to change one commitment, to withdraw it (no changes) or to add one."""
    if commitment is None and not changes:
        raise Refused(_t("There is nothing to change."))
    if commitment is not None and commitment.state in commitments.life.ends:
        raise Refused(_t("This commitment is over; it cannot be changed any more."))
    if commitment is None or changes:
        commitments.check_terms(agreement, _whole(commitment, changes))
    last = agreement.amendments.order_by("-number").first()
    amendment = Amendment(
        agreement=agreement, number=last.number + 1 if last else 1, commitment=commitment,
        changes=changes, reason=reason, proposed_by_id=by.pk, proposed_at=at,
    )  # fmt: skip
    amendment.sha256 = amendment.fingerprint()
    return amendment


def _whole(commitment: Commitment | None, changes: dict[str, str]) -> dict[str, Any]:
    names = ("owes", "to", "starts_on", "due_on")
    before = {name: getattr(commitment, name) for name in names} if commitment else {}
    return before | values(changes)


def values(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes with days, numbers and organisations instead of their words."""
    found: dict[str, Any] = {}
    for name, said in changes.items():
        if name in ("owes", "to"):
            found[name] = Organisation.objects.get(pk=said)
        else:
            field: Any = Commitment._meta.get_field(name)
            found[name] = None if said in ("", None) and field.null else field.to_python(said)
    return found


@guard(_("You have already signed for your side."))
def side_has_not_signed(amendment: Amendment, *, by: Any) -> bool:
    return any(may_sign(by, party) for party in waiting_parties(amendment))


@life.move(
    AmendmentState.PROPOSED,
    to=STAY,
    who=amendment_signatory,
    label=_("Sign the amendment for a party"),
    done=_("The amendment was signed for a party"),
    guards=[side_has_not_signed],
    is_final=True,
)
def sign(amendment: Amendment, *, by: Any, organisation: Organisation, at: datetime = NOW) -> None:
    """Sign for one party over the fingerprint of the changes."""
    party = amendment.agreement.party_set.filter(organisation=organisation).first()
    if party is None or not may_sign(by, party):
        raise Refused(_t("You do not sign for this party."))
    if organisation.pk in signed_parties(amendment):
        raise Refused(_t("%(company)s has already signed.") % {"company": organisation})
    signed = signatures.under(amendment, what="amendment", sha256=amendment.sha256)
    if signed.filter(by_id=by.pk).exists():
        raise Refused(another_person_signs(organisation))
    signatures.sign(
        amendment,
        what="amendment",
        by=by,
        role=f"party {organisation.pk}",
        sha256=amendment.sha256,
        at=at,
    )


@life.move(
    AmendmentState.PROPOSED,
    to=AmendmentState.APPLIED,
    who=system,
    label=_("Note that all have signed"),
    done=_("All parties have signed: the amendment holds"),
    guards=[all_have_signed],
)
def apply(amendment: Amendment, *, by: Any, at: datetime = NOW) -> None:
    """Every party has signed: the change is made and kept as a version of the agreement."""
    commitment, agreement = amendment.commitment, amendment.agreement
    if commitment is None:
        made = commitments.add(agreement, by=by, at=at, **values(amendment.changes))
        amendment.commitment = made
        has_begun = commitments.time_has_come.holds(made, at=at)
        if has_begun and agreement.state == State.IN_FORCE:
            commitments.activate(made, by=by, at=at)
    elif amendment.is_withdrawal:
        commitments.withdraw(commitment, by=by, at=at)
    elif commitment.state not in (CommitmentState.WITHDRAWN, CommitmentState.ENDED):
        commitments.amend(commitment, by=by, at=at, **values(amendment.changes))
    amendment.applied_at = at
    keep_words(agreement, by_id=amendment.proposed_by_id, at=at)


@life.move(
    AmendmentState.PROPOSED,
    to=AmendmentState.DECLINED,
    who=amendment_signatory,
    label=_("Decline"),
    done=_("The amendment was declined"),
)
def decline(amendment: Amendment, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Refuse the change for one's party; what was promised stays."""


@life.move(
    AmendmentState.PROPOSED,
    to=AmendmentState.TAKEN_BACK,
    who=proposer,
    label=_("Take it back"),
    done=_("The amendment was taken back"),
)
def take_back(amendment: Amendment, *, by: Any, at: datetime = NOW) -> None:
    """Give the proposal up."""

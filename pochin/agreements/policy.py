"""Who is who around an agreement and its commitments."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import rule
from pochin.participants.policy import Role, coordinator, director, lawyer, programmes


@rule(_("those who sign for a party"))
def party_signatory(user: Any, agreement: Any) -> bool:
    return any(may_sign(user, party) for party in agreement.party_set.all())


def may_sign(user: Any, party: Any) -> bool:
    """Whether the user signs for this party: by their seat and, where one is named, by name."""
    if f"sign@org-{party.organisation_id}" not in user.hats:
        return False
    return party.signatory_id in (None, user.pk)


def acts_for(user: Any, organisation_id: int, programme: Any) -> bool:
    """Whether the user speaks for this party.

    By a seat that edits or signs; for the centre, as its coordinator or lawyer; for the
    department, as its observer with a seat there.
    """
    hats = user.hats
    if hats & {f"edit@org-{organisation_id}", f"sign@org-{organisation_id}"}:
        return True
    if organisation_id == programme.centre_id:
        return bool(hats & {f"{r}@{programme.pk}" for r in (Role.COORDINATOR, Role.LAWYER)})
    observes = f"{Role.OBSERVER}@{programme.pk}" in hats
    return observes and f"view@org-{organisation_id}" in hats


@rule(_("those who act for a party"))
def party_member(user: Any, agreement: Any) -> bool:
    programme = agreement.programme
    return any(acts_for(user, p.organisation_id, programme) for p in agreement.party_set.all())


@rule(_("those who act for the side that owes it"))
def owing_side(user: Any, commitment: Any) -> bool:
    return acts_for(user, commitment.owes_id, commitment.programme)


@rule(_("those who act for the other side"))
def other_side(user: Any, commitment: Any) -> bool:
    """Nobody confirms what their own side owes."""
    programme = commitment.programme
    return acts_for(user, commitment.to_id, programme) and not acts_for(
        user, commitment.owes_id, programme
    )


@rule(_("those who sign for a party"))
def amendment_signatory(user: Any, amendment: Any) -> bool:
    return party_signatory(user, amendment.agreement)


@rule(_("those who act for a party"))
def amendment_party(user: Any, amendment: Any) -> bool:
    return party_member(user, amendment.agreement)


@rule(_("who proposed it"))
def proposer(user: Any, amendment: Any) -> bool:
    return user.pk is not None and amendment.proposed_by_id == user.pk


writer = coordinator | lawyer
planner = coordinator | lawyer | director
ender = director | lawyer | party_signatory


def may_open(user: Any, commitment: Any) -> bool:
    """Whether the list that was counted opens for this reader: clocks are for the programme."""
    href = commitment.counted_href
    if not href.startswith("/portfolio/"):
        return bool(href)
    return commitment.programme_id in programmes(user)

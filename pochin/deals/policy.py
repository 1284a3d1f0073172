"""Who is who around a deal. Every rule takes a deal or something that belongs to one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import Rule, rule
from pochin.participants.policy import STAFF, Role, ties


@rule(_("people without a tie to the seller"))
def untied(user: Any, thing: Any) -> bool:
    return thing.deal.seller_id not in ties(user)


def _role(role: str, words: Any) -> Rule:
    return (
        Rule(words, lambda user, thing: f"{role}@{thing.deal.programme_id}" in user.hats) & untied
    )


coordinator = _role(Role.COORDINATOR, _("a coordinator of the programme"))
lawyer = _role(Role.LAWYER, _("a lawyer of the programme"))
director = _role(Role.DIRECTOR, _("a decision owner of the programme"))


@rule(_("who leads the deal"))
def _leads(user: Any, thing: Any) -> bool:
    return user.pk is not None and thing.deal.manager_id == user.pk


leader = _leads & untied
writer = coordinator | lawyer | director | leader


@rule(_("the person who was asked to approve"))
def _asked(user: Any, approval: Any) -> bool:
    return user.pk is not None and approval.approver_id == user.pk


def approver_hats(deal: Any) -> list[str]:
    """Who may lead a deal or approve it: the programme's staff and the buyer's people."""
    return [f"{role}@{deal.programme_id}" for role in STAFF] + [f"view@org-{deal.buyer_id}"]


@rule(_("the programme's staff or the buyer's people"))
def _eligible(user: Any, thing: Any) -> bool:
    return any(hat in user.hats for hat in approver_hats(thing.deal))


approver = _asked & untied & _eligible


@rule(_("those named to sign for the buyer or the seller"))
def signatory(user: Any, thing: Any) -> bool:
    return signs_for(user, thing.deal) is not None


def signs_for(user: Any, deal: Any) -> str | None:
    """For which side this person signs: by name, and by a seat that still gives the right."""
    if user.pk is None:
        return None
    sides = {
        "buyer": (deal.buyer_signatory_id, deal.buyer_id),
        "seller": (deal.seller_signatory_id, deal.seller_id),
    }
    for side, (person, organisation) in sides.items():
        if person == user.pk and f"sign@org-{organisation}" in user.hats:
            return side
    return None


@rule(_("those who act for the seller"))
def seller(user: Any, thing: Any) -> bool:
    return f"edit@org-{thing.deal.seller_id}" in user.hats


# Who keeps the schedule of payments and the roll-out once the contract is in force.
keeper = writer
# Who hands in a licensee's report: the licensee is one of the two sides.
reporter = writer | seller

"""Who is who around a pilot. Every rule takes a pilot or something that belongs to one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import Rule, rule
from pochin.participants.policy import Role, may_have, ties


@rule(_("people without a tie to the vendor"))
def untied(user: Any, thing: Any) -> bool:
    return thing.pilot.organisation_id not in ties(user)


def _named(field: str, words: Any, *roles: str) -> Rule:
    """The person the pilot names in `field`, as long as they hold one of `roles`."""

    def test(user: Any, thing: Any) -> bool:
        pilot = thing.pilot
        held = any(f"{role}@{pilot.programme_id}" in user.hats for role in roles)
        is_it = user.pk is not None and getattr(pilot, f"{field}_id") == user.pk
        return is_it and (held or not roles)

    return Rule(words, test) & untied


def _role(role: str, words: Any) -> Rule:
    return (
        Rule(words, lambda user, thing: f"{role}@{thing.pilot.programme_id}" in user.hats) & untied
    )


coordinator = _role(Role.COORDINATOR, _("a coordinator of the programme"))
manager = _named("manager", _("the pilot manager"), Role.PILOT_MANAGER)
methodologist = _named("methodologist", _("the methodologist"), Role.METHODOLOGIST)
analyst = _named("analyst", _("the analyst"), Role.METHODOLOGIST)
decision_owner = _named("decision_owner", _("the decision owner"), Role.DIRECTOR)
sponsor = _named("sponsor", _("the sponsor"))
archivist = coordinator | _role(Role.METHODOLOGIST, _("a methodologist of the programme"))


@rule(_("the owner of the need"))
def _speaks_for_need(user: Any, thing: Any) -> bool:
    return user.pk is not None and thing.pilot.need_owner_id() == user.pk


need_owner = _speaks_for_need & untied


@rule(_("those who sign for the vendor"))
def vendor_signatory(user: Any, thing: Any) -> bool:
    return f"sign@org-{thing.pilot.organisation_id}" in user.hats


@rule(_("those who act for the vendor"))
def vendor(user: Any, thing: Any) -> bool:
    return f"edit@org-{thing.pilot.organisation_id}" in user.hats


@rule(_("the responsible person of a site or a deputy"))
def _keeps_a_site(user: Any, thing: Any) -> bool:
    if user.pk is None or not may_have(user, "sites"):
        return False
    pilot = thing.pilot
    return bool(pilot.at_hand(f"kept by {user.pk}", pilot.slots.kept_by(user)[:1]))


@rule(_("the responsible person of the site or a deputy"))
def _keeps_this_site(user: Any, slot: Any) -> bool:
    return user.pk is not None and user.pk in slot.keepers()


keeper = _keeps_a_site & untied
slot_keeper = _keeps_this_site & untied

# The sides whose signatures lock a plan, each with its rule.
PLAN_SIDES: dict[str, Rule] = {
    "methodologist": methodologist,
    "owner": need_owner,
    "vendor": vendor_signatory,
}


@rule(_("the methodologist, the owner of the need or those who sign for the vendor"))
def plan_signer(user: Any, thing: Any) -> bool:
    return plan_side(user, thing) is not None


def plan_side(user: Any, thing: Any) -> str | None:
    """For which side this person signs a plan."""
    return next((side for side, may in PLAN_SIDES.items() if may(user, thing)), None)


designer = manager | coordinator
insider = manager | coordinator | keeper | vendor | analyst | methodologist
# Anybody at the site or above may stop a pilot for safety; the vendor reports an incident.
stopper = keeper | manager | coordinator | decision_owner
commenter = keeper | vendor | need_owner
canceller = sponsor | decision_owner

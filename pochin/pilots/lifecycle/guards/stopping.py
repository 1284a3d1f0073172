"""What must hold before a run stops, goes on, or ends early."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import guard
from pochin.pilots.models import IncidentState, Pilot, Severity

FORCE_MAJEURE = "force majeure"


@guard(_("The trial was over before it came here from the archive."), is_lasting=True)
def trial_is_held_now(pilot: Pilot) -> bool:
    return not pilot.is_archive


@guard(_("Say what happened: name an incident or write the reason."))
def suspension_is_explained(pilot: Pilot, *, reason: str) -> bool:
    return bool(reason.strip())


@guard(_("A site stopped the pilot for safety; only a site may let it go on."))
def veto_is_lifted(pilot: Pilot, *, by: Any) -> bool:
    return not is_vetoed(pilot) or by.pk in _keepers(pilot)


def is_vetoed(pilot: Pilot) -> bool:
    """Whether a site stopped the pilot, so that only a site may let it go on."""
    return pilot.suspended_by_id is not None and pilot.suspended_by_id in _keepers(pilot)


def _keepers(pilot: Pilot) -> set[int]:
    return {key for slot in pilot.slots.all() for key in slot.keepers()}


@guard(_("A serious incident is still open."))
def serious_incidents_are_closed(pilot: Pilot) -> bool:
    return not pilot.incidents.filter(
        state=IncidentState.OPEN, severity__in=[Severity.SERIOUS, Severity.CRITICAL]
    ).exists()


@guard(_("The plan does not name this reason to stop early, and it is not force majeure."))
def early_end_is_in_the_plan(pilot: Pilot, *, rule: str) -> bool:
    plan = pilot.locked_plan()
    named = plan.content.get("stop_reasons", []) if plan is not None else []
    return rule == FORCE_MAJEURE or rule in named

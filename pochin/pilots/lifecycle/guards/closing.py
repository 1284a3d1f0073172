"""What must hold before the readings are closed and evaluated."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import guard
from pochin.participants.models import conflicted
from pochin.pilots.lifecycle.evidence import Completeness
from pochin.pilots.models import Pilot, State

# Without a rule of its own, a plan is complete with this share of what it expects.
COMPLETE = 0.95


def least_share(plan: dict[str, Any]) -> float:
    """The share of expected readings with which this plan counts as complete."""
    rules = plan.get("data_rules", {})
    if "completeness" in rules.get("late", {}):
        return float(rules["late"]["completeness"])
    if "max_share" in rules.get("missing", {}):
        return 1 - float(rules["missing"]["max_share"])
    return COMPLETE


@guard(_("The last day of the run has not passed."))
def end_has_come(pilot: Pilot, *, at: datetime) -> bool:
    if pilot.state == State.ENDED_EARLY:
        return True
    return pilot.ends_on is not None and closes_on(pilot) < timezone.localdate(at)


def closes_on(pilot: Pilot) -> date:
    """The last day on which readings of the run may still arrive."""
    plan = pilot.locked_plan()
    late = plan.content["periods"].get("maturity_days", 0) if plan is not None else 0
    assert pilot.ends_on is not None, "a running pilot has its days"
    return pilot.ends_on + timedelta(days=int(-(-late // 1)))


@guard(_("Readings are missing and nobody has said why."))
def data_are_complete_or_explained(pilot: Pilot) -> bool:
    plan = pilot.locked_plan()
    if plan is None:
        return False
    data = Completeness.of(pilot.data)
    whole = data.received > 0 and data.share >= least_share(plan.content)
    return whole or bool(pilot.data_words.strip())


@guard(_("No readings have arrived."))
def data_have_arrived(pilot: Pilot) -> bool:
    return bool(Completeness.of(pilot.data).sha256)


@guard(_("Files of readings are being compared with each other anew. Try again in a few minutes."))
def readings_are_settled(pilot: Pilot) -> bool:
    return not Completeness.of(pilot.data).unsettled


@guard(_("Who sent readings in does not close them."))
def closer_did_not_import(pilot: Pilot, *, by: Any) -> bool:
    return by.pk is None or by.pk not in Completeness.of(pilot.data).importers


@guard(_("The data are not closed."))
def data_are_locked(pilot: Pilot) -> bool:
    return bool(pilot.data_sha256)


@guard(_("The analyst must be neither the vendor, nor the pilot manager, nor the decision owner."))
def analyst_is_independent(pilot: Pilot) -> bool:
    analyst = pilot.analyst_id
    if analyst is None or analyst in {pilot.manager_id, pilot.decision_owner_id}:
        return False
    return pilot.organisation_id is None or not conflicted(analyst, pilot.organisation_id)

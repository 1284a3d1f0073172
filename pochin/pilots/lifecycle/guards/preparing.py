"""What must hold before the baseline and the run begin."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import AgreementKind, in_force
from pochin.core.lifecycle import guard
from pochin.lab.seeds import seed_matches
from pochin.participants.models import Organisation
from pochin.pilots.lifecycle.evidence import Completeness
from pochin.pilots.lifecycle.guards.closing import least_share
from pochin.pilots.models import Pilot, SlotState


@guard(_("Not every site has signed its consent."))
def site_consents_are_signed(pilot: Pilot) -> bool:
    slots = pilot.slots.exclude(state=SlotState.RELEASED)
    waiting = slots.filter(state__in=[SlotState.PROPOSED, SlotState.AGREED])
    return slots.exists() and not waiting.exists()


@guard(_("The data feed has not been tested."))
def data_feed_is_tested(pilot: Pilot) -> bool:
    return pilot.feed_tested_at is not None


@guard(_("The checklist is not done."))
def checklist_is_done(pilot: Pilot) -> bool:
    return pilot.checks.exists() and not pilot.checks.filter(done_at__isnull=True).exists()


@guard(_("Fewer baseline readings have arrived than the plan asks for."))
def baseline_is_sufficient(pilot: Pilot) -> bool:
    plan = pilot.locked_plan()
    if plan is None:
        return False
    if not plan.content["periods"]["baseline"]:
        return True
    data = Completeness.of(pilot.data)
    return data.baseline_expected > 0 and data.baseline_share >= least_share(plan.content)


@guard(_("The decision owner and the decision date are not set."))
def decision_is_owned(pilot: Pilot) -> bool:
    return pilot.decision_owner_id is not None and pilot.decision_date is not None


@guard(_("No agreement between the centre and the vendor is in force."))
def agreement_is_in_force(pilot: Pilot, *, at: datetime) -> bool:
    agreement, vendor = pilot.agreement, pilot.organisation
    if agreement is None or vendor is None or agreement.kind not in BINDING:
        return False
    centre: Organisation = pilot.programme.centre
    return in_force(vendor, centre, [agreement.kind], timezone.localdate(at))


BINDING = (AgreementKind.PILOT, AgreementKind.FRAMEWORK)


@guard(_("Not every site has signed its start act."))
def sites_signed_the_start(pilot: Pilot) -> bool:
    slots = pilot.slots.exclude(state=SlotState.RELEASED)
    return slots.exists() and not slots.filter(ready_at__isnull=True).exists()


@guard(_("It has not been drawn yet which site works with the solution."))
def treatment_is_assigned(pilot: Pilot) -> bool:
    return pilot.assignment() is not None


@guard(_("Who works with the solution is already settled."))
def lot_is_not_drawn(pilot: Pilot) -> bool:
    return pilot.assignment() is None


@guard(_("This is not the number the plan committed itself to."))
def seed_is_the_committed_one(pilot: Pilot, *, seed: str) -> bool:
    plan = pilot.locked_plan()
    rules = plan.content["assignment"] if plan is not None else {}
    return seed_matches(seed, rules.get("seed_commitment", ""))

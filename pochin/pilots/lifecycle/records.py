"""What is recorded beside a pilot and has a life of its own: amendments and incidents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core import signatures
from pochin.core.lifecycle import NOW, STAY, Lifecycle, guard
from pochin.core.policy import SYSTEM, system
from pochin.lab.protocol import Protocol
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat
from pochin.pilots.lifecycle.course import life
from pochin.pilots.lifecycle.guards.planning import sides_missing
from pochin.pilots.lifecycle.guards.stopping import trial_is_held_now
from pochin.pilots.lifecycle.keeping import take_amendment
from pochin.pilots.models import (
    OVER,
    Amendment,
    AmendmentState,
    Incident,
    IncidentState,
    Pilot,
    Plan,
    SeenData,
    SiteSlot,
    State,
    signed_sides,
)
from pochin.pilots.policy import (
    designer,
    insider,
    keeper,
    manager,
    methodologist,
    plan_side,
    plan_signer,
)

amendment_life: Lifecycle[Amendment] = Lifecycle(
    "pilots.amendment",
    AmendmentState,
    ends=frozenset({AmendmentState.APPROVED, AmendmentState.DECLINED}),
)


def _owing(amendment: Amendment) -> list[str]:
    pilot = amendment.pilot
    hats = {
        "methodologist": person_hat(pilot.methodologist_id),
        "owner": person_hat(pilot.need_owner_id()),
        "vendor": organisation_hat(pilot.organisation_id or 0, "sign"),
    }
    missing = sides_missing(pilot, signed_sides(amendment.plan))
    return [hat for side in missing for hat in hats[side]]


amendment_life.waits(
    AmendmentState.PROPOSED,
    on=_owing,
    owner=_("the sides that have not signed yet"),
    clock="plan review",
    days=5,
    words=_("Check and sign the amendment"),
)


@guard(_("Only a locked plan is amended, and only until its results are agreed."))
def plan_may_be_amended(pilot: Pilot) -> bool:
    return pilot.state in life.moves["take_amendment"].starts


@guard(_("Another amendment is still waiting to be signed."))
def no_amendment_is_open(pilot: Pilot) -> bool:
    return not pilot.amendments.filter(state=AmendmentState.PROPOSED).exists()


@guard(_("Say why the plan is to change."))
def amendment_has_a_reason(pilot: Pilot, *, why: str) -> bool:
    return bool(why.strip())


@guard(_("Nothing differs from the plan that binds now."))
def something_changes(pilot: Pilot, *, protocol: Protocol) -> bool:
    plan = pilot.locked_plan()
    return plan is not None and plan.sha256 != protocol.sha256


@guard(_("All sides must sign the amendment."))
def amendment_is_signed(amendment: Amendment) -> bool:
    return not sides_missing(amendment.pilot, signed_sides(amendment.plan))


@guard(_("The results are agreed; the plan can no longer change."))
def amendment_is_in_time(amendment: Amendment) -> bool:
    return amendment.pilot.state in life.moves["take_amendment"].starts


@guard(_("You have already signed this amendment."))
def has_not_signed_amendment(amendment: Amendment, *, by: Any) -> bool:
    return all(s.by_id != by.pk for s in signed_sides(amendment.plan).values())


def seen_data(pilot: Pilot, at: datetime) -> str:
    """Whether outcome data may have been seen: nobody sees any before the first look day.

    Who extended the run had its result before them, however long it lasts from then on.
    """
    plan = pilot.locked_plan()
    looks = plan.look_days() if plan is not None else []
    looked = bool(looks) and timezone.localdate(at) >= looks[0]
    known = pilot.data_closed_at is not None or pilot.extensions > 0
    seen = pilot.is_archive or known or looked
    return SeenData.AFTER if seen else SeenData.BEFORE


@amendment_life.birth(
    AmendmentState.PROPOSED,
    who=designer | methodologist,
    label=_("Propose an amendment"),
    done=_("The plan is to change: an amendment was proposed"),
    guards=[
        plan_may_be_amended,
        no_amendment_is_open,
        amendment_has_a_reason,
        something_changes,
    ],
)
def amend(pilot: Pilot, *, by: Any, protocol: Protocol, why: str, at: datetime = NOW) -> Amendment:
    """Propose to change the locked plan; whether data had been seen is noted for ever."""
    base = pilot.locked_plan()
    assert base is not None, "the guards ask for a locked plan"
    plan = Plan.objects.create(
        pilot=pilot,
        version=pilot.plans.count() + 1,
        content=protocol.document,
        canonical=protocol.canonical.decode(),
        sha256=protocol.sha256,
        guesses=base.guesses,
        written_by_id=by.pk,
        written_at=at,
    )
    return Amendment(
        pilot=pilot,
        number=pilot.amendments.count() + 1,
        base=base,
        plan=plan,
        changes=[change.to_dict() for change in base.protocol.diff(protocol)],
        reason=why,
        seen_data=seen_data(pilot, at),
        proposed_by_id=by.pk,
        proposed_at=at,
    )


@amendment_life.move(
    AmendmentState.PROPOSED,
    to=STAY,
    who=plan_signer,
    label=_("Sign the amendment"),
    done=_("The amendment was signed"),
    guards=[has_not_signed_amendment, amendment_is_in_time],
    is_final=True,
)
def sign_amendment(amendment: Amendment, *, by: Any, at: datetime = NOW) -> None:
    """Sign the changed plan; with the last signature it binds."""
    side = plan_side(by, amendment)
    assert side is not None, "the rule lets only the sides sign"
    plan = amendment.plan
    signatures.sign(plan, what="plan", by=by, role=side, sha256=plan.sha256, at=at)


@amendment_life.move(
    AmendmentState.PROPOSED,
    to=AmendmentState.APPROVED,
    who=system,
    label=_("Approve the amendment"),
    done=_("The plan was changed: all sides signed the amendment"),
    guards=[amendment_is_in_time, amendment_is_signed],
)
def approve(amendment: Amendment, *, by: Any, at: datetime = NOW) -> None:
    """All sides have signed; the changed plan is locked as the next version."""
    amendment.decided_at = at
    amendment.plan.locked_at = at
    amendment.plan.save()


@amendment_life.follows("sign_amendment")
def _approve_when_all_signed(amendment: Amendment, at: datetime) -> None:
    if amendment_is_signed.stands(amendment, {}):
        approve(amendment, by=SYSTEM, at=at)


@amendment_life.follows("approve")
def _bind(amendment: Amendment, at: datetime) -> None:
    take_amendment(amendment.pilot, by=SYSTEM, note=amendment.reason, at=at)


@amendment_life.move(
    AmendmentState.PROPOSED,
    to=AmendmentState.DECLINED,
    who=plan_signer | designer,
    label=_("Decline the amendment"),
    done=_("The amendment was declined; the plan stays"),
)
def decline_amendment(amendment: Amendment, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Leave the plan as it is; the proposal stays on record."""
    amendment.answer, amendment.decided_at = reason, at


@amendment_life.follows("amend", "decline_amendment")
def _pass_the_turn_to_propose(amendment: Amendment, at: datetime) -> None:
    # The pilot itself does not move; an extended run waits again where the longer plan is declined.
    if amendment.pilot.state == State.RUNNING:
        life.pass_turn(amendment.pilot, at)


incident_life: Lifecycle[Incident] = Lifecycle(
    "pilots.incident", IncidentState, ends=frozenset({IncidentState.CLOSED})
)
incident_life.waits(
    IncidentState.OPEN,
    on=lambda i: person_hat(i.pilot.manager_id) or role_hat(Role.COORDINATOR, i),
    owner=Role.PILOT_MANAGER.label,
    clock="incident",
    days=3,
    words=_("Settle the incident"),
)


@guard(_("The pilot is over."))
def pilot_is_alive(pilot: Pilot) -> bool:
    return pilot.state not in OVER


@guard(_("An incident cannot have happened in the future."))
def has_happened(pilot: Pilot, *, happened_at: datetime, at: datetime) -> bool:
    return happened_at <= at


@guard(_("Write what was done about it."))
def action_is_named(incident: Incident, *, action: str) -> bool:
    return bool(action.strip())


@incident_life.birth(
    IncidentState.OPEN,
    who=insider,
    label=_("Report an incident"),
    done=_("An incident was reported"),
    guards=[pilot_is_alive, trial_is_held_now, has_happened],
)
def report(
    pilot: Pilot,
    *,
    by: Any,
    severity: str,
    happened_at: datetime,
    words: str,
    slot: SiteSlot | None = None,
    at: datetime = NOW,
) -> Incident:
    """Tell what went wrong, when and where."""
    return Incident(
        pilot=pilot,
        number=pilot.incidents.count() + 1,
        severity=severity,
        happened_at=happened_at,
        slot=slot,
        words=words,
        reported_by_id=by.pk,
    )


@incident_life.move(
    IncidentState.OPEN,
    to=IncidentState.CLOSED,
    who=manager | keeper,
    label=_("Close the incident"),
    done=_("The incident is settled"),
    guards=[action_is_named],
)
def close_incident(incident: Incident, *, by: Any, action: str, at: datetime = NOW) -> None:
    """Say what was done; the incident is settled."""
    incident.action, incident.closed_at = action, at

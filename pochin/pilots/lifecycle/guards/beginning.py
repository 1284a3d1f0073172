"""What must hold before a pilot is proposed and designed: its grounds and its people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.applications.models import State as ApplicationState
from pochin.core.lifecycle import guard
from pochin.participants.models import Person, any_conflicted
from pochin.participants.policy import Role
from pochin.pilots.models import Pilot


@guard(_("There is neither an accepted application nor an initiative with a sponsor."))
def has_grounds(pilot: Pilot) -> bool:
    accepted = pilot.applications.filter(state=ApplicationState.ACCEPTED).exists()
    return accepted or pilot.sponsor_id is not None


@guard(_("No pilot manager is named."))
def manager_is_named(pilot: Pilot) -> bool:
    return pilot.manager_id is not None


@guard(_("The pilot manager, the analyst and the decision owner must be three people, "
         "and the methodologist neither manages nor decides."))  # fmt: skip
def duties_are_separate(
    pilot: Pilot,
    *,
    manager: Person | None,
    methodologist: Person | None,
    analyst: Person | None,
    decision_owner: Person | None,
) -> bool:
    pairs = [
        (manager, analyst),
        (manager, decision_owner),
        (analyst, decision_owner),
        (methodologist, decision_owner),
        (methodologist, manager),
    ]
    return all(one is None or other is None or one.pk != other.pk for one, other in pairs)


@guard(_("Somebody named here has a conflict of interest with the vendor."))
def people_are_untied(
    pilot: Pilot,
    *,
    manager: Person | None,
    methodologist: Person | None,
    analyst: Person | None,
    decision_owner: Person | None,
) -> bool:
    named = [p for p in (manager, methodologist, analyst, decision_owner) if p is not None]
    vendor = pilot.organisation_id
    return vendor is None or not any_conflicted([person.pk for person in named], vendor)


@guard(_("Somebody named here does not hold the role in the programme."))
def people_hold_their_roles(
    pilot: Pilot,
    *,
    manager: Person | None,
    methodologist: Person | None,
    analyst: Person | None,
    decision_owner: Person | None,
) -> bool:
    wanted = [
        (manager, Role.PILOT_MANAGER),
        (methodologist, Role.METHODOLOGIST),
        (analyst, Role.METHODOLOGIST),
        (decision_owner, Role.DIRECTOR),
    ]
    return all(p is None or f"{role}@{pilot.programme_id}" in p.hats for p, role in wanted)


@guard(_("The application is not accepted."))
def application_is_accepted(application: Any) -> bool:
    return application.state == ApplicationState.ACCEPTED


@guard(_("An initiative needs a sponsor."))
def initiative_has_sponsor(programme: Any, *, sponsor: Person | None) -> bool:
    return sponsor is not None


@guard(_("The trial must be over before today: plan a new one as a pilot."))
def window_is_past(programme: Any, *, starts_on: date, ends_on: date, at: datetime) -> bool:
    return starts_on <= ends_on < timezone.localdate(at)

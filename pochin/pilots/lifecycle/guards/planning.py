"""What must hold before a plan is handed in, signed and locked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import guard
from pochin.participants.models import any_conflicted
from pochin.pilots import noticing
from pochin.pilots.lifecycle.guards.preparing import decision_is_owned
from pochin.pilots.models import Pilot, SlotState, signed_sides
from pochin.pilots.policy import PLAN_SIDES

# design → plan review


@guard(_("The evaluation plan is not written yet."))
def plan_is_complete(pilot: Pilot) -> bool:
    return pilot.plan() is not None


@guard(_("Not every site of the plan has agreed to take part."))
def sites_are_agreed(pilot: Pilot) -> bool:
    slots = pilot.slots.exclude(state=SlotState.RELEASED)
    if slots.filter(state=SlotState.PROPOSED).exists():
        return False
    plan = pilot.plan()
    if pilot.is_archive or plan is None:
        return True
    places = {str(number) for number in slots.values_list("site__number", flat=True)}
    return bool(places) and {unit["unit"] for unit in plan.protocol.units} <= places


@guard(_("The pilot could not detect its own threshold: add sites or time, or say why it is "
         "tried nevertheless."))  # fmt: skip
def is_feasible(pilot: Pilot) -> bool:
    plan = pilot.plan()
    if plan is None or pilot.waiver.strip():
        return plan is not None
    return all(
        metric.detectable is not None and metric.detectable <= (metric.threshold or 0)
        for metric in plan.protocol.primaries
    )


@guard(_("Something noticed in the plan forbids to lock it; the plan says what."))
def nothing_blocks_the_plan(pilot: Pilot) -> bool:
    plan = pilot.plan()
    return plan is None or not noticing.blocking(pilot, plan)


@guard(_("No methodologist is named."))
def methodologist_is_named(pilot: Pilot) -> bool:
    return pilot.methodologist_id is not None


@guard(_("The days of the plan are not in the future; enter a past trial from the archive."))
def window_is_ahead(pilot: Pilot, *, at: datetime) -> bool:
    plan = pilot.plan()
    if plan is None or pilot.is_archive:
        return True
    start, _end = plan.run_window()
    start = start or pilot.starts_on
    return start is not None and start > timezone.localdate(at)


@guard(_("A trial from the archive needs its decision owner and its decision date beforehand: "
         "its readings are taken in as soon as the plan is locked."))  # fmt: skip
def archive_decision_is_owned(pilot: Pilot) -> bool:
    return not pilot.is_archive or decision_is_owned.stands(pilot, {})


@guard(_("Write what is to be changed in the plan."))
def remarks_are_written(pilot: Pilot, *, remark: str) -> bool:
    return bool(remark.strip())


@guard(_("Somebody who signs the plan has a conflict of interest with the vendor."))
def signers_are_untied(pilot: Pilot) -> bool:
    named = [pilot.methodologist_id, pilot.need_owner_id()]
    vendor = pilot.organisation_id
    return vendor is None or not any_conflicted(named, vendor)


@guard(_("There are no baseline periods in the plan, and it is not said where baseline data "
         "come from."))  # fmt: skip
def baseline_is_scheduled(pilot: Pilot) -> bool:
    plan = pilot.plan()
    has_periods = plan is not None and plan.content["periods"]["baseline"] >= 1
    return has_periods or bool(pilot.baseline_words.strip())


@guard(_("The methodologist, the owner of the need and the vendor have not all signed the plan."))
def all_have_signed(pilot: Pilot) -> bool:
    plan = pilot.plan()
    return plan is not None and not sides_missing(pilot, signed_sides(plan))


@guard(_("You have already signed this version of the plan."))
def has_not_signed_yet(pilot: Pilot, *, by: Any) -> bool:
    plan = pilot.plan()
    return plan is None or all(s.by_id != by.pk for s in signed_sides(plan).values())


def sides_wanted(pilot: Pilot) -> list[str]:
    """The sides whose signatures lock a plan; an archive pilot may have no vendor."""
    return [side for side in PLAN_SIDES if side != "vendor" or pilot.organisation_id]


def sides_missing(pilot: Pilot, signed: Iterable[str]) -> list[str]:
    """The sides that still owe a signature."""
    return [side for side in sides_wanted(pilot) if side not in signed]

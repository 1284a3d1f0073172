"""What must hold before a pilot is decided on, extended or given up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import guard
from pochin.participants.models import conflicted
from pochin.participants.policy import Role
from pochin.pilots.lifecycle.evidence import Decided
from pochin.pilots.models import BEFORE_RUNNING, CancelCode, Colour, Outcome, Pilot

MOST_EXTENSIONS = 2

# From this much money on, the owner decides only after the committee has voted.
PANEL_LIMIT = Decimal(10_000_000)


@guard(_("The decision must stand on the result that was handed over."))
def verdict_was_shown(pilot: Pilot, *, grounds: Decided) -> bool:
    return bool(pilot.result_sha256) and grounds.result_sha256 == pilot.result_sha256


@guard(_("To scale without a green result takes words and the signature of a second person who is "
         "independent of the pilot."))  # fmt: skip
def scaling_without_green_is_seconded(pilot: Pilot, *, grounds: Decided, by: Any) -> bool:
    return not opposes(Outcome.SCALE, pilot.colour) or _is_seconded(pilot, grounds, by)


@guard(_("To stop after a green result takes words and the signature of a second person who is "
         "independent of the pilot."))  # fmt: skip
def stopping_at_green_is_seconded(pilot: Pilot, *, grounds: Decided, by: Any) -> bool:
    return not opposes(Outcome.STOP, pilot.colour) or _is_seconded(pilot, grounds, by)


def _is_seconded(pilot: Pilot, grounds: Decided, by: Any) -> bool:
    return bool(grounds.words.strip()) and may_second(pilot, grounds.seconded_by, first=by)


def opposes(outcome: str, colour: str) -> bool:
    """Whether a decision goes against the verdict: scaling without green, stopping with green."""
    if outcome in {Outcome.SCALE, Outcome.SCALE_WITH_CONDITIONS}:
        return colour != Colour.GREEN
    return outcome == Outcome.STOP and colour == Colour.GREEN


def may_second(pilot: Pilot, person: Any, *, first: Any) -> bool:
    """Whether this person may sign second: another one who judges here and ran nothing of it."""
    if person is None or person.pk in {
        first.pk, pilot.manager_id, pilot.analyst_id, pilot.methodologist_id, pilot.need_owner_id()
    }:  # fmt: skip
        return False
    judges = {f"{role}@{pilot.programme_id}" for role in (Role.DIRECTOR, Role.COMMITTEE)}
    tied = pilot.organisation_id is not None and conflicted(person.pk, pilot.organisation_id)
    return bool(judges & person.hats) and not tied


@guard(_("The pilot costs so much that the committee must vote first."))
def panel_has_voted(pilot: Pilot, *, grounds: Decided) -> bool:
    planned = pilot.budget.aggregate(total=Sum("planned"))["total"] or 0
    return grounds.panel or planned <= PANEL_LIMIT


@guard(_("Write the conditions."))
def conditions_are_written(pilot: Pilot, *, grounds: Decided) -> bool:
    return bool(grounds.conditions.strip())


@guard(_("Give a later last day and a decision date after it."))
def extension_has_days(pilot: Pilot, *, grounds: Decided, at: datetime) -> bool:
    if grounds.ends_on is None or grounds.decide_on is None:
        return False
    later = pilot.ends_on is None or grounds.ends_on > pilot.ends_on
    return later and timezone.localdate(at) < grounds.ends_on < grounds.decide_on


@guard(_("Say what will be learnt."))
def says_what_will_be_learnt(pilot: Pilot, *, grounds: Decided) -> bool:
    return bool(grounds.to_learn.strip())


@guard(_("A pilot may be extended at most twice."), is_lasting=True)
def extensions_are_left(pilot: Pilot) -> bool:
    return pilot.extensions < MOST_EXTENSIONS


@guard(_("A trial from the archive is over; it cannot be extended."), is_lasting=True)
def is_not_from_archive(pilot: Pilot) -> bool:
    return not pilot.is_archive


@guard(_("There is no company that could rework the solution."), is_lasting=True)
def vendor_can_rework(pilot: Pilot) -> bool:
    return pilot.organisation_id is not None


@guard(_("The run has begun; the decision owner may end it early."), is_lasting=True)
def nothing_is_run_yet(pilot: Pilot) -> bool:
    return pilot.is_archive or pilot.state in BEFORE_RUNNING


@guard(_("Name the reason from the list."))
def cancel_code_is_known(pilot: Pilot, *, code: str) -> bool:
    return code in CancelCode.values


@guard(_("Write what was tried and why it came out as it did: others will want to know."))
def lesson_is_told(pilot: Pilot, *, tried: str, why: str) -> bool:
    return bool(tried.strip() and why.strip())


@guard(_("The lessons are not written yet."))
def lessons_are_filled(pilot: Pilot) -> bool:
    return pilot.lessons.exists()


@guard(_("What is owed after the run is not settled yet: the checklist says what."))
def nothing_is_owed(pilot: Pilot) -> bool:
    return not pilot.checks.filter(done_at__isnull=True).exists()

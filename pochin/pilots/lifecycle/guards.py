"""The conditions of a pilot's moves, each a row of the guard table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import AgreementKind, in_force
from pochin.applications.models import State as ApplicationState
from pochin.core.lifecycle import guard
from pochin.lab.seeds import seed_matches
from pochin.participants.models import Organisation, Person, any_conflicted, conflicted
from pochin.participants.policy import Role
from pochin.pilots import noticing
from pochin.pilots.lifecycle.evidence import Completeness, Decided, Finding
from pochin.pilots.models import (
    BEFORE_RUNNING,
    CancelCode,
    Colour,
    IncidentState,
    Outcome,
    Pilot,
    Severity,
    Side,
    SlotState,
    State,
    signed_sides,
)
from pochin.pilots.policy import PLAN_SIDES

MOST_EXTENSIONS = 2
# Without a rule of its own, a plan is complete with this share of what it expects.
COMPLETE = 0.95
# From this much money on, the owner decides only after the committee has voted.
PANEL_LIMIT = Decimal(10_000_000)
FORCE_MAJEURE = "force majeure"


# proposed → design


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


# plan review → design, → locked


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


# preparation → baseline → running


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


def least_share(plan: dict[str, Any]) -> float:
    """The share of expected readings with which this plan counts as complete."""
    rules = plan.get("data_rules", {})
    if "completeness" in rules.get("late", {}):
        return float(rules["late"]["completeness"])
    if "max_share" in rules.get("missing", {}):
        return 1 - float(rules["missing"]["max_share"])
    return COMPLETE


# running ↔ suspended, → ended early


@guard(_("The trial was over before it came here from the archive."), is_lasting=True)
def trial_is_held_now(pilot: Pilot) -> bool:
    return not pilot.is_archive


@guard(_("Say what happened: name an incident or write the reason."))
def suspension_is_explained(pilot: Pilot, *, reason: str) -> bool:
    return bool(reason.strip())


@guard(_("A site stopped the pilot for safety; only a site may let it go on."))
def veto_is_lifted(pilot: Pilot, *, by: Any) -> bool:
    if pilot.suspended_by_id is None:
        return True
    keepers = {key for slot in pilot.slots.all() for key in slot.keepers()}
    return pilot.suspended_by_id not in keepers or by.pk in keepers


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


# running → data closing → evaluation


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


# evaluation → results agreed → decision


@guard(_("The result was computed from other data than those that were closed."))
def result_is_of_these_data(pilot: Pilot, *, finding: Finding) -> bool:
    return bool(pilot.data_sha256) and finding.data_sha256 == pilot.data_sha256


@guard(_("The result follows another plan than the locked one."))
def result_follows_the_plan(pilot: Pilot, *, finding: Finding) -> bool:
    plan = pilot.locked_plan()
    return plan is not None and finding.plan_sha256 == plan.sha256


@guard(_("A pilot from the archive is never green: its plan was written after the data."))
def archive_is_not_green(pilot: Pilot, *, finding: Finding) -> bool:
    return not (pilot.is_archive and finding.colour == Colour.GREEN)


@guard(_("There is no result to comment on yet."))
def result_is_handed_over(pilot: Pilot) -> bool:
    return pilot.result_at is not None


@guard(_("The days for comments are over."))
def comments_are_open(pilot: Pilot, *, at: datetime) -> bool:
    return pilot.comments_until is not None and at <= pilot.comments_until


@guard(_("An objection needs words."))
def dissent_has_words(pilot: Pilot, *, is_dissent: bool, words: str) -> bool:
    return not is_dissent or bool(words.strip())


@guard(_("The sites, the vendor and the owner of the need may still comment."))
def sides_had_their_say(pilot: Pilot, *, at: datetime) -> bool:
    if pilot.comments_until is None:
        return False
    return at > pilot.comments_until or not silent_sides(pilot)


def silent_sides(pilot: Pilot) -> list[tuple[str, int | None]]:
    """Who has not commented on the present result: pairs of a side and, for a site, its slot."""
    slots = list(pilot.slots.filter(state=SlotState.USED).values_list("pk", flat=True))
    wanted: list[tuple[str, int | None]] = [(Side.SITE.value, slot) for slot in slots]
    wanted += [(Side.VENDOR.value, None)] if pilot.organisation_id else []
    wanted += [(Side.OWNER.value, None)] if pilot.need_owner_id() else []
    said = set(
        pilot.comments.filter(result_sha256=pilot.result_sha256).values_list("side", "slot_id")
    )
    return [one for one in wanted if one not in said]


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


# the ends


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


# births


@guard(_("The application is not accepted."))
def application_is_accepted(application: Any) -> bool:
    return application.state == ApplicationState.ACCEPTED


@guard(_("An initiative needs a sponsor."))
def initiative_has_sponsor(programme: Any, *, sponsor: Person | None) -> bool:
    return sponsor is not None


@guard(_("The trial must be over before today: plan a new one as a pilot."))
def window_is_past(programme: Any, *, starts_on: date, ends_on: date, at: datetime) -> bool:
    return starts_on <= ends_on < timezone.localdate(at)

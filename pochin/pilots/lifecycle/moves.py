"""The life of a pilot.

proposed → design ↔ plan review → locked → preparation → baseline → running ↔ suspended
running → data closed → evaluation → results agreed → awaiting decision
        → scale | scale with conditions | rework | stop → closed; extend → running
running → ended early → data closed | closed; before the run: cancelled
from the archive: … → locked → running → …
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement
from pochin.applications.models import Application
from pochin.core import calendar, numbers, signatures, turns
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused
from pochin.core.policy import SYSTEM, system
from pochin.lab.protocol import Protocol
from pochin.participants.models import Organisation, Person, Programme
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat
from pochin.pilots.lifecycle import guards as g
from pochin.pilots.lifecycle.evidence import Completeness, Decided, Finding
from pochin.pilots.models import (
    BEFORE_RUNNING,
    UNDECIDED,
    BudgetLine,
    Check,
    Comment,
    Lesson,
    LogEntry,
    Milestone,
    Outcome,
    Pilot,
    Plan,
    Remark,
    Risk,
    Side,
    SiteSlot,
    SlotState,
    State,
    keep_plan,
    signed_sides,
)
from pochin.pilots.policy import (
    analyst,
    archivist,
    canceller,
    commenter,
    coordinator,
    decision_owner,
    designer,
    insider,
    keeper,
    manager,
    methodologist,
    need_owner,
    plan_side,
    plan_signer,
    stopper,
    vendor,
)

COMMENT_DAYS = 10  # working days; the programme's clock “results agreement” may say otherwise

# What must be done before a run, by track; the manager adds what the case asks for.
CHECKLIST = (
    ("safety", "Инструктаж по безопасности проведён", "People are instructed in safety"),
    ("security", "Служба безопасности согласовала доступ", "Security has agreed to the access"),
    ("contract", "Договор о пилоте подписан", "The agreement on the pilot is signed"),
    ("procurement", "Путь закупки выбран", "The procurement route is chosen"),
    ("rights", "Права на результаты распределены", "Rights to the results are settled"),
    ("training", "Работники площадок обучены", "The sites' people are trained"),
)

life: Lifecycle[Pilot] = Lifecycle(
    "pilots",
    State,
    ends=frozenset({State.CLOSED, State.CANCELLED}),
    rests={
        State.LOCKED: _("The preparation begins at once."),
        State.RESULTS_AGREED: _("The decision is asked for at once."),
    },
)


def _with_decider(holders: list[str], pilot: Pilot) -> list[str]:
    """After the decision date the owner is waited for too, whatever the state."""
    if pilot.decision_day_reached_at is None:
        return holders
    return sorted({*holders, *person_hat(pilot.decision_owner_id)})


def _manager_hat(pilot: Pilot) -> list[str]:
    held = person_hat(pilot.manager_id) or role_hat(Role.COORDINATOR, pilot)
    return _with_decider(held, pilot)


def _plan_hats(pilot: Pilot) -> list[str]:
    """First the methodologist; after that signature whoever has not signed yet."""
    plan = pilot.plan()
    missing = g.sides_missing(pilot, signed_sides(plan) if plan is not None else ())
    hats = {
        "methodologist": person_hat(pilot.methodologist_id),
        "owner": person_hat(pilot.need_owner_id()),
        "vendor": organisation_hat(pilot.organisation_id or 0, "sign"),
    }
    if "methodologist" in missing:
        return _with_decider(hats["methodologist"], pilot)
    return _with_decider([hat for side in missing for hat in hats[side]], pilot)


def _run_hats(pilot: Pilot) -> list[str]:
    # While the days of the run last nobody is waited for; then the manager completes the data.
    return _with_decider(person_hat(pilot.manager_id) if pilot.end_reached_at else [], pilot)


def _result_hats(pilot: Pilot) -> list[str]:
    if pilot.result_at is None:
        return _with_decider(person_hat(pilot.analyst_id), pilot)
    hats: list[str] = []
    for side, slot in g.silent_sides(pilot):
        if side == Side.SITE:
            for key in pilot.slots.get(pk=slot).keepers():
                hats += person_hat(key)
        elif side == Side.VENDOR:
            hats += organisation_hat(pilot.organisation_id or 0)
        else:
            hats += person_hat(pilot.need_owner_id())
    return _with_decider(sorted(set(hats)), pilot)


life.waits(
    State.PROPOSED,
    on=lambda pilot: _with_decider(role_hat(Role.COORDINATOR, pilot), pilot),
    owner=Role.COORDINATOR.label,
    clock="pilot start",
    days=5,
    words=_("Name the people and begin the design"),
)
life.waits(
    State.DESIGN,
    on=_manager_hat,
    owner=Role.PILOT_MANAGER.label,
    clock="design",
    days=20,
    words=_("Write the plan, find sites and hand the plan in"),
)
life.waits(
    State.PLAN_REVIEW,
    on=_plan_hats,
    owner=_("the methodologist; then the need owner and the company"),
    clock="plan review",
    days=5,
    pauses=[State.DESIGN],
    words=_("Check and sign the evaluation plan"),
)
life.waits(
    State.PREPARATION,
    on=_manager_hat,
    owner=Role.PILOT_MANAGER.label,
    clock="preparation",
    days=20,
    words=_("Collect the sites' consents and test the data feed"),
)
life.waits(
    State.BASELINE,
    on=_manager_hat,
    owner=Role.PILOT_MANAGER.label,
    clock="baseline",
    days=40,
    words=_("Measure the baseline, finish the checklist and start the run"),
)
life.waits(
    State.RUNNING,
    on=_run_hats,
    owner=_("the pilot manager after the last day"),
    clock="data closing",
    days=10,
    words=_("Complete the readings or say why some are missing"),
)
life.waits(
    State.SUSPENDED,
    on=_manager_hat,
    owner=Role.PILOT_MANAGER.label,
    clock="suspension",
    days=10,
    words=_("Settle what stopped the pilot and let it go on"),
)
life.waits(
    State.ENDED_EARLY,
    on=_manager_hat,
    owner=Role.PILOT_MANAGER.label,
    clock="data closing",
    days=10,
    words=_("Complete the readings of the days that were run"),
)
life.waits(
    State.DATA_CLOSING,
    on=lambda pilot: _with_decider(person_hat(pilot.analyst_id), pilot),
    owner=_("the analyst of the pilot"),
    clock="evaluation",
    days=10,
    words=_("Begin the evaluation"),
)
life.waits(
    State.EVALUATION,
    on=_result_hats,
    owner=_("the analyst of the pilot; then each side that has not commented"),
    clock="results agreement",
    days=COMMENT_DAYS,
    words=_("Evaluate by the plan; then the sides comment on the result"),
)
life.waits(
    State.AWAITING,
    on=lambda pilot: person_hat(pilot.decision_owner_id),
    owner=Role.DIRECTOR.label,
    clock="pilot decision",
    days=10,
    words=_("Decide about the pilot"),
)
for _state in (State.SCALE, State.SCALE_WITH_CONDITIONS, State.REWORK, State.STOP):
    life.waits(
        _state,
        on=lambda pilot: person_hat(pilot.manager_id) or role_hat(Role.COORDINATOR, pilot),
        owner=Role.PILOT_MANAGER.label,
        clock="lessons",
        days=10,
        words=_("Write down what was tried and why it came out so"),
    )


# Births ---------------------------------------------------------------------------------------


@life.birth(
    State.PROPOSED,
    who=system | coordinator,
    label=_("Propose a pilot of an accepted application"),
    guards=[g.application_is_accepted],
)
def propose_from(application: Application, *, by: Any, at: datetime = NOW) -> Pilot:
    """An application was accepted; its solution is to be tried."""
    solution = application.solution
    versions = application.versions.order_by("-number")
    frozen = versions[0].content.get("solution") if versions else None
    return Pilot(
        programme=application.programme,
        number=numbers.following("pilot"),
        title_ru=application.title,
        need=application.need,
        organisation=application.organisation,
        solution=solution,
        solution_frozen=frozen or (solution.snapshot() if solution else {}),
        sponsor=application.need.owner,
        vendor_manager=application.contact,
        proposed_at=at,
        is_demonstration=application.is_demonstration,
    )


def open_for(application: Application, *, by: Any, at: datetime = NOW) -> Pilot:
    """The pilot of an accepted application: the one there is, or a new one."""
    with transaction.atomic():
        # The row lock makes two that come at once wait for each other.
        Application._base_manager.select_for_update().get(pk=application.pk)
        pilot = Pilot.objects.filter(applications=application).first()
        if pilot is None:
            pilot = propose_from(application, by=by, at=at)
            pilot.applications.add(application)
    return pilot


@life.birth(
    State.PROPOSED,
    who=coordinator,
    label=_("Propose a pilot"),
    guards=[g.initiative_has_sponsor],
)
def propose(
    programme: Programme,
    *,
    by: Any,
    sponsor: Person | None,
    organisation: Organisation,
    at: datetime = NOW,
    **fields: Any,
) -> Pilot:
    """Try a solution on the initiative of a sponsor, without an application."""
    solution = fields.get("solution")
    return Pilot(
        programme=programme,
        number=numbers.following("pilot"),
        sponsor=sponsor,
        organisation=organisation,
        solution_frozen=solution.snapshot() if solution else {},
        proposed_at=at,
        **fields,
    )


@life.birth(
    State.DESIGN,
    who=archivist,
    label=_("Enter a pilot from the archive"),
    guards=[g.window_is_past],
)
def enter_from_archive(
    programme: Programme,
    *,
    by: Any,
    starts_on: date,
    ends_on: date,
    at: datetime = NOW,
    **fields: Any,
) -> Pilot:
    """Enter a trial that is over; for ever it is said that its plan came after the data."""
    return Pilot(
        programme=programme,
        number=numbers.following("pilot"),
        is_archive=True,
        starts_on=starts_on,
        ends_on=ends_on,
        proposed_at=at,
        **fields,
    )


# From the idea to the locked plan -------------------------------------------------------------


@life.move(
    *BEFORE_RUNNING,
    to=STAY,
    who=coordinator,
    label=_("Name the people and the decision date"),
    guards=[g.duties_are_separate, g.people_are_untied, g.people_hold_their_roles],
)
def appoint(
    pilot: Pilot,
    *,
    by: Any,
    manager: Person | None,
    methodologist: Person | None,
    analyst: Person | None,
    decision_owner: Person | None,
    vendor_manager: Person | None = None,
    decision_date: date | None = None,
    at: datetime = NOW,
) -> None:
    """Say who manages, who checks, who computes, who decides and until when."""
    pilot.manager, pilot.methodologist = manager, methodologist
    pilot.analyst, pilot.decision_owner = analyst, decision_owner
    pilot.vendor_manager = vendor_manager or pilot.vendor_manager
    pilot.decision_date = decision_date or pilot.decision_date


@life.move(*BEFORE_RUNNING, to=STAY, who=designer, label=_("Edit"))
def edit(pilot: Pilot, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change what is said about the pilot; the locked plan stays as it is."""
    for name, value in fields.items():
        setattr(pilot, name, value)


@life.move(
    State.PROPOSED,
    to=State.DESIGN,
    who=coordinator,
    label=_("Begin the design"),
    guards=[g.has_grounds, g.manager_is_named],
)
def begin_design(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Let the pilot manager design the trial."""


@life.move(State.DESIGN, to=STAY, who=designer | methodologist, label=_("Write the plan"))
def write_plan(
    pilot: Pilot,
    *,
    by: Any,
    protocol: Protocol,
    guesses: dict[str, Any] | None = None,
    at: datetime = NOW,
) -> None:
    """Keep the plan as it is now; signatures under an earlier text do not count for it."""
    plan = keep_plan(pilot, protocol, guesses=guesses or {}, by=by, at=at)
    plan.pilot = pilot
    start, end = plan.run_window()
    if start is not None:
        pilot.starts_on, pilot.ends_on = start, end


@life.move(
    State.DESIGN,
    to=State.PLAN_REVIEW,
    who=manager,
    label=_("Hand the plan in"),
    guards=[
        g.plan_is_complete,
        g.sites_are_agreed,
        g.is_feasible,
        g.nothing_blocks_the_plan,
        g.methodologist_is_named,
        g.window_is_ahead,
    ],
)
def submit_plan(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Ask the methodologist to check the plan."""


@life.move(
    State.PLAN_REVIEW,
    to=State.DESIGN,
    who=methodologist,
    label=_("Return with remarks"),
    guards=[g.remarks_are_written],
)
def return_plan(pilot: Pilot, *, by: Any, remark: str, path: str = "", at: datetime = NOW) -> None:
    """Say what must change before the plan can be locked."""
    Remark.objects.create(
        pilot=pilot, plan=pilot.plan(), path=path, words=remark, by_id=by.pk, at=at
    )


@life.move(
    State.PLAN_REVIEW,
    to=STAY,
    who=plan_signer,
    label=_("Sign the plan"),
    guards=[
        g.has_not_signed_yet,
        g.signers_are_untied,
        g.baseline_is_scheduled,
        g.nothing_blocks_the_plan,
        g.window_is_ahead,
    ],
    is_final=True,
)
def sign_plan(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Sign these bytes; with the last signature the plan is locked and cannot change."""
    plan = pilot.plan()
    assert plan is not None, "a plan under review exists"
    if not plan.is_whole:
        raise Refused(_t("The plan is not the one that was written; tell the administrator."))
    side = plan_side(by, pilot)
    assert side is not None, "the rule lets only the sides sign"
    signatures.sign(plan, what="plan", by=by, role=side, sha256=plan.sha256, at=at)


@life.move(
    State.PLAN_REVIEW,
    to=State.LOCKED,
    who=system,
    label=_("Lock the plan"),
    guards=[g.all_have_signed, g.signers_are_untied, g.baseline_is_scheduled],
)
def lock(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """All three sides have signed the same bytes; from here on only amendments, seen for ever."""
    plan = pilot.plan()
    assert plan is not None, "all have signed it"
    plan.locked_at = pilot.locked_at = at
    plan.save()


@life.follows("sign_plan")
def _lock_when_all_signed(pilot: Pilot, at: datetime) -> None:
    if g.all_have_signed.stands(pilot, {}):
        lock(pilot, by=SYSTEM, at=at)


# Preparation ----------------------------------------------------------------------------------


@life.move(State.LOCKED, to=State.PREPARATION, who=system, label=_("Begin the preparation"))
def prepare(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Contract, security, procurement, rights and training go on side by side."""
    Check.objects.bulk_create(
        Check(pilot=pilot, number=n, kind=kind, words_ru=ru, words_en=en)
        for n, (kind, ru, en) in enumerate(CHECKLIST, start=pilot.checks.count() + 1)
    )


@life.move(State.LOCKED, to=State.RUNNING, who=system, label=_("Take in the readings"))
def open_archive(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The trial is long over; its readings may now be sent in."""
    pilot.started_at = pilot.end_reached_at = at


@life.follows("lock")
def _go_on_after_lock(pilot: Pilot, at: datetime) -> None:
    (open_archive if pilot.is_archive else prepare)(pilot, by=SYSTEM, at=at)


@life.move(
    State.PREPARATION, State.BASELINE, to=STAY, who=manager | keeper, label=_("Tick the checklist")
)
def tick(pilot: Pilot, *, by: Any, check: Check, note: str = "", at: datetime = NOW) -> None:
    """Say that a line of the checklist is done."""
    if check.pilot_id != pilot.pk:
        raise Refused(_t("This line belongs to another pilot."))
    check.done_by_id, check.done_at, check.note = by.pk, at, note
    check.save()


@life.move(State.PREPARATION, State.BASELINE, to=STAY, who=manager, label=_("Add to the checklist"))
def add_check(
    pilot: Pilot, *, by: Any, kind: str, words_ru: str, words_en: str = "", at: datetime = NOW
) -> None:
    """Add what this pilot needs besides."""
    number = pilot.checks.count() + 1
    Check.objects.create(
        pilot=pilot, number=number, kind=kind, words_ru=words_ru, words_en=words_en
    )


@life.move(
    State.PREPARATION,
    State.BASELINE,
    to=STAY,
    who=system | manager | keeper,
    label=_("Confirm that the data feed works"),
)
def confirm_feed(pilot: Pilot, *, by: Any, note: str = "", at: datetime = NOW) -> None:
    """A trial file or feed from the sites was read without faults."""
    pilot.feed_tested_at = at


@life.move(
    State.PREPARATION,
    to=State.BASELINE,
    who=manager,
    label=_("Begin the baseline"),
    guards=[g.site_consents_are_signed, g.data_feed_is_tested],
)
def begin_baseline(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Measure how it is without the solution."""


@life.move(
    State.PREPARATION,
    State.BASELINE,
    State.RUNNING,
    State.SUSPENDED,
    State.ENDED_EARLY,
    to=STAY,
    who=system,
    label=_("Note which readings arrived"),
)
def note_data(pilot: Pilot, *, by: Any, data: Completeness, at: datetime = NOW) -> None:
    """Remember what arrived of what the plan expects, as counted by the room of the readings."""
    pilot.data = data.to_dict()


@life.move(
    State.PREPARATION,
    State.BASELINE,
    to=STAY,
    who=methodologist,
    label=_("Enter the drawn number"),
    guards=[g.lot_is_not_drawn, g.seed_is_the_committed_one],
    is_final=True,
)
def draw(pilot: Pilot, *, by: Any, seed: str, at: datetime = NOW) -> None:
    """Say which number was drawn; who works with the solution follows from it."""
    pilot.seed = seed


@life.move(
    State.BASELINE,
    to=State.RUNNING,
    who=manager,
    label=_("Start the run"),
    guards=[
        g.checklist_is_done,
        g.baseline_is_sufficient,
        g.decision_is_owned,
        g.agreement_is_in_force,
        g.treatment_is_assigned,
        g.sites_signed_the_start,
    ],
    is_final=True,
)
def start(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Start by the act the sites have signed; who works with the solution is as drawn."""
    pilot.started_at = at


@life.move(*BEFORE_RUNNING, to=STAY, who=designer, label=_("Link the agreement"))
def link_agreement(pilot: Pilot, *, by: Any, agreement: Agreement, at: datetime = NOW) -> None:
    """Name the agreement under which the pilot runs."""
    if agreement.programme_id != pilot.programme_id:
        raise Refused(_t("This agreement belongs to another programme."))
    pilot.agreement = agreement


# The run --------------------------------------------------------------------------------------


@life.move(
    State.RUNNING,
    to=State.SUSPENDED,
    who=stopper,
    label=_("Suspend"),
    guards=[g.suspension_is_explained],
)
def suspend(pilot: Pilot, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Stop the trial at once, for safety or another named reason; its days go on counting."""
    pilot.suspended_by_id, pilot.reasons = by.pk, reason


@life.move(
    State.SUSPENDED,
    to=State.RUNNING,
    who=keeper | manager | coordinator,
    label=_("Let it go on"),
    guards=[g.veto_is_lifted, g.serious_incidents_are_closed],
)
def resume(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """What stopped the trial is settled."""
    pilot.suspended_by_id, pilot.reasons = None, ""


@life.move(
    State.RUNNING,
    State.SUSPENDED,
    to=State.ENDED_EARLY,
    who=decision_owner,
    label=_("End early"),
    guards=[g.early_end_is_in_the_plan],
    is_final=True,
)
def end_early(pilot: Pilot, *, by: Any, rule: str, reason: str, at: datetime = NOW) -> None:
    """End by a stopping rule of the plan or force majeure; the result is marked for ever."""
    pilot.early_reason, pilot.reasons = rule, reason


@life.move(
    State.RUNNING,
    State.SUSPENDED,
    State.ENDED_EARLY,
    to=STAY,
    who=manager | analyst,
    label=_("Say why readings are missing"),
)
def explain_gaps(pilot: Pilot, *, by: Any, words: str, at: datetime = NOW) -> None:
    """Explain what is missing; the explanation stands beside the result."""
    pilot.data_words = words


@life.move(
    State.RUNNING,
    State.ENDED_EARLY,
    to=State.DATA_CLOSING,
    who=system | analyst,
    label=_("Close the data"),
    guards=[
        g.end_has_come,
        g.data_have_arrived,
        g.data_are_complete_or_explained,
        g.closer_did_not_import,
    ],
    is_final=True,
)
def close_data(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Take no more readings; what arrived is fixed by its fingerprint."""
    pilot.data_sha256 = Completeness.of(pilot.data).sha256
    pilot.data_closed_at = at


# The result -----------------------------------------------------------------------------------


@life.move(
    State.DATA_CLOSING,
    to=State.EVALUATION,
    who=analyst,
    label=_("Begin the evaluation"),
    guards=[g.data_are_locked, g.analyst_is_independent],
)
def begin_evaluation(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Let the locked analysis be computed from the closed data."""


@life.move(
    State.EVALUATION,
    to=STAY,
    who=analyst,
    label=_("Hand the result to the sides"),
    guards=[
        g.result_is_of_these_data,
        g.result_follows_the_plan,
        g.archive_is_not_green,
        g.analyst_is_independent,
    ],
)
def hand_over(pilot: Pilot, *, by: Any, finding: Finding, at: datetime = NOW) -> None:
    """Show the result to the sites, the vendor and the owner, who have ten days to comment."""
    pilot.verdict, pilot.colour = finding.verdict, finding.colour
    pilot.result_sha256, pilot.result_at = finding.sha256, at
    days = turns.days_for(pilot, "results agreement", COMMENT_DAYS)
    pilot.comments_until = calendar.after(at, days)


@life.move(
    State.EVALUATION,
    to=STAY,
    who=commenter,
    label=_("Comment on the result"),
    guards=[g.result_is_handed_over, g.comments_are_open, g.dissent_has_words],
)
def comment(pilot: Pilot, *, by: Any, is_dissent: bool, words: str, at: datetime = NOW) -> None:
    """Agree, or object with words; an objection stays beside the result."""
    voices = _voices(pilot, by)
    for side, slot in voices:
        Comment.objects.create(
            pilot=pilot, side=side, slot=slot, result_sha256=pilot.result_sha256,
            is_dissent=is_dissent, words=words, by_id=by.pk, at=at,
        )  # fmt: skip


def _voices(pilot: Pilot, by: Any) -> list[tuple[str, SiteSlot | None]]:
    """For whom this person speaks: each site they keep, the vendor, the need."""
    kept = pilot.slots.kept_by(by)
    voices: list[tuple[str, SiteSlot | None]] = [(Side.SITE, slot) for slot in kept]
    if vendor(by, pilot):
        voices.append((Side.VENDOR, None))
    if need_owner(by, pilot):
        voices.append((Side.OWNER, None))
    return voices


@life.move(
    State.EVALUATION,
    to=State.RESULTS_AGREED,
    who=system,
    label=_("Note that the sides have commented"),
    guards=[g.result_is_handed_over, g.sides_had_their_say],
)
def agree_results(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """All have spoken or their days are over; silence is no objection."""
    pilot.agreed_at = at


@life.follows("comment")
def _agree_when_all_spoke(pilot: Pilot, at: datetime) -> None:
    if g.sides_had_their_say.stands(pilot, {"at": at}):
        agree_results(pilot, by=SYSTEM, at=at)


@life.move(State.RESULTS_AGREED, to=State.AWAITING, who=system, label=_("Ask for the decision"))
def await_decision(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The owner's clock begins."""


@life.follows("agree_results")
def _ask_for_decision(pilot: Pilot, at: datetime) -> None:
    await_decision(pilot, by=SYSTEM, at=at)


# The decision ---------------------------------------------------------------------------------


def settle(pilot: Pilot, *, outcome: str, grounds: Decided, by: Any, at: datetime = NOW) -> Pilot:
    """Make the move of a signed decision; called by the room of the decisions."""
    moves = {
        Outcome.SCALE: scale,
        Outcome.SCALE_WITH_CONDITIONS: scale_with_conditions,
        Outcome.EXTEND: extend,
        Outcome.REWORK: rework,
        Outcome.STOP: stop,
    }
    return moves[Outcome(outcome)](pilot, by=by, grounds=grounds, at=at)


def _decide(pilot: Pilot, outcome: str, grounds: Decided, at: datetime) -> None:
    pilot.outcome, pilot.decided_at = outcome, at
    pilot.decision_sha256, pilot.reasons = grounds.sha256, grounds.words


@life.move(
    State.AWAITING,
    to=State.SCALE,
    who=decision_owner,
    label=_("Scale"),
    guards=[g.verdict_was_shown, g.scaling_without_green_is_seconded, g.panel_has_voted],
    is_final=True,
)
def scale(pilot: Pilot, *, by: Any, grounds: Decided, at: datetime = NOW) -> None:
    """Take the solution into use."""
    _decide(pilot, Outcome.SCALE, grounds, at)


@life.move(
    State.AWAITING,
    to=State.SCALE_WITH_CONDITIONS,
    who=decision_owner,
    label=_("Scale with conditions"),
    guards=[
        g.verdict_was_shown,
        g.scaling_without_green_is_seconded,
        g.panel_has_voted,
        g.conditions_are_written,
    ],
    is_final=True,
)
def scale_with_conditions(pilot: Pilot, *, by: Any, grounds: Decided, at: datetime = NOW) -> None:
    """Take the solution into use once the conditions are kept."""
    _decide(pilot, Outcome.SCALE_WITH_CONDITIONS, grounds, at)
    pilot.conditions = grounds.conditions


@life.move(
    State.AWAITING,
    to=State.RUNNING,
    who=decision_owner,
    label=_("Extend"),
    guards=[
        g.verdict_was_shown,
        g.is_not_from_archive,
        g.extensions_are_left,
        g.extension_has_days,
        g.says_what_will_be_learnt,
    ],
    is_final=True,
)
def extend(pilot: Pilot, *, by: Any, grounds: Decided, at: datetime = NOW) -> None:
    """Measure longer: until when, and what that will show."""
    _decide(pilot, Outcome.EXTEND, grounds, at)
    pilot.extensions += 1
    pilot.ends_on, pilot.decision_date = grounds.ends_on, grounds.decide_on
    pilot.slots.filter(state=SlotState.USED).update(ends_on=grounds.ends_on)
    pilot.reasons = grounds.to_learn
    pilot.end_reached_at = pilot.decision_day_reached_at = None
    pilot.data_sha256, pilot.data_closed_at = "", None
    pilot.verdict = pilot.colour = pilot.result_sha256 = ""
    pilot.result_at = pilot.comments_until = pilot.agreed_at = None


@life.move(
    State.AWAITING,
    to=State.REWORK,
    who=decision_owner,
    label=_("Send to rework"),
    guards=[g.verdict_was_shown, g.says_what_will_be_learnt],
    is_final=True,
)
def rework(pilot: Pilot, *, by: Any, grounds: Decided, at: datetime = NOW) -> None:
    """The vendor changes the solution; it is tried anew by a pilot that follows this one."""
    _decide(pilot, Outcome.REWORK, grounds, at)
    pilot.conditions = grounds.to_learn


@life.move(
    State.AWAITING,
    to=State.STOP,
    who=decision_owner,
    label=_("Stop"),
    guards=[g.verdict_was_shown, g.stopping_at_green_is_seconded],
    is_final=True,
)
def stop(pilot: Pilot, *, by: Any, grounds: Decided, at: datetime = NOW) -> None:
    """Not go on with the solution."""
    _decide(pilot, Outcome.STOP, grounds, at)


@life.birth(State.PROPOSED, who=coordinator, label=_("Try again after rework"))
def follow_up(before: Pilot, *, by: Any, at: datetime = NOW) -> Pilot:
    """Propose the pilot that tries the reworked solution, with a plan of its own."""
    if before.outcome != Outcome.REWORK:
        raise Refused(_t("Only a pilot that was sent to rework is followed by another."))
    solution = before.solution
    return Pilot(
        programme=before.programme,
        number=numbers.following("pilot"),
        title_ru=before.title_ru,
        title_en=before.title_en,
        need=before.need,
        organisation=before.organisation,
        solution=solution,
        solution_frozen=solution.snapshot() if solution else {},
        sponsor=before.sponsor,
        vendor_manager=before.vendor_manager,
        follows=before,
        proposed_at=at,
        is_demonstration=before.is_demonstration,
    )


# The ends -------------------------------------------------------------------------------------


@life.move(
    *BEFORE_RUNNING,
    to=State.CANCELLED,
    who=canceller,
    label=_("Cancel"),
    guards=[g.cancel_code_is_known, g.lesson_is_told],
    is_final=True,
)
def cancel(pilot: Pilot, *, by: Any, code: str, tried: str, why: str, at: datetime = NOW) -> None:
    """Give the pilot up before its run, with the reason and what was learnt."""
    pilot.cancel_code, pilot.closed_at, pilot.reasons = code, at, why
    Lesson.objects.create(pilot=pilot, tried=tried, why=why, by_id=by.pk, at=at)


@life.move(
    State.ENDED_EARLY,
    State.SCALE,
    State.SCALE_WITH_CONDITIONS,
    State.REWORK,
    State.STOP,
    to=STAY,
    who=manager | coordinator | vendor | decision_owner,
    label=_("Write a lesson"),
    guards=[g.lesson_is_told],
)
def tell_lesson(pilot: Pilot, *, by: Any, tried: str, why: str, at: datetime = NOW) -> None:
    """Write what was tried and why it came out so."""
    Lesson.objects.create(pilot=pilot, tried=tried, why=why, by_id=by.pk, at=at)


@life.move(
    State.ENDED_EARLY,
    to=State.CLOSED,
    who=decision_owner,
    label=_("Close without a result"),
    guards=[g.lessons_are_filled],
    is_final=True,
)
def close_without_result(pilot: Pilot, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Nothing was measured that could be judged."""
    pilot.closed_at, pilot.reasons = at, reason


@life.move(
    State.SCALE,
    State.SCALE_WITH_CONDITIONS,
    State.REWORK,
    State.STOP,
    to=State.CLOSED,
    who=system,
    label=_("Close"),
    guards=[g.lessons_are_filled],
)
def close(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The decision is taken and the lessons are written."""
    pilot.closed_at = at


@life.follows("tell_lesson")
def _close_after_lessons(pilot: Pilot, at: datetime) -> None:
    if pilot.state in life.moves["close"].starts:
        close(pilot, by=SYSTEM, at=at)


# What is kept on the way ----------------------------------------------------------------------

ALIVE = tuple(s for s in State if s not in life.ends)


@life.move(*ALIVE, to=STAY, who=insider, label=_("Write into the log"))
def log(
    pilot: Pilot, *, by: Any, words: str, slot: SiteSlot | None = None, at: datetime = NOW
) -> None:
    """Note what happened; a line once written stays."""
    LogEntry.objects.create(pilot=pilot, words=words, slot=slot, by_id=by.pk, at=at)


@life.move(*ALIVE, to=STAY, who=designer, label=_("Set the budget"))
def set_budget(
    pilot: Pilot, *, by: Any, source: str, planned: Decimal, spent: Decimal, at: datetime = NOW
) -> None:
    """Say how much comes from a source and how much of it is spent."""
    BudgetLine.objects.update_or_create(
        pilot=pilot, source=source, defaults={"planned": planned, "spent": spent}
    )


@life.move(*ALIVE, to=STAY, who=designer, label=_("Add a milestone"))
def add_milestone(pilot: Pilot, *, by: Any, words: str, due_on: date, at: datetime = NOW) -> None:
    """Name what is to be reached by when."""
    number = pilot.milestones.count() + 1
    Milestone.objects.create(pilot=pilot, number=number, words=words, due_on=due_on)


@life.move(*ALIVE, to=STAY, who=designer, label=_("Note that a milestone is reached"))
def reach_milestone(
    pilot: Pilot, *, by: Any, milestone: Milestone, reached_on: date, at: datetime = NOW
) -> None:
    """Say when it was reached."""
    if milestone.pilot_id != pilot.pk:
        raise Refused(_t("This milestone belongs to another pilot."))
    milestone.reached_on = reached_on
    milestone.save()


@life.move(*ALIVE, to=STAY, who=designer, label=_("Add a risk"))
def add_risk(
    pilot: Pilot, *, by: Any, words: str, weight: str, answer: str = "", at: datetime = NOW
) -> None:
    """Name what may go wrong and what is done about it."""
    number = pilot.risks.count() + 1
    Risk.objects.create(pilot=pilot, number=number, words=words, weight=weight, answer=answer)


# The clock ------------------------------------------------------------------------------------


@life.move(State.PREPARATION, State.BASELINE, to=STAY, who=system, label=_("The run was to begin"))
def reach_start(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The first day of the plan has come and the run has not been started."""
    pilot.start_reached_at = at


@life.move(State.RUNNING, State.SUSPENDED, to=STAY, who=system, label=_("The last day has passed"))
def reach_end(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The days of the run are over; the readings are to be completed."""
    pilot.end_reached_at = at


@life.move(
    *(state for state in UNDECIDED if state != State.AWAITING),
    to=STAY,
    who=system,
    label=_("The decision date has passed"),
)
def reach_decision_day(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The state stays as it is; from now on the owner is waited for too."""
    pilot.decision_day_reached_at = at


@life.move(
    State.PREPARATION,
    State.BASELINE,
    State.RUNNING,
    State.SUSPENDED,
    State.ENDED_EARLY,
    State.DATA_CLOSING,
    State.EVALUATION,
    to=STAY,
    who=system,
    label=_("The plan was amended"),
)
def take_amendment(pilot: Pilot, *, by: Any, note: str, at: datetime = NOW) -> None:
    """An amendment was signed by all sides; from now on it binds."""
    plan = pilot.locked_plan()
    assert plan is not None, "only a locked plan is amended"
    start, end = plan.run_window()
    if start is not None:
        pilot.starts_on, pilot.ends_on = start, end


def missing_signatures(plan: Plan) -> Iterable[str]:
    """The sides that have not signed this version yet."""
    return g.sides_missing(plan.pilot, signed_sides(plan))

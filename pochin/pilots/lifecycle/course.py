"""The life of a pilot.

proposed → design ↔ plan review → locked → preparation → baseline → running ↔ suspended
running → data closed → evaluation → results agreed → awaiting decision
        → scale | scale with conditions | rework | stop → closed; extend → running
running → ended early → data closed | closed; before the run: cancelled
from the archive: … → locked → running → …; cancelled until its data are closed
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core import calendar
from pochin.core.lifecycle import Lifecycle
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat
from pochin.pilots.lifecycle.guards import closing, judging, planning, stopping
from pochin.pilots.models import AmendmentState, Pilot, Side, State, signed_sides

COMPLETE_READINGS = _("Complete the readings or say why some are missing; then the data are closed")
COMMENT_DAYS = 10  # working days; the programme's clock “results agreement” may say otherwise

life: Lifecycle[Pilot] = Lifecycle(
    "pilots",
    State,
    ends=frozenset({State.CLOSED, State.CANCELLED}),
    rests={
        State.LOCKED: _("The preparation begins at once."),
        State.RESULTS_AGREED: _("The decision is asked for at once."),
    },
)

ALIVE = tuple(state for state in State if state not in life.ends)


def _with_decider(holders: list[str], pilot: Pilot) -> list[str]:
    """After the decision date the owner is waited for too, whatever the state."""
    if pilot.decision_day_reached_at is None:
        return holders
    return sorted({*holders, *person_hat(pilot.decision_owner_id)})


def _manager_hat(pilot: Pilot) -> list[str]:
    held = person_hat(pilot.manager_id) or role_hat(Role.COORDINATOR, pilot)
    return _with_decider(held, pilot)


def _resumer_hats(pilot: Pilot) -> list[str]:
    """The manager; where a site stopped the pilot, its keeper too: only a site lets it go on."""
    site = person_hat(pilot.suspended_by_id) if stopping.is_vetoed(pilot) else []
    return sorted({*_manager_hat(pilot), *site})


def _plan_hats(pilot: Pilot) -> list[str]:
    """First the methodologist; after that signature whoever has not signed yet."""
    plan = pilot.plan()
    missing = planning.sides_missing(pilot, signed_sides(plan) if plan is not None else ())
    hats = {
        "methodologist": person_hat(pilot.methodologist_id),
        "owner": person_hat(pilot.need_owner_id()),
        "vendor": organisation_hat(pilot.organisation_id or 0, "sign"),
    }
    if "methodologist" in missing:
        return _with_decider(hats["methodologist"], pilot)
    return _with_decider([hat for side in missing for hat in hats[side]], pilot)


def _run_hats(pilot: Pilot) -> list[str]:
    if pilot.end_reached_at:
        return _closing_hats(pilot)
    # While the days of the run last nobody is waited for, but where the plan ends before them.
    return _manager_hat(pilot) if owes_a_longer_plan(pilot) else _with_decider([], pilot)


def owes_a_longer_plan(pilot: Pilot) -> bool:
    """Whether a decision extended the run and nobody has proposed the plan that covers it."""
    plan = pilot.locked_plan() if pilot.extensions else None
    if plan is None:
        return False
    plan.pilot = pilot
    proposed = pilot.amendments.filter(state=AmendmentState.PROPOSED)
    return plan.falls_short() and not proposed.exists()


def _run_words(pilot: Pilot) -> Any:
    """What the one who is waited for during the run has to do."""
    if pilot.end_reached_at is not None or not pilot.extensions:
        return COMPLETE_READINGS
    # Before the decision day nobody is waited for during the run but for the longer plan, so a
    # list of turns need not ask about each of them.
    if pilot.decision_day_reached_at is None or owes_a_longer_plan(pilot):
        return _("Propose the amendment that makes the plan as long as the run was extended")
    return COMPLETE_READINGS


def _closing_hats(pilot: Pilot) -> list[str]:
    """The manager completes the data; where the clock does not close them, the analyst does."""
    complete = closing.data_have_arrived.holds(
        pilot
    ) and closing.data_are_complete_or_explained.holds(pilot)
    return _with_decider(person_hat(pilot.analyst_id if complete else pilot.manager_id), pilot)


def _result_hats(pilot: Pilot) -> list[str]:
    if pilot.result_at is None:
        return _with_decider(person_hat(pilot.analyst_id), pilot)
    hats: list[str] = []
    for side, slot in judging.silent_sides(pilot):
        if side == Side.SITE and slot is not None:
            for key in pilot.slots.get(pk=slot).keepers():
                hats += person_hat(key)
        elif side == Side.VENDOR:
            hats += organisation_hat(pilot.organisation_id or 0)
        else:
            hats += person_hat(pilot.need_owner_id())
    return _with_decider(sorted(set(hats)), pilot)


def _evaluation_words(pilot: Pilot) -> Any:
    """Who has only to comment is not asked to evaluate, nor the other way round."""
    return (
        _("Evaluate by the plan")
        if pilot.result_at is None
        else _("The result is there: comment on it")
    )


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
    owner=_(
        "the pilot manager: after the last day, and where the run was extended beyond the plan"
    ),
    clock="data closing",
    days=10,
    words=COMPLETE_READINGS,
    now=_run_words,
)
life.waits(
    State.SUSPENDED,
    on=_resumer_hats,
    owner=_("the pilot manager; after a veto also the keeper who gave it"),
    clock="suspension",
    days=10,
    words=_("Settle what stopped the pilot and let it go on"),
)
life.waits(
    State.ENDED_EARLY,
    on=_closing_hats,
    owner=_("the pilot manager; once the readings are complete, the analyst"),
    clock="data closing",
    days=10,
    words=_("Complete the readings of the days that were run; then the data are closed"),
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
    words=_("Evaluate by the plan; once the result is there, comment on it"),
    now=_evaluation_words,
)


def _promised_day(pilot: Pilot) -> datetime | None:
    """The end of the promised day; where it had passed before the turn came, the clock rules."""
    if pilot.decision_date is None or pilot.decision_day_reached_at is not None:
        return None
    return datetime.combine(pilot.decision_date, time(23, 59, 59), calendar.MOSCOW)


life.waits(
    State.AWAITING,
    on=lambda pilot: person_hat(pilot.decision_owner_id),
    owner=Role.DIRECTOR.label,
    clock="pilot decision",
    days=10,
    words=_("Decide about the pilot"),
    until=_promised_day,
)
for _state in (State.SCALE, State.SCALE_WITH_CONDITIONS, State.REWORK, State.STOP):
    life.waits(
        _state,
        on=lambda pilot: person_hat(pilot.manager_id) or role_hat(Role.COORDINATOR, pilot),
        owner=Role.PILOT_MANAGER.label,
        clock="lessons",
        days=10,
        words=_("Settle what is owed after the run; write down what was tried and why"),
    )

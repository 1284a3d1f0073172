"""The decision, what follows from it, and the ends of a pilot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.core.policy import SYSTEM, system
from pochin.pilots.lifecycle.course import life
from pochin.pilots.lifecycle.evidence import Decided
from pochin.pilots.lifecycle.guards import deciding
from pochin.pilots.models import BEFORE_RUNNING, Lesson, Outcome, Pilot, SlotState, State
from pochin.pilots.policy import canceller, coordinator, decision_owner, manager, vendor


def may_end_in(pilot: Pilot, outcome: str) -> bool:
    """Whether a decision like this can ever be made about the pilot."""
    return life.moves[MOVES[Outcome(outcome)]].fits(pilot)


def why_never(pilot: Pilot, outcome: str) -> str:
    """Why no decision like this can ever be made about the pilot; empty where it can."""
    guards = life.moves[MOVES[Outcome(outcome)]].guards
    lasting = (one for one in guards if one.is_lasting and not one.stands(pilot, {}))
    return next((str(one.sentence) for one in lasting), "")


# The move of each decision.
MOVES = {
    Outcome.SCALE: "scale",
    Outcome.SCALE_WITH_CONDITIONS: "scale_with_conditions",
    Outcome.EXTEND: "extend",
    Outcome.REWORK: "rework",
    Outcome.STOP: "stop",
}


def settle(pilot: Pilot, *, outcome: str, grounds: Decided, by: Any, at: datetime = NOW) -> Pilot:
    """Make the move of a signed decision; called by the room of the decisions."""
    return life.make(MOVES[Outcome(outcome)], pilot, by=by, grounds=grounds, at=at)


def _decide(pilot: Pilot, outcome: str, grounds: Decided, at: datetime) -> None:
    pilot.outcome, pilot.decided_at = outcome, at
    pilot.decision_sha256, pilot.reasons = grounds.sha256, grounds.words


@life.move(
    State.AWAITING,
    to=State.SCALE,
    who=decision_owner,
    label=_("Scale"),
    done=_("It was decided to scale"),
    guards=[
        deciding.verdict_was_shown,
        deciding.scaling_without_green_is_seconded,
        deciding.panel_has_voted,
    ],
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
    done=_("It was decided to scale with conditions"),
    guards=[
        deciding.verdict_was_shown,
        deciding.scaling_without_green_is_seconded,
        deciding.panel_has_voted,
        deciding.conditions_are_written,
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
    done=_("It was decided to extend the pilot"),
    guards=[
        deciding.verdict_was_shown,
        deciding.is_not_from_archive,
        deciding.extensions_are_left,
        deciding.extension_has_days,
        deciding.says_what_will_be_learnt,
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
    done=_("It was decided to send the solution to rework"),
    guards=[
        deciding.verdict_was_shown,
        deciding.vendor_can_rework,
        deciding.says_what_will_be_learnt,
    ],
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
    done=_("It was decided to stop"),
    guards=[deciding.verdict_was_shown, deciding.stopping_at_green_is_seconded],
    is_final=True,
)
def stop(pilot: Pilot, *, by: Any, grounds: Decided, at: datetime = NOW) -> None:
    """Not go on with the solution."""
    _decide(pilot, Outcome.STOP, grounds, at)


@life.birth(
    State.PROPOSED,
    who=coordinator,
    label=_("Try again after rework"),
    done=_("The pilot was proposed again after rework"),
)
def follow_up(before: Pilot, *, by: Any, at: datetime = NOW) -> Pilot:
    """Propose the pilot that tries the reworked solution, with a plan of its own."""
    if before.outcome != Outcome.REWORK:
        raise Refused(_t("Only a pilot that was sent to rework is followed by another."))
    if before.organisation is None:
        raise Refused(str(deciding.vendor_can_rework.sentence))
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
    State.RUNNING,
    to=State.CANCELLED,
    who=canceller,
    label=_("Cancel"),
    done=_("The pilot was cancelled"),
    guards=[deciding.nothing_is_run_yet, deciding.cancel_code_is_known, deciding.lesson_is_told],
    is_final=True,
)
def cancel(pilot: Pilot, *, by: Any, code: str, tried: str, why: str, at: datetime = NOW) -> None:
    """Give the pilot up before its run, with the reason and what was learnt.

    One from the archive has no run here: it is given up until its data are closed.
    """
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
    done=_("A lesson was written down"),
    guards=[deciding.lesson_is_told],
)
def tell_lesson(pilot: Pilot, *, by: Any, tried: str, why: str, at: datetime = NOW) -> None:
    """Write what was tried and why it came out so."""
    Lesson.objects.create(pilot=pilot, tried=tried, why=why, by_id=by.pk, at=at)


@life.move(
    State.ENDED_EARLY,
    to=State.CLOSED,
    who=decision_owner,
    label=_("Close without a result"),
    done=_("The pilot was closed without a result"),
    guards=[deciding.lessons_are_filled, deciding.nothing_is_owed],
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
    done=_("The pilot was closed"),
    guards=[deciding.lessons_are_filled, deciding.nothing_is_owed],
)
def close(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The decision is taken, the lessons are written, and nobody owes anything."""
    pilot.closed_at = at


@life.follows("tell_lesson", "tick")
def _close_when_all_is_settled(pilot: Pilot, at: datetime) -> None:
    move = life.moves["close"]
    if pilot.state in move.starts and all(guard.holds(pilot) for guard in move.guards):
        close(pilot, by=SYSTEM, at=at)

"""What is kept on the way, and what days and amendments bring by themselves."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import NOW, STAY, Refused, guard
from pochin.core.policy import system
from pochin.pilots.lifecycle.course import ALIVE, life
from pochin.pilots.lifecycle.guards import stopping
from pochin.pilots.models import (
    UNDECIDED,
    BudgetLine,
    LogEntry,
    Milestone,
    PaidItem,
    Pilot,
    Risk,
    SiteSlot,
    State,
)
from pochin.pilots.money import cost_items
from pochin.pilots.policy import designer, insider


@guard(_("The plan reckons no money, so no cost takes the place of a guess."))
def plan_reckons_money(pilot: Pilot) -> bool:
    return bool(cost_items(pilot.locked_plan()))


@life.move(
    *ALIVE,
    to=STAY,
    who=insider,
    label=_("Write into the log"),
    done=_("A line was written into the log"),
)
def log(
    pilot: Pilot, *, by: Any, words: str, slot: SiteSlot | None = None, at: datetime = NOW
) -> None:
    """Note what happened; a line once written stays."""
    LogEntry.objects.create(pilot=pilot, words=words, slot=slot, by_id=by.pk, at=at)


@life.move(*ALIVE, to=STAY, who=designer, label=_("Set the budget"), done=_("The budget was set"))
def set_budget(
    pilot: Pilot, *, by: Any, source: str, planned: Decimal, spent: Decimal, at: datetime = NOW
) -> None:
    """Say how much comes from a source and how much of it is spent."""
    BudgetLine.objects.update_or_create(
        pilot=pilot, source=source, defaults={"planned": planned, "spent": spent}
    )


@life.move(
    State.PREPARATION,
    State.BASELINE,
    State.RUNNING,
    State.SUSPENDED,
    State.ENDED_EARLY,
    State.DATA_CLOSING,
    to=STAY,
    who=designer,
    label=_("Note a cost that became known"),
    done=_("A cost became known"),
    guards=[plan_reckons_money],
)
def note_cost(
    pilot: Pilot, *, by: Any, item: str, amount: Decimal, source: str, at: datetime = NOW
) -> None:
    """Say what an item of the plan's cost model turned out to cost; the result reckons with it.

    Nobody may do so once the evaluation has begun: whoever has seen the effect would know which
    cost makes it pay.

    Args:
        item: Its name in the plan.
        amount: In the plan's currency; of a yearly item, a year of it.
        source: How it is known.
    """
    if item not in {one["name"] for one in cost_items(pilot.locked_plan())}:
        raise Refused(_t("The plan has no such item of cost."))
    PaidItem.objects.update_or_create(
        pilot=pilot, item=item, defaults={"amount": amount, "source": source}
    )


@life.move(
    *ALIVE,
    to=STAY,
    who=designer,
    label=_("Add a milestone"),
    done=_("A milestone was added"),
    guards=[stopping.trial_is_held_now],
)
def add_milestone(pilot: Pilot, *, by: Any, words: str, due_on: date, at: datetime = NOW) -> None:
    """Name what is to be reached by when."""
    number = pilot.milestones.count() + 1
    Milestone.objects.create(pilot=pilot, number=number, words=words, due_on=due_on)


@life.move(
    *ALIVE,
    to=STAY,
    who=designer,
    label=_("Note that a milestone is reached"),
    done=_("A milestone was reached"),
    guards=[stopping.trial_is_held_now],
)
def reach_milestone(
    pilot: Pilot, *, by: Any, milestone: Milestone, reached_on: date, at: datetime = NOW
) -> None:
    """Say when it was reached."""
    if milestone.pilot_id != pilot.pk:
        raise Refused(_t("This milestone belongs to another pilot."))
    milestone.reached_on = reached_on
    milestone.save()


@life.move(
    *ALIVE,
    to=STAY,
    who=designer,
    label=_("Add a risk"),
    done=_("A risk was added"),
    guards=[stopping.trial_is_held_now],
)
def add_risk(
    pilot: Pilot, *, by: Any, words: str, weight: str, answer: str = "", at: datetime = NOW
) -> None:
    """Name what may go wrong and what is done about it."""
    number = pilot.risks.count() + 1
    Risk.objects.create(pilot=pilot, number=number, words=words, weight=weight, answer=answer)


# The clock ------------------------------------------------------------------------------------


@life.move(
    State.PREPARATION,
    State.BASELINE,
    to=STAY,
    who=system,
    label=_("The run was to begin"),
    done=_("The run was to begin"),
)
def reach_start(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The first day of the plan has come and the run has not been started."""
    pilot.start_reached_at = at


@life.move(
    State.RUNNING,
    State.SUSPENDED,
    to=STAY,
    who=system,
    label=_("The last day has passed"),
    done=_("The last day has passed"),
)
def reach_end(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The days of the run are over; the readings are to be completed."""
    pilot.end_reached_at = at


@life.move(
    *(state for state in UNDECIDED if state != State.AWAITING),
    to=STAY,
    who=system,
    label=_("The decision date has passed"),
    done=_("The decision date has passed"),
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
    done=_("The plan was amended"),
)
def take_amendment(pilot: Pilot, *, by: Any, note: str, at: datetime = NOW) -> None:
    """An amendment was signed by all sides; from now on it binds."""
    plan = pilot.locked_plan()
    assert plan is not None, "only a locked plan is amended"
    start, end = plan.run_window()
    if start is not None and end is not None:
        # A decision that extended the run stands above the days of the plan.
        decided = pilot.ends_on if pilot.extensions else None
        pilot.starts_on, pilot.ends_on = start, max(end, decided or end)


@life.move(
    State.RUNNING,
    State.SUSPENDED,
    to=STAY,
    who=system,
    label=_("A site left for good"),
    done=_("A site left for good"),
)
def lose_site(pilot: Pilot, *, by: Any, note: str, at: datetime = NOW) -> None:
    """One site fewer; the run goes on at the others."""

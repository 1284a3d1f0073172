"""The run, until its data are closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import NOW, STAY
from pochin.core.policy import system
from pochin.pilots.lifecycle.course import life
from pochin.pilots.lifecycle.evidence import Completeness
from pochin.pilots.lifecycle.guards import closing, stopping
from pochin.pilots.models import Pilot, State
from pochin.pilots.policy import (
    analyst,
    coordinator,
    decision_owner,
    keeper,
    manager,
    stopper,
)


@life.move(
    State.RUNNING,
    to=State.SUSPENDED,
    who=stopper,
    label=_("Suspend"),
    done=_("The run was suspended"),
    guards=[stopping.trial_is_held_now, stopping.suspension_is_explained],
)
def suspend(pilot: Pilot, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Stop the trial at once, for safety or another named reason; its days go on counting."""
    pilot.suspended_by_id, pilot.reasons = by.pk, reason


@life.move(
    State.SUSPENDED,
    to=State.RUNNING,
    who=keeper | manager | coordinator,
    label=_("Let it go on"),
    done=_("The run goes on"),
    guards=[stopping.veto_is_lifted, stopping.serious_incidents_are_closed],
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
    done=_("The pilot was ended early"),
    guards=[stopping.trial_is_held_now, stopping.early_end_is_in_the_plan],
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
    done=_("It was said why readings are missing"),
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
    done=_("The data were closed"),
    guards=[
        closing.end_has_come,
        closing.data_have_arrived,
        closing.readings_are_settled,
        closing.data_are_complete_or_explained,
        closing.closer_did_not_import,
    ],
    is_final=True,
)
def close_data(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Take no more readings; what arrived is fixed by its fingerprint."""
    pilot.data_sha256 = Completeness.of(pilot.data).sha256
    pilot.data_closed_at = at

"""From the closed data to a result on which all sides had their say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core import calendar, turns
from pochin.core.lifecycle import NOW, STAY
from pochin.core.policy import SYSTEM, system
from pochin.pilots.lifecycle.course import COMMENT_DAYS, life
from pochin.pilots.lifecycle.evidence import Finding
from pochin.pilots.lifecycle.guards import closing, judging
from pochin.pilots.models import Comment, Pilot, Side, SiteSlot, State
from pochin.pilots.policy import analyst, commenter, need_owner, vendor


@life.move(
    State.DATA_CLOSING,
    to=State.EVALUATION,
    who=analyst,
    label=_("Begin the evaluation"),
    done=_("The evaluation began"),
    guards=[closing.data_are_locked, closing.analyst_is_independent],
)
def begin_evaluation(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Let the locked analysis be computed from the closed data."""


@life.move(
    State.EVALUATION,
    to=STAY,
    who=analyst,
    label=_("Hand the result to the sides"),
    done=_("The result was handed to the sides"),
    guards=[
        judging.result_is_of_these_data,
        judging.result_follows_the_plan,
        judging.archive_is_not_green,
        closing.analyst_is_independent,
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
    done=_("A side had its say about the result"),
    guards=[judging.result_is_handed_over, judging.comments_are_open, judging.dissent_has_words],
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
    done=_("The sides have commented: the results are agreed"),
    guards=[judging.result_is_handed_over, judging.sides_had_their_say],
)
def agree_results(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """All have spoken or their days are over; silence is no objection."""
    pilot.agreed_at = at


@life.follows("comment")
def _agree_when_all_spoke(pilot: Pilot, at: datetime) -> None:
    if judging.sides_had_their_say.stands(pilot, {"at": at}):
        agree_results(pilot, by=SYSTEM, at=at)


@life.move(
    State.RESULTS_AGREED,
    to=State.AWAITING,
    who=system,
    label=_("Ask for the decision"),
    done=_("The decision was asked for"),
)
def await_decision(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The owner's clock begins."""


@life.follows("agree_results")
def _ask_for_decision(pilot: Pilot, at: datetime) -> None:
    await_decision(pilot, by=SYSTEM, at=at)

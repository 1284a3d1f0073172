"""What must hold of a result and of what is said about it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import guard
from pochin.pilots.lifecycle.evidence import Finding
from pochin.pilots.models import Colour, Pilot, Side, SlotState


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

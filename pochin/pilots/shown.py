"""How far a pilot has come and who stands for what in it, wherever it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pochin.pilots.lab_words import faults
from pochin.pilots.models import (
    BEFORE_LOCK,
    DECIDED,
    OVER,
    AmendmentState,
    Pilot,
    Plan,
    Reach,
    SeenData,
    SiteSlot,
    State,
)
from pochin.ui import formats, pieces


def stages(pilot: Pilot, *, result: Any = "") -> list[pieces.Step]:
    """The four chapters and where the pilot stands."""
    place = _place(pilot)
    locked = pilot.locked_at
    is_inside = getattr(pilot, "reach", Reach.INSIDE) == Reach.INSIDE
    titles = (_t("Idea"), _t("Observation"), _t("Result"), _t("Decision"))
    notes = (
        _t("Plan locked on %(day)s") % {"day": formats.day(locked)} if locked
        else _t("The plan is not locked yet"),
        _observation_note(pilot),
        _t("Computed on %(day)s") % {"day": formats.day(pilot.result_at)}
        if pilot.result_at and is_inside else result,
        _decision_note(pilot, is_inside=is_inside),
    )  # fmt: skip
    return [
        pieces.Step(
            title=title,
            note=note,
            state=_step_state(pilot, n, place),
            tone="seal" if n == 3 else "primary",
        )
        for n, (title, note) in enumerate(zip(titles, notes, strict=True))
    ]


def _place(pilot: Pilot) -> int:
    """The present chapter, counted from 0; 4 when the story is over."""
    if pilot.state in BEFORE_LOCK or (pilot.state == State.CANCELLED and not pilot.locked_at):
        return 0
    if pilot.state in (State.EVALUATION, State.DATA_CLOSING):
        return 2
    if pilot.state in (State.RESULTS_AGREED, State.AWAITING):
        return 3
    return 4 if pilot.state in (*DECIDED, State.CLOSED) else 1


def _step_state(pilot: Pilot, n: int, place: int) -> str:
    if n < place:
        return "done"
    if n > place:
        return "next"
    return "stopped" if pilot.state in (State.CANCELLED, State.SUSPENDED) else "now"


def _observation_note(pilot: Pilot) -> str:
    if pilot.state == State.SUSPENDED:
        return _t("Suspended")
    if pilot.starts_on is None or pilot.ends_on is None:
        return ""
    length = (pilot.ends_on - pilot.starts_on).days + 1
    if pilot.started_at is None or pilot.is_archive:
        return ngettext("%(n)d day", "%(n)d days", length) % {"n": length}
    passed = min(max((timezone.localdate() - pilot.starts_on).days + 1, 0), length)
    return _t("day %(passed)d of %(length)d") % {"passed": passed, "length": length}


def _decision_note(pilot: Pilot, *, is_inside: bool) -> str:
    if pilot.state in (*DECIDED, State.CLOSED):
        return str(pilot.get_outcome_display())
    if pilot.state in OVER or pilot.decision_date is None or not is_inside:
        return ""
    return _t("until %(day)s") % {"day": formats.day(pilot.decision_date)}


@dataclass(frozen=True, slots=True)
class Version:
    """A plan as it was locked at first, or as an amendment left it.

    Attributes:
        number: Of the amendment; 0 for the plan as it was locked at first.
        at: When it was locked.
        sha256: Its fingerprint.
        seen: Whether outcome data were known when the amendment was written, in words.
        is_late: Whether they were.
        places: Which parts of the plan the amendment changed, in words; never their values.
    """

    number: int
    at: datetime
    sha256: str
    seen: str = ""
    is_late: bool = False
    places: tuple[str, ...] = ()


def versions_of_plan(pilot: Pilot) -> list[Version]:
    """Every version of the plan that ever bound, oldest first, as everybody may know of it."""
    locked = pilot.plans.filter(locked_at__isnull=False).select_related("amendment")
    plans = list(locked.order_by("version"))
    # The marks of the page ask for the same amendments.
    changes = [plan.amendment for plan in plans if hasattr(plan, "amendment")]
    pilot.held = {"amendments": changes, **pilot.held}
    return [_version(plan, plan.locked_at) for plan in plans if plan.locked_at is not None]


def _version(plan: Plan, locked_at: datetime) -> Version:
    change = getattr(plan, "amendment", None)
    if change is None:
        return Version(0, locked_at, plan.sha256)
    return Version(
        number=change.number,
        at=locked_at,
        sha256=plan.sha256,
        seen=change.get_seen_data_display(),
        is_late=change.seen_data == SeenData.AFTER,
        places=tuple(dict.fromkeys(faults.place_of(one["path"]) for one in change.changes)),
    )


def marks(pilot: Pilot) -> Any:
    """What every page says of this pilot for ever, or as long as it is so: words and tone."""
    reach = getattr(pilot, "reach", Reach.INSIDE)
    if pilot.is_archive:
        yield _t("From the archive: the plan was written after the data. Never green."), "waiting"
    if pilot.is_demonstration:
        yield _t("Demonstration data"), "neutral"
    if late := _amended_late(pilot):
        yield (
            _t("The plan was changed on %(day)s, after outcome data were seen.")
            % {"day": formats.day(late)},
            "waiting",
        )
    if reach != Reach.PUBLIC and (gone := sites_gone(pilot)):
        named = "; ".join(
            f"{slot.site.number} {slot.site}, {formats.day(slot.left_on)}" for slot in gone
        )
        yield _t("Sites that left for good: %(sites)s.") % {"sites": named}, "waiting"
    if pilot.early_reason:
        yield _t("Ended early: %(why)s") % {"why": pilot.early_reason}, "waiting"
    if pilot.is_decision_overdue and reach != Reach.PUBLIC:
        day = formats.day(pilot.decision_date)
        yield _t("The decision date %(day)s has passed.") % {"day": day}, "bad"
    if pilot.extensions and pilot.state not in OVER and pilot.ends_on:
        yield _t("Extended until %(day)s.") % {"day": formats.day(pilot.ends_on)}, "neutral"
    if pilot.state == State.SUSPENDED and reach == Reach.INSIDE:
        yield _t("Suspended: %(why)s") % {"why": pilot.reasons}, "waiting"


def sites_gone(pilot: Pilot) -> list[SiteSlot]:
    """The sites that left the run for good, in the order in which they left."""
    slots = pilot.at_hand("slots", pilot.slots.filter(left_on__isnull=False).select_related("site"))
    return sorted(
        (slot for slot in slots if slot.left_on is not None),
        key=lambda slot: (slot.left_on, slot.site.number),
    )


def _amended_late(pilot: Pilot) -> datetime | None:
    """When the plan was last changed by people who may have seen outcome data."""
    found = pilot.at_hand("amendments", pilot.amendments.order_by("number"))
    late = [
        one.decided_at
        for one in found
        if one.state == AmendmentState.APPROVED and one.seen_data == SeenData.AFTER
    ]
    return late[-1] if late else None


SIDES = {
    "methodologist": _("Methodologist"),
    "owner": _("Owner of the need"),
    "vendor": _("Vendor"),
}

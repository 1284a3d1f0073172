"""How far a pilot has come and who stands for what in it, wherever it is shown."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pochin.pilots.models import BEFORE_LOCK, DECIDED, OVER, Pilot, Reach, State
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
        pilot.get_outcome_display() if pilot.state in (*DECIDED, State.CLOSED) else "",
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


def marks(pilot: Pilot) -> Any:
    """What every page says of this pilot for ever, or as long as it is so: words and tone."""
    if pilot.is_archive:
        yield _t("From the archive: the plan was written after the data. Never green."), "waiting"
    if pilot.is_demonstration:
        yield _t("Demonstration data"), "neutral"
    if pilot.early_reason:
        yield _t("Ended early: %(why)s") % {"why": pilot.early_reason}, "waiting"
    reach = getattr(pilot, "reach", Reach.INSIDE)
    if pilot.is_decision_overdue and reach != Reach.PUBLIC:
        day = formats.day(pilot.decision_date)
        yield _t("The decision date %(day)s has passed.") % {"day": day}, "bad"
    if pilot.extensions and pilot.state not in OVER and pilot.ends_on:
        yield _t("Extended until %(day)s.") % {"day": formats.day(pilot.ends_on)}, "neutral"
    if pilot.state == State.SUSPENDED and reach == Reach.INSIDE:
        yield _t("Suspended: %(why)s") % {"why": pilot.reasons}, "waiting"


SIDES = {
    "methodologist": _("Methodologist"),
    "owner": _("Owner of the need"),
    "vendor": _("Vendor"),
}

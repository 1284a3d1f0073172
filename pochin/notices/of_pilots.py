"""What of a pilot's life is told at once, to whom, and in which words.

Most moves of a pilot pass a turn, and whoever has it is told by that. Here stand those that change
what others may count on: it stops, goes on, ends, is decided; its plan changes; a site leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from pochin.core import tongue
from pochin.core.models import Entry
from pochin.participants.models import Person
from pochin.participants.policy import Role, organisation_hat, person_hat, role_hat
from pochin.pilots.models import Incident, Pilot, Severity, SlotState


def _managers(thing: Any) -> list[str]:
    """Who leads the pilot; the coordinators where nobody is named yet."""
    pilot = thing.pilot
    return person_hat(pilot.manager_id) or role_hat(Role.COORDINATOR, pilot)


def _sides(thing: Any) -> list[str]:
    """Those who signed or will sign the plan, and the company's writers."""
    pilot = thing.pilot
    vendor = pilot.organisation_id or 0
    return [
        *person_hat(pilot.methodologist_id),
        *person_hat(pilot.need_owner_id()),
        *organisation_hat(vendor, "edit"),
        *organisation_hat(vendor, "sign"),
    ]


def _keepers(thing: Any) -> list[str]:
    """The keepers of the sites that take part, each once."""
    slots = thing.pilot.slots.exclude(state=SlotState.RELEASED).select_related("site")
    keys = {key for slot in slots.prefetch_related("site__deputies") for key in slot.keepers()}
    return [hat for key in sorted(keys) for hat in person_hat(key)]


def _all(thing: Any) -> list[str]:
    """Everybody who works on the pilot, decides on it or gives a site."""
    pilot = thing.pilot
    named = [pilot.decision_owner_id, pilot.analyst_id, pilot.sponsor_id, pilot.vendor_manager_id]
    return [
        *_managers(pilot),
        *role_hat(Role.COORDINATOR, pilot),
        *(hat for key in named for hat in person_hat(key)),
        *_sides(pilot),
        *_keepers(pilot),
    ]


def _hit(incident: Incident) -> list[str]:
    """Everybody when it is serious; a small one only those who settle it and the company."""
    if incident.severity == Severity.MINOR:
        return []
    return _all(incident)


DECISIONS: dict[str, Any] = {
    **dict.fromkeys(
        (
            "pilots.suspend", "pilots.resume", "pilots.end_early", "pilots.cancel",
            "pilots.close_without_result", "pilots.scale", "pilots.scale_with_conditions",
            "pilots.rework", "pilots.stop", "pilots.extend",
        ),
        _all,
    ),
    "pilots.incident.report": _hit,
    "pilots.slot.decline": _managers,
    "pilots.slot.leave": lambda s: [
        *_managers(s), *_sides(s), *person_hat(s.pilot.analyst_id),
        *person_hat(s.pilot.decision_owner_id),
    ],
    "pilots.amendment.approve": lambda a: [*_managers(a), *_sides(a), *_keepers(a)],
    "pilots.amendment.decline_amendment": lambda a: [*_managers(a), *_sides(a)],
    "decisions.decline": lambda d: person_hat(d.owner_id),
}  # fmt: skip
STORIES: dict[str, Any] = {
    "pilots.incident.report": lambda i: [
        *_managers(i), *organisation_hat(i.pilot.organisation_id or 0, "edit")
    ],
    "pilots.incident.close_incident": lambda i: [
        *_managers(i), *person_hat(i.reported_by_id),
        *organisation_hat(i.pilot.organisation_id or 0, "edit"),
    ],
    "pilots.start": lambda p: [*_sides(p), *_keepers(p), *person_hat(p.decision_owner_id)],
    "pilots.lock": lambda p: [*_managers(p), *_sides(p)],
}  # fmt: skip
# What is told with its reason.
REASONED = {
    "pilots.suspend", "pilots.resume", "pilots.end_early", "pilots.cancel",
    "pilots.close_without_result", "pilots.scale", "pilots.scale_with_conditions",
    "pilots.rework", "pilots.stop", "pilots.extend", "pilots.start", "pilots.lock",
    "pilots.incident.report", "pilots.incident.close_incident", "pilots.slot.decline",
    "pilots.slot.leave", "pilots.amendment.amend", "pilots.amendment.approve",
    "pilots.amendment.decline_amendment", "decisions.decline", "decisions.sign_first",
}  # fmt: skip


def why(entry: Entry, thing: Any) -> str:
    """The reason given for it, in the words of whoever did it; empty where none was given.

    For those inside the pilot only: ask `inside` first.
    """
    if entry.verb not in REASONED:
        return ""
    if entry.verb == "pilots.incident.report":
        return f"{thing.get_severity_display()}: {tongue.own(thing.words)}"
    if entry.verb == "pilots.incident.close_incident":
        return tongue.own(thing.action)
    return given_reason(entry)


def given_reason(entry: Entry) -> str:
    """What was written when it was done; empty where nothing was."""
    text = getattr(entry, "text", None)
    if text is None:
        return ""
    reasons = text.changes.get("reasons", ["", ""])[1]
    return tongue.own(text.note or reasons or "")


def inside(things: Iterable[Model], person: Person) -> set[int]:
    """The keys of those pilots among the things whose reasons the person may read."""
    keys = [thing.pk for thing in things if isinstance(thing, Pilot)]
    if not keys:
        return set()
    return set(Pilot.objects.inside(person).filter(pk__in=keys).values_list("pk", flat=True))

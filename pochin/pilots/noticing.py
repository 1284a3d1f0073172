"""What is noticed in a plan before it is locked, and what is known of a pilot beside its readings.

The plan alone is looked at by the lab; here stands what the house knows besides: where sites lie,
which other pilots use them, which days are unlike others, what was spent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _t

from pochin.core import calendar, journal
from pochin.lab import design_checks
from pochin.lab.design import design_of_plan
from pochin.lab.facts import BUFFER_KM, Facts
from pochin.lab.flags import flag
from pochin.lab.protocol import Protocol
from pochin.lab.result import DesignError, Flag, LabError
from pochin.pilots import feasibility
from pochin.pilots.models import (
    PUBLIC_STATES,
    AmendmentState,
    Pilot,
    Plan,
    SeenData,
    SiteSlot,
    SlotState,
)
from pochin.pilots.money import paid_of
from pochin.sites.models import SiteKind

GRAVE = ("block", "warn", "info")
EARTH_KM = 6371.0
MINOR = 100
# From how much on sites differ in size so that it must be said whose average is wanted.
UNEVEN = 0.3


def before_start(
    pilot: Pilot,
    protocol: Protocol,
    *,
    guesses: feasibility.Guesses | None = None,
    more: Iterable[Flag] = (),
) -> list[Flag]:
    """Everything that can be seen to go wrong before anybody starts, the gravest first.

    Args:
        pilot: Whose plan it is.
        protocol: The plan, written or about to be.
        guesses: What is supposed of the readings, where it is.
        more: What the reckoning of the power has noticed already.
    """
    slots = list(
        pilot.slots.exclude(state=SlotState.RELEASED).select_related("site").order_by("pk")
    )
    named = {str(unit["unit"]) for unit in protocol.units}
    slots = [slot for slot in slots if not named or str(slot.site.number) in named]
    found = in_plan(protocol, guesses=guesses, more=more)
    found += design_checks.told(protocol.document["assignment"], pilot.seed)
    return _ordered(found + _neighbours(protocol, slots) + _twins(slots))


def in_plan(
    protocol: Protocol,
    *,
    guesses: feasibility.Guesses | None = None,
    more: Iterable[Flag] = (),
    corrections: calendar.Corrections | None = None,
) -> list[Flag]:
    """What the plan alone shows, whoever holds it; arguments as for `before_start`.

    `corrections` are those of the centre's calendar; read where they are left out.
    """
    days = _holidays(protocol, corrections)
    found = [*_of_plan(protocol), *more, *_unit(protocol), *days]
    if guesses is not None and guesses.size_cv > UNEVEN:
        found.append(flag("sizes-unequal", cv=100 * guesses.size_cv))
    return _ordered(found)


def _ordered(found: Iterable[Flag]) -> list[Flag]:
    """Each once, the gravest first."""
    once: dict[tuple[str, str], Flag] = {}
    for one in found:
        once.setdefault((one.code, one.at), one)
    return sorted(once.values(), key=lambda one: GRAVE.index(one.severity))


def blocking(pilot: Pilot, plan: Plan) -> list[Flag]:
    """What forbids to lock a plan; a trial from the archive is over, so nothing does."""
    if pilot.is_archive:
        return []
    return [one for one in before_start(pilot, plan.protocol) if one.blocks]


def _of_plan(protocol: Protocol) -> list[Flag]:
    """What the lab sees in the plan, in its lot, or in the lot it asks for."""
    if not protocol.randomized or protocol.assigned or protocol.kind == "individual":
        try:
            lot = protocol.assignment()
        except LabError:
            return design_checks.plan(protocol)
        found = design_checks.plan(protocol, lot)
        return found + _balance(protocol, lot)
    found = design_checks.plan(protocol)
    try:
        design = design_of_plan(protocol)
    except DesignError:
        return found
    lots, alpha = design.n_admissible, protocol.analysis.alpha
    return found + design_checks.lot(design.units, lots, alpha=alpha)


def _balance(protocol: Protocol, lot: Any) -> list[Flag]:
    """Covariates of the plan that differ between the arms that were drawn."""
    if protocol.kind not in ("parallel", "pairs"):
        return []
    names = sorted(set.intersection(*(set(unit.get("covariates", {})) for unit in protocol.units)))
    if not names:
        return []
    place = {unit["unit"]: i for i, unit in enumerate(protocol.units)}
    order = [place[unit] for unit in lot.unit_ids.tolist()]
    known = np.column_stack([protocol.covariate(name)[order] for name in names])
    return [one for one in design_checks.balance(lot, known, names) if one.code == "imbalance"]


def _unit(protocol: Protocol) -> list[Flag]:
    """Lots drawn for single parcels or people cannot be told of as sites."""
    if protocol.kind != "individual":
        return []
    said = protocol.document["unit"].strip()
    if said.lower() not in _site_words():
        return []
    return design_checks.analysed_unit(_t("parcel or person"), said)


def _site_words() -> set[str]:
    """What sites are called, as the form suggests it and as the register does."""
    kinds = {str(label).lower() for label in SiteKind.labels}
    return kinds | {str(kind.value).replace("_", " ") for kind in SiteKind} | {
        "отделение", "отделение почтовой связи", "почтовое отделение", "площадка", "post office",
        "office", "site",
    }  # fmt: skip


def _holidays(protocol: Protocol, corrections: calendar.Corrections | None = None) -> list[Flag]:
    """Days of the run that are not like others; with a comparison at one time they hit both."""
    periods = protocol.document["periods"]
    if "start" not in periods or periods["length"] == "hour":
        return []
    ids = protocol.period_ids
    last = date.fromisoformat(ids[-1]) + timedelta(days=31)
    first = date.fromisoformat(ids[protocol.baseline])
    language = "ru" if (get_language() or "ru").startswith("ru") else "en_US"
    names = calendar.days_off(first, last, language=language, corrections=corrections)
    events = {day.isoformat(): name for day, name in names.items()}
    found = design_checks.calendar_events(ids, periods.get("exclude", ()), events)
    together = protocol.kind not in ("stepped-wedge", "switchback", "interrupted-series")
    return [
        flag(one.code, severity="info" if together else "warn", at=one.at, **one.evidence)
        for one in found
    ]


# Where sites lie -----------------------------------------------------------------------------


def kilometres(one: Any, other: Any) -> float:
    """The way between two sites as the crow flies; NaN where one of them has no coordinate."""
    if None in (one.latitude, one.longitude, other.latitude, other.longitude):
        return math.nan
    a, b, c, d = (
        math.radians(float(value))
        for value in (one.latitude, one.longitude, other.latitude, other.longitude)
    )
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def _arms(protocol: Protocol) -> dict[str, int]:
    """Arm of each unit that keeps it all the time; empty where the lot is not drawn."""
    if protocol.kind in ("stepped-wedge", "switchback", "individual") or not protocol.assigned:
        return {}
    return {
        str(unit["unit"]): int(unit.get("arm") == "treatment" or "treated_from" in unit)
        for unit in protocol.units
    }


def _neighbours(protocol: Protocol, slots: Sequence[SiteSlot]) -> list[Flag]:
    """Sites of different arms that lie close; before the lot, all that it might part."""
    if protocol.kind == "individual":
        return []
    arms = _arms(protocol)
    sites = [slot.site for slot in slots if not arms or str(slot.site.number) in arms]
    if not sites:
        return []
    distance = np.array([[kilometres(one, other) for other in sites] for one in sites])
    if arms:
        of_sites = [arms[str(site.number)] for site in sites]
        return design_checks.neighbours(distance, of_sites, buffer=BUFFER_KM)
    return design_checks.might_be_parted(distance, buffer=BUFFER_KM)


def _distances(protocol: Protocol, slots: Sequence[SiteSlot]) -> dict[str, float]:
    """From each comparison site to the nearest with the solution, where coordinates are known."""
    arms = _arms(protocol)
    treated = [slot.site for slot in slots if arms.get(str(slot.site.number)) == 1]
    found = {}
    for slot in slots:
        if arms.get(str(slot.site.number)) == 0:
            known = [km for one in treated if math.isfinite(km := kilometres(slot.site, one))]
            if known:
                found[str(slot.site.number)] = round(min(known), 3)
    return found


# Other pilots --------------------------------------------------------------------------------


def _shared(slots: Sequence[SiteSlot]) -> Iterable[tuple[SiteSlot, SiteSlot]]:
    """Own slots beside each slot of another pilot at the same site at the same time."""
    if not slots:
        return
    held = SiteSlot.objects.touching(
        min(slot.starts_on for slot in slots), max(slot.ends_on for slot in slots)
    ).filter(site__in=[slot.site_id for slot in slots])
    own = {slot.site_id: slot for slot in slots}
    for other in held.exclude(pilot_id=slots[0].pilot_id).select_related("pilot", "site"):
        slot = own[other.site_id]
        if other.starts_on <= slot.ends_on and other.ends_on >= slot.starts_on:
            yield slot, other


def _is_shown(pilot: Pilot) -> bool:
    return bool(pilot.state in PUBLIC_STATES and pilot.is_public)


def _others(slots: Sequence[SiteSlot]) -> dict[str, tuple[int, bool]]:
    """Sites shared with each other pilot at the same time, and whether somebody said why.

    A pilot that is not in the public register is not named.
    """
    found: dict[str, tuple[int, bool]] = {}
    for slot, other in _shared(slots):
        name = other.pilot.code if _is_shown(other.pilot) else _t("that is not public")
        said = bool(slot.twin_words.strip() or other.twin_words.strip())
        count, all_said = found.get(name, (0, True))
        found[name] = (count + 1, all_said and said)
    return found


def _crossed(slots: Sequence[SiteSlot]) -> dict[str, tuple[str, ...]]:
    """Sites that have the solution of another pilot at the same time, by that pilot's number.

    Only pilots of the public register are read: who gets what elsewhere is not for every reader.
    """
    arms: dict[Any, dict[str, int]] = {}
    found: dict[str, list[str]] = {}
    for _slot, other in _shared(slots):
        if not _is_shown(other.pilot):
            continue
        if other.pilot_id not in arms:
            plan = other.pilot.locked_plan()
            arms[other.pilot_id] = {} if plan is None else _arms(plan.protocol)
        site = str(other.site.number)
        if arms[other.pilot_id].get(site) == 1:
            found.setdefault(other.pilot.code, []).append(site)
    return {name: tuple(sorted(sites)) for name, sites in found.items()}


def _twins(slots: Sequence[SiteSlot]) -> list[Flag]:
    words = (
        "%(units)d units are in pilot %(other)s at the same time; it is written why the two do "
        "not disturb each other."
    )
    return [
        Flag("twin-trial", "info", words, {"units": count, "other": name}, name)
        if said
        else flag("twin-trial", at=name, units=count, other=name)
        for name, (count, said) in sorted(_others(slots).items())
    ]


# What a result must tell that readings cannot ------------------------------------------------


def facts_of(pilot: Pilot, plan: Plan, *, set_aside: dict[str, int] | None = None) -> Facts:
    """How the pilot ended, what it cost, where its sites lie, what changed on the way.

    Args:
        pilot: Under way or over.
        plan: The locked one.
        set_aside: Rows that were not taken in, by reason.
    """
    slots = list(
        pilot.slots.exclude(state=SlotState.RELEASED).select_related("site").order_by("pk")
    )
    guesses = feasibility.Guesses.of(plan.guesses or {})
    lines = pilot.budget.order_by("source")
    return Facts(
        ended_at=_ended_at(pilot, plan),
        end_reason=pilot.early_reason,
        costs={
            line.source: (float(line.spent * MINOR), float(line.planned * MINOR)) for line in lines
        },
        paid=paid_of(pilot),
        distances=_distances(plan.protocol, slots),
        twins={name: count for name, (count, said) in _others(slots).items() if not said},
        crossed=_crossed(slots),
        amended_late=_amended_late(pilot),
        extended=pilot.extensions,
        left={
            str(slot.site.number): (slot.left_on.isoformat(), slot.left_because)
            for slot in slots
            if slot.left_on is not None
        },
        icc=guesses.icc if guesses is not None else (),
        set_aside={name: count for name, count in (set_aside or {}).items() if count},
    )


def _ended_at(pilot: Pilot, plan: Plan) -> float | None:
    """The share of the run that was held, where the pilot ended early."""
    start, end = plan.run_window()
    if not pilot.early_reason or start is None or end is None:
        return None
    moves = [one for one in journal.of(pilot) if one.verb == "pilots.end_early"]
    if not moves:
        return None
    day = timezone.localdate(moves[-1].at)
    whole = (end - start).days + 1
    return round(min(max((day - start).days / whole, 0.0), 1.0), 6)


def _amended_late(pilot: Pilot) -> str:
    """What an amendment changed after outcomes had been seen: "metrics", "plan" or nothing.

    An extension asks for a longer plan: the number of periods alone is what was decided, and the
    result tells of the extension itself.
    """
    late = pilot.amendments.filter(seen_data=SeenData.AFTER, state=AmendmentState.APPROVED)
    paths = [change["path"] for one in late for change in one.changes]
    if pilot.extensions:
        paths = [path for path in paths if path != "periods.run"]
    if any(path.startswith("metrics") for path in paths):
        return "metrics"
    return "plan" if paths else ""

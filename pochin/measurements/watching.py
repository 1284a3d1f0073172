"""Watching a pilot under way: counts by arm, values of the comparison and of all units pooled.

What is found is kept as flags. No value leaves this file, so that nobody learns before the look
day how the arms differ.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from pochin.lab.protocol import Protocol
from pochin.lab.result import Flag, LabError
from pochin.lab.watch import watch
from pochin.measurements import readings
from pochin.measurements.expectations import Calendar
from pochin.measurements.intake import Reason
from pochin.measurements.models import Batch, Watch
from pochin.pilots import noticing
from pochin.pilots.models import TAKES_READINGS, Pilot

SET_ASIDE = {
    Reason.DUPLICATE: "duplicates",
    Reason.OUTSIDE: "outside",
    Reason.FUTURE: "outside",
    Reason.UNKNOWN_UNIT: "strangers",
}


def look_over(pilot: Pilot, *, at: datetime) -> list[Flag]:
    """Look at what has arrived so far and keep what was noticed."""
    plan, lot = pilot.locked_plan(), pilot.assignment()
    if plan is None or lot is None:
        return []
    facts = noticing.facts_of(pilot, plan, set_aside=set_aside(pilot))
    try:
        found = watch(
            plan.protocol,
            readings.for_the_watch(pilot),
            lot,
            ripe(plan.protocol, at),
            facts=facts,
        )
    except LabError:
        return []
    kept = {"flags": [one.to_dict() for one in found], "at": at}
    Watch.objects.update_or_create(pilot=pilot, defaults=kept)
    return found


def look_over_again(pilot_id: int, *, at: datetime) -> int:
    """Look over the pilot with this key; returns how much was noticed."""
    return len(look_over(Pilot.objects.get(pk=pilot_id), at=at))


def pilot_of_batch(batch_id: int) -> list[int]:
    """The key of the pilot that a batch belongs to."""
    return list(Batch.objects.filter(pk=batch_id).values_list("pilot_id", flat=True))


def ripe(protocol: Protocol, at: datetime) -> list[str]:
    """The periods that have ended and whose readings have had the plan's days to come."""
    late = timedelta(days=float(protocol.document["periods"].get("maturity_days", 0)))
    today, calendar = timezone.localdate(at), Calendar.of(protocol)
    spans = ((one, calendar.days(place)) for place, one in enumerate(calendar.ids))
    return [one for one, days in spans if days is not None and days[1] + late < today]


def set_aside(pilot: Pilot) -> dict[str, int]:
    """Rows that were not taken in, by the reasons a result must tell."""
    found: dict[str, int] = {}
    for batch in pilot.batches.counted():
        # What both sides told is no slip of a file: it is said on the page by itself.
        told_by_both = batch.by_reason.get(Reason.OTHER_SIDE, 0)
        again = (batch.duplicates or 0) - told_by_both
        counts: dict[str, Any] = {Reason.DUPLICATE: again, **batch.by_reason}
        for reason, name in SET_ASIDE.items():
            found[name] = found.get(name, 0) + int(counts.get(reason, 0))
    return {name: count for name, count in found.items() if count}


def under_way() -> list[int]:
    """The keys of pilots whose readings are still coming."""
    held = Pilot.objects.filter(state__in=TAKES_READINGS, batches__isnull=False)
    return list(held.order_by("pk").distinct().values_list("pk", flat=True))

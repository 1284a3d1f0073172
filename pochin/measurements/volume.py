"""A sudden change of volume: days on which a unit sent far more or far fewer rows than usual.

Only counts are looked at. Such rows are in order one by one and are taken in; people are told,
because a feed that doubled or broke off shows itself so first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db.models import Sum

from pochin.measurements.models import Arrival, Batch

TIMES = 3  # so many times more, or fewer, than usual
LEAST = 20  # and at least so many rows apart
KNOWN = 5  # days that must be known before anything is usual
AROUND = timedelta(days=28)
SAID = 10


@dataclass(frozen=True, slots=True)
class Change:
    """A day on which units sent far more (or far fewer) rows of a metric than usual.

    Attributes:
        unit: The one that changed most.
        n, usual: Its rows on that day, and its median over the days around.
        units: How many units changed so.
    """

    day: date
    metric: str
    is_more: bool
    unit: str
    n: int
    usual: float
    units: int

    def warning(self) -> dict[str, Any]:
        """As it is kept with a batch: a code and what its words need."""
        params = {"day": self.day.isoformat(), "metric": self.metric, "unit": self.unit,
                  "n": self.n, "usual": round(self.usual), "units": self.units}  # fmt: skip
        return {"code": "more" if self.is_more else "fewer", "params": params}


def changes(counts: Iterable[tuple[str, str, date, int]], days: Iterable[date]) -> list[Change]:
    """The changes among `days`, the largest first.

    Args:
        counts: Unit, metric, day and number of rows; each unit, metric and day once.
        days: The days that are judged. The last day of a series is not judged as too small: more
            of it may come.
    """
    series: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for unit, metric, day, n in counts:
        series.setdefault((unit, metric), []).append((day, n))
    judged = set(days)
    found: dict[tuple[date, str, bool], list[tuple[float, str, int, float]]] = {}
    for (unit, metric), known in series.items():
        if len(known) < KNOWN:
            continue
        usual, last = float(np.median([n for _day, n in known])), max(day for day, _n in known)
        for day, n in known:
            if day not in judged or abs(n - usual) < LEAST:
                continue
            is_more = n >= TIMES * usual
            if is_more or (n * TIMES <= usual and day != last):
                size = n / usual if is_more else usual / n
                found.setdefault((day, metric, is_more), []).append((size, unit, n, usual))
    whole = []
    for (day, metric, is_more), units in found.items():
        size, unit, n, usual = max(units)
        whole.append((len(units), size, Change(day, metric, is_more, unit, n, usual, len(units))))
    whole.sort(key=lambda one: (-one[0], -one[1], one[2].day))
    return [change for _units, _size, change in whole]


def warnings(batch: Batch, others: Iterable[Batch]) -> list[dict[str, Any]]:
    """What people should look at in the volume of a batch, beside the others that count."""
    if batch.first_day is None or batch.last_day is None:
        return []
    around = Arrival.objects.filter(
        batch__in=[batch.pk, *(other.pk for other in others)],
        day__gte=batch.first_day - AROUND,
        day__lte=batch.last_day + AROUND,
    )
    counted = around.values_list("unit", "metric", "day").annotate(n=Sum("n")).order_by()
    days = {day for day in batch.arrivals.values_list("day", flat=True).distinct().order_by()
            if day is not None}  # fmt: skip
    found = changes(counted.iterator(chunk_size=10_000), days)
    return [change.warning() for change in found[:SAID]]

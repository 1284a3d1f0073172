"""Keeping the store and the tables beside it in order: repair, comparison, retention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Max, Q

from pochin.core.policy import SYSTEM
from pochin.jobs import progress
from pochin.measurements import lifecycle, readings
from pochin.measurements.lake import Store
from pochin.measurements.models import Arrival, Batch, Moment, Sketch, Snapshot, State
from pochin.pilots.models import Pilot

TOLERANCE = 1e-9
YOUNG = timedelta(days=2)  # files of the store that a writer may still be about to name
UNCITED = timedelta(days=30)  # how long a state of the readings that nobody cites can be read
SUMS = ("n", "mean", "m2", "den_mean", "den_m2", "den_co")


# What a crash left between the database and the store ----------------------------------------


def lost_work() -> list[int]:
    """The keys of batches that are to be taken in, whose request may have been lost."""
    waiting = Batch.objects.filter(Q(state=State.CHECKING) | Q(state=State.ACCEPTED, is_stale=True))
    return list(waiting.order_by("pk").values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was put right in one store: numbers of batches."""

    left_out: tuple[int, ...] = ()
    taken_anew: tuple[int, ...] = ()


def reconcile(pilot: Pilot, *, at: datetime) -> Repaired:
    """Make the store hold the rows of the batches that count, and of no others.

    Rows of a batch that does not count (any more), or that the database does not know, are left
    out; a batch that counts and lacks rows is taken in anew from its file.
    """
    store = Store(pilot.number)
    held = store.batches(version=store.version())
    known = {batch.number: batch for batch in pilot.batches.select_related("pilot")}
    left_out = []
    for number in held:
        batch = known.get(number)
        if batch is None or batch.state == State.RECEIVED:
            store.leave_out(number, store.rounds(number) + 1)
            left_out.append(number)
        elif batch.state in (State.WITHDRAWN, State.REJECTED):
            lifecycle.tidy(batch, at=at)
            left_out.append(number)
    anew = [
        batch.number
        for batch in known.values()
        if batch.state == State.ACCEPTED
        and not batch.is_stale
        and held.get(batch.number, 0) != batch.accepted
        and pilot.takes_readings
    ]
    for number in anew:
        lifecycle.reopen(known[number], by=SYSTEM, at=at)
    return Repaired(tuple(left_out), tuple(anew))


# Moments against the rows they stand for -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """The tables beside the rows against a full recomputation.

    Attributes:
        rows: Rows of the store that were read.
        cells: Numbers that were compared.
        largest: The largest relative difference.
        unlike: Where it is beyond 1e-9, as words: batch, unit, period, metric, number.
    """

    rows: int
    cells: int
    largest: float
    unlike: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        return not self.unlike


def compare(pilot: Pilot) -> Comparison:
    """Compute the moments, counts and sketches of a pilot anew from every row that counts."""
    plan = pilot.locked_plan()
    if plan is None:
        return Comparison(0, 0, 0.0, ())
    protocol, store = plan.protocol, Store(pilot.number)
    version = store.version()
    numbers = list(pilot.batches.counted().filter(is_stale=False).values_list("number", flat=True))
    asked: dict[str, Any] = {"version": version, "batches": numbers, "by": ("batch",)}
    sums = _keyed(store.moments(**asked, **readings.how(protocol)), SUMS)
    counts = _keyed(store.counts(**asked), ("n",), more=("day",))
    sketches = _keyed(store.sketch(readings.quantile_codes(protocol), **asked), ("n",),
                      more=("bin",))  # fmt: skip
    found = [
        *_differences(_kept_sums(pilot, numbers), sums),
        *_differences(_kept_counts(pilot, numbers), counts),
        *_differences(_kept_sketches(pilot, numbers), sketches),
    ]
    largest = max((far for _where, far in found), default=0.0)
    unlike = tuple(sorted(where for where, far in found if far > TOLERANCE))
    return Comparison(sum(int(row["n"]) for row in sums.values()), len(found), largest, unlike)


Keyed = dict[tuple[Any, ...], dict[str, Any]]


def _keyed(columns: dict[str, Any], names: tuple[str, ...], more: tuple[str, ...] = ()) -> Keyed:
    keys = ("batch", "unit", "period", "metric", *more)
    plain = {name: columns[name].tolist() for name in (*keys, *names)}
    rows = zip(*(plain[name] for name in keys), strict=True)
    return {
        tuple(map(_plain, key)): {name: _plain(plain[name][place]) for name in names}
        for place, key in enumerate(rows)
    }


def _plain(value: Any) -> Any:
    """Nothing as None, days as days: as the database says them."""
    if isinstance(value, float) and np.isnan(value):
        return None
    return value.date() if isinstance(value, datetime) else value


def _kept(rows: Any, keys: tuple[str, ...], names: tuple[str, ...]) -> Keyed:
    found = rows.values_list(*keys, *names).iterator(chunk_size=10_000)
    return {row[: len(keys)]: dict(zip(names, row[len(keys) :], strict=True)) for row in found}


KEYS = ("batch__number", "unit", "period", "metric")


def _kept_sums(pilot: Pilot, numbers: list[int]) -> Keyed:
    rows = Moment.objects.filter(batch__pilot=pilot, batch__number__in=numbers)
    return _kept(rows, KEYS, SUMS)


def _kept_counts(pilot: Pilot, numbers: list[int]) -> Keyed:
    rows = Arrival.objects.filter(batch__pilot=pilot, batch__number__in=numbers)
    return _kept(rows, (*KEYS, "day"), ("n",))


def _kept_sketches(pilot: Pilot, numbers: list[int]) -> Keyed:
    rows = Sketch.objects.filter(batch__pilot=pilot, batch__number__in=numbers)
    return {
        (*key, place): {"n": count}
        for key, row in _kept(rows, KEYS, ("bins",)).items()
        for place, count in row["bins"]
    }


def _differences(kept: Keyed, again: Keyed) -> Iterator[tuple[str, float]]:
    for key in kept.keys() | again.keys():
        one, other = kept.get(key), again.get(key)
        where = " ".join(map(str, key))
        if one is None or other is None:
            yield f"{where}: {'missing beside the rows' if one is None else 'no rows'}", np.inf
            continue
        size = abs(one["n"] * (other.get("mean") or 0) ** 2)
        for name in one:
            yield f"{where} {name}", _apart(one[name], other[name], size, name)


def _apart(one: Any, other: Any, size: float, name: str) -> float:
    """How far two numbers are apart, relative to them.

    A sum of squares of nearly equal values is known only as well as the values are: relative to
    the squares themselves, not to what is left of them.
    """
    if one is None or other is None:
        return 0.0 if one == other else np.inf
    least = size * 1e-6 if name in ("m2", "den_m2", "den_co") else 0.0
    scale = max(abs(one), abs(other), least)
    return float(abs(one - other) / scale) if scale else 0.0


# Compaction and retention --------------------------------------------------------------------


def cited(pilot: Pilot, *, at: datetime) -> set[int]:
    """The versions somebody may ask for: of evaluations, of closed data, of the last month."""
    rests = Q(is_cited=True) | Q(at__gt=at - UNCITED)
    if pilot.data_sha256:
        rests |= Q(sha256=pilot.data_sha256)
    found = Snapshot.objects.filter(pilot=pilot, version__isnull=False).filter(rests)
    newest = pilot.batches.counted().aggregate(version=Max("store_version"))["version"]
    return {*found.values_list("version", flat=True), *([] if newest is None else [newest])}


def is_scattered(pilot: Pilot) -> bool:
    """Whether the store of a pilot has so many small files that questions wait for them."""
    return Store(pilot.number).is_scattered()


def join(pilot: Pilot) -> int:
    """Join the small files of a store in a new version; its number."""
    return Store(pilot.number).compact()


def keep_house(pilot: Pilot, *, at: datetime, young: timedelta = YOUNG) -> list[str]:
    """Join small files of a store and remove what no version that may be asked for is made of."""
    store = Store(pilot.number)
    store.compact()
    return store.forget(keep=cited(pilot, at=at), older_than=young)


# All of it, every night ----------------------------------------------------------------------


class MomentsDiffer(Exception):
    """What stands beside the rows of a pilot is not what follows from them."""


def stores() -> list[int]:
    """The keys of pilots that have readings."""
    return list(Batch.objects.order_by("pilot").values_list("pilot", flat=True).distinct())


def keep(pilot_id: int, *, at: datetime) -> dict[str, Any]:
    """Repair, compare and tidy the store of one pilot; what was found, in numbers.

    Raises:
        MomentsDiffer: The moments are not those of the rows.
    """
    pilot = Pilot.objects.get(pk=pilot_id)
    repaired = reconcile(pilot, at=at)
    progress.report(0.2, "comparing")
    found = compare(pilot)
    progress.report(0.8, "keeping house")
    removed = keep_house(pilot, at=at)
    if not found.is_equal:
        raise MomentsDiffer(f"{pilot.code}: {'; '.join(found.unlike[:5])}")
    return {
        "left_out": list(repaired.left_out),
        "taken_anew": list(repaired.taken_anew),
        "rows": found.rows,
        "cells": found.cells,
        "largest": found.largest,
        "files_removed": len(removed),
    }

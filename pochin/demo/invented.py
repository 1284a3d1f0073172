"""Invented readings of the pilots of the demonstration, and the history they are planned by."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from pochin.demo import comparisons
from pochin.demo.trials import Trial
from pochin.lab.protocol import Protocol
from pochin.pilots.feasibility import Guesses, judge
from pochin.pilots.models import Pilot

SITE_COST = 150_000  # roubles


def readings(pilot: Pilot, trial: Trial, monday: date, weeks: Any) -> bytes:
    """Invented readings: five days a week in every office, both metrics."""
    rows = ["unit;at;metric;value"]
    take = _of_parcels if trial.parcels else _of_offices
    for unit, moment, value, complaints in take(pilot, trial, monday, list(weeks)):
        rows.append(f"{unit};{moment};main;{value:.3f}")
        rows.append(f"{unit};{moment};complaints;{max(0.0, complaints):.3f}")
    return "\n".join([*rows, ""]).encode()


def _of_offices(
    pilot: Pilot, trial: Trial, monday: date, weeks: list[int]
) -> Iterator[tuple[str, str, float, float]]:
    plan = pilot.locked_plan()
    begun = comparisons.weeks_with(plan.protocol)
    for n, (unit, first) in enumerate(sorted(begun.items())):
        own = random.Random(f"{pilot.number} {unit}")
        level = trial.level + own.gauss(0, trial.spread)
        for week in weeks:
            gain = trial.effect if week >= first else 0.0
            if trial.design == "stepped-wedge":
                # Weeks of an office differ, or there is nothing for the model to tell.
                gain += own.gauss(0, trial.spread * 0.5)
            for day in range(5):
                moment = f"{monday + timedelta(days=7 * week + day)}T{9 + n % 8:02}:00"
                value = level + gain + own.gauss(0, trial.spread * 0.6)
                yield unit, moment, value, 2 + own.gauss(0, 0.3)


def _of_parcels(
    pilot: Pilot, trial: Trial, monday: date, weeks: list[int]
) -> Iterator[tuple[str, str, float, float]]:
    """Parcel by parcel; one arm got more of them than the lot should have given it."""
    own = random.Random(f"{pilot.number} {weeks}")
    assert trial.parcels is not None
    for arm, count in zip(("control", "treatment"), trial.parcels, strict=True):
        for n in range(count * len(weeks) // 6):
            day = monday + timedelta(days=7 * weeks[n % len(weeks)] + n // len(weeks) % 5)
            gain = trial.effect if arm == "treatment" else 0.0
            # No two parcels of an arm stand on the scales in the same second.
            clock = datetime.combine(day, time(9)) + timedelta(seconds=n * 37 % 32_400)
            yield (
                arm,
                clock.isoformat(),
                trial.level + gain + own.gauss(0, trial.spread),
                own.gauss(2, 1),
            )


def history(protocol: Protocol, trial: Trial) -> Guesses:
    """What an invented history says of the readings: as much spread as the plan can bear."""
    readings = sum(trial.parcels) / 6 if trial.parcels else 5.0
    alike = Guesses(sd=1.0, icc=(0.5, 0.7, 0.8), cac=(0.8, 0.9, 0.95), readings=readings)
    shown = judge(protocol, alike).promised
    assert shown is not None, "the offices of the demonstration are enough for a lot"
    wanted = protocol.primary.detectable or trial.threshold
    site_cost = SITE_COST if trial.claim else 0.0
    return replace(alike, sd=float(f"{wanted / shown:.3g}"), site_cost=site_cost)

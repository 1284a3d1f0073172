"""Readings that lie: missing because of what they would have said, and neighbours touched too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.lab.charges.base import RUNS, Charge, Row, share
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.evaluation import Evaluation
from pochin.lab.facts import Facts
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.tests.plans import DELAY, alternate, offices, plan
from pochin.lab.unequal_arms import small_arm

FEW = RUNS // 10
PARCELS = 60


def protocol(units: int, **changes: Any) -> Protocol:
    held = {"method": "complete", "units": offices(units, arm=alternate)}
    return Protocol.parse(plan(metrics=[DELAY], assignment=held, **changes))


def judged(about: Protocol, table: MomentTable, facts: Facts | None = None) -> Evaluation:
    return evaluate_plan(about, table, facts=facts)


def codes(found: Evaluation) -> set[str]:
    flags = list(found.flags)
    for one in found.metrics:
        flags += one.effect.flags
    return {one.code for one in flags}


def holds(found: Evaluation, truth: float) -> bool | None:
    effect = found.of("delay").effect
    if effect.estimate is None:
        return None
    low, high = effect.conf_int(0.95)
    return low <= truth <= high


def missing(rng: np.random.Generator) -> Iterator[Row]:
    """Sites with the solution do not send their slowest parcels."""
    about = protocol(12)
    lot = about.assignment()
    shape = (*lot.schedule.shape, PARCELS)
    for lost in (0.0, 0.01, 0.05, 0.15):
        for known in (True, False):
            held, told = [], []
            for _ in range(FEW):
                values = 30 + rng.normal(size=(shape[0], 1, 1)) + 6 * rng.normal(size=shape)
                kept = np.ones(shape, bool)
                if lost:
                    worst = np.quantile(values, 1 - lost, axis=2, keepdims=True)
                    kept = (values <= worst) | (lot.schedule[:, :, None] != 1)
                n = kept.sum(axis=2)
                mean = np.where(kept, values, 0).sum(axis=2) / n
                m2 = np.where(kept, (values - mean[:, :, None]) ** 2, 0).sum(axis=2)
                i, t = np.indices(n.shape).reshape(2, -1)
                more = {"missing": (PARCELS - n).ravel()} if known else {}
                table = MomentTable(lot.unit_ids[i], lot.period_ids[t], ["delay"] * len(i),
                                    n.ravel(), mean.ravel(), m2.ravel(), **more)  # fmt: skip
                found = judged(about, table)
                inside = holds(found, 0.0)
                held.append(inside is None or inside)
                told.append(inside is None or bool(codes(found) & MISSING))
            words = "counted" if known else "nobody counts them"
            yield Row(f"{lost:.0%} of the slowest, {words}", "unit means", "coverage", share(held),
                      0.95 if not lost else None, FEW, share(told))  # fmt: skip


MISSING = {"missing-differs", "missing-readings", "missing-could-turn"}


def touched(rng: np.random.Generator) -> Iterator[Row]:
    """Comparison sites near the solution get a part of its effect."""
    about = protocol(16)
    lot = about.assignment()
    for part in (0.0, 0.5, 1.0):
        for near in (2, 6):
            held, told, apart, few_left = [], [], [], []
            ids = [str(one) for one in lot.unit_ids[lot.arms == 0]]
            close = set(ids[:near])
            km = {one: 0.4 if one in close else 5.0 + k for k, one in enumerate(ids)}
            by_site = np.array([str(one) in close for one in lot.unit_ids])
            for _ in range(FEW):
                level = 30 + rng.normal(size=(16, 1))
                on = (lot.schedule == 1) + part * by_site[:, None] * (
                    np.arange(lot.schedule.shape[1]) >= about.baseline
                )
                mean = level - 4.0 * on + 0.5 * rng.normal(size=lot.schedule.shape)
                i, t = np.indices(mean.shape).reshape(2, -1)
                n = np.full(len(i), PARCELS)
                table = MomentTable(lot.unit_ids[i], lot.period_ids[t], ["delay"] * len(i), n,
                                    mean.ravel(), 36.0 * (n - 1))  # fmt: skip
                found = judged(about, table, Facts(distances=km))
                held.append(bool(holds(found, -4.0)))
                few_left.append("small-arm" in codes(found))
                told.append(bool(codes(found) & {"spillover", "neighbours-change-it"}))
                beside = [one for one in found.of("delay").sensitivity
                          if one.method == "without-neighbours"]  # fmt: skip
                low, high = beside[0].conf_int(0.95) if beside else (-np.inf, np.inf)
                apart.append(low <= -4.0 <= high)
            data = f"{near} of 8 neighbours get {part:.0%} of the effect"
            yield Row(data, "unit means", "coverage", share(held), None if part else 0.95, FEW,
                      share(told))  # fmt: skip
            few = bool(small_arm(8 - near, 8))
            yield Row(data, "without neighbours, beside it", "coverage", share(apart),
                      None if few else 0.95, FEW, share(few_left))  # fmt: skip


CHARGES = (
    Charge(
        "Readings that are missing because of what they say are noticed",
        f"Twelve sites; those with the solution do not send their slowest parcels. {FEW} pilots a "
        "row; “told” is "
        "a withheld result or a flag about missing readings.",
        missing,
        "Where it is known how many should have come, a loss of one in twenty is told in "
        "every pilot, before a number is shown. Where nobody counts them nothing in what did "
        "arrive can tell, and the answer is wrong: register what should arrive. Under way a "
        "tenth less in one arm than before moves `sizes-drift`.",
    ),
    Charge(
        "An effect that reaches neighbours is told of",
        f"Sixteen sites, some of the comparison within a kilometre of the solution; {FEW} pilots "
        "a row.",
        touched,
        "Told in every pilot once most comparison sites are touched; with two of eight the "
        "effect hardly moves, and it is told in a third. The comparison without neighbours "
        "holds the truth while enough sites are left; with two left it has the error of an "
        "arm of two (charge 3), `small-arm` says so beside it, and it decides nothing.",
    ),
)

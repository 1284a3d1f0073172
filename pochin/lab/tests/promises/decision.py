"""F3, H and what was added: looks with few offices, unplanned looks, the colour of the decision."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy import special, stats

from pochin.lab.design import ParallelCluster, Rule
from pochin.lab.design.colours import colours
from pochin.lab.power import Components
from pochin.lab.sequential.boundaries import spending_boundaries
from pochin.lab.sequential.confseq import asymptotic_radius
from pochin.lab.sequential.gst import GroupSequentialTest, normal_score
from pochin.lab.sequential.randomization_gst import RandomizationGroupSequentialTest
from pochin.lab.sequential.spending import Spending
from pochin.lab.simulate import Estimates, Truth, welch
from pochin.lab.tests.promises.base import Seen, false_alarms, power, promise

UNITS, LOOKS = 12, 8
COMPONENTS = Components.of(1.0, 0.05, 0.8)
READINGS = 50


def halves(units: int) -> np.ndarray:
    """Every way to treat half of the units, shape (A, units)."""
    chosen = itertools.combinations(range(units), units // 2)
    return np.array([[i in some for i in range(units)] for some in chosen], np.int8)


LOTS = halves(UNITS)


def growing_means(runs: int, rng: np.random.Generator) -> np.ndarray:
    """Means of the offices up to each look, shape (R, looks, units)."""
    level = math.sqrt(COMPONENTS.unit) * rng.normal(size=(runs, 1, UNITS))
    spread = math.sqrt(COMPONENTS.period + COMPONENTS.within / READINGS)
    cells = level + spread * rng.normal(size=(runs, LOOKS, UNITS))
    return np.cumsum(cells, axis=1) / np.arange(1, LOOKS + 1)[:, None]


BOUNDS = spending_boundaries(LOOKS, Spending()).upper


def _stops(means: np.ndarray, lots: np.ndarray) -> dict[str, np.ndarray]:
    """Who stops at some look, by method, each of shape (R,); means of shape (R, looks, units)."""
    each = [welch(one, LOTS[lot], pooled=True) for one, lot in zip(means, lots, strict=True)]
    estimate, error = (
        np.array([getattr(one, of) for one in each]) for of in ("estimate", "std_error")
    )
    t = np.abs(estimate / error)
    score = -special.ndtri_exp(stats.t.logsf(t, UNITS - 2))
    subjects = UNITS * np.arange(1, LOOKS + 1)
    radius = asymptotic_radius(error, subjects, n_opt=subjects[-1] / 2)
    stopped = {
        "t at every look": 2 * stats.t.sf(t, UNITS - 2) <= 0.05,
        "Lan–DeMets, t read as normal": t >= BOUNDS,
        "Lan–DeMets, by way of t": score >= BOUNDS,
        "asymptotic sequence": np.abs(estimate) > radius,
    }
    drawn = [_stops_by_lot(one, int(lot)) for one, lot in zip(means, lots, strict=True)]
    return {name: some.any(axis=1) for name, some in stopped.items()} | {
        "randomisation-based": np.array(drawn)
    }


def _stops_by_lot(means: np.ndarray, lot: int) -> bool:
    test = RandomizationGroupSequentialTest(LOTS, lot, interval=False)
    for k, values in enumerate(means):
        look = test.update(values, (k + 1) / LOOKS)
        if test.stopped:
            break
    return look.crossed


@promise("F3", "12 offices, 8 looks, ICC .05, CAC .8", short=80)
def few_offices(runs: int, rng: np.random.Generator) -> list[Seen]:
    means, lots = growing_means(runs, rng), rng.integers(len(LOTS), size=runs)
    null = _stops(means, lots)
    shifted = means + 0.27 * LOTS[lots][:, None, :]
    effect = _stops(shifted, lots)
    told = dict(zip(null, (".109", ".067", ".041", ".033", ".049"), strict=True))
    seen = [
        false_alarms(
            name,
            stopped,
            required=name == "randomisation-based",
            expected=told[name],
        )
        for name, stopped in null.items()
    ]
    found = {name: float(stopped.mean()) for name, stopped in effect.items()}
    others = {"Lan–DeMets, by way of t": ".547", "asymptotic sequence": ".453"}
    slack = 0.0 if runs >= 2000 else 3.09 * math.sqrt(0.25 / runs)
    best = max(found[name] for name in others) - slack
    return [
        *seen,
        Seen("randomisation-based", "power", found["randomisation-based"], best, None, ".60"),
        *(Seen(name, "power", found[name], expected=told) for name, told in others.items()),
    ]


@promise("X5", "looks whenever somebody found the time, 2 to 6 of them", short=200)
def unplanned_looks(runs: int, rng: np.random.Generator) -> list[Seen]:
    crossed, naive = [], []
    for _ in range(runs):
        times = np.append(np.sort(rng.uniform(0.05, 0.95, rng.integers(1, 6))), 1.0)
        steps = np.diff(times, prepend=0.0)
        z = np.cumsum(rng.normal(0, np.sqrt(steps))) / np.sqrt(times)
        bounds = spending_boundaries(times, Spending("pocock")).upper
        crossed.append(bool((np.abs(z) >= bounds).any()))
        naive.append(bool((np.abs(z) > 1.96).any()))
    return [
        false_alarms("Lan–DeMets on information", crossed, exact=True),
        false_alarms("1.96 at every look", naive, required=False),
    ]


@promise("H", "green at an effect that only breaks even", short=120)
def false_green(runs: int, rng: np.random.Generator) -> list[Seen]:
    """One shot with 12 offices, and one extension by 12 more when the first ends amber."""
    even, spread = 0.2, math.sqrt(0.12)
    values = even / 2 * np.array([-1, 1])[np.arange(24) % 2] + spread * rng.normal(size=(runs, 24))
    arms = np.arange(24) % 2
    first = welch(values[:, :12], arms[:12], pooled=True)
    shares = colours(first, Rule(even), evidence="I", rng=rng)
    green = first.bound(0.05) > even
    extended = [_extended(one, arms, even) for one in values]
    return [
        false_alarms("one shot", green, expected=".050"),
        false_alarms("with one extension", extended, expected=".041"),
        Seen("one shot, by the rule of the decision", "green", shares["green"]),
    ]


def _extended(values: np.ndarray, arms: np.ndarray, even: float) -> bool:
    test = GroupSequentialTest(max_information=1.0, alternative="greater", interval=False)
    for size, share in ((12, 0.5), (24, 1.0)):
        found = welch(values[None, :size], arms[:size], pooled=True)
        t = float((found.estimate[0] - even) / found.std_error[0])
        look = test.update(share, normal_score(t, size - 2))
        if test.stopped:
            break
    return look.crossed


@promise(
    "X6",
    "colours of a plan of 12 and 40 offices, spread of a unit mean .12, break-even .2",
    short=1000,
)
def colours_of_a_plan(runs: int, rng: np.random.Generator) -> list[Seen]:
    seen = []
    for units, twice, thrice in ((12, ".235", ".59"), (40, ".56", ".97")):
        for factor, told in ((1, ".05"), (2, twice), (3, thrice)):
            error = math.sqrt(4 * 0.12 / units)
            t = rng.chisquare(units - 2, runs) / (units - 2)
            found = Estimates(
                0.2 * factor + error * rng.normal(size=runs),
                error * np.sqrt(t),
                np.full(runs, units - 2.0),
            )
            green = found.bound(0.05) > 0.2
            name = f"{units} offices, {factor} × break-even"
            if factor == 1:
                seen.append(false_alarms(f"green: {name}", green, exact=True, expected=told))
            else:
                seen.append(Seen(f"green: {name}", "share", float(green.mean()), expected=told))
    return seen


@promise("X7", "power planned with baseline and with unequal arms", short=1000)
def planned(runs: int, rng: np.random.Generator) -> list[Seen]:
    guess = {"cluster_size": 30.0, "size_cv": 0.0}
    seen = []
    for name, design in (
        ("a baseline of two periods", ParallelCluster(16, n_periods=2, baseline=2)),
        ("5 against 15", ParallelCluster(20, (15, 5))),
    ):
        truth = Truth(Components.of(1.0, 0.05, 0.8), 0.35, **guess)
        expected = float(design.power(0.35, icc=0.05, cac=0.8, **guess).power)
        found = design.simulate(truth, runs=runs, rng=rng)
        seen.append(
            power(f"{name}, planned {expected:.3f}", found.p_values() <= 0.05, planned=expected)
        )
    return seen

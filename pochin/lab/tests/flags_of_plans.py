"""What is noticed in a plan before anything is measured: when it is raised, and when not."""

import numpy as np

from pochin.lab import design_checks as before
from pochin.lab import unsaid
from pochin.lab.assignment import Assignment
from pochin.lab.protocol import Protocol
from pochin.lab.randomize import complete
from pochin.lab.result import (
    PowerResult,
)
from pochin.lab.seeds import generator, seed_commitment
from pochin.lab.tests.plans import DELAY, QUEUE, plan

HALVES = np.repeat([1, 0], 6)


def twelve(rng=None):
    return complete([f"u{i}" for i in range(12)], 6, rng=rng or generator("1"))


def power(*values, icc=(0.02, 0.05, 0.1)):
    return PowerResult(
        np.array(values), np.array(10.0), np.array(1.0), 0.01, 924, 1.0, grid={"icc": icc}
    )


def protocol(**changes):
    return Protocol.parse(plan(**changes))


DAYS = [f"2026-03-{day:02d}" for day in range(1, 15)]
UNITS = [f"u{i}" for i in range(12)]
EQUAL = {"kind": "individual", "shares": {"control": 1, "treatment": 1}}


def panel(baseline):
    return {"start": "2026-03-02", "length": "week", "baseline": baseline, "run": 4}


def hours(run):
    return {"start": "2026-03-02", "length": "hour", "baseline": 0, "run": run}


LOOKS = {"spending": "obrien-fleming", "at": [0.5, 1.0]}
# code, severity, raised by, silent when
OF_PLANS = [
    ("lot-too-small", "block", lambda: before.lot(6, 20), lambda: before.lot(12, 924)),
    ("few-units", "warn", lambda: before.lot(10, 252), lambda: before.lot(12, 924)),
    (
        "few-treated",
        "warn",
        lambda: before.few_treated(1, 9, 0.1),
        lambda: before.few_treated(3, 9, 0.1),
    ),
    (
        "wrong-unit",
        "block",
        lambda: before.analysed_unit("office", "parcel"),
        lambda: before.analysed_unit("office", "office"),
    ),
    ("arms-unequal", "info", lambda: before.arms(5, 15), lambda: before.arms(6, 6)),
    ("small-arm", "warn", lambda: before.arms(10, 2), lambda: before.arms(9, 5)),
    (
        "sizes-unequal",
        "info",
        lambda: before.sizes([10, 100, 50]),
        lambda: before.sizes([95, 100, 105]),
    ),
    (
        "low-power",
        "warn",
        lambda: before.power_over_guesses(power(0.9, 0.7, 0.5)),
        lambda: before.power_over_guesses(power(0.95, 0.9, 0.85)),
    ),
    (
        "power-hangs-on-icc",
        "warn",
        lambda: before.power_over_guesses(power(0.95, 0.85, 0.6)),
        lambda: before.power_over_guesses(power(0.9, icc=())),
    ),
    (
        "imbalance",
        "warn",
        lambda: before.balance(twelve(), twelve().arms * 50.0 + np.arange(12), ["size"]),
        lambda: before.balance(twelve(), np.ones(12), ["size"]),
    ),
    ("lot-too-tight", "warn", lambda: before.tightness(60, 0), lambda: before.tightness(80, 0)),
    ("lot-too-tight", "warn", lambda: before.tightness(900, 1), lambda: before.tightness(900, 0)),
    (
        "units-bound",
        "block",
        lambda: before.parted(
            Assignment(
                twelve().schedule,
                UNITS,
                [0],
                admissible=np.array([[1, 1, 0], [0, 0, 1]]).repeat(4, axis=1),
            )
        ),
        lambda: before.parted(twelve()),
    ),
    (
        "neighbours",
        "warn",
        lambda: before.neighbours(np.ones((12, 12)), HALVES, buffer=2),
        lambda: before.neighbours(np.full((12, 12), np.nan), HALVES, buffer=2),
    ),
    ("block-too-short", "block", lambda: before.blocks(3, 2), lambda: before.blocks(4, 2)),
    (
        "carryover-unsaid",
        "warn",
        lambda: unsaid.unsaid(protocol(kind="switchback")),
        lambda: unsaid.unsaid(
            protocol(kind="switchback", design={"kind": "switchback", "block": 2, "carryover": 0})
        ),
    ),
    ("burn-in-too-short", "warn", lambda: unsaid.burn_in(1, 2), lambda: unsaid.burn_in(2, 2)),
    (
        "series-too-short",
        "block",
        lambda: unsaid.series_length(11, 20),
        lambda: unsaid.series_length(12, 12),
    ),
    (
        "series-too-short",
        "block",
        lambda: unsaid.series_length(40, 3),
        lambda: unsaid.series_length(40, 4),
    ),
    (
        "trends-unseen",
        "warn",
        lambda: unsaid.unsaid(protocol(kind="difference-in-differences", periods=panel(1))),
        lambda: unsaid.unsaid(protocol(kind="difference-in-differences", periods=panel(2))),
    ),
    (
        "few-periods-before",
        "warn",
        lambda: unsaid.unsaid(protocol(kind="synthetic-control", periods=panel(9))),
        lambda: unsaid.unsaid(protocol(kind="synthetic-control", periods=panel(10))),
    ),
    (
        "share-of-what",
        "info",
        lambda: unsaid.unsaid(protocol()),
        lambda: unsaid.unsaid(protocol(metrics=[DELAY, QUEUE | {"definition": "of visits"}])),
    ),
    (
        "shares-unsaid",
        "info",
        lambda: unsaid.unsaid(protocol(kind="individual")),
        lambda: unsaid.unsaid(protocol(kind="individual", design=EQUAL)),
    ),
    (
        "no-missing-limit",
        "info",
        lambda: unsaid.unsaid(protocol()),
        lambda: unsaid.unsaid(protocol(data_rules={"missing": {"max_share": 0.2}})),
    ),
    (
        "no-maturity",
        "info",
        lambda: unsaid.unsaid(protocol()),
        lambda: unsaid.unsaid(protocol(periods=panel(2) | {"maturity_days": 0})),
    ),
    (
        "no-stop-reasons",
        "info",
        lambda: unsaid.unsaid(protocol()),
        lambda: unsaid.unsaid(protocol(stop_reasons=["a person was hurt"])),
    ),
    (
        "cost-without-range",
        "warn",
        lambda: unsaid.cost_ranges([{"low": 1, "high": 1}, {"low": 2, "high": 2}]),
        lambda: unsaid.cost_ranges([{"low": 1, "high": 1}, {"low": 2, "high": 3}]),
    ),
    (
        "neighbours",
        "warn",
        lambda: before.might_be_parted(np.ones((3, 3)), buffer=2),
        lambda: before.might_be_parted(np.full((3, 3), np.nan), buffer=2),
    ),
    (
        "broken-weeks",
        "warn",
        lambda: before.plan(protocol(periods=hours(24))),
        lambda: before.plan(protocol(periods=hours(168))),
    ),
    ("broken-weeks", "warn", lambda: before.whole_weeks(10), lambda: before.whole_weeks(14)),
    (
        "calendar-event",
        "warn",
        lambda: before.calendar_events(DAYS, [], {"2026-03-08": "a holiday"}),
        lambda: before.calendar_events(
            DAYS,
            ["2026-03-08"],
            {"2026-03-08": "a holiday", "2026-03-15": "after", "2026-02-28": "before"},
        ),
    ),
    (
        "chosen-by-baseline",
        "block",
        lambda: before.chosen(True, False),
        lambda: before.chosen(True, True),
    ),
    ("skewed", "warn", lambda: before.skewness(1000, 3.0), lambda: before.skewness(4000, 3.0)),
    (
        "no-room-for-looks",
        "warn",
        lambda: before.looks(protocol(analysis={"looks": LOOKS}), 924 // 4),
        lambda: before.looks(protocol(analysis={"looks": LOOKS}), 10**6),
    ),
    (
        "no-run-in",
        "info",
        lambda: before.plan(
            protocol(periods={"start": "2026-03-02", "length": "week", "baseline": 0, "run": 4})
        ),
        lambda: before.plan(protocol()),
    ),
    (
        "seed-not-committed",
        "warn",
        lambda: before.plan(protocol()),
        lambda: before.plan(
            protocol(assignment=plan()["assignment"] | {"seed_commitment": "a" * 64})
        ),
    ),
    (
        "seed-guessable",
        "block",
        lambda: before.commitment({"seed_commitment": seed_commitment("004217")}),
        lambda: before.commitment({"seed_commitment": seed_commitment("a drawn number, 17")}),
    ),
    (
        "seed-guessable",
        "block",
        lambda: before.commitment({"seed_commitment": seed_commitment("7")}),
        lambda: before.commitment({"seed_commitment": seed_commitment("7"), "seed": "7"}),
    ),
    (
        "seed-guessable",
        "block",
        lambda: before.commitment({"seed_commitment": seed_commitment("20270315")}),
        lambda: before.commitment({"seed_commitment": seed_commitment("15 марта 2027, шар 4")}),
    ),
    (
        "seed-guessable",
        "warn",
        lambda: before.told({"seed_commitment": "a" * 64}, "48213377"),
        lambda: before.told({"seed_commitment": "a" * 64}, "9c1f4b2a77d05e3c"),
    ),
    (
        "no-comparator",
        "warn",
        lambda: before.plan(protocol(kind="interrupted-series")),
        lambda: before.plan(protocol()),
    ),
    (
        "trend-only-by-model",
        "info",
        lambda: before.plan(protocol(kind="stepped-wedge")),
        lambda: before.plan(protocol()),
    ),
]

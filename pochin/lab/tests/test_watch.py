"""Watching a pilot under way: every check speaks when it must, and a sound pilot is let alone."""
# ruff: noqa: ARG005 — every part of the readings is asked for unit, period and arm.

import numpy as np
import pytest

from pochin.lab.facts import Facts
from pochin.lab.flags import CATALOGUE, MONITOR
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.tests.plans import DELAY, plan
from pochin.lab.watch import watch

DAYS = {"start": "2026-03-02", "length": "day", "baseline": 14, "run": 28}
USAGE = {"code": "usage", "role": "secondary", "kind": "mean", "direction": "higher", "unit": "1"}
MEASURED = {
    "metrics": [DELAY, USAGE],
    "data_rules": {"crossover": {"metric": "usage", "max_share": 0.1}},
}


def coming_in(protocol, *, n=None, value=None, usage=None):
    """Readings of every unit and period; each part is a function of unit, period and arm."""
    lot, rows = protocol.assignment("7"), []
    rng = np.random.default_rng(5)
    level = rng.normal(30, 1, len(lot.unit_ids))
    for i, unit in enumerate(lot.unit_ids.tolist()):
        for t, period in enumerate(lot.period_ids.tolist()):
            arm = int(lot.arms[i])
            count = 40 if n is None else n(i, t, arm)
            if count:
                mean = level[i] + rng.normal(0, 0.4) + (value(i, t, arm) if value else 0)
                rows.append((unit, period, "delay", count, mean, 3.0 * count))
                if usage is not None:
                    rows.append((unit, period, "usage", count, usage(i, t, arm), 0.0))
    return MomentTable(*map(list, zip(*rows, strict=True)))


def seen(kind="parallel", changes=None, *, over=None, facts=None, **readings):
    protocol = Protocol.parse(plan(kind, **{"periods": DAYS, **(changes or {})}))
    table = coming_in(protocol, **readings)
    ended = protocol.period_ids if over is None else protocol.period_ids[:over]
    return watch(protocol, table, protocol.assignment("7"), ended, facts=facts)


def by_lot(i, t, arm):
    return float(arm and t >= 14)


def people(counts):
    """Arms whose counts of people come day by day."""
    changes = {"periods": {"start": "2026-03-02", "length": "day", "baseline": 0, "run": 4},
               "metrics": [DELAY]}  # fmt: skip
    return seen("individual", changes, n=lambda i, t, arm: counts[i])


NOTHING_SAID = {"metrics": [{**DELAY, "planned_std_error": 0.1}]}
SOUND = {**MEASURED, "metrics": [{**DELAY, "planned_std_error": 1.0}, USAGE]}

RATIO = {**DELAY, "kind": "ratio", "denominator": "parcels"}

SCENARIOS = {
    "lot-too-small": lambda: seen(n=lambda i, t, arm: 40 * (t < 30 or i < 5)),
    "units-lost": lambda: seen(n=lambda i, t, arm: 40 * (t < 30 or i != 3)),
    "dropout-differs": lambda: seen(n=lambda i, t, arm: 40 * (t < 30 or not arm)),
    "variance-above-plan": lambda: seen(changes=NOTHING_SAID),
    "sizes-drift": lambda: seen(n=lambda i, t, arm: 40 + 20 * (arm and t >= 14)),
    "crossover": lambda: seen(changes=MEASURED, usage=lambda i, t, arm: 1.0 * (t >= 14)),
    "comparison-treated": lambda: seen(
        "difference-in-differences", MEASURED, usage=lambda i, t, arm: 1.0 * (t >= 14 and i < 3)
    ),
    "spillover": lambda: seen(
        facts=Facts(distances={str(101 + i): float(i) for i in range(0, 12, 2)}),
        value=lambda i, t, arm: 0.6 * i * (t >= 14),
    ),
    "regime-change": lambda: seen(value=lambda i, t, arm: 4.0 * (t >= 25)),
    "missing-readings": lambda: seen(n=lambda i, t, arm: 40 * ((i + t) % 4 > 0)),
    "missing-differs": lambda: seen(n=lambda i, t, arm: 40 * (not arm or t % 3 > 0)),
    "immature": lambda: seen(n=lambda i, t, arm: 40 * (t < 41 or i < 6)),
    "duplicates": lambda: seen(facts=Facts(set_aside={"duplicates": 4})),
    "time-travel": lambda: seen(facts=Facts(set_aside={"outside": 4})),
    "unknown-units": lambda: seen(facts=Facts(set_aside={"strangers": 4})),
    "volume-step": lambda: seen(n=lambda i, t, arm: 120 if i == 2 and t >= 20 else 40),
    "analysis-fails": lambda: seen(changes={"metrics": [RATIO]}),
    "metric-changed": lambda: seen(facts=Facts(amended_late="metrics")),
    "plan-amended-late": lambda: seen(facts=Facts(amended_late="plan")),
    "srm": lambda: people((300, 420)),
    "stop-reason-unknown": lambda: seen(facts=Facts(ended_at=0.5, end_reason="no money")),
    "stopped-off-plan": lambda: seen(facts=Facts(ended_at=0.5, end_reason="force majeure")),
    "cost-over-range": lambda: seen(facts=Facts(costs={"post": (300, 200)})),
    "twin-trial": lambda: seen(facts=Facts(twins={"П-7": 2})),
}


@pytest.mark.parametrize("code", SCENARIOS)
def test_what_goes_wrong_under_way_is_noticed(code):
    found = [one.code for one in SCENARIOS[code]()]

    assert code in found


def test_a_sound_pilot_is_let_alone():
    found = seen(
        changes=SOUND, usage=by_lot, value=lambda i, t, arm: -2.0 * (arm and t >= 14),
        facts=Facts(costs={"post": (100, 200)}, distances={"101": 3.0}),
    )  # fmt: skip

    assert [str(one) for one in found] == []


def test_people_who_come_as_planned_are_let_alone():
    assert people((300, 310)) == []


def test_every_flag_of_this_moment_has_a_scenario():
    raised_here = {code for code, kind in CATALOGUE.items() if MONITOR in kind.moments}

    assert raised_here == set(SCENARIOS)


def test_nothing_is_said_before_the_first_period_is_over():
    assert seen(over=0, n=lambda i, t, arm: 40 * (not arm)) == []


@pytest.mark.parametrize("effect", [-50.0, 0.0, 50.0])
def test_what_is_noticed_does_not_tell_the_effect(effect):
    """Unless units vary more than planned, which an effect hides in and nobody can part."""
    changes = {"metrics": [{**DELAY, "planned_std_error": 1000.0}]}

    found = seen(changes=changes, value=lambda i, t, arm: effect * (arm and t >= 14))

    assert found == []


def test_what_blocks_comes_first():
    found = seen(
        changes=MEASURED,
        usage=lambda i, t, arm: 1.0 * (t >= 14),
        facts=Facts(costs={"post": (300, 200)}),
    )

    assert [one.severity for one in found] == ["block", "warn"]


@pytest.mark.parametrize("kind", ["pairs", "stepped-wedge", "switchback", "synthetic-control"])
def test_every_design_can_be_watched(kind):
    changes = {} if kind != "synthetic-control" else {"periods": DAYS}
    protocol = Protocol.parse(plan(kind, **changes))
    table = coming_in(protocol)

    found = watch(protocol, table, protocol.assignment("7"), protocol.period_ids)

    assert [one.code for one in found if one.blocks] == []

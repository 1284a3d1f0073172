"""What a result tells beside its numbers; a sound one needs no word."""
# ruff: noqa: ARG005 — every part of the readings is asked for unit, period and arm.

import math

import numpy as np
import pytest

from pochin.lab.evaluate import evaluate_plan
from pochin.lab.facts import Facts
from pochin.lab.flags import CATALOGUE, EVALUATION
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.tests.plans import DELAY, WEEKS, offices, plan
from pochin.lab.tests.test_watch import DAYS, MEASURED, coming_in

MONEY = {
    "value": {
        "currency": "RUB",
        "per_unit": {"low": 0, "mid": 0, "high": 0},
        "volume": {"low": 1, "mid": 1, "high": 1},
        "horizon_years": 1,
    },
    "cost": {
        "currency": "RUB",
        "items": [{"name": "sorter", "kind": "capex", "low": 1, "mid": 1, "high": 1}],
    },
}


class Judged(list):
    """Every flag of a result, those of its metrics included, beside plan and result."""

    def __init__(self, protocol, evaluation):
        self.protocol, self.evaluation = protocol, evaluation
        of_metrics = (one for row in evaluation.metrics for one in row.effect.flags)
        super().__init__([*evaluation.flags, *of_metrics])


def judged(kind="parallel", changes=None, *, facts=None, locked="", spoil=None, **readings):
    """What a result tells."""
    protocol = Protocol.parse(plan(kind, **{"metrics": [DELAY], **(changes or {})}))
    table = coming_in(protocol, **{"value": better, **readings})
    table = spoil(table) if spoil else table
    return Judged(protocol, evaluate_plan(protocol, table, facts=facts, locked=locked))


def better(i, t, arm):
    return -4.0 * (arm and t >= 2)


def twice(table):
    """The same with a metric that the plan does not know."""
    names = table.columns()
    more = {name: np.concatenate([column, column]) for name, column in names.items()}
    more["metric"] = np.array(["delay"] * len(table) + ["mood"] * len(table))
    return MomentTable(**more)


def people(counts, **changes):
    """Arms of people, counted in one period or in several."""
    periods = {"ids": ["run"], "baseline": 0, "run": 1} | changes
    return judged("individual", {"periods": periods}, n=lambda i, t, arm: counts[i], value=None)


def panel(baseline, run):
    return {"periods": {"start": "2026-03-02", "length": "week", "baseline": baseline, "run": run}}


def sixteen():
    return offices(16, arm=lambda i: ("control", "treatment")[i % 2])


def many_columns():
    known = offices(
        8, arm=lambda i: ("control", "treatment")[i % 2],
        covariates=lambda i: {"a": i % 3 + i / 50, "b": i % 5 - i / 70, "c": (i * i) % 7 / 3},
    )  # fmt: skip
    return {
        "assignment": {"method": "complete", "units": known},
        "analysis": {"method": "unit-means-adjusted", "covariates": ["a", "b", "c"]},
    }


def arms(*sizes):
    units = offices(sum(sizes), arm=lambda i: "treatment" if i < sizes[1] else "control")
    return {
        "design": {"kind": "parallel", "treated": sizes[1]},
        "assignment": {"method": "complete", "units": units},
    }


def late(table):
    """The same with readings of the last week still on their way."""
    known = table.columns()
    return MomentTable(**known, missing=np.where(known["period"] == "2026-04-06", 4, 0))


WALK = np.cumsum(np.random.default_rng(3).normal(0, 3, 60))

SCENARIOS = {
    "curve-not-constant": lambda: judged(value=lambda i, t, arm: -3.0 * (arm and t >= 2) * (t - 1)),
    "lot-disagrees": lambda: judged(
        changes=arms(4, 4), value=lambda i, t, arm: -1.8 * (arm and t >= 2)
    ),
    "trends-differ-before": lambda: judged(
        "difference-in-differences", panel(4, 4) | {"analysis": {"method": "group-time"}},
        value=lambda i, t, arm: 2.0 * t * arm,
    ),
    "incomplete-sequences": lambda: judged("stepped-wedge"),
    "few-periods-before": lambda: judged("synthetic-control", panel(5, 4), value=None),
    "twin-fits-badly": lambda: judged("synthetic-control", panel(5, 4), value=None),
    "series-wanders": lambda: judged(
        "interrupted-series", panel(30, 30), value=lambda i, t, arm: float(WALK[t])
    ),
    "lot-too-small": lambda: judged(
        changes={"assignment": {"method": "complete", "units": plan()["assignment"]["units"][:6]}}
    ),
    "few-units": lambda: judged(changes=arms(4, 4)),
    "arms-unequal": lambda: judged(changes=arms(9, 3)),
    "small-arm": lambda: judged(changes=arms(10, 2)),
    "units-lost": lambda: judged(n=lambda i, t, arm: 40 * (i != 3)),
    "units-without-data": lambda: judged(n=lambda i, t, arm: 40 * (i != 3)),
    "units-without-baseline": lambda: judged(
        changes={"analysis": {"adjust_for_baseline": True}},
        n=lambda i, t, arm: 40 * (i != 3 or t > 1),
    ),
    "dropout-differs": lambda: judged(n=lambda i, t, arm: 40 * (not arm or i > 9)),
    "icc-off-plan": lambda: judged(facts=Facts(icc=(0.9, 0.95, 0.99))),
    "weights-disagree": lambda: judged(
        n=lambda i, t, arm: 400 if i < 2 else 20,
        value=lambda i, t, arm: (12.0 if i < 2 else -6.0) * (arm and t >= 2),
    ),
    "imbalance": lambda: judged(value=lambda i, t, arm: 2.0 * arm),
    "crossover": lambda: judged(
        changes=MEASURED, usage=lambda i, t, arm: 1.0 * (t >= 2 and not (arm and i > 6))
    ),
    "weak-instrument": lambda: judged(
        changes={**MEASURED, "data_rules": {"crossover": {"metric": "usage", "max_share": 1.0}}},
        usage=lambda i, t, arm: (i % 5) / 5 + 0.02 * arm,
    ),
    "spillover": lambda: judged(
        facts=Facts(distances={str(101 + i): 2.0 + i for i in range(0, 12, 2)}),
        value=lambda i, t, arm: better(i, t, arm) + 1.0 * i * (t >= 2),
    ),
    "neighbours-matter": lambda: judged(
        facts=Facts(distances={str(101 + i): 0.2 if i < 5 else 9.0 for i in range(0, 12, 2)}),
        value=lambda i, t, arm: better(i, t, arm) - 9.0 * (t >= 2 and not arm and i < 5),
    ),
    "regime-change": lambda: judged(
        changes={"periods": DAYS}, value=lambda i, t, arm: 4.0 * (t >= 25)
    ),
    "exclusion-unregistered": lambda: judged(n=lambda i, t, arm: 40 * (t != 3)),
    "missing-readings": lambda: judged(n=lambda i, t, arm: 40 * ((i + t) % 4 > 0)),
    "missing-differs": lambda: judged(n=lambda i, t, arm: 40 * (not arm or t != 3)),
    "missing-could-turn": lambda: judged(
        changes={"data_rules": {"missing": {"max_share": 0.5, "max_difference": 1.0},
                                "late": {"completeness": 0.3}}},
        n=lambda i, t, arm: 40 * (not arm or t < 4),
        value=lambda i, t, arm: -2.3 * (arm and t >= 2),
    ),
    "immature": lambda: judged(spoil=late),
    "duplicates": lambda: judged(facts=Facts(set_aside={"duplicates": 4})),
    "time-travel": lambda: judged(facts=Facts(set_aside={"outside": 4})),
    "unknown-units": lambda: judged(facts=Facts(set_aside={"strangers": 4})),
    "metric-changed": lambda: judged(facts=Facts(amended_late="metrics")),
    "plan-amended-late": lambda: judged(facts=Facts(amended_late="plan")),
    "plan-changed": lambda: judged(locked="0" * 64),
    "srm": lambda: people((3000, 4200)),
    "empty-arm": lambda: people((3000, 0)),
    "people-counted-again": lambda: people((300, 310), ids=["a", "b"], run=2),
    "looks-unplanned": lambda: judged(n=lambda i, t, arm: 40 * (t < 4)),
    "exploratory": lambda: judged(spoil=twice),
    "stop-reason-unknown": lambda: judged(facts=Facts(ended_at=0.5, end_reason="no money")),
    "stopped-off-plan": lambda: judged(facts=Facts(ended_at=0.5, end_reason="force majeure")),
    "twins-interact": lambda: judged(
        changes={"assignment": {"method": "complete", "units": sixteen()}},
        facts=Facts(crossed={"P-007": tuple(str(109 + i) for i in range(8))}),
        value=lambda i, t, arm: better(i, t, arm) * (i < 8) + i % 4 / 10,
    ),
    "twins-inseparable": lambda: judged(facts=Facts(crossed={"P-007": ("102", "104")})),
    "cost-over-range": lambda: judged(facts=Facts(costs={"post": (300, 200)})),
    "twin-trial": lambda: judged(facts=Facts(twins={"П-7": 2})),
    "comparison-treated": lambda: judged(
        "difference-in-differences", MEASURED, usage=lambda i, t, arm: 1.0 * (t >= 2 and i < 3)
    ),
    "many-covariates": lambda: judged(changes=many_columns()),
    "no-readings": lambda: judged(spoil=lambda table: MomentTable(
        table.unit, table.period, np.full(len(table), "mood"), table.n, table.mean, table.m2)),
    "not-estimable": lambda: judged(spoil=lambda table: MomentTable(
        table.unit, table.period, table.metric, table.n, table.mean * 0, table.m2 * 0)),
    "money-unknown": lambda: judged(changes=MONEY),
    "pairs-incomplete": lambda: judged("pairs", n=lambda i, t, arm: 40 * (i != 3)),
    "trends-unseen": lambda: judged("difference-in-differences", panel(1, 4)),
    "analyses-disagree": lambda: judged(
        "stepped-wedge", value=lambda i, t, arm: -9.0 * (i % 3 == 0 and t >= 4) + 6.0 * (i % 3 == 1)
        * (t == 3) + 2.0 * (t == 4)),
}  # fmt: skip


@pytest.mark.parametrize("code", SCENARIOS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_qualifies_a_result_is_told(code):
    assert code in [one.code for one in SCENARIOS[code]()]


def test_a_sound_result_needs_no_word():
    found = judged(
        changes=MEASURED, usage=lambda i, t, arm: 1.0 * (arm and t >= 2),
        facts=Facts(icc=(0.01, 0.5), costs={"post": (100, 200)}, distances={"101": 5.0}),
    )  # fmt: skip

    assert [str(one) for one in found] == []


def test_a_pilot_that_ended_early_is_judged_by_what_was_held():
    protocol = Protocol.parse(plan(metrics=[DELAY], stop_reasons=["a person was hurt"]))
    table = coming_in(protocol, n=lambda i, t, arm: 40 * (t < 4), value=better)
    facts = Facts(ended_at=0.5, end_reason="a person was hurt")

    found = evaluate_plan(protocol, table, facts=facts)

    assert found.metrics[0].effect.periods == protocol.run_ids[:2]
    assert found.decision.verdict == "meets"
    assert [one.code for one in found.flags] == ["stopped-off-plan"]


def test_the_effect_on_those_who_obeyed_stands_beside_the_one_that_decides():
    changes = {**MEASURED, "data_rules": {"crossover": {"metric": "usage", "max_share": 0.5}}}
    protocol = Protocol.parse(plan(**changes))
    obeyed = {1: 1.0, 3: 1.0, 5: 1.0, 7: 1.0, 9: 0.0, 11: 0.5}
    table = coming_in(
        protocol,
        usage=lambda i, t, arm: obeyed.get(i, 0.0) * (t >= 2),
        value=lambda i, t, arm: -4.0 * obeyed.get(i, 0.0) * (t >= 2),
    )

    row = evaluate_plan(protocol, table).of("delay")

    beside = {one.method: one for one in row.sensitivity}["complier-average"]
    assert row.effect.estimand == "unit-average"
    assert beside.estimate == pytest.approx(-4.0, abs=1.0)
    assert beside.estimate == pytest.approx(row.effect.estimate / 0.75)
    low, high = beside.conf_int()
    assert low < -4.0 < high < 0


def test_a_result_can_be_had_again_from_what_it_holds():
    protocol = Protocol.parse(plan(metrics=[DELAY]))
    table = coming_in(protocol, value=better)
    facts = Facts(
        ended_at=0.75, end_reason="x", costs={"post": (3.0, 2.0)}, icc=(0.02, 0.1),
        distances={"101": 0.3}, set_aside={"duplicates": 2},
    )  # fmt: skip
    first = evaluate_plan(protocol, table, facts=facts).to_dict()

    again = evaluate_plan(protocol, table, facts=Facts.of(first["facts"])).to_dict()

    assert again == first
    assert Facts.of(None) == Facts.of({}) == Facts()


@pytest.mark.parametrize(("near", "told"), [(1, False), (7, True)])
def test_a_comparison_without_neighbours_says_when_few_are_left(near, told):
    """Six against five, and six against two."""
    km = {str(101 + i): 0.2 if i < near else 9.0 for i in range(0, 12, 2)}

    flags = judged(facts=Facts(distances=km))

    few = [one.message for one in flags if one.code == "small-arm"]
    assert any("Without the neighbours" in one for one in few) is told


@pytest.mark.parametrize("moved", [0.0, 0.02])
def test_a_lot_that_moved_next_to_nothing_gives_no_narrow_interval(moved):
    protocol = Protocol.parse(
        plan(
            metrics=MEASURED["metrics"],
            data_rules={"crossover": {"metric": "usage", "max_share": 1}},
        )
    )
    table = coming_in(
        protocol, usage=lambda i, t, arm: (i % 5) / 5 + moved * arm, value=better
    )  # fmt: skip

    beside = {one.method: one for one in evaluate_plan(protocol, table).of("delay").sensitivity}

    assert beside["complier-average"].conf_int() == (-math.inf, math.inf)


OF_METHODS = {
    "carryover", "counts-autocorrelated", "few-treated",
    "leans-on-one-donor", "missing-cells", "no-comparator", "pairs-left-out", "series-too-short",
    "small-group", "trends-fragile", "twin-does-not-follow", "units-left-out", "variance-at-zero",
}  # fmt: skip
"""Raised by a method alone; shown where the method is tried out."""


def test_every_flag_of_this_moment_has_a_scenario_or_a_method():
    raised_here = {code for code, kind in CATALOGUE.items() if EVALUATION in kind.moments}

    assert raised_here == set(SCENARIOS) | OF_METHODS
    assert set(SCENARIOS) & OF_METHODS == set()


assert WEEKS["baseline"] == 2, "the scenarios begin the solution in the third period"

"""The whole plan tried out: its errors, its power, its colours and its money."""

import itertools

import numpy as np
import pytest

from pochin.lab.decide import evaluate_rule
from pochin.lab.design import (
    DifferenceInDifferences,
    ParallelCluster,
    Rule,
)
from pochin.lab.design.colours import colours
from pochin.lab.economics import npv
from pochin.lab.money_models import CostItem, CostModel, Range, ValueModel
from pochin.lab.protocol import DecisionRule, Metric
from pochin.lab.result import (
    EffectResult,
)
from pochin.lab.simulate import (
    Estimates,
    highest_rate,
)

GUESS = {"sd": 1.0, "icc": 0.05, "cac": 0.8, "cluster_size": 20.0}
RUNS = 2_000


VALUE = ValueModel("RUB", Range(80, 100, 130), Range(900, 1000, 1200), 2.0)
COST = CostModel("RUB", (CostItem("scanners", "capex", Range(20_000, 32_000, 50_000)),))


def test_the_diagnosis_shows_errors_power_and_colours():
    design = ParallelCluster(40)
    rule = Rule(0.1)

    told = design.diagnose(0.5, rule, rng=np.random.default_rng(34), **GUESS)

    assert [one.name for one in told.scenarios] == ["no effect", "threshold", "target"]
    assert told.type_i <= highest_rate(0.05, RUNS)
    assert told.coverage >= 1 - highest_rate(0.05, RUNS)
    assert abs(told.power - float(design.power(0.5, **GUESS).power)) < 0.03
    assert abs(told.bias) < 0.01
    assert told["threshold"].colours["green"] <= highest_rate(0.05, RUNS)
    assert told["target"].colours["green"] > 0.9
    assert sum(told["target"].colours.values()) == pytest.approx(1)
    assert told.to_dict()["scenarios"][2]["effect"] == 0.5


def test_money_can_only_take_green_away_and_add_red():
    design, seed = ParallelCluster(40), 35
    plain = design.diagnose(0.5, Rule(0.1), rng=np.random.default_rng(seed), runs=400, **GUESS)
    priced = design.diagnose(
        0.5,
        Rule(0.1, value=VALUE, cost=COST),
        rng=np.random.default_rng(seed),
        runs=400,
        **GUESS,
    )

    assert priced["break-even"].effect == pytest.approx(0.2)
    assert priced["target"].colours["green"] <= plain["target"].colours["green"] + 0.02
    assert priced["no effect"].colours["red"] > plain["no effect"].colours["red"]
    assert priced["break-even"].colours["green"] <= highest_rate(0.05, 400)


def test_observed_designs_are_never_green_for_a_network():
    design = DifferenceInDifferences(6, 14, 4, 4)
    about = {"rng": np.random.default_rng(36), "runs": 200} | GUESS

    network = design.diagnose(2.0, Rule(0.1), **about)
    next_stage = design.diagnose(2.0, Rule(0.1, scope="next-stage"), **about)

    assert network["target"].colours["green"] == 0
    assert next_stage["target"].colours["green"] > 0.9


def test_a_metric_where_less_is_better_mirrors_the_diagnosis():
    design = ParallelCluster(30)
    told = design.diagnose(
        0.5, Rule(0.1, sign=-1), rng=np.random.default_rng(37), runs=400, **GUESS
    )

    assert told["target"].effect == -0.5
    assert told["target"].colours["green"] > 0.7


@pytest.mark.parametrize(
    ("estimate", "evidence", "money"),
    list(itertools.product((-1.0, -0.1, 0.12, 0.3, 0.9), ("I", "III"), (False, True))),
)
def test_many_pilots_are_coloured_as_one_is_decided(estimate, evidence, money):
    rule = Rule(0.1, value=VALUE if money else None, cost=COST if money else None)
    metric = Metric("speed", "primary", "mean", "higher", "1", threshold=0.1)
    fit = EffectResult(estimate, 0.1, 18.0, 0.5, "demo")
    worth = npv(fit, VALUE, COST, rng=np.random.default_rng(38)) if money else None

    decided = evaluate_rule(
        DecisionRule("network"), {"speed": fit}, [metric], evidence=evidence, money=worth
    )
    many = Estimates(np.array([estimate]), np.array([0.1]), np.array([18.0]))
    shares = colours(many, rule, evidence=evidence, rng=np.random.default_rng(39))

    assert shares[decided.colour] == 1

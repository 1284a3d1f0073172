"""A lot is called unbalanced as rarely as is promised, and where it is."""

import numpy as np
import pytest

from pochin.lab.inference.balance import balance_p_value, usual_difference
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.randomize import complete, paired, stratified
from pochin.lab.simulate import highest_rate
from pochin.lab.tests.plans import plan
from pochin.lab.thoughts import balance_of, imbalances

LOTS = {
    "complete": lambda rng: complete(range(12), 6, rng=rng),
    "unequal": lambda rng: complete(range(12), 3, rng=rng),
    "pairs": lambda rng: paired(range(16), np.repeat(range(8), 2), rng=rng),
    "strata": lambda rng: stratified(range(14), [1] * 6 + [2] * 8, rng=rng),
    "many": lambda rng: complete(range(40), 20, rng=rng),
    "many-strata": lambda rng: stratified(range(40), [1] * 12 + [2] * 28, rng=rng),
}


@pytest.mark.parametrize("kind", LOTS)
def test_a_fair_lot_is_called_unbalanced_once_in_twenty_at_most(kind):
    rng, runs = np.random.default_rng(7), 400
    told = sum(balance_p_value(LOTS[kind](rng), rng.gamma(2, size=40)[: size(kind)]) <= 0.05
               for _ in range(runs))  # fmt: skip

    assert told / runs <= highest_rate(0.05, runs)


def size(kind):
    return len(LOTS[kind](np.random.default_rng(1)).unit_ids)


def test_the_normal_answer_is_near_the_listed_one(monkeypatch):
    lot = LOTS["strata"](np.random.default_rng(3))
    values = np.random.default_rng(4).normal(size=14) + 0.8 * lot.arms
    exact = balance_p_value(lot, values)
    monkeypatch.setattr("pochin.lab.inference.balance.ENUMERABLE", 10)

    assert balance_p_value(lot, values) == pytest.approx(exact, abs=0.04)


def test_few_units_usually_differ_by_much():
    assert usual_difference(6, 6) == pytest.approx(1.13, abs=0.01)
    assert usual_difference(50, 50) == pytest.approx(0.39, abs=0.01)


def before(lean):
    """Flags of a plan with two metrics whose arms differ by so much in the baseline."""
    protocol = Protocol.parse(plan())
    lot, rng = protocol.assignment(), np.random.default_rng(2)
    rows = [
        (unit, period, metric, 50, rng.normal() + lean * lot.arms[i], 50.0)
        for i, unit in enumerate(lot.unit_ids.tolist())
        for period in protocol.period_ids
        for metric in ("delay", "complaints")
    ]
    table = MomentTable(*(list(column) for column in zip(*rows, strict=True)))
    return imbalances(protocol, table, lot, balance_of(protocol, table, lot))


def test_a_lot_that_parted_the_offices_is_told_and_a_usual_one_is_not():
    assert [one.code for one in before(5.0)] == ["imbalance", "imbalance"]
    assert before(0.0) == ()

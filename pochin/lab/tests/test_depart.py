"""Units that left for good: told, compared between the arms, and bounded by the worst and best."""

import numpy as np
import pytest

from pochin.lab.assignment import Assignment
from pochin.lab.departures import departures
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.facts import Facts
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.tests.plans import plan

LOT = Assignment([[1]] * 6 + [[0]] * 6, [f"u{i}" for i in range(12)], [0])


def leaving(*units, why="other"):
    return dict.fromkeys(units, ("2026-04-01", why))


def evidence_of(flags, at):
    return next((dict(one.evidence) for one in flags if one.at == at), None)


def test_nothing_is_said_where_nobody_left():
    assert departures({}, LOT) == []
    assert departures(leaving("stranger"), LOT) == []


def test_it_is_told_how_many_left_of_each_arm():
    told = evidence_of(departures(leaving("u0", "u1", "u6"), LOT), "left")

    assert told == {"treatment": 2, "treated": 6, "control": 1, "compared": 6}


@pytest.mark.parametrize(("why", "telling"), [("other", None), ("solution", 1), ("unclear", 1)])
def test_leaving_because_of_the_solution_is_told_apart(why, telling):
    told = evidence_of(departures(leaving("u0", why=why), LOT), "left because")

    assert told == (telling and {"count": telling})


@pytest.mark.parametrize(("units", "blocks"), [(("u0", "u6"), False), (LOT.unit_ids[:6], True)])
def test_arms_that_lost_units_too_unlike_withhold_the_result(units, blocks):
    assert any(one.blocks for one in departures(leaving(*units), LOT)) == blocks


def judged(left, seen_from="2026-03-16", facts=None):
    """Twelve units; those that left have readings only until the second week of the run."""
    protocol = Protocol.parse(plan(metrics=plan()["metrics"][:1]))
    rows = [
        (unit, week, 30 - 4 * (i % 2) * (week >= seen_from) + i / 7 % 1)
        for i, unit in enumerate(str(101 + i) for i in range(12))
        for t, week in enumerate(protocol.period_ids)
        if unit not in left or t < len(protocol.period_ids) - 1
    ]
    unit, period, mean = zip(*rows, strict=True)
    table = MomentTable(
        unit, period, ["delay"] * len(rows), [50] * len(rows), mean, [80.0] * len(rows)
    )
    return evaluate_plan(protocol, table, facts=Facts(left=leaving(*left)))


def flags_of(result):
    return [*result.flags, *result.metrics[0].effect.flags]


def test_a_result_says_how_far_the_missing_readings_could_move_it():
    result = judged(["102"])

    bounds = evidence_of(flags_of(result), "left unseen")
    estimate = result.metrics[0].effect.estimate
    assert bounds["low"] < estimate < bounds["high"]
    assert bounds["high"] - bounds["low"] < 1
    assert evidence_of(flags_of(result), "left")["treatment"] == 1


def test_bounds_are_those_of_the_worst_and_the_best_reading():
    result = judged(["102"])
    protocol = Protocol.parse(plan(metrics=plan()["metrics"][:1]))
    weeks = len(protocol.run_ids)
    base = np.array([30 - 4 * (i % 2) + i / 7 % 1 for i in range(12)])
    low, high = base.min(), base.max()

    def difference(filled):
        values = base.copy()
        values[1] = (base[1] * (weeks - 1) + filled) / weeks
        return values[1::2].mean() - values[::2].mean()

    bounds = evidence_of(flags_of(result), "left unseen")
    assert bounds["low"] == pytest.approx(difference(low), abs=1e-9)
    assert bounds["high"] == pytest.approx(difference(high), abs=1e-9)


def test_no_number_of_a_withheld_result_is_told_by_its_bounds():
    treated = [str(101 + i) for i in range(1, 12, 2)]
    result = judged(treated)

    assert result.decision.verdict == "invalid"
    assert evidence_of(flags_of(result), "left unseen") is None


def test_facts_of_departures_are_read_back_as_they_were_kept():
    facts = Facts(left=leaving("u0"))

    assert Facts.of(facts.to_dict()) == facts

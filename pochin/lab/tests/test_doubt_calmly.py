"""What a sceptic asks of a result, and where a word of warning would itself mislead."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from pochin.lab.estimate.synth import _compatible
from pochin.lab.estimate.twin import SyntheticFit
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.evaluation_checks import analyses, weightings
from pochin.lab.facts import Facts
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import Protocol
from pochin.lab.result import EffectResult
from pochin.lab.tests.plans import DELAY, QUEUE, offices, plan

WEEKS = {"start": "2026-03-02", "length": "week"}


def judged(protocol, delay, complaints=None, **known):
    """Values by position of the unit and the period, and whether the unit is treated then."""
    lot, rows = protocol.assignment(), []
    for i, unit in enumerate(lot.unit_ids.tolist()):
        for t, period in enumerate(lot.period_ids.tolist()):
            treated = lot.schedule[i, t] == 1
            for code, tell in (("delay", delay), ("complaints", complaints)):
                value = None if tell is None else tell(i, t, treated)
                if value is not None:
                    rows.append((unit, period, code, 50, value, 50.0))
    table = MomentTable(*(list(column) for column in zip(*rows, strict=True)))
    return evaluate_plan(protocol, table, **known)


def better(i, t, treated):
    return 30 + (7 * i + 3 * t) % 5 / 10 - 3.0 * treated


# A limit nobody came near.


def test_a_limit_that_nothing_came_near_is_not_judged_and_the_rest_is():
    """No complaint anywhere: no check failed, and nothing tells how many there could have been."""
    found = judged(Protocol.parse(plan()), better, lambda *_: 0.0)

    guard = found.of("complaints")
    assert (found.decision.verdict, found.decision.colour) == ("promising", "amber")
    assert guard.judged.finding == "not-shown"
    assert guard.effect.estimate is None
    assert [one.severity for one in guard.effect.flags] == ["warn"]
    assert found.of("delay").judged.finding == "meets"


def test_a_limit_that_every_treated_unit_passed_alike_still_withholds_the_result():
    """One value in each arm and not the same: no spread to judge by, and no reason for calm."""
    found = judged(Protocol.parse(plan()), better, lambda *place: 0.5 * place[2])

    assert found.decision.verdict == "invalid"


def test_a_primary_metric_without_any_spread_withholds_the_result():
    assert judged(Protocol.parse(plan(metrics=[DELAY])), lambda *_: 5.0).blocked


def test_a_limit_measured_less_where_the_solution_works_is_told():
    protocol = Protocol.parse(plan())
    noise = {(i, t): (5 * i + 3 * t) % 7 / 1000 for i in range(12) for t in range(6)}
    whole = judged(protocol, better, lambda i, t, _: 0.02 + noise[i, t])
    holes = judged(
        protocol,
        better,
        lambda i, t, treated: None if treated and t == 5 else 0.02 + noise[i, t],
    )

    assert [one for one in whole.flags if one.code == "missing-differs"] == []
    (told,) = [one for one in holes.flags if one.code == "missing-differs"]
    assert (told.severity, told.at) == ("warn", "complaints")
    assert told.evidence["difference"] == pytest.approx(25.0)


# Looks, and pilots that ended early.


def test_a_pilot_that_ended_at_its_look_is_judged_by_all_the_look_may_use():
    looks = {"looks": {"spending": "obrien-fleming", "at": [0.5, 1.0]}}
    periods = WEEKS | {"baseline": 2, "run": 8}
    protocol = Protocol.parse(plan(metrics=[DELAY], periods=periods, analysis=looks))
    facts = Facts(ended_at=0.5, end_reason="force majeure")

    found = judged(protocol, better, look=1, facts=facts)

    assert found.metrics[0].effect.periods == protocol.run_ids[:4]


def test_weeks_of_getting_used_count_among_those_that_were_held():
    """Half of eight weeks are four, of which two were for getting used to it: two are judged."""
    periods = WEEKS | {"baseline": 2, "run": 8, "wash_in": 2}
    protocol = Protocol.parse(plan(metrics=[DELAY], periods=periods))
    facts = Facts(ended_at=0.5, end_reason="force majeure")

    found = judged(protocol, better, facts=facts)

    assert found.metrics[0].effect.periods == protocol.period_ids[4:6]


# Two ways to weigh that point in two directions.


def effect(estimate, error=1.0):
    return EffectResult(estimate, error, np.inf, 0.5, "demo")


def test_two_analyses_near_nothing_do_not_disagree():
    assert analyses(effect(0.3), effect(-0.3)) == []
    assert len(analyses(effect(1.5), effect(-0.3))) == 1
    assert analyses(effect(1.5), effect(0.3)) == []


def test_two_averages_disagree_where_they_lie_as_far_apart_as_matters():
    assert weightings(effect(0.3), effect(-0.3), worth=1.0) == []
    assert len(weightings(effect(0.7), effect(-0.3), worth=1.0)) == 1
    assert weightings(effect(2.0), effect(0.3), worth=1.0) == []


def test_sizes_are_seldom_blamed_where_they_play_no_part():
    """Before, one sound pilot of seven was told that large and small units react differently."""
    protocol = Protocol.parse(plan(metrics=[DELAY]))
    lot, rng, runs, codes = protocol.assignment(), np.random.default_rng(2), 150, Counter()
    unit, period = (one.ravel() for one in np.indices(lot.schedule.shape))
    ids = lot.unit_ids[unit], lot.period_ids[period]
    for _ in range(runs):
        size = np.maximum(5, rng.lognormal(4, 0.65, 12)).astype(int)
        mean = 30 + rng.normal(size=12)[unit] + 0.2 * rng.normal(size=len(unit))
        table = MomentTable(*ids, ["delay"] * len(unit), size[unit], mean, 80.0 * size[unit])
        codes.update(one.code for one in evaluate_plan(protocol, table).metrics[0].effect.flags)

    assert codes["weights-disagree"] / runs < 0.08


# A twin that fits to the last digit.


def test_a_placebo_without_misfit_leaves_no_bound():
    """Two weeks are followed exactly by any dozen of others: the interval has no end to print."""
    fit = SyntheticFit(np.array([1.0]), np.array([1.0, -1.0, 2.0]), 2)
    exact = replace(fit, gap=np.array([0.0, 0.0, 1.0]))

    sensible = _compatible([fit] * 12, 0, 0.8)
    beyond = _compatible([fit, *[exact] * 11], 0, 0.8)

    assert np.isfinite(sensible).all()
    assert beyond == (-np.inf, np.inf)


def test_offices_of_one_arm_may_lack_what_the_plan_allows():
    units = offices(12, arm=lambda i: "treatment" if i % 2 else "control")
    rules = {"missing": {"max_share": 0.5, "max_difference": 1.0}}
    changes = {"assignment": {"method": "complete", "units": units}, "data_rules": rules}
    protocol = Protocol.parse(plan(metrics=[DELAY, QUEUE], **changes))
    found = judged(
        protocol, better,
        lambda i, t, treated: None if treated and t == 5 and i < 6 else (i + t) % 3 / 100,
    )  # fmt: skip

    assert [one.severity for one in found.flags if one.code == "missing-differs"] == []

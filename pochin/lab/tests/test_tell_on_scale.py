"""An effect is told on the scale the plan judges by: in its unit, or as a share of control."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pochin.lab.estimate.mean import ArmMoments, relative_difference
from pochin.lab.estimate.scales import out_of_logarithms, rate_of, share_of_control, told_on
from pochin.lab.evaluate import evaluate_plan
from pochin.lab.moments import MomentTable
from pochin.lab.protocol import PlanFaults, Protocol
from pochin.lab.result import EffectResult, NotIdentified
from pochin.lab.tests.acceptance import highest_rate
from pochin.lab.tests.plans import DELAY, offices, plan

SHARE = DELAY | {"scale": "relative", "threshold": 0.05}


def alternate(i):
    return "treatment" if i % 2 else "control"


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("parallel", {"analysis": {"adjust_for_baseline": True}}),
        ("parallel", {"analysis": {"method": "unit-means-adjusted"}}),
        ("parallel", {"analysis": {"method": "cr2"}}),
        ("parallel", {"estimand": {"target": "participant-average"}}),
        ("parallel", {"assignment": {"method": "stratified", "units": offices(
            12, arm=alternate, stratum=lambda i: "ab"[i // 6])}}),
        ("pairs", {}),
        ("stepped-wedge", {}),
        ("switchback", {}),
        ("difference-in-differences", {}),
        ("synthetic-control", {}),
        ("interrupted-series", {}),
    ],
)  # fmt: skip
def test_a_share_is_not_planned_where_the_analysis_answers_in_minutes(kind, changes):
    with pytest.raises(PlanFaults, match="tells no change as a share of the comparison"):
        Protocol.parse(plan(kind, metrics=[SHARE], **changes))


@pytest.mark.parametrize("kind", ["parallel", "individual"])
def test_a_share_is_planned_where_it_can_be_told(kind):
    assert Protocol.parse(plan(kind, metrics=[SHARE])).primary.scale == "relative"


def test_three_minutes_are_not_taken_for_three_hundred_per_cent():
    """A plan that was locked before such plans were refused gets no number, and no green."""
    protocol = replace(
        Protocol.parse(plan("pairs", metrics=[DELAY])),
        metrics=Protocol.parse(plan(metrics=[SHARE])).metrics,
    )
    lot, rng = protocol.assignment(), np.random.default_rng(1)
    unit, period = (one.ravel() for one in np.indices(lot.schedule.shape))
    mean = 30 + rng.normal(size=len(unit)) - 3 * (lot.schedule.ravel() == 1)
    fifty = [50] * len(unit)
    ids = lot.unit_ids[unit], lot.period_ids[period]
    table = MomentTable(*ids, ["delay"] * len(unit), fifty, mean, [80.0] * len(unit))

    found = evaluate_plan(protocol, table)

    assert (found.decision.verdict, found.decision.colour) == ("invalid", "grey")
    assert "as a share of the comparison" in str(found.metrics[0].effect.flags[0])


def test_the_lot_tells_whether_but_not_how_much_of_a_share():
    protocol = Protocol.parse(plan(metrics=[SHARE]))
    lot, rng = protocol.assignment(), np.random.default_rng(1)
    unit, period = (one.ravel() for one in np.indices(lot.schedule.shape))
    mean = 30 + rng.normal(size=len(unit)) - 3 * (lot.schedule.ravel() == 1)
    ids = lot.unit_ids[unit], lot.period_ids[period]
    table = MomentTable(*ids, ["delay"] * len(unit), [50] * len(unit), mean, [80.0] * len(unit))

    row = evaluate_plan(protocol, table).metrics[0]

    assert row.effect.scale == "relative"
    assert row.effect.unit == "1"
    assert -0.15 < row.effect.estimate < -0.05
    assert row.lot.p_value == row.lot.p_floor == pytest.approx(2 / math.comb(12, 6))
    assert row.lot.estimate is None
    assert row.lot.intervals == ()


def test_an_answer_on_another_scale_is_refused():
    effect = EffectResult(-3.0, 0.5, 10, 0.001, "demo")

    with pytest.raises(NotIdentified, match="as a share"):
        told_on(effect, "relative", "min")
    assert told_on(effect, "absolute", "min").unit == "min"


# Fieller's interval.


def test_fieller_is_the_quadratic_where_spreads_are_alike():
    """With one variance and one sample size the bounds solve (t - r c)² = q² v (1 + r²)."""
    many = 100_000
    control, treatment = ArmMoments(many, 10.0, many - 1.0), ArmMoments(many, 12.0, many - 1.0)
    v, q = 1 / many, 1.959964
    a, b, c = 10.0**2 - q**2 * v, -2 * 12.0 * 10.0, 12.0**2 - q**2 * v
    root = math.sqrt(b * b - 4 * a * c)

    low, high = share_of_control(control, treatment).conf_int(0.95)

    assert low == pytest.approx((-b - root) / (2 * a) - 1, abs=1e-6)
    assert high == pytest.approx((-b + root) / (2 * a) - 1, abs=1e-6)


def test_without_an_effect_the_share_is_tested_as_the_difference():
    one, other = [9.0, 10.5, 11.0, 12.0], [11.0, 12.0, 14.5, 13.0, 10.0]
    fit = share_of_control(ArmMoments.of(one), ArmMoments.of(other))

    assert fit.p_value == pytest.approx(stats.ttest_ind(other, one, equal_var=False).pvalue)
    low, high = fit.conf_int(1 - fit.p_value)
    assert min(abs(low), abs(high)) < 1e-9


def test_fiellers_bounds_miss_as_seldom_as_they_say_and_the_delta_methods_twice_as_often():
    rng, runs, cv = np.random.default_rng(7), 2_000, 0.6
    fieller, delta = [0, 0], 0
    for _ in range(runs):
        control = ArmMoments.of(1 + cv * rng.normal(size=6))
        treatment = ArmMoments.of(1.3 * (1 + cv * rng.normal(size=6)))
        try:
            fit, plain = (
                tell(control, treatment) for tell in (share_of_control, relative_difference)
            )
        except NotIdentified:
            continue
        fieller[0] += fit.lower(0.95) > 0.3
        fieller[1] += fit.upper(0.95) < 0.3
        delta += plain.upper(0.95) < 0.3

    assert max(fieller) / runs <= highest_rate(0.05, runs)
    assert delta / runs > 0.08


# Logarithms of rates.

SICILY = EffectResult(
    math.log(0.894), math.log(0.925 / 0.865) / (2 * 1.959964), math.inf, 0.0, "demo", scale="log"
)
"""Lopez Bernal et al. (2017): RR .894 (.865 to .925)."""


def test_a_step_of_logarithms_is_told_as_the_ratio_that_was_published():
    fit = out_of_logarithms(SICILY)

    assert fit.scale == "relative"
    assert fit.estimate == pytest.approx(0.894 - 1)
    assert [1 + end for end in fit.conf_int(0.95)] == pytest.approx([0.865, 0.925], abs=1e-3)


def test_a_step_of_logarithms_is_told_in_the_unit_of_the_rate():
    """Seen 8.94 where 10 would have been: 1.06 fewer, and not 0.11."""
    fit = out_of_logarithms(SICILY, observed=8.94)

    assert fit.scale == "absolute"
    assert fit.estimate == pytest.approx(8.94 - 10)
    assert fit.conf_int(0.95)[1] == pytest.approx(8.94 - 8.94 / 0.925, abs=0.01)


def test_a_series_of_counts_is_judged_in_the_unit_of_its_threshold():
    rng, weeks = np.random.default_rng(3), {"start": "2020-01-06", "length": "week"}
    metric = DELAY | {"kind": "rate", "denominator": "parcels", "threshold": 0.2, "unit": "per day"}
    periods = weeks | {"baseline": 40, "run": 20}
    protocol = Protocol.parse(plan("interrupted-series", metrics=[metric], periods=periods))
    ids = protocol.period_ids
    counts = rng.poisson([4000 * (0.5 if i >= 40 else 1.0) for i in range(60)]).astype(float)
    one, none = np.ones(60), np.zeros(60)
    table = MomentTable(
        ["101"] * 60, ids, ["delay"] * 60, one.astype(int), counts, none, 1000.0 * one, none, none
    )

    effect = evaluate_plan(protocol, table).metrics[0].effect

    assert rate_of(table.only(periods=np.array(ids[40:]))) == pytest.approx(2.0, abs=0.05)
    assert effect.scale == "absolute"
    assert effect.estimate == pytest.approx(-2.0, abs=0.2)
    low, high = effect.conf_int(0.95)
    assert low < -2.0 < high < -1.0

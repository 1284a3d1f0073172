"""The numbers behind the flags: shares, drift, ripeness, what is missing, seals."""

import numpy as np
import pytest

from pochin.lab import arrival, quality, sample_ratio
from pochin.lab import design_checks as before
from pochin.lab import evaluation_checks as after
from pochin.lab.plan_rules import BY_LOT
from pochin.lab.protocol import Protocol
from pochin.lab.result import (
    NotIdentified,
    ProtocolViolation,
    SchemaMismatch,
)
from pochin.lab.seeds import guessed, seed_commitment
from pochin.lab.tests.flags_of_plans import protocol
from pochin.lab.tests.flags_of_readings import stepped
from pochin.lab.tests.plans import KINDS, plan


def test_the_sequential_ratio_test_is_a_bayes_factor():
    n, prior = np.array([130.0, 90.0]), 100 * np.array([0.5, 0.5])
    p = np.linspace(1e-6, 1 - 1e-6, 400_001)
    density = p ** (prior[0] - 1) * (1 - p) ** (prior[1] - 1)
    likelihood = (p / 0.5) ** n[0] * ((1 - p) / 0.5) ** n[1]
    factor = (density * likelihood).sum() / density.sum()

    assert sample_ratio.srm_sequential(n).p_value == pytest.approx(1 / factor, rel=1e-6)


def test_the_sequential_ratio_test_never_forgets():
    found = sample_ratio.srm_sequential([[80, 40], [20, 60]]).p_value

    assert found == sample_ratio.srm_sequential([80, 40]).p_value
    assert sample_ratio.srm_sequential([20, 20]).p_value == 1


def test_unequal_shares_are_as_good_as_equal_ones():
    assert sample_ratio.srm_test([300, 100], [3, 1]).p_value == 1
    assert sample_ratio.srm_sequential([[300, 100]], [3, 1]).p_value == 1


@pytest.mark.parametrize(
    ("counts", "shares"), [([5], None), ([5, 5], [1, 0]), ([0, 0], None), ([-1, 5], None)]
)
def test_counts_that_make_no_ratio_are_refused(counts, shares):
    with pytest.raises(SchemaMismatch):
        sample_ratio.srm_test(counts, shares)


def test_drift_on_control_rarely_cries_wolf_even_when_days_hang_together():
    rng, cries = np.random.default_rng(21), 0
    for _ in range(400):
        noise = rng.normal(size=60)
        for t in range(1, 60):
            noise[t] += 0.4 * noise[t - 1]
        cries += bool(quality.drift(noise, range(60)))

    assert cries / 400 <= 0.045


def test_three_weeks_are_too_few_to_see_a_change():
    assert quality.drift(stepped(20)[:, 8:29], range(21)) == []


def test_a_period_is_mature_once_its_readings_had_time_to_come():
    lags = np.concatenate([np.zeros(90), np.full(10, 3.0)])

    assert arrival.maturity_lag(lags, 0.95) == 3
    assert arrival.completeness_curve(lags, [0, 3]).tolist() == [0.9, 1.0]
    assert arrival.mature([7, 14, 21], 17, 3).tolist() == [True, True, False]


def test_missing_readings_at_their_worst_bound_the_effect():
    bounds = after.worst_case(
        [5.0, 5.0, 3.0, 3.0], [8] * 4, [2, 0, 2, 0], [1, 1, 0, 0], low=0, high=10
    )

    assert (bounds.low, bounds.high) == pytest.approx((4.5 - 3.7, 5.5 - 2.7))


def test_the_tipping_point_is_where_the_finding_turns():
    y, n, missing, arms = [5.0, 5.2, 3.0, 3.1], [8] * 4, [2, 2, 0, 0], [1, 1, 0, 0]

    def gain(values):
        return values[:2].mean() - values[2:].mean() - 1.0

    tipping = after.tipping_point(gain, y, n, missing, arms, most=10)

    assert tipping == pytest.approx(1.05 / 0.2)
    assert after.tipping_point(gain, y, n, missing, arms, most=1) is None
    with pytest.raises(NotIdentified, match="no positive finding"):
        after.tipping_point(lambda _: -1.0, y, n, missing, arms, most=1)


def test_looks_by_lot_need_units_between_two_arms():
    by_lot = {"looks": {"spending": "randomization", "at": [0.5, 1.0]}}
    for kind in KINDS:
        found = before.looks_by_lot(Protocol.parse(plan(kind, analysis=by_lot)))
        assert [one.severity for one in found] == ([] if kind in BY_LOT else ["block"]), kind
        assert before.looks_by_lot(Protocol.parse(plan(kind))) == []
    with pytest.raises(ProtocolViolation, match="lots part into two arms"):
        before.lock(Protocol.parse(plan("stepped-wedge", analysis=by_lot)))


def test_a_first_look_by_a_lot_too_small_is_said_beforehand():
    by_lot = {"looks": {"spending": "randomization", "at": [0.5, 1.0]}}

    # Half-way .003 is spent: 924 outcomes reach it, 252 do not.
    assert before.looks(protocol(analysis=by_lot), 924) == []
    assert [one.severity for one in before.looks(protocol(analysis=by_lot), 252)] == ["warn"]


@pytest.mark.parametrize(
    "written",
    ["15032027", "20270315", "03152027", "15.03.2027", "15.3.2027", "2027-03-15", "15/03/27",
     "15 03 2027", "03/15/2027", "29.02.2028", "1.1.1940", "31.12.39"],
)  # fmt: skip
def test_a_day_is_found_behind_its_seal_however_it_is_written(written):
    assert guessed(seed_commitment(written)) == written


@pytest.mark.parametrize("seed", ["", "9c1f4b2a77d05e3c", "1234567890123", "17 March, 4:20"])
def test_a_number_that_is_not_short_is_let_alone(seed):
    assert before.told({"seed_commitment": "a" * 64}, seed) == []
    assert before.told({}, "0417") == []

"""Several primary metrics tried out together, by the rule that shares the error."""

import numpy as np
import pytest
from scipy import stats

from pochin.lab.design import ParallelCluster, SyntheticControl
from pochin.lab.design.primaries import holm_rejects, seen_at_once
from pochin.lab.design.rule import Further, Rule
from pochin.lab.inference.multiplicity import holm
from pochin.lab.protocol import LookSchedule
from pochin.lab.simulate import Estimates, highest_rate, lowest_rate

RUNS = 4_000
GUESS = {"sd": 2.0, "icc": 0.05, "cac": 0.8, "cluster_size": 40.0}
DESIGN = ParallelCluster(20, n_periods=8)
STEAM = Further("steam", 1.0, 3.0)
TWO = Rule(0.5, primaries=2, further=(STEAM,))
POCOCK = LookSchedule("pocock", (0.5, 1.0))


def tried(rule, effect=1.0, runs=RUNS, design=DESIGN):
    return design.diagnose(effect, rule, rng=np.random.default_rng(7), runs=runs, **GUESS)


def power_of(effect, sd, alpha):
    return float(DESIGN.power(effect, **(GUESS | {"sd": sd, "alpha": alpha})).power)


def test_pilot_by_pilot_it_is_holms_procedure():
    p_values = np.random.default_rng(1).uniform(0, 0.1, (4, 300))

    rejected = holm_rejects(p_values, 0.05)

    for pilot in range(300):
        assert (rejected[:, pilot] == (holm(p_values[:, pilot]) <= 0.05)).all()
    assert 0 < rejected.mean() < 1


def test_of_two_effects_that_are_not_there_one_is_seen_as_often_as_promised():
    """Two independent tests at 2.5 %: 1 − .975² = 4.94 %."""
    none = tried(TWO)["no effect"].seen
    assert none is not None

    assert lowest_rate(0.0494, RUNS) <= none.any <= highest_rate(0.05, RUNS)
    assert none.all <= highest_rate(0.05**2, RUNS)


def test_each_any_and_all_are_seen_as_often_as_two_t_tests_let_expect():
    seen = tried(TWO)["threshold"].seen
    assert seen is not None
    # Closed form for two independent metrics: p below α/2, and below α.
    half, whole = ([power_of(0.5, 2.0, a), power_of(1.0, 3.0, a)] for a in (0.025, 0.05))
    any_ = 1 - (1 - half[0]) * (1 - half[1])
    both = whole[0] * whole[1] - (whole[0] - half[0]) * (whole[1] - half[1])

    assert seen.any == pytest.approx(any_, abs=0.03)
    assert seen.all == pytest.approx(both, abs=0.03)
    assert half[0] - 0.03 <= seen.each[0] <= whole[0] + 0.03
    # Holm sees more of each than Bonferroni, because the other one is often seen first.
    first = half[0] + (whole[0] - half[0]) * half[1]
    assert seen.each[0] == pytest.approx(first, abs=0.03)


@pytest.mark.parametrize("tie", [-0.99, 0.0, 0.6, 0.99])
def test_whatever_ties_them_any_and_all_lie_within_their_ranges(tie):
    seen = tried(TWO)["threshold"].seen
    assert seen is not None
    rng = np.random.default_rng(3)
    own, free = rng.normal(size=(2, 20_000))
    other = tie * own + np.sqrt(1 - tie**2) * free
    error = [
        float(np.sqrt(DESIGN.variance(DESIGN.components(sd, 0.05, 0.8), 40.0, 0.0)))
        for sd in (2.0, 3.0)
    ]
    spread = np.sqrt(rng.chisquare(18, (2, 20_000)) / 18)
    found = [
        Estimates(effect + err * noise, err * wide, np.full(20_000, 18.0))
        for effect, err, noise, wide in zip((0.5, 1.0), error, (own, other), spread, strict=True)
    ]

    tied = seen_at_once(found, 2, alpha=0.05, alternative="two-sided", runs=20_000)[1]

    assert seen.any_range[0] - 0.03 <= tied.any <= seen.any_range[1] + 0.03
    assert seen.all_range[0] - 0.03 <= tied.all <= seen.all_range[1] + 0.03


def test_of_a_metric_of_which_nothing_is_supposed_nothing_is_seen():
    seen = tried(Rule(0.5, primaries=2))["target"].seen
    assert seen is not None

    assert len(seen.each) == 1
    assert (seen.all, seen.all_range) == (0.0, (0.0, 0.0))
    # The first one still has but its half of the error.
    assert seen.any == pytest.approx(power_of(1.0, 2.0, 0.025), abs=0.03)


def test_one_metric_that_meets_is_enough_for_green_and_one_that_harms_is_too_much():
    def colours(sign):
        far = Further("steam", 1.0, 3.0, sign)
        rule = Rule(0.5, primaries=2, further=(far,))
        return tried(rule, effect=3.0, runs=500)["target"].colours

    assert colours(1)["green"] > 0.95
    # Improvement is put in by the direction that is better, so less may be better as well.
    assert colours(-1)["green"] == pytest.approx(colours(1)["green"], abs=0.03)
    alone = tried(Rule(0.5, primaries=2), effect=0.8, runs=RUNS)["target"].colours
    both = tried(TWO, effect=0.8)["target"].colours
    assert both["green"] > alone["green"]
    # Harm of either is red, so with no effect two metrics are red more often than one.
    none = [tried(rule)["no effect"].colours["red"] for rule in (Rule(0.5, primaries=2), TWO)]
    assert none[1] > 1.5 * none[0]


def test_looks_share_the_error_among_the_metrics_and_any_of_them_ends_the_pilot():
    looked = Rule(0.5, primaries=2, further=(STEAM,), looks=POCOCK)
    told = tried(looked)
    alone = tried(Rule(0.5, primaries=2, looks=POCOCK))
    none, twice = told["no effect"].seen, told["target"].seen
    assert none is not None
    assert twice is not None

    assert none.any <= highest_rate(0.05, RUNS)
    assert told["target"].early > alone["target"].early
    assert twice.any >= max(twice.each) >= min(twice.each) >= twice.all
    # Who ends the pilot early keeps the other from being seen later.
    assert twice.each[0] < alone["target"].seen.each[0]


def test_without_the_share_two_metrics_would_be_seen_too_often():
    free = Rule(0.5, primaries=1, further=(STEAM,), looks=POCOCK)
    seen = tried(free)["no effect"].seen
    assert seen is not None

    assert seen.any > highest_rate(0.05, RUNS)


def test_a_twin_for_each_of_two_metrics_is_sought():
    design = SyntheticControl(40, 10, 6)
    seen = tried(TWO, design=design, runs=12)["target"].seen
    assert seen is not None

    assert len(seen.each) == 2


def test_a_lot_too_small_for_half_the_error_sees_nothing():
    """Of eight offices no p-value is below 1/35 = .0286, so half of .05 is never reached."""
    seen = tried(TWO, design=ParallelCluster(8, n_periods=8), effect=9.0, runs=100)["target"].seen
    assert seen is not None

    assert (seen.any, seen.all) == (0.0, 0.0)


def test_two_sided_shares_of_a_t_test_are_those_of_the_t():
    p = Estimates(np.array([2.5]), np.array([1.0]), np.array([18.0])).p_values()

    assert p[0] == pytest.approx(2 * stats.t.sf(2.5, 18))

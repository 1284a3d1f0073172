"""Synthetic control and synthetic differences: the twin, the placebos, the gates."""

import numpy as np
import pytest
from scipy import optimize

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.sdid import SyntheticDifferences, placebo_effects, synthetic_did
from pochin.lab.estimate.synth import SyntheticControl
from pochin.lab.estimate.twin import in_turn, rank_twins, synthetic_control
from pochin.lab.inference.placebo import placebo_interval, rank_test
from pochin.lab.inference.simplex import simplex_weights
from pochin.lab.moments import MomentTable
from pochin.lab.result import NotIdentified, TooFewUnits
from pochin.lab.tests.acceptance import highest_rate


def factors(rng, units=25, periods=30, noise=0.5):
    """Units that share three courses of time in different measure."""
    common = np.cumsum(rng.normal(size=(3, periods)), axis=1)
    return 20 + rng.normal(size=(units, 3)) @ common + noise * rng.normal(size=(units, periods))


def panel(Y, start, treated=(0,)):
    units, periods = Y.shape
    schedule = np.zeros((units, periods), int)
    schedule[list(treated), start:] = 1
    names = [f"office {i:02}" for i in range(units)]
    lot = Assignment(schedule, names, range(periods), randomized=False)
    seen = ~np.isnan(Y)
    unit, period = np.meshgrid(lot.unit_ids, lot.period_ids, indexing="ij")
    ones = np.ones(seen.sum())
    return MomentTable(unit[seen], period[seen], ["m"] * len(ones), ones, Y[seen], 0 * ones), lot


def convex(rng, units=10, periods=24, start=16, effect=0.0):
    """A first unit that is a mixture of three others, plus a little noise."""
    Y = factors(rng, units, periods)
    Y[0] = 0.5 * Y[1] + 0.3 * Y[2] + 0.2 * Y[3] + 0.1 * rng.normal(size=periods)
    Y[0, start:] += effect
    return Y


@pytest.mark.parametrize("ridge", [0.0, 2.0])
def test_weights_are_those_of_a_general_solver(ridge):
    rng = np.random.default_rng(1)
    A, b = rng.normal(size=(12, 7)), rng.normal(size=12)

    weights = simplex_weights(A, b, ridge=ridge)

    found = optimize.minimize(
        lambda w: ((A @ w - b) ** 2).sum() + ridge * (w**2).sum(),
        np.full(7, 1 / 7),
        method="SLSQP",
        bounds=[(0, 1)] * 7,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert weights == pytest.approx(found.x, abs=1e-5)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert (weights >= 0).all()


def test_the_twin_of_a_mixture_is_the_mixture():
    Y = convex(np.random.default_rng(2), effect=4.0)

    fit = synthetic_control(Y[0], Y[1:], 16)

    assert fit.weights[:3] == pytest.approx([0.5, 0.3, 0.2], abs=0.06)
    assert fit.effect == pytest.approx(4.0, abs=0.3)


def test_predictors_find_the_mixture_too():
    rng = np.random.default_rng(3)
    Y = convex(rng, effect=4.0)
    known = np.column_stack([Y[:, 3], Y[:, 8], Y[:, 15], rng.normal(size=10)])

    fit = synthetic_control(Y[0], Y[1:], 16, predictors=(known[0], known[1:]))

    assert fit.importance.sum() == pytest.approx(1)
    assert fit.misfit < 0.3
    assert fit.effect == pytest.approx(4.0, abs=0.5)
    again = synthetic_control(Y[0], Y[1:], 16, predictors=(known[0], known[1:]))
    assert (again.weights == fit.weights).all()


def test_every_unit_takes_a_turn():
    Y = convex(np.random.default_rng(4), effect=9.0)

    fits = in_turn(Y, 16)

    assert fits[0].weights == pytest.approx(synthetic_control(Y[0], Y[1:], 16).weights)
    others = synthetic_control(Y[4], np.delete(Y, 4, axis=0), 16)
    assert fits[4].gap == pytest.approx(others.gap)
    assert rank_twins(fits, 0).p_value == 0.1


def test_ties_count_against_the_treated():
    assert rank_test(2.0, np.array([2.0, -2.0, 1.0])).p_value == 0.75
    assert rank_test(2.0, np.array([2.0, -2.0, 1.0]), alternative="greater").p_value == 0.5
    assert rank_test(2.0, np.array([2.0, -2.0, 1.0]), alternative="less").p_value == 1.0
    with pytest.raises(NotIdentified):
        rank_test(2.0, np.array([]))


def test_the_interval_is_the_rank_test_turned_round():
    rng = np.random.default_rng(5)
    placebos, scales = rng.normal(size=39), rng.uniform(0.5, 2, size=39)
    low, high = placebo_interval(1.3, placebos, level=0.9, scale=0.7, scales=scales)

    def p_value(effect):
        return rank_test((1.3 - effect) / 0.7, placebos / scales).p_value

    for end, outward in ((low, -1), (high, 1)):
        assert p_value(end - outward * 1e-6) > 0.1
        assert p_value(end + outward * 1e-6) <= 0.1


def test_the_answer_keeps_the_floor_in_sight():
    Y = convex(np.random.default_rng(6), effect=4.0)

    fit = SyntheticControl().fit(*panel(Y, 16))

    assert fit.p_floor == 1 / 10
    assert fit.p_value == 1 / 10
    assert fit.reference_distribution == "placebo"
    assert fit.std_error is None
    assert fit.conf_int(0.95) == (-np.inf, np.inf)
    low, high = fit.conf_int(0.85)
    assert 0 < low < fit.estimate < high
    assert fit.curve[20]["gap"] == pytest.approx(4, abs=1)
    assert "few-treated" in {flag.code for flag in fit.flags}
    left_out = {one.estimand for one in fit.sensitivity}
    assert {f"att without donor office 0{k}" for k in (1, 2, 3)} <= left_out


@pytest.mark.parametrize(("units", "is_bound"), [(12, False), (25, True)])
def test_placebos_give_a_bound_only_where_their_floor_allows_its_level(units, is_bound):
    Y = convex(np.random.default_rng(3), units, effect=3.0)

    fit = SyntheticControl().fit(*panel(Y, 16))

    assert np.isfinite(fit.lower(0.95)) == is_bound
    assert (fit.p_floor <= 0.05) == is_bound


def test_a_twin_that_does_not_follow_gives_no_number():
    Y = convex(np.random.default_rng(7))
    Y[0] += 200

    fit = SyntheticControl().fit(*panel(Y, 16))

    assert fit.blocked
    assert fit.estimate is None
    assert "twin-does-not-follow" in {flag.code for flag in fit.flags if flag.blocks}


def test_an_effect_that_hangs_on_one_donor_is_flagged():
    rng = np.random.default_rng(8)
    Y = 20 + 0.2 * rng.normal(size=(12, 20))
    Y[:2, :14] += np.sin(np.arange(14))
    Y[1, 14:] -= 6

    fit = SyntheticControl(max_misfit=2).fit(*panel(Y, 14))
    calm = SyntheticControl(max_misfit=2).fit(*panel(convex(rng, effect=4.0), 16))

    assert fit.estimate == pytest.approx(6, abs=0.5)
    assert "leans-on-one-donor" in {flag.code for flag in fit.flags}
    assert "leans-on-one-donor" not in {flag.code for flag in calm.flags}


def test_donors_with_gaps_are_left_out_and_the_treated_may_have_none():
    Y = convex(np.random.default_rng(9), effect=4.0)
    Y[5, 3] = np.nan

    fit = SyntheticControl().fit(*panel(Y, 16))

    assert "office 05" not in fit.values["weights"]
    assert "units-left-out" in {flag.code for flag in fit.flags}
    Y[0, 3] = np.nan
    with pytest.raises(NotIdentified, match="treated unit"):
        SyntheticControl().fit(*panel(Y, 16))
    with pytest.raises(NotIdentified, match="one unit"):
        SyntheticControl().fit(*panel(convex(np.random.default_rng(9)), 16, treated=(0, 1)))
    with pytest.raises(TooFewUnits):
        SyntheticControl().fit(*panel(convex(np.random.default_rng(9))[:2], 16))


def test_the_wash_in_is_left_out():
    Y = convex(np.random.default_rng(10), effect=4.0)
    Y[0, 16:18] += 50

    fit = SyntheticControl(wash_in=2).fit(*panel(Y, 16))

    assert fit.estimate == pytest.approx(4.0, abs=0.4)


def test_fewer_starts_than_forty_are_refused():
    with pytest.raises(ValueError, match="at least 40"):
        SyntheticControl(starts=5)


def test_placebo_ranks_keep_true_nulls():
    """Row E3: 24 donors; at 5 % the rank test can reject 4 % of the time."""
    runs, rng, fallen = 400, np.random.default_rng(11), {"mean": 0, "rmspe": 0}
    for _ in range(runs):
        fits = in_turn(factors(rng), 20)
        for statistic in fallen:
            fallen[statistic] += rank_twins(fits, 0, statistic=statistic).p_value <= 0.05

    for count in fallen.values():
        assert count / runs <= highest_rate(0.05, runs)
        assert count / runs > 0


def test_weights_for_units_and_periods_beat_plain_differences():
    """Under courses of time that differ, the plain double difference is far off."""
    rng, errors = np.random.default_rng(12), {"sdid": [], "did": []}
    on = np.arange(25) < 3
    for _ in range(100):
        Y = factors(rng)
        for kind, given in errors.items():
            given.append(synthetic_did(Y, on, 20, kind=kind).estimate)

    assert np.std(errors["sdid"]) < 0.6 * np.std(errors["did"])


def test_plain_differences_are_plain():
    rng = np.random.default_rng(13)
    Y, on = factors(rng, 8, 10), np.arange(8) < 2

    fit = synthetic_did(Y, on, 6, kind="did")

    change = Y[:, 6:].mean(axis=1) - Y[:, :6].mean(axis=1)
    assert fit.estimate == pytest.approx(change[on].mean() - change[~on].mean())


def test_every_untreated_unit_stands_in_once():
    rng = np.random.default_rng(14)
    Y, on = factors(rng, 9, 12), np.arange(9) == 4

    placebos = placebo_effects(Y, on, 8)

    others = np.delete(Y, 4, axis=0)
    by_hand = [synthetic_did(others, np.arange(8) == k, 8).estimate for k in range(8)]
    assert placebos.tolist() == by_hand


def test_several_treated_are_ranked_among_as_many():
    rng = np.random.default_rng(15)
    Y = factors(rng, 14, 20)
    Y[:3, 12:] += 30
    given = panel(Y, 12, treated=(0, 1, 2))

    # Of 165 choices of three among eleven only 99 are drawn.
    fit = SyntheticDifferences(draws=99).fit(*given, rng=rng)

    assert fit.estimate == pytest.approx(30, abs=3)
    assert fit.p_value == fit.p_floor == 1 / 100
    assert sum(fit.values["unit_weights"].values()) == pytest.approx(1)
    with pytest.raises(ValueError, match="rng"):
        SyntheticDifferences(draws=99).fit(*given)
    with pytest.raises(TooFewUnits):
        SyntheticDifferences().fit(*panel(Y[:6], 12, treated=(0, 1, 2)), rng=rng)


def test_no_more_placebos_are_counted_than_there_are():
    rng = np.random.default_rng(15)
    Y = factors(rng, 14, 20)
    Y[:3, 12:] += 30

    fit = SyntheticDifferences(draws=999).fit(*panel(Y, 12, treated=(0, 1, 2)))

    # Every choice of three among eleven once, and the treated themselves.
    assert len(fit.values["placebos"]) == 165
    assert fit.p_value == fit.p_floor == pytest.approx(1 / 166)


def test_the_gaps_of_a_double_difference_start_at_zero_and_end_at_the_estimate():
    rng = np.random.default_rng(16)
    Y = factors(rng, 14, 20)
    Y[0] += 50  # A level of its own is no effect.
    Y[0, 12:] += 8

    fit = SyntheticDifferences().fit(*panel(Y, 12, treated=(0,)))

    gaps = np.array([row["gap"] for row in fit.curve])
    assert gaps[12:].mean() == pytest.approx(fit.estimate)
    assert abs(gaps[:12].mean()) < 4

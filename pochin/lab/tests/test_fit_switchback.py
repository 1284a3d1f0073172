"""Switchbacks: pairs of blocks, coins turned over, carryover, Horvitz–Thompson."""

import itertools

import numpy as np
import pytest
from scipy import stats

from pochin.lab.estimate.horvitz_thompson import horvitz_thompson
from pochin.lab.estimate.switchback import BlockPairs, flip_signs, pair_differences
from pochin.lab.moments import MomentTable
from pochin.lab.randomize import switchback
from pochin.lab.result import NotIdentified, TooFewUnits
from pochin.lab.tests.acceptance import highest_rate

MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Fisher's fifteen pairs: crossed less self-fertilised, eighths of an inch."""


def hours(rng, units=6, periods=336, phi=0.8):
    """Autocorrelated hours with a level of each unit and a course of the day."""
    white = rng.normal(size=(units, periods + 50))
    for t in range(1, white.shape[1]):
        white[:, t] += phi * white[:, t - 1]
    day = 2 * np.sin(2 * np.pi * np.arange(periods) / 24)
    return white[:, 50:] + day + 3 * rng.normal(size=(units, 1))


def table(lot, Y):
    seen = ~np.isnan(Y)
    unit, period = np.meshgrid(lot.unit_ids, lot.period_ids, indexing="ij")
    ones = np.ones(seen.sum())
    return MomentTable(unit[seen], period[seen], ["m"] * len(ones), ones, Y[seen], 0 * ones)


def lot_of(rng, units=6, periods=336, block=6):
    return switchback([f"office {i}" for i in range(units)], range(periods), block, rng=rng)


def test_fishers_maize_by_both_ways():
    difference = np.array(MAIZE, float)
    Y = np.stack([difference, np.zeros(15)], axis=1).reshape(1, -1)
    plan = np.tile([1, 0], 15)[None, :]

    pairs = pair_differences(Y, plan, 1)
    flips = flip_signs(pairs.difference)

    assert pairs.difference.tolist() == MAIZE
    assert round(pairs.estimate / pairs.std_error, 3) == 2.148
    assert round(2 * stats.t.sf(2.148, pairs.df), 4) == 0.0497
    assert flips.p_value(alternative="greater") == 863 / 32768
    assert round(flips.p_value(), 5) == 0.05267


def test_the_order_of_the_coin_does_not_matter():
    Y = np.array([[5.0, 1.0, 1.0, 5.0]])

    assert pair_differences(Y, np.array([[1, 0, 0, 1]]), 1).difference.tolist() == [4, 4]


def test_the_burn_in_is_left_out():
    Y = np.array([[100.0, 1.0, 100.0, 4.0, 100.0, 9.0, 100.0, 2.0]])
    plan = np.array([[0, 0, 1, 1, 1, 1, 0, 0]])

    assert pair_differences(Y, plan, 2, burn_in=1).difference.tolist() == [3, 7]


def test_a_step_before_the_first_block_is_not_a_block():
    Y = np.array([[77.0, 5.0, 1.0, 1.0, 5.0, 77.0]])
    plan = np.array([[0, 1, 0, 0, 1, -1]])

    assert pair_differences(Y, plan, 1, start=1).difference.tolist() == [4, 4]


def test_pairs_without_readings_are_counted():
    rng = np.random.default_rng(1)
    lot = lot_of(rng, 2, 48, 6)
    Y = hours(rng, 2, 48)
    Y[0, 6:12] = np.nan
    Y[1, 40] = np.nan

    fit = BlockPairs(6).fit(table(lot, Y), lot)

    assert fit.n_units == {"both": 2, "pairs": 7}
    assert [str(f) for f in fit.flags if f.code == "pairs-left-out"] == [
        "1 pair of blocks has no readings on a side, and is left out."
    ]


def test_schedules_that_are_not_pairs_are_refused():
    Y = np.arange(8.0)[None, :]
    with pytest.raises(NotIdentified, match="alike"):
        pair_differences(Y, np.array([[1, 1, 1, 1, 0, 0, 1, 1]]), 2)
    with pytest.raises(NotIdentified, match="within itself"):
        pair_differences(Y, np.array([[1, 0, 1, 1, 0, 0, 1, 1]]), 2)
    with pytest.raises(TooFewUnits):
        pair_differences(Y[:, :4], np.array([[1, 1, 0, 0]]), 2)
    with pytest.raises(ValueError, match="burn_in"):
        BlockPairs(4, burn_in=4)


def test_an_effect_is_found_and_both_tests_agree():
    rng = np.random.default_rng(2)
    lot = lot_of(rng)
    Y = hours(rng) + 1.5 * (lot.schedule == 1)

    fit = BlockPairs(6, burn_in=1).fit(table(lot, Y), lot, rng=rng)

    (flips,) = fit.sensitivity
    for one in (fit, flips):
        low, high = one.conf_int(0.99)
        assert low < 1.5 < high
        assert low > 0
    assert [row["burn_in"] for row in fit.curve] == [0, 1, 2, 3, 4, 5]
    assert fit.curve[1]["estimate"] == fit.estimate
    assert "carryover" not in {flag.code for flag in fit.flags}


def test_many_coins_need_a_generator():
    rng = np.random.default_rng(3)
    lot = lot_of(rng)
    given = table(lot, hours(rng))

    assert BlockPairs(6).fit(given, lot).sensitivity == ()
    with pytest.raises(ValueError, match="rng"):
        BlockPairs(6, inference="sign-flip").fit(given, lot)


def test_a_past_that_acts_longer_is_flagged():
    rng = np.random.default_rng(4)
    lot = lot_of(rng)
    acting = np.zeros(lot.schedule.shape)
    for t in range(1, acting.shape[1]):
        acting[:, t] = 0.7 * acting[:, t - 1] + 0.3 * (lot.schedule[:, t] == 1)
    Y = hours(rng) + 8 * acting

    fit = BlockPairs(6).fit(table(lot, Y), lot, rng=rng)

    assert "carryover" in {flag.code for flag in fit.flags}
    assert fit.curve[0]["estimate"] < fit.curve[4]["estimate"] < 8


def test_true_nulls_are_kept_among_autocorrelated_hours():
    """Row D1: six sites, fourteen days; hours as independent reject a third of the time."""
    runs, rng = 1000, np.random.default_rng(5)
    by_t = by_flip = by_hour = 0
    for _ in range(runs):
        lot, Y = lot_of(rng), hours(rng)
        pairs = pair_differences(Y, lot.schedule, 6, burn_in=1)
        by_t += 2 * stats.t.sf(abs(pairs.estimate / pairs.std_error), pairs.df) <= 0.05
        by_flip += flip_signs(pairs.difference, draws=499, rng=rng).p_value() <= 0.05
        centred = Y - Y.mean(axis=1, keepdims=True)
        centred = centred - np.tile(centred.reshape(6, 14, 24).mean(axis=(0, 1)), 14)
        by_hour += (
            stats.ttest_ind(centred[lot.schedule == 1], centred[lot.schedule == 0])[1] <= 0.05
        )

    assert by_t / runs <= highest_rate(0.05, runs)
    assert by_flip / runs <= highest_rate(0.05, runs)
    assert by_hour / runs > 0.15


def every_plan(blocks, block, coins):
    """All schedules the coins can give one unit, and a course with carryover of one period."""
    sides = 2 if coins == "pairs" else 1
    for thrown in itertools.product([0, 1], repeat=blocks // sides):
        row = [c if k == 0 else 1 - c for c in thrown for k in range(sides)]
        yield np.repeat(row, block)[None, :]


@pytest.mark.parametrize("coins", ["pairs", "blocks"])
def test_horvitz_thompson_is_right_on_average(coins):
    """Over all ways the coins can fall, with an effect that also lasts one period."""
    rng, block, blocks = np.random.default_rng(6), 3, 8
    base = rng.normal(size=block * blocks)
    estimates = []
    for plan in every_plan(blocks, block, coins):
        before = np.concatenate([[0], plan[0, :-1]])
        Y = (base + 1.0 * plan[0] + 0.5 * before)[None, :]
        fit = horvitz_thompson(Y, plan, block, 1, coins=coins)
        # About a centre that does not depend on the coins, the weights are exactly unbiased.
        estimates.append(fit.weights[0] @ Y[0])

    assert np.mean(estimates) == pytest.approx(1.5, abs=1e-9)


def test_the_spread_bounds_the_truth_over_all_coins():
    """Where nothing acts, centring is the same for all coins, and the bound holds exactly."""
    rng, block, blocks = np.random.default_rng(7), 2, 8
    Y = rng.normal(size=(1, block * blocks))
    for coins in ("pairs", "blocks"):
        fits = [
            horvitz_thompson(Y, plan, block, 1, coins=coins)
            for plan in every_plan(blocks, block, coins)
        ]
        estimates = np.array([fit.estimate for fit in fits])
        bound = np.mean([fit.std_error**2 for fit in fits])

        assert estimates.mean() == pytest.approx(0, abs=1e-12)
        assert estimates.var() <= bound <= 4 * estimates.var()


def test_horvitz_thompson_covers_with_carryover():
    rng, runs, covered = np.random.default_rng(8), 200, 0
    for _ in range(runs):
        lot = lot_of(rng, 4, 168, 6)
        on = (lot.schedule == 1).astype(float)
        before = np.concatenate([np.zeros((4, 1)), on[:, :-1]], axis=1)
        Y = hours(rng, 4, 168, phi=0.3) + on + before
        fit = horvitz_thompson(Y, lot.schedule, 6, 1)
        covered += abs(fit.estimate - 2) <= 1.96 * fit.std_error

    assert covered / runs >= 0.93


def test_horvitz_thompson_needs_whole_blocks_longer_than_the_past():
    Y, plan = np.arange(8.0)[None, :], np.array([[1, 1, 0, 0, 0, 0, 1, 1]])
    with pytest.raises(NotIdentified, match="outlasts"):
        horvitz_thompson(Y, plan, 2, 3)
    gappy = Y.copy()
    gappy[0, 1] = np.nan
    with pytest.raises(NotIdentified, match="without readings"):
        horvitz_thompson(gappy, plan, 2, 1)
    assert sum(horvitz_thompson(Y, plan, 2, 1).used) > 0

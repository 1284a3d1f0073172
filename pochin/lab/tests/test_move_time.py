"""Conformal answers of a synthetic twin: by brute force, by coverage, and where they stop."""

import itertools

import numpy as np
import pytest

from pochin.lab.estimate.conformal import conformal_interval, conformal_path, conformal_test
from pochin.lab.estimate.synth import SyntheticControl
from pochin.lab.inference.simplex import simplex_weights
from pochin.lab.result import NotIdentified, SchemaMismatch
from pochin.lab.simulate import highest_rate
from pochin.lab.tests.test_fit_synthetic import convex, panel


def drawn(seed, *, donors=12, before=30, after=4, effect=0.0):
    rng = np.random.default_rng(seed)
    common = np.cumsum(rng.normal(size=(2, before + after)), axis=1)
    Y = 20 + rng.normal(size=(donors, 2)) @ common + 0.5 * rng.normal(size=(donors, before + after))
    y = Y[:3].mean(axis=0) + 0.5 * rng.normal(size=before + after)
    y[before:] += effect
    return y, Y


@pytest.mark.parametrize("q", [1, 2])
def test_the_rank_is_that_of_all_stretches_of_time_written_out(q):
    y, Y = drawn(3)
    without = y.copy()
    without[30:] -= 0.4
    gaps = np.abs(without - simplex_weights(Y.T, without) @ Y) ** q
    stretches = [np.roll(gaps, k)[30:].sum() for k in range(34)]

    test = conformal_test(y, Y, 30, 0.4, q=q)

    assert test.p_value == np.mean(np.array(stretches) >= stretches[0] * (1 - 1e-12))
    assert test.p_floor == 1 / 34
    assert test.statistic == pytest.approx((stretches[0] / 4) ** (1 / q))


def test_a_true_effect_is_rejected_no_more_often_than_promised_and_a_large_one_is_found():
    runs, rejected, found = 300, 0, 0
    for seed in range(runs):
        y, Y = drawn(seed, effect=1.5)
        rejected += conformal_test(y, Y, 30, 1.5).p_value <= 0.1
        found += conformal_test(y, Y, 30).p_value <= 0.1

    assert rejected / runs <= highest_rate(0.1, runs)
    assert found / runs > 0.7


def test_the_interval_holds_what_the_test_keeps():
    y, Y = drawn(5, effect=2.0)

    low, high = conformal_interval(y, Y, 30, level=0.9)
    inside = np.linspace(low, high, 41)[1:-1]

    assert low < 2 < high
    assert conformal_test(y, Y, 30, low - 0.01).p_value <= 0.1
    assert conformal_test(y, Y, 30, high + 0.01).p_value <= 0.1
    assert np.mean([conformal_test(y, Y, 30, one).p_value > 0.1 for one in inside]) > 0.9


def test_a_shift_moves_the_interval_and_a_scale_stretches_it():
    y, Y = drawn(7, effect=1.0)
    low, high = conformal_interval(y, Y, 30, level=0.9)

    shifted = conformal_interval(y + 5 + 3 * (np.arange(34) >= 30), Y + 5, 30, level=0.9)
    scaled = conformal_interval(100 * y, 100 * Y, 30, level=0.9)

    assert shifted == pytest.approx((low + 3, high + 3), abs=1e-3)
    assert scaled == pytest.approx((100 * low, 100 * high), rel=1e-3, abs=0.1)


def test_each_period_is_tried_beside_those_before_alone():
    y, Y = drawn(9, effect=3.0)
    path = conformal_path(y, Y, 30, level=0.9)
    used = [*range(30), 32]

    assert len(path) == 4
    assert path[2] == conformal_interval(y[used], Y[:, used], 30, level=0.9)
    assert sum(low < 3 < high for low, high in path) >= 3


def test_too_short_a_time_leaves_the_interval_without_an_end():
    y, Y = drawn(1, before=14)

    assert conformal_interval(y, Y, 14, level=0.95) == (-np.inf, np.inf)
    assert np.isfinite(conformal_interval(y, Y, 14, level=0.9)).all()


@pytest.mark.parametrize(("start", "hole"), list(itertools.product([0, 34, 30], [True, False])))
def test_what_cannot_be_moved_is_refused(start, hole):
    y, Y = drawn(1)
    Y[0, 3] = np.nan if hole else Y[0, 3]
    if start == 30 and not hole:
        assert conformal_test(y, Y, start).p_value <= 1
        return
    with pytest.raises((NotIdentified, SchemaMismatch)):
        conformal_test(y, Y, start)


def test_one_sided_tests_look_at_one_side():
    y, Y = drawn(11, effect=2.0)

    assert conformal_test(y, Y, 30, alternative="greater").p_value == 1 / 34
    assert conformal_test(y, Y, 30, alternative="less").p_value > 0.9


def test_the_estimator_tells_the_conformal_answer_and_each_period():
    rng = np.random.default_rng(5)
    fit = SyntheticControl().fit(*panel(convex(rng, 10, 30, 22, effect=-3.0), 22))
    beside = fit.sensitivity[-1]

    assert beside.method == "synthetic-control-conformal"
    assert beside.estimate == fit.estimate
    assert beside.p_floor == pytest.approx(1 / 30)
    assert beside.conf_int(0.95)[0] < -3 < beside.conf_int(0.95)[1]
    assert [set(row) >= {"low", "high"} for row in fit.curve] == [False] * 22 + [True] * 8
    assert all(row["low"] <= row["gap"] <= row["high"] for row in fit.curve[22:])


def test_a_twin_by_predictors_has_no_conformal_answer():
    rng = np.random.default_rng(5)
    Y = convex(rng, 10, 30, 22)
    table, lot = panel(Y, 22)
    known = {unit: [Y[i, :22].mean(), Y[i, 21]] for i, unit in enumerate(lot.unit_ids.tolist())}

    fit = SyntheticControl(predictors=known, max_misfit=9).fit(table, lot)

    assert "synthetic-control-conformal" not in {one.method for one in fit.sensitivity}
    assert not any("low" in row for row in fit.curve)

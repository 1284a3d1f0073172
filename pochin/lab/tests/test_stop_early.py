"""A group-sequential test: the looks, the stop, and what is estimated after it."""

import numpy as np
import pytest
from scipy import stats

from pochin.lab.result import ProtocolViolation
from pochin.lab.sequential.gst import GroupSequentialTest, normal_score
from pochin.lab.sequential.spending import Spending
from pochin.lab.tests.acceptance import highest_rate

LOOKS = np.array([0.2, 0.45, 0.7, 1.0])
RUNS = 250


def run(estimates, information, **options):
    """Take looks until the test stops; the last look reached."""
    test = GroupSequentialTest(max_information=information[-1], **options)
    for value, reached in zip(estimates, information, strict=True):
        look = test.update(reached, value * np.sqrt(reached))
        if test.stopped:
            break
    return look


def paths(effect, information, runs, seed):
    """Estimates at each look, shape (runs, K)."""
    rng = np.random.default_rng(seed)
    steps = np.diff(information, prepend=0.0)
    scores = np.cumsum(rng.normal(effect * steps, np.sqrt(steps), (runs, len(steps))), axis=1)
    return scores / information


def test_one_look_gives_the_ordinary_answers():
    look = run([0.23], [100.0])

    assert look.p_value == pytest.approx(2 * stats.norm.sf(2.3))
    assert look.estimate == pytest.approx(0.23)
    assert look.conf_int == pytest.approx((0.23 - 0.196, 0.23 + 0.196), abs=1e-4)
    assert look.repeated_ci == pytest.approx(look.conf_int, abs=1e-6)


def test_the_estimate_can_be_left_out_where_only_the_stop_matters():
    quick, whole = run([0.3], [100.0], interval=False), run([0.3], [100.0])

    assert (quick.crossed, quick.p_value) == (whole.crossed, whole.p_value)
    assert (quick.estimate, quick.conf_int) == (None, None)


def test_a_mirrored_effect_gives_mirrored_answers():
    up = run([0.5, 0.4, 0.3, 0.2], 100 * LOOKS, alternative="greater")
    down = run([-0.5, -0.4, -0.3, -0.2], 100 * LOOKS, alternative="less")

    assert (down.look, down.crossed, down.boundary) == (up.look, up.crossed, up.boundary)
    assert down.p_value == up.p_value
    assert down.estimate == pytest.approx(-up.estimate)
    assert down.conf_int == pytest.approx((-up.conf_int[1], -up.conf_int[0]))
    assert (up.repeated_ci[1], down.repeated_ci[0]) == (np.inf, -np.inf)


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_under_no_effect_the_error_rate_and_the_p_values_hold(alternative):
    ends = [
        run(path, LOOKS, alternative=alternative, interval=False)
        for path in paths(0.0, LOOKS, RUNS, 1)
    ]

    assert np.mean([end.crossed for end in ends]) <= highest_rate(0.05, RUNS)
    p = np.array([end.p_value for end in ends])
    assert stats.kstest(p, "uniform").pvalue > 0.001
    assert np.array_equal(p <= 0.05, [end.crossed for end in ends])


def test_after_stopping_the_estimate_is_median_unbiased_and_the_interval_covers():
    ends = [run(path, 100 * LOOKS) for path in paths(0.3, 100 * LOOKS, RUNS, 2)]

    below = np.mean([end.estimate < 0.3 for end in ends])
    covered = np.mean([end.conf_int[0] <= 0.3 <= end.conf_int[1] for end in ends])
    repeated = np.mean([end.repeated_ci[0] <= 0.3 <= end.repeated_ci[1] for end in ends])
    naive = np.mean([end.statistic / np.sqrt(100 * end.information) for end in ends])
    assert 0.5 - 3.09 * 0.5 / RUNS**0.5 <= below <= 0.5 + 3.09 * 0.5 / RUNS**0.5
    assert 1 - highest_rate(0.05, RUNS) <= covered
    assert repeated >= 1 - highest_rate(0.05, RUNS)
    assert naive > 0.31


def test_looks_at_unplanned_times_keep_the_error_rate():
    rng = np.random.default_rng(3)
    crossed = 0
    for _ in range(RUNS):
        times = np.append(np.sort(rng.uniform(0.05, 0.95, rng.integers(1, 5))), 1.0)
        crossed += run(paths(0.0, times, 1, rng)[0], times, interval=False).crossed

    assert crossed / RUNS <= highest_rate(0.05, RUNS)


def test_the_last_look_spends_what_is_left_even_if_data_fell_short():
    test = GroupSequentialTest(max_information=100)
    test.update(40, 1.0)

    last = test.update(70, 1.99, final=True)

    assert last.alpha_spent == 0.05
    assert last.crossed
    assert last.boundary < 1.97


def test_an_overrun_is_the_last_look():
    test = GroupSequentialTest(max_information=100)

    assert test.update(120, 0.3).p_value is not None
    assert test.stopped


def test_nobody_looks_after_the_end():
    test = GroupSequentialTest(max_information=100)
    test.update(50, 5.0)

    with pytest.raises(ProtocolViolation, match="the test has ended"):
        test.update(100, 5.0)


def test_a_look_without_new_data_is_refused():
    test = GroupSequentialTest(max_information=100)
    test.update(50, 1.0)

    with pytest.raises(ProtocolViolation, match="no more information"):
        test.update(50, 3.0)


def test_a_hopeless_trial_is_given_up_and_may_still_go_on():
    test = GroupSequentialTest(
        max_information=100,
        alpha=0.025,
        alternative="greater",
        planned=(0.5, 1.0),
        futility=Spending("hwang-shih-decani", -2),
        power=0.9,
    )

    assert test.update(50, -0.2).futile
    assert test.conditional_power(0.3, [1.0]) < 0.3
    assert test.update(100, 2.1).crossed


def test_a_trial_given_up_is_estimated():
    test = GroupSequentialTest(max_information=100, alternative="greater")
    test.update(50, 0.4)

    ended = test.stop()

    assert test.stopped
    assert ended.p_value == pytest.approx(stats.norm.sf(0.4), abs=0.002)
    with pytest.raises(ProtocolViolation, match="cannot be ended"):
        test.stop()


def test_conditional_power_is_what_simulation_gives():
    test = GroupSequentialTest(max_information=100)
    test.update(45, 1.2)
    rng = np.random.default_rng(4)
    later = 1.2 * np.sqrt(45) + np.cumsum(
        rng.normal([0.25 * 25, 0.25 * 30], np.sqrt([25, 30]), (100_000, 2)), axis=1
    )
    z = later / np.sqrt([70, 100])
    upper = test.boundaries([0.45, 0.7, 1.0]).upper[1:]
    crossed = (z[:, 0] > upper[0]) | ((np.abs(z[:, 0]) < upper[0]) & (z[:, 1] > upper[1]))

    assert test.conditional_power(0.25, [0.7, 1.0]) == pytest.approx(crossed.mean(), abs=0.006)


@pytest.mark.parametrize("df", [3, 10, 1000])
def test_a_t_statistic_keeps_its_tail(df):
    assert stats.norm.sf(normal_score(2.2, df)) == pytest.approx(stats.t.sf(2.2, df))
    assert normal_score(-2.2, df) == -normal_score(2.2, df)


@pytest.mark.parametrize(
    "options",
    [
        {"max_information": 0},
        {"max_information": 1, "alpha": 1},
        {"max_information": 1, "alternative": "up"},
        {"max_information": 1, "futility": Spending()},
    ],
)
def test_a_test_that_makes_no_sense_is_refused(options):
    with pytest.raises(ValueError, match=r"but (it|a two-sided)"):
        GroupSequentialTest(**options)

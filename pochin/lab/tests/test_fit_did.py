"""Differences in differences: two groups, few treated units, staggered starts, trends."""

import itertools

import numpy as np
import pytest

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.did import (
    DifferenceInDifferences,
    changes,
    difference_in_differences,
    rank_changes,
)
from pochin.lab.estimate.group_time import att_gt, critical_value
from pochin.lab.estimate.staggered import GroupTime
from pochin.lab.estimate.trends import EventStudy, breakdown, event_study
from pochin.lab.moments import MomentTable
from pochin.lab.result import NotIdentified, Singular, TooFewUnits
from pochin.lab.tests.acceptance import highest_rate


def panel(Y, first, n=20):
    """A table and a quasi-experiment in which unit i starts at position first[i]."""
    units, periods = Y.shape
    schedule = (np.arange(periods) >= np.asarray(first)[:, None]).astype(int)
    lot = Assignment(schedule, range(units), range(2020, 2020 + periods), randomized=False)
    seen = ~np.isnan(Y)
    unit, period = np.meshgrid(lot.unit_ids, lot.period_ids, indexing="ij")
    ones = np.ones(seen.sum())
    table = MomentTable(
        unit[seen], period[seen], ["delay"] * len(ones), n * ones, Y[seen], n * ones
    )
    return table, lot


def noise(rng, units, periods, sd=1.0):
    return 3 * rng.normal(size=(units, 1)) + sd * rng.normal(size=(units, periods))


def test_changes_are_compared_between_arms():
    Y = np.array([[1.0, 2.0, 9.0], [2.0, 2.0, 6.0], [0.0, 2.0, 3.0], [5.0, 5.0, 6.0]])
    first = [2, 2, 3, 3]

    fit = DifferenceInDifferences(inference="rank").fit(*panel(Y, first))

    assert changes(Y, 2).tolist() == [7.5, 4.0, 2.0, 1.0]
    assert fit.estimate == 5.75 - 1.5
    assert fit.p_value == 2 / 6
    assert fit.n_units == {"control": 2, "treatment": 2}


def test_welch_is_welch():
    rng = np.random.default_rng(1)
    change, treated = rng.normal(size=20), np.arange(20) < 7

    fit = difference_in_differences(change, treated)

    a, b = change[:7], change[7:]
    assert fit.estimate == pytest.approx(a.mean() - b.mean())
    va, vb = a.var(ddof=1) / 7, b.var(ddof=1) / 13
    assert fit.std_error == pytest.approx(np.sqrt(va + vb))
    assert fit.df == pytest.approx((va + vb) ** 2 / (va**2 / 6 + vb**2 / 12))


def test_ranks_go_through_every_other_choice():
    rng = np.random.default_rng(2)
    change, treated = rng.normal(size=9), np.isin(np.arange(9), [2, 5, 7])

    test = rank_changes(change, treated)

    def difference(chosen):
        inside = np.isin(np.arange(9), chosen)
        return abs(change[inside].mean() - change[~inside].mean())

    given = [difference(chosen) for chosen in itertools.combinations(range(9), 3)]
    assert test.exact
    assert test.p_value() == np.mean(np.array(given) >= difference([2, 5, 7]) - 1e-12)


def test_one_treated_unit_cannot_beat_its_floor():
    rng = np.random.default_rng(3)
    Y = noise(rng, 12, 6)
    Y[0, 3:] += 1000

    fit = DifferenceInDifferences().fit(*panel(Y, [3] + [6] * 11))

    assert fit.method == "did-rank"
    assert fit.p_value == fit.p_floor == 1 / 12
    assert fit.std_error is None
    assert "few-treated" in {flag.code for flag in fit.flags}
    assert fit.conf_int(0.95) == (-np.inf, np.inf)
    low, high = fit.conf_int(0.8)
    assert low < 1000 < high


@pytest.mark.parametrize("treated", [1, 5])
def test_standard_errors_of_few_treated_are_refused(treated):
    Y = noise(np.random.default_rng(4), 20, 4)

    with pytest.raises(TooFewUnits, match="use ranks"):
        DifferenceInDifferences(inference="t").fit(*panel(Y, [2] * treated + [4] * (20 - treated)))


def test_six_treated_have_a_standard_error():
    Y = noise(np.random.default_rng(4), 20, 4)

    fit = DifferenceInDifferences().fit(*panel(Y, [2] * 6 + [4] * 14))

    assert fit.method == "did-unit-changes"
    assert fit.std_error > 0


def test_units_seen_on_one_side_only_are_left_out_and_counted():
    Y = noise(np.random.default_rng(5), 14, 4)
    Y[0, 2:] = np.nan
    Y[13, 3] = np.nan

    fit = DifferenceInDifferences().fit(*panel(Y, [2] * 7 + [4] * 7))

    said = {flag.code: str(flag) for flag in fit.flags}
    assert said["units-left-out"].startswith("1 unit has")
    assert said["missing-cells"].startswith("3 planned")


def test_sizes_tame_small_units():
    """A small treated unit among large ones: plain ranks reject too often, sized ones do not."""
    runs, rng = 1500, np.random.default_rng(6)
    sizes = np.array([5.0] + [5.0, 10, 20, 40, 80] * 5)
    treated = np.arange(26) == 0
    plain = sized = 0
    for _ in range(runs):
        change = rng.normal(size=26) / np.sqrt(sizes)
        plain += rank_changes(change, treated).p_value() <= 0.05
        sized += rank_changes(change, treated, sizes=sizes).p_value() <= 0.05

    assert plain / runs > 0.1
    assert sized / runs <= highest_rate(0.05, runs) + 0.015


@pytest.mark.parametrize(("treated", "units"), [(1, 20), (1, 40), (2, 20), (6, 40)])
def test_ranks_keep_true_nulls_with_few_treated(treated, units):
    """Row E2."""
    runs, rng, fallen = 1000, np.random.default_rng(treated * units), 0
    on = np.arange(units) < treated
    for _ in range(runs):
        change = changes(noise(rng, units, 10), 5)
        fallen += rank_changes(change, on, rng=rng, draws=999).p_value() <= 0.05

    assert fallen / runs <= highest_rate(0.05, runs)


@pytest.mark.parametrize("first", [[4, 4, 4, 4], [2, 1, 4, 4], [0, 0, 4, 4], [2, 2, 2, 2]])
def test_without_a_common_start_and_others_there_is_nothing_to_compare(first):
    Y = noise(np.random.default_rng(7), 4, 4)

    with pytest.raises(NotIdentified):
        DifferenceInDifferences().fit(*panel(Y, first))


def test_a_common_trend_before_withstands_and_a_parting_one_does_not():
    rng = np.random.default_rng(8)
    first = [5] * 10 + [8] * 10
    plain = noise(rng, 20, 8, sd=0.2)
    steady = plain + 5.0 * np.outer([1] * 10 + [0] * 10, np.arange(8) >= 5)
    parting = plain + np.outer([1] * 10 + [0] * 10, 2.0 * np.arange(8))

    calm = DifferenceInDifferences().fit(*panel(steady, first))
    torn = DifferenceInDifferences().fit(*panel(parting, first))

    assert calm.values["breakdown"] > 2
    assert "trends-fragile" not in {flag.code for flag in calm.flags}
    assert 0 < torn.values["breakdown"] < 1
    assert "trends-fragile" in {flag.code for flag in torn.flags}


def test_the_breakdown_is_where_the_widest_interval_touches_zero():
    certain = EventStudy(np.array([-2, 0]), np.array([1.0, 6.0]), 1e-18 * np.eye(2), 50.0)
    two = EventStudy(np.array([-2, 0, 1]), np.array([1.0, 6.0, 6.0]), 1e-18 * np.eye(3), 50.0)
    none = EventStudy(np.array([-2, 0]), np.array([1.0, 0.5]), np.eye(2), 50.0)

    # The trends parted by 1 in a step; one period later the bias is at most M, two later 2 M.
    assert breakdown(certain) == pytest.approx(6.0, abs=1e-6)
    assert breakdown(two) == pytest.approx(4.0, abs=1e-6)
    assert breakdown(none) == 0.0
    with pytest.raises(NotIdentified):
        breakdown(EventStudy(np.array([0]), np.array([1.0]), np.eye(1), 5.0))


def test_the_curve_of_two_arms_is_against_the_last_period_before():
    rng = np.random.default_rng(9)
    Y = noise(rng, 20, 5)
    on = np.arange(20) < 8

    study = event_study(Y, on, 3)

    assert study.event_time.tolist() == [-3, -2, 0, 1]
    for e, estimate, spread in zip(
        study.event_time, study.estimate, np.diag(study.covariance), strict=True
    ):
        one = difference_in_differences(Y[:, 3 + e] - Y[:, 2], on)
        assert (one.estimate, one.std_error) == pytest.approx((estimate, np.sqrt(spread)))


# Staggered starts.


def staggered(rng, units=60, periods=6, effect=lambda g, t: 1.0 * (t >= g)):
    first = np.repeat([2, 3, 4, periods], units // 4)
    Y = noise(rng, units, periods) + np.linspace(0, 4, periods)
    for i, g in enumerate(first):
        Y[i] += [effect(g, t) if g < periods else 0.0 for t in range(periods)]
    return Y, first


def test_each_effect_is_its_own_two_by_two():
    Y, first = staggered(np.random.default_rng(10))

    effects = att_gt(Y, first)

    for g, t, effect, spread in zip(
        effects.start, effects.period, effects.effect, effects.std_error, strict=True
    ):
        base = g - 1 if t >= g else t - 1
        used = np.isin(first, [g, 6])
        change = (Y[:, t] - Y[:, base])[used]
        on = first[used] == g
        assert effect == pytest.approx(change[on].mean() - change[~on].mean())
        # Influence functions divide by n where Welch divides by n − 1; both arms have 15.
        own = difference_in_differences(change, on).std_error * np.sqrt(14 / 15)
        assert spread == pytest.approx(own)


def test_averages_weigh_as_they_say():
    Y, first = staggered(np.random.default_rng(11))
    effects = att_gt(Y, first)
    after = effects.period >= effects.start
    start, lag = effects.start[after], (effects.period - effects.start)[after]
    value = effects.effect[after]

    def mean_of_means(key):
        return np.mean([value[key == one].mean() for one in np.unique(key)])

    # All groups are of one size here.
    assert effects.average("simple").estimate == pytest.approx(value.mean())
    assert effects.average("group").estimate == pytest.approx(mean_of_means(start))
    assert effects.average("dynamic").estimate == pytest.approx(mean_of_means(lag))
    calendar = mean_of_means(effects.period[after])
    assert effects.average("calendar").estimate == pytest.approx(calendar)


def test_standard_errors_of_averages_are_those_of_repetition():
    rng, estimates, spreads = np.random.default_rng(12), [], []
    for _ in range(400):
        one = att_gt(*staggered(rng)).average("dynamic")
        estimates.append(one.estimate)
        spreads.append(one.std_error)

    assert np.mean(estimates) == pytest.approx(1.0, abs=0.06)
    assert np.mean(spreads) == pytest.approx(np.std(estimates), rel=0.12)


def test_covariates_repair_trends_that_follow_them():
    rng = np.random.default_rng(13)
    x = rng.normal(size=400)
    first = np.where(rng.random(400) < 1 / (1 + np.exp(-x)), 1, 2)
    Y = np.column_stack([rng.normal(size=400), rng.normal(size=400) + 3 * x + 2.0 * (first == 1)])
    Y[:, 1] += Y[:, 0]

    naive = att_gt(Y, first)
    robust = att_gt(Y, first, covariates=x)

    assert naive.effect[0] > 3.5
    assert robust.effect[0] == pytest.approx(2.0, abs=4 * robust.std_error[0])
    assert robust.std_error[0] < naive.std_error[0]


def test_covariates_that_separate_are_refused():
    Y = np.random.default_rng(14).normal(size=(20, 2))
    first = np.repeat([1, 2], 10)

    with pytest.raises(Singular, match="separate"):
        att_gt(Y, first, covariates=np.where(first == 1, 1.0, -1.0) + Y[:, 0] * 1e-3)


def test_a_band_for_the_curve_is_wider_than_for_a_point():
    Y, first = staggered(np.random.default_rng(15))
    influences = att_gt(Y, first).by_event_time().influences

    band = critical_value(influences, rng=np.random.default_rng(0))

    assert 2.2 < band < 3.2
    one = critical_value(influences[:, :1], rng=np.random.default_rng(0))
    assert one == pytest.approx(1.96, abs=0.15)


def test_the_estimator_answers_with_the_registered_average():
    Y, first = staggered(np.random.default_rng(16))
    table, lot = panel(Y, first)

    fit = GroupTime(average="dynamic").fit(table, lot, rng=np.random.default_rng(0))

    effects = att_gt(Y, first)
    assert fit.estimate == pytest.approx(effects.average("dynamic").estimate)
    assert fit.estimand == "att-dynamic"
    assert [row["event_time"] for row in fit.curve] == [-3, -2, -1, 0, 1, 2, 3]
    assert all(row["low"] < row["estimate"] < row["high"] for row in fit.curve)
    assert len(fit.values["att_gt"]) == 15
    assert fit.values["att_gt"][0]["start"] == 2022
    assert fit.values["breakdown"] >= 0


@pytest.mark.parametrize(("own", "told"), [(100, False), (60, False), (40, True)])
def test_a_treated_unit_much_smaller_than_the_others_is_told_not_to_be_alike(own, told):
    Y = noise(np.random.default_rng(17), 20, 5)
    schedule = np.outer(np.arange(20) == 0, np.arange(5) >= 2).astype(int)
    i, t = np.indices(Y.shape).reshape(2, -1)
    n = np.where(i == 0, own, 100)
    table = MomentTable(i, t, ["m"] * len(i), n, Y.ravel(), 0.0 * n)
    lot = Assignment(schedule, range(20), range(5), randomized=False)

    def words(**more):
        fit = DifferenceInDifferences(**more).fit(table, lot)
        return [one.message for one in fit.flags if one.code == "few-treated"]

    assert any("Ranks take units for alike" in one for one in words()) is told
    assert not any("alike" in one for one in words(by_size=True))


def test_few_treated_units_get_no_number_from_group_and_time():
    Y = noise(np.random.default_rng(17), 20, 5)
    first = [2, 2, 3] + [5] * 17

    fit = GroupTime().fit(*panel(Y, first))

    assert fit.blocked
    assert fit.estimate is None
    assert [flag.code for flag in fit.flags] == ["few-treated"]


def test_small_groups_are_named():
    Y = noise(np.random.default_rng(18), 30, 5)
    first = [2] * 8 + [3] * 2 + [5] * 20

    fit = GroupTime().fit(*panel(Y, first))

    assert [str(f) for f in fit.flags if f.code == "small-group"] == [
        "Only 2 units started in 2023: that group's effects are vague."
    ]


def test_where_all_start_those_that_wait_are_compared_with():
    Y, first = staggered(np.random.default_rng(19))
    waiting = first < 6

    with pytest.raises(NotIdentified, match="never starts"):
        att_gt(Y[waiting], first[waiting])
    effects = att_gt(Y[waiting], first[waiting], control="not-yet")

    after = effects.period >= effects.start
    assert set(effects.start[after].tolist()) == {2, 3}
    assert effects.period[effects.start == 2].max() == 3


def test_nobody_starts_and_nothing_is_estimated():
    Y = noise(np.random.default_rng(20), 6, 4)

    with pytest.raises(NotIdentified):
        att_gt(Y, np.full(6, 4))
    with pytest.raises(NotIdentified):
        att_gt(Y, np.array([0, 0, 0, 4, 4, 4]))


def walks(rng, first, *, part=0.0):
    """Units that wander, and from the second period on part from each other before any start."""
    size = max(first)
    Y = rng.normal(size=(len(first), 1)) + rng.normal(0, 0.5, (len(first), size)).cumsum(axis=1)
    return Y + part * (np.asarray(first) < size)[:, None] * (np.arange(size) % 2)


def test_few_units_that_move_alike_are_not_said_to_part():
    rng, first = np.random.default_rng(31), np.repeat([4, 5, 8], [7, 7, 10])
    tests = [
        (effects.pre_test_few().p_value, effects.pre_test().p_value)
        for effects in (att_gt(walks(rng, first), first) for _ in range(400))
    ]

    few, many = (np.array(tests) < 0.05).mean(axis=0)

    assert few <= highest_rate(0.05, 400)
    assert many > 0.25  # What chi-square says of them: the reason for the other one.


def test_few_units_that_part_before_the_start_are_said_to():
    rng, first = np.random.default_rng(32), np.repeat([4, 5, 8], [7, 7, 10])

    effects = att_gt(walks(rng, first, part=3.0), first)
    fit = GroupTime().fit(*panel(walks(rng, first, part=3.0), first))

    assert effects.pre_test_few().p_value < 0.01
    assert "trends-differ-before" in {flag.code for flag in fit.flags}


def test_too_few_units_for_so_many_periods_are_not_tested():
    rng, first = np.random.default_rng(33), np.repeat([12, 14], [6, 6])

    fit = GroupTime().fit(*panel(walks(rng, first), first))

    told = [str(flag) for flag in fit.flags if flag.code == "trends-unseen"]
    assert "few units" in " ".join(told)
    assert "pre_test_few" not in fit.values

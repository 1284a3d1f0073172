"""Arms of unequal size: what Welch's test finds, and how often it is wrong."""

import numpy as np
import pytest
from scipy import stats

from pochin.lab.design import ParallelCluster
from pochin.lab.estimate.cluster import unit_ttest
from pochin.lab.inference.cr import ClusterRobust, cluster_products
from pochin.lab.power import nct_power
from pochin.lab.simulate import regressed, welch
from pochin.lab.unequal_arms import shared_df, small_arm, welch_power, worst_error

RUNS = 40_000


def seen(effect, sizes, sds=(1.0, 1.0), runs=RUNS):
    """How often Welch's test rejects, by trying it out; effect in standard errors."""
    rng, arms = np.random.default_rng(31), np.repeat([1, 0], sizes)
    spread = np.repeat(sds, sizes)
    error = np.sqrt(sds[0] ** 2 / sizes[0] + sds[1] ** 2 / sizes[1])
    found = welch(rng.normal(size=(runs, sum(sizes))) * spread + effect * error * arms, arms)
    return (found.p_values() <= 0.05).mean()


@pytest.mark.parametrize("effect", [0.0, 2.5])
@pytest.mark.parametrize(
    ("sizes", "sds"),
    [((9, 3), (1, 1)), ((3, 9), (2, 1)), ((5, 4), (1, 1)), ((10, 2), (1, 1)), ((6, 14), (3, 1))],
)
def test_welchs_power_is_how_often_it_rejects(sizes, sds, effect):
    planned = welch_power(effect, sizes, sds=sds)

    assert seen(effect, sizes, sds) == pytest.approx(planned, abs=0.009)


def test_known_degrees_of_freedom_would_promise_what_five_against_four_do_not_keep():
    rough = nct_power(2.5, shared_df((5, 4)))

    assert rough - welch_power(2.5, (5, 4)) > 0.03


def test_large_arms_leave_nothing_to_guess():
    assert welch_power(2.0, (4000, 2000)) == pytest.approx(nct_power(2.0, 5998), abs=2e-4)


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_one_sided_power_looks_one_way(alternative):
    toward = 2.0 if alternative == "greater" else -2.0

    assert welch_power(toward, (9, 3), alternative=alternative) > 0.4
    assert welch_power(-toward, (9, 3), alternative=alternative) < 0.01


def test_the_promised_effect_is_the_one_with_the_promised_power():
    design = ParallelCluster(9, (5, 4))
    about = {"sd": 1.0, "icc": 0.05, "cluster_size": 20.0}

    promised = float(design.mde(0.8, **about))

    assert float(design.power(promised, **about).power) == pytest.approx(0.8)
    assert float(design.power(0.99 * promised, **about).power) < 0.8


def test_made_up_pilots_of_unequal_adjusted_arms_are_read_as_the_plan_reads_them():
    rng = np.random.default_rng(5)
    X = np.concatenate(
        [
            np.broadcast_to(np.column_stack([np.ones(9), np.repeat([0, 1], [6, 3])]), (4, 9, 2)),
            rng.normal(size=(4, 9, 1)),
        ],
        axis=2,
    )
    y = rng.normal(size=(4, 9))

    fast = regressed(y, X, unequal=True)

    for one in range(4):
        slow = ClusterRobust(cluster_products(X[one], y[one], np.arange(9))).t_test(1)
        assert fast.estimate[one] == pytest.approx(slow.estimate)
        assert fast.std_error[one] == pytest.approx(slow.std_error)
        assert fast.df[one] == pytest.approx(slow.df)


@pytest.mark.parametrize("sizes", [(10, 2), (20, 2), (40, 3)])
def test_two_or_three_units_against_many_are_warned_of(sizes):
    (told,) = small_arm(*sizes)

    assert (told.code, told.severity) == ("small-arm", "warn")
    assert told.evidence["worst"] == round(100 * worst_error(sizes))
    assert seen(0.0, sizes, (1.5, 1.0)) > 0.065


@pytest.mark.parametrize("sizes", [(6, 6), (3, 3), (5, 4), (15, 5), (20, 4)])
def test_arms_that_keep_the_promise_are_let_alone(sizes):
    assert small_arm(*sizes) == []


def test_an_arm_of_one_unit_has_no_test_to_warn_of_more_gravely():
    assert worst_error((11, 1)) == 1.0


def test_the_test_that_is_reckoned_is_the_one_that_is_made():
    y, arms = np.random.default_rng(8).normal(size=12), np.repeat([0, 1], [9, 3])

    fit = unit_ttest(y, arms)
    theirs = stats.ttest_ind(y[arms == 1], y[arms == 0], equal_var=False)

    assert (fit.p_value, fit.df) == (pytest.approx(theirs.pvalue), pytest.approx(theirs.df))

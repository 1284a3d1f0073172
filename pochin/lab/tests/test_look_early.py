"""Boundaries for looks before the end."""

import time

import numpy as np
import pytest
from scipy import stats

from pochin.lab.sequential import boundaries as gs
from pochin.lab.sequential.spending import FAMILIES, Spending

UNPLANNED = np.array([0.13, 0.31, 0.32, 0.77, 0.9, 1.0])


def simulated_z(information, drift, runs, seed=0):
    """Paths of the standardised statistic, shape (runs, K)."""
    rng = np.random.default_rng(seed)
    steps = np.diff(information, prepend=0.0)
    moves = rng.normal(drift * steps, np.sqrt(steps), (runs, len(steps)))
    return np.cumsum(moves, axis=1) / np.sqrt(information)


def test_crossing_probabilities_are_what_simulation_gives():
    upper, lower = np.array([2.5, 2.2, 2.0]), np.array([-1.0, 0.2, 2.0])
    information = np.array([0.3, 0.6, 1.0])
    z = simulated_z(information, 2.0, 400_000)
    over, under = z >= upper, z <= lower
    first = np.argmax(over | under, axis=1)
    seen = [[(first == k) & side[:, k] for k in range(3)] for side in (over, under)]

    exact = gs.crossing_probabilities(information, upper, lower, drift=2.0)

    np.testing.assert_allclose(exact.upper, np.mean(seen[0], axis=1), atol=0.003)
    np.testing.assert_allclose(exact.lower, np.mean(seen[1], axis=1), atol=0.003)
    assert exact.total == pytest.approx(1.0, abs=1e-9)


def test_two_looks_agree_with_the_bivariate_normal():
    information, corner = np.array([0.4, 1.0]), np.array([2.1, 2.0])
    covariance = [[1, np.sqrt(0.4)], [np.sqrt(0.4), 1]]
    stays = stats.multivariate_normal([0, 0], covariance).cdf(corner)

    crossed = gs.crossing_probabilities(information, corner, -np.inf)

    assert crossed.total == pytest.approx(1 - stays, abs=1e-6)


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("family", FAMILIES)
def test_unplanned_looks_spend_exactly_what_the_function_allows(family, sides):
    spending = Spending(family, -2 if family == "hwang-shih-decani" else 1.5)

    plan = gs.spending_boundaries(UNPLANNED, spending, alpha=0.05, sides=sides)
    crossed = gs.crossing_probabilities(UNPLANNED, plan.upper, plan.lower)

    spent = sides * spending(UNPLANNED, alpha=0.05 / sides)
    np.testing.assert_allclose(np.cumsum(crossed.upper + crossed.lower), spent, atol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_spending_starts_at_nothing_never_falls_and_ends_at_alpha(family):
    spent = Spending(family, 0.5)(np.linspace(0, 1, 101), alpha=0.05)

    assert spent[0] == 0
    assert (np.diff(spent) >= 0).all()
    assert spent[-1] == pytest.approx(0.05, abs=1e-12)


def test_an_overrun_earns_no_more_error():
    assert Spending("pocock")(1.3, alpha=0.05) == Spending("pocock")(1.0, alpha=0.05)


def test_hwang_shih_decani_at_zero_spends_evenly():
    assert Spending("hwang-shih-decani", 0)([0.25, 0.5], alpha=0.04).tolist() == [0.01, 0.02]


def test_fifty_looks_take_less_than_a_second():
    started = time.perf_counter()
    plan = gs.spending_boundaries(50, Spending())
    taken = time.perf_counter() - started

    assert taken < 1
    assert gs.crossing_probabilities(plan.information, plan.upper).total == pytest.approx(0.05)


def test_fifty_looks_at_1_96_reject_a_true_null_thirty_times_in_a_hundred():
    assert gs.crossing_probabilities(50, 1.96).total == pytest.approx(0.32, abs=0.005)


def test_one_look_is_the_ordinary_test():
    assert gs.pocock(1).upper[0] == pytest.approx(stats.norm.ppf(0.975), abs=1e-9)
    assert gs.inflation_factor(gs.pocock(1)) == pytest.approx(1, abs=1e-4)


def test_giving_up_does_not_cost_type_i_error_and_keeps_the_power_planned():
    plan = gs.spending_boundaries(4, Spending(), alpha=0.025, sides=1)

    lower, drift = gs.futility_boundaries(plan, Spending("hwang-shih-decani", -2), power=0.9)
    obeyed = gs.crossing_probabilities(plan.information, plan.upper, lower, drift=drift)

    assert gs.crossing_probabilities(plan.information, plan.upper, -np.inf).total < 0.0250001
    assert obeyed.upper.sum() == pytest.approx(0.9, abs=1e-6)
    assert lower[-1] == pytest.approx(plan.upper[-1], abs=1e-8)


@pytest.mark.parametrize("information", [[0.5, 0.5, 1], [0, 1], [], [1, 0.5]])
def test_looks_that_do_not_move_forward_are_refused(information):
    with pytest.raises(ValueError, match="increase"):
        gs.crossing_probabilities(information, 2.0)


@pytest.mark.parametrize(("family", "parameter"), [("linear", 1), ("power", 0)])
def test_an_unknown_way_of_spending_is_refused(family, parameter):
    with pytest.raises(ValueError, match="must be"):
        Spending(family, parameter)

"""Simulations in short: true nulls rejected as rarely as promised, intervals that cover."""

import math

import numpy as np
import pytest

from pochin.lab.estimate.cluster import UnitMeans
from pochin.lab.estimate.cuped import cuped_difference
from pochin.lab.estimate.mean import ArmMoments, difference_of_means
from pochin.lab.estimate.pairs import paired_t
from pochin.lab.estimate.ratio import difference_of_ratios
from pochin.lab.inference.cr import ClusterRobust, cluster_products
from pochin.lab.inference.equivalence import non_inferiority
from pochin.lab.inference.randomization import RandomizationTest
from pochin.lab.inference.wild import WildBootstrap
from pochin.lab.tests.acceptance import highest_rate
from pochin.lab.tests.tables import one_value_each, two_arms

RUNS = 400


def sizes_of(rng, units, mean, cv):
    if cv == 0:
        return np.full(units, mean)
    shape = 1 / cv**2
    return np.maximum(rng.gamma(shape, mean / shape, units).astype(int), 3)


def unit_data(rng, units, treated, *, icc, mean=50, cv=0.0, skewed=False, sd=(1.0, 1.0)):
    """Arms, sizes, means and sums of squares of units without an effect."""
    z = rng.permutation(np.arange(units) < treated).astype(int)
    n = sizes_of(rng, units, mean, cv)
    level = (rng.exponential(size=units) - 1) if skewed else rng.normal(size=units)
    level = level * math.sqrt(icc) * np.where(z == 1, sd[1], sd[0])
    within = math.sqrt(1 - icc)
    return z, n, level + rng.normal(size=units) * within / np.sqrt(n)


A = {
    "A1 equal sizes": {"units": 8, "treated": 4, "icc": 0.05},
    "A2 unequal sizes": {"units": 12, "treated": 6, "icc": 0.05, "cv": 0.65},
    "A3 three of twelve": {"units": 12, "treated": 3, "icc": 0.05},
    "A4 skewed": {"units": 20, "treated": 10, "icc": 0.05, "cv": 0.65, "skewed": True},
}


def rejections(rng, setting, runs=RUNS):
    counts = dict.fromkeys(("means", "cr2", "lot", "wild"), 0)
    for _ in range(runs):
        z, n, y = unit_data(rng, **setting)
        table, lot = one_value_each(y, n=n), two_arms(z)
        X = np.column_stack([np.ones(len(z)), z])
        products = cluster_products(X, y, np.arange(len(z)), weights=n)
        counts["means"] += UnitMeans().fit(table, lot).p_value <= 0.05
        counts["cr2"] += ClusterRobust(products).t_test(1).p_value <= 0.05
        test = RandomizationTest(n=399).run(table, lot, rng=rng)
        counts["lot"] += test.p_value <= 0.05
        counts["wild"] += WildBootstrap(1, draws=399).p_value(products, rng=rng) <= 0.05
    return {name: count / runs for name, count in counts.items()}


@pytest.mark.parametrize("setting", A)
def test_few_clusters_reject_a_true_null_as_rarely_as_promised(setting):
    rng = np.random.default_rng(list(A).index(setting))

    rates = rejections(rng, A[setting])

    assert max(rates["means"], rates["cr2"], rates["lot"]) <= highest_rate(0.05, RUNS), rates
    assert rates["wild"] <= highest_rate(0.065, RUNS), rates


def test_a5_unequal_arms_and_spreads_need_studentised_tests():
    rng = np.random.default_rng(5)
    pooled = welch = lot = 0
    runs = 300
    for _ in range(runs):
        z, n, y = unit_data(rng, 20, 5, icc=0.2, sd=(1.0, 2.0))
        table, drawn = one_value_each(y, n=n), two_arms(z)
        pooled += UnitMeans(variances="equal").fit(table, drawn).p_value <= 0.05
        welch += UnitMeans().fit(table, drawn).p_value <= 0.05
        lot += RandomizationTest(n=399).run(table, drawn, rng=rng).p_value <= 0.05

    assert pooled / runs > 0.09
    assert max(welch, lot) / runs <= highest_rate(0.065, runs)


def test_b_pairs_are_tested_as_pairs():
    rng = np.random.default_rng(6)
    paired = flips = unpaired = 0
    for _ in range(1000):
        common = rng.normal(size=10) * math.sqrt(0.5)
        y = common[:, None] + rng.normal(size=(10, 2)) * math.sqrt(0.5)
        paired += paired_t(y[:, 1] - y[:, 0]).p_value <= 0.05
        values = (ArmMoments.of(y[:, arm]) for arm in (0, 1))
        unpaired += difference_of_means(*values).p_value <= 0.05
        lot = two_arms([0, 1] * 10, pairs=np.repeat(np.arange(10), 2))
        flips += RandomizationTest().run(one_value_each(y.ravel()), lot).p_value <= 0.05

    assert max(paired, flips) / 1000 <= highest_rate(0.05, 1000)
    assert unpaired / 1000 < 0.03  # power thrown away


@pytest.mark.parametrize("effect", [0.0, 0.8])
def test_the_interval_by_inversion_covers(effect):
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(RUNS):
        z = rng.permutation([1] * 5 + [0] * 5)
        y = rng.exponential(size=10) + effect * z
        low, high = RandomizationTest().run(one_value_each(y), two_arms(z)).conf_int(0.9)
        covered += low <= effect <= high

    assert 1 - covered / RUNS <= highest_rate(0.1, RUNS)


def test_g1_ratio_metrics_need_the_delta_method():
    rng = np.random.default_rng(8)
    covered = by_rows = 0
    for _ in range(RUNS):
        moments, naive = [], []
        for _arm in range(2):
            d = rng.poisson(4, 1000) + 1.0
            y = rng.binomial(d.astype(int), np.clip(rng.beta(2, 8, 1000), 0, 1)) + 0.0
            moments.append(ArmMoments.of(y, denominator=d))
            r = y.sum() / d.sum()
            naive.append((r, r * (1 - r) / d.sum()))
        low, high = difference_of_ratios(*moments).conf_int()
        covered += low <= 0 <= high
        half = 1.96 * math.sqrt(naive[0][1] + naive[1][1])
        by_rows += abs(naive[0][0] - naive[1][0]) <= half

    assert 1 - covered / RUNS <= highest_rate(0.05, RUNS)
    assert by_rows < covered


def test_g2_cuped_covers_and_leaves_the_variance_theory_says():
    rng = np.random.default_rng(9)
    covered, left = 0, []
    for _ in range(RUNS):
        arms = []
        for _arm in range(2):
            x = rng.normal(size=500)
            arms.append(ArmMoments.of(0.7 * x + math.sqrt(0.51) * rng.normal(size=500), before=x))
        fit = cuped_difference(*arms)
        low, high = fit.conf_int()
        covered += low <= 0 <= high
        left.append(fit.values["variance_left"])

    assert 1 - covered / RUNS <= highest_rate(0.05, RUNS)
    assert np.mean(left) == pytest.approx(0.51, abs=0.01)


def test_guardrails_at_the_margin_pass_as_rarely_as_promised():
    rng = np.random.default_rng(10)
    passed = 0
    for _ in range(1000):
        y = rng.normal(size=24)
        z = np.arange(24) % 2
        fit = UnitMeans().fit(one_value_each(y - 0.5 * z), two_arms(z))
        passed += non_inferiority(fit, 0.5).finding == "non-inferior"

    assert passed / 1000 <= highest_rate(0.05, 1000)

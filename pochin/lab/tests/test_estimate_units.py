"""Comparisons of units, people and pairs against independent computations, and their edges."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.cluster import ClusterOLS, UnitMeans, ols_cr, unit_ttest
from pochin.lab.estimate.cuped import Lin, cuped_difference, lin_difference
from pochin.lab.estimate.icc import icc_anova, spread_within
from pochin.lab.estimate.mean import (
    ArmMoments,
    Means,
    difference_of_means,
    difference_of_shares,
    relative_difference,
)
from pochin.lab.estimate.pairs import MatchedPairs, paired_t, weighted_pairs
from pochin.lab.estimate.quantile import LogHistogram, difference_of_quantiles
from pochin.lab.estimate.ratio import difference_of_ratios
from pochin.lab.inference.cr import ClusterRobust, cluster_products, least_squares
from pochin.lab.inference.randomization import RandomizationTest
from pochin.lab.inference.wild import WildBootstrap
from pochin.lab.moments import MomentTable
from pochin.lab.result import (
    EffectResult,
    Flag,
    NotIdentified,
    SchemaMismatch,
    Singular,
    TooFewUnits,
)
from pochin.lab.tests.tables import of_rows, one_value_each, two_arms
from pochin.lab.values import unit_values


@pytest.fixture
def rng():
    return np.random.default_rng(20_260_301)


# Two arms.


@pytest.mark.parametrize("equal", [True, False])
def test_means_agree_with_scipy(rng, equal):
    a, b = rng.normal(size=7), rng.normal(1, 3, size=12)
    expected = stats.ttest_ind(b, a, equal_var=equal)

    fit = difference_of_means(ArmMoments.of(a), ArmMoments.of(b), equal_variances=equal)

    interval = expected.confidence_interval(0.9)
    assert fit.p_value == pytest.approx(expected.pvalue, rel=1e-12)
    assert fit.conf_int(0.9) == pytest.approx((interval.low, interval.high), rel=1e-10)


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_one_sided_p_values_agree_with_scipy(rng, alternative):
    a, b = rng.normal(size=7), rng.normal(1, 3, size=12)
    expected = stats.ttest_ind(b, a, equal_var=False, alternative=alternative)

    fit = difference_of_means(ArmMoments.of(a), ArmMoments.of(b), alternative=alternative)

    assert fit.p_value == pytest.approx(expected.pvalue, rel=1e-10)


def test_arms_without_spread_or_people_are_refused():
    flat, one = ArmMoments.of([2.0, 2.0]), ArmMoments.of([2.0])
    with pytest.raises(Singular, match="Both arms are constant"):
        difference_of_means(flat, flat)
    with pytest.raises(TooFewUnits, match="fewer than two units"):
        difference_of_means(one, flat)
    with pytest.raises(NotIdentified, match="mean of control is not positive"):
        relative_difference(ArmMoments.of([-1.0, 1.0]), flat)


def test_a_share_needs_values_of_0_and_1():
    yes = ArmMoments.of([1.0, 0.0, 1.0])

    assert difference_of_shares(yes, yes).estimate == 0
    with pytest.raises(SchemaMismatch, match="values that are 0 or 1"):
        difference_of_shares(yes, ArmMoments.of([1.0, 0.0, 0.5]))


def test_newcombe_covers_where_the_plain_interval_does_not(rng):
    a, b = rng.binomial(40, 0.05, 2000), rng.binomial(40, 0.05, 2000)
    covered = 0
    for first, second in zip(a, b, strict=True):
        if first + second:
            arms = (ArmMoments(40, k / 40, k * (1 - k / 40)) for k in (first, second))
            low, high = difference_of_shares(*arms).conf_int()
            covered += low <= 0 <= high
        else:
            covered += 1

    assert covered / 2000 > 0.94


def test_a_table_of_people_and_a_table_of_arms_say_the_same(rng):
    y, arms = rng.normal(size=40), np.arange(40) % 2
    people, lot = one_value_each(y), two_arms(arms)
    by_arm = people.roll_up(unit={i: ("control", "treatment")[i % 2] for i in range(40)})
    both = Assignment([[0], [1]], ["control", "treatment"], [0])

    one, other = Means().fit(people, lot), Means().fit(by_arm, both)

    assert (one.estimate, one.p_value) == pytest.approx((other.estimate, other.p_value))


# Ratios and covariates.


def test_the_ratio_error_is_that_of_the_linearised_values(rng):
    y, d = rng.poisson(5, 300) + 0.0, rng.poisson(3, 300) + 1.0
    half = slice(0, 150), slice(150, 300)
    arms = [ArmMoments.of(y[part], denominator=d[part]) for part in half]

    fit = difference_of_ratios(*arms)

    errors = []
    for part in half:
        r = y[part].sum() / d[part].sum()
        errors.append(np.var((y[part] - r * d[part]) / d[part].mean(), ddof=1) / 150)
    assert fit.std_error == pytest.approx(np.sqrt(sum(errors)))


def test_the_ratio_agrees_with_a_jackknife(rng):
    d = rng.poisson(6, 400) + 1.0
    y = d * rng.normal(2, 0.5, 400)
    arm = ArmMoments.of(y, denominator=d)
    without = (y.sum() - y) / (d.sum() - d)
    jackknife = np.sqrt(399 / 400 * ((without - without.mean()) ** 2).sum())

    fit = difference_of_ratios(arm, arm)

    assert fit.std_error == pytest.approx(np.sqrt(2) * jackknife, rel=0.01)


def test_cuped_is_the_analysis_of_covariance(rng):
    x, z = rng.normal(size=60), np.arange(60) % 2
    y = 2 * x + z + rng.normal(size=60)
    arms = [ArmMoments.of(y[z == arm], before=x[z == arm]) for arm in (0, 1)]
    X = np.column_stack([np.ones(60), z, x])

    fit = cuped_difference(*arms)

    assert fit.estimate == pytest.approx(np.linalg.lstsq(X, y, rcond=None)[0][1], abs=1e-10)
    assert fit.values["variance_left"] < 0.5


def test_lin_from_moments_and_from_rows_agree(rng):
    ids = np.arange(400)
    x, z = rng.normal(size=400), (ids % 4 == 0).astype(int)
    y = x * (1 + z) + z + rng.normal(size=400)
    table = MomentTable(
        ids, np.zeros(400, int), ["m"] * 400, np.ones(400, int), y, np.zeros(400),
        pre_mean=x, pre_m2=np.zeros(400), pre_co=np.zeros(400),
    )  # fmt: skip

    from_moments, from_rows = Lin().fit(table, two_arms(z)), lin_difference(y, z, x)

    assert from_moments.estimate == pytest.approx(from_rows.estimate, abs=1e-10)
    assert from_moments.std_error == pytest.approx(from_rows.std_error, rel=0.05)


# Offices.


def test_strata_and_baseline_are_a_regression_on_unit_means(rng):
    z, strata = np.array([1, 0] * 6), np.repeat([0, 1, 2], 4)
    before = rng.normal(size=12)
    y = before + strata + z + 0.3 * rng.normal(size=12)
    table = MomentTable(
        np.tile(np.arange(12), 2), np.repeat([0, 1], 12), ["m"] * 24, np.full(24, 5),
        np.concatenate([before, y]), np.ones(24),
    )  # fmt: skip
    lot = Assignment(np.column_stack([0 * z, z]), np.arange(12), [0, 1], strata=strata)

    fit = UnitMeans(adjust=("baseline",)).fit(table, lot)

    X = np.column_stack([z, before, *(strata == one for one in range(3))]).astype(float)
    beta, rss, *_ = np.linalg.lstsq(X, y, rcond=None)
    error = np.sqrt(rss[0] / (12 - 5) * np.linalg.inv(X.T @ X)[0, 0])
    assert (fit.estimate, fit.std_error, fit.df) == pytest.approx((beta[0], error, 7))


def test_a_units_value_counts_its_rows_and_leaves_out_what_is_not_measured():
    table = MomentTable(
        ["a", "a", "a", "b", "b", "b"], [1, 2, 3] * 2, ["m"] * 6,
        [1, 3, 5, 1, 1, 5], [10.0, 2.0, 99.0, 1.0, 3.0, 99.0], [0.0] * 6,
    )  # fmt: skip
    lot = Assignment([[1, 1, -1], [0, 0, -1]], ["a", "b"], [1, 2, 3])

    units = unit_values(table, lot, periods=[1, 2, 3])

    assert units.y.tolist() == [4.0, 2.0]
    assert units.n.tolist() == [4, 2]


def test_weighting_by_participants_is_least_squares_on_the_rows(rng):
    sizes = rng.integers(3, 30, 10)
    unit = np.repeat(np.arange(10), sizes)
    z = np.arange(10) % 2
    y = rng.normal(size=len(unit)) + rng.normal(size=10)[unit] + z[unit]
    table = of_rows(unit, np.zeros(len(unit), int), y)
    lot = two_arms(z)

    by_size = UnitMeans(weights="participants").fit(table, lot)
    by_rows = ClusterOLS().fit(table, lot)

    rows = y[z[unit] == 1].mean() - y[z[unit] == 0].mean()
    assert by_size.estimate == pytest.approx(rows)
    assert (by_rows.estimate, by_rows.std_error, by_rows.df) == pytest.approx(
        (by_size.estimate, by_size.std_error, by_size.df)
    )


def test_units_that_cannot_carry_the_model_are_refused(rng):
    with pytest.raises(TooFewUnits, match="two units with data"):
        UnitMeans().fit(one_value_each([1.0, 2.0, 3.0]), two_arms([1, 0, 0]))
    with pytest.raises(TooFewUnits, match="cannot carry"):
        UnitMeans(covariates=rng.normal(size=(5, 3))).fit(
            one_value_each(rng.normal(size=5)), two_arms([1, 0, 1, 0, 1])
        )
    with pytest.raises(NotIdentified, match="One of the arms has no unit"):
        UnitMeans().fit(one_value_each([1.0, 2.0]), two_arms([1, 1]))


def test_lost_units_are_named():
    table = one_value_each([1.0, 2, 3, 4, 5])
    lot = two_arms([1, 0, 1, 0, 1, 0])

    flags = UnitMeans().fit(table, lot).flags

    assert [(one.code, one.evidence["units"]) for one in flags] == [("units-without-data", "5")]


def test_icc_agrees_with_the_analysis_of_variance(rng):
    sizes = rng.integers(2, 9, 15)
    groups = [rng.normal(rng.normal(), 1, n) for n in sizes]
    F = stats.f_oneway(*groups).statistic
    N = sizes.sum()
    m0 = (N - (sizes**2).sum() / N) / 14

    fit = icc_anova(
        sizes, [g.mean() for g in groups], [((g - g.mean()) ** 2).sum() for g in groups]
    )

    assert fit.icc == pytest.approx((F - 1) / (F - 1 + m0))
    assert fit.low < fit.icc < fit.high


# Clusters.


def rows_in_clusters(rng, clusters=9):
    g = np.repeat(np.arange(clusters), rng.integers(2, 9, clusters))
    z = (g % 2).astype(float)
    X = np.column_stack([np.ones(len(g)), z, rng.normal(size=len(g))])
    return X, rng.normal(size=len(g)) + rng.normal(size=clusters)[g], g


def direct_cr2(X, y, g, icc=0.0):
    """CR2 and Satterthwaite by the definitions, on n by n matrices."""
    W = (1 - icc) * np.eye(len(y)) + icc * (g[:, None] == g)
    M = np.linalg.inv(X.T @ X)
    H = X @ M @ X.T
    e = y - H @ y
    ids = np.unique(g)
    meat, A = 0, {}
    for k in ids:
        where = np.flatnonzero(g == k)
        values, vectors = np.linalg.eigh((np.eye(len(y)) - H)[np.ix_(where, where)])
        A[k] = (vectors / np.sqrt(values)) @ vectors.T
        score = X[where].T @ A[k] @ e[where]
        meat = meat + np.outer(score, score)

    def df(c):
        P = []
        for k in ids:
            where = np.flatnonzero(g == k)
            P.append((np.eye(len(y)) - H)[where].T @ A[k] @ X[where] @ M @ c)
        K = np.array(P) @ W @ np.array(P).T
        return np.trace(K) ** 2 / (K**2).sum()

    return M @ meat @ M, df


def test_cr2_from_cross_products_is_cr2_by_definition(rng):
    X, y, g = rows_in_clusters(rng)
    fit = ClusterRobust(cluster_products(X, y, g))

    V, df = direct_cr2(X, y, g)

    assert fit.covariance() == pytest.approx(V, abs=1e-12)
    assert fit.satterthwaite_df(1) == pytest.approx(df(np.eye(3)[1]), rel=1e-8)


@pytest.mark.parametrize("icc", [0.2, 1.0])
def test_degrees_of_freedom_that_suppose_alike_rows_are_those_of_the_definition(rng, icc):
    X, y, g = rows_in_clusters(rng)
    contrast = np.array([0.0, 1.0, -0.5])

    df = ClusterRobust(cluster_products(X, y, g)).satterthwaite_df(contrast, icc=icc)

    assert df == pytest.approx(direct_cr2(X, y, g, icc)[1](contrast), rel=1e-8)


def test_a_model_without_a_column_of_ones_is_tested_like_one_with_it(rng):
    X, y, g = rows_in_clusters(rng)
    arms = np.column_stack([1 - X[:, 1], X[:, 1], X[:, 2]])

    with_it = ClusterRobust(cluster_products(X, y, g))
    without = ClusterRobust(cluster_products(arms, y, g))

    assert without.residual_icc(3.0) == pytest.approx(with_it.residual_icc(3.0))
    found = without.t_test([-1, 1, 0], icc=0.2)
    assert found.df == pytest.approx(with_it.t_test(1, icc=0.2).df)


def test_how_alike_rows_are_is_found_again_where_it_is_known(rng):
    g = np.repeat(np.arange(400), rng.integers(2, 30, 400))
    X = np.column_stack([np.ones(len(g)), g % 2])
    for icc in (0.0, 0.3):
        y = math.sqrt(icc) * rng.normal(size=400)[g] + math.sqrt(1 - icc) * rng.normal(size=len(g))
        fit = ClusterRobust(cluster_products(X, y, g))
        within = spread_within(y - X @ fit.beta, g, np.ones(len(g)))

        assert fit.residual_icc(within) == pytest.approx(icc, abs=0.05)


def test_one_row_to_a_cluster_cannot_say_how_alike_rows_are(rng):
    X = np.column_stack([np.ones(8), np.tile([0.0, 1.0], 4)])
    fit = ClusterRobust(cluster_products(X, rng.normal(size=8), np.arange(8)))

    assert fit.residual_icc(0.0) == 0.0


def test_one_contrast_is_tested_alike_by_t_and_by_aht(rng):
    fit = ClusterRobust(cluster_products(*rows_in_clusters(rng)))
    t, F = fit.t_test(1), fit.wald_test([0, 1, 0])

    assert pytest.approx((t.t**2, t.df, t.p_value)) == (F.F, F.df, F.p_value)


def test_least_squares_agrees_with_numpy_and_refuses_repeated_columns(rng):
    X = np.column_stack([np.ones(30), 1e6 + rng.normal(size=30), rng.normal(size=30)])
    y = rng.normal(size=30)

    assert least_squares(X, y).beta == pytest.approx(np.linalg.lstsq(X, y, rcond=None)[0], rel=1e-4)
    with pytest.raises(Singular, match="repeat each other"):
        least_squares(np.column_stack([X, X[:, 2] * 2]), y)
    with pytest.raises(TooFewUnits, match="One cluster"):
        ClusterRobust(cluster_products(X, y, np.zeros(30)))


def test_the_wild_bootstrap_is_the_one_on_rows(rng):
    X, y, g = rows_in_clusters(rng, clusters=7)
    G, c = 7, np.eye(3)[1]
    M = np.linalg.inv(X.T @ X)
    restricted = X[:, [0, 2]] @ np.linalg.lstsq(X[:, [0, 2]], y, rcond=None)[0]

    def t(outcome):
        beta = M @ X.T @ outcome
        e = outcome - X @ beta
        meat = sum(np.outer(X[g == k].T @ e[g == k], X[g == k].T @ e[g == k]) for k in range(G))
        return c @ beta / np.sqrt(c @ M @ meat @ M @ c)

    own = abs(t(y))
    bits = (np.arange(2**G)[:, None] >> np.arange(G)) & 1
    draws = [abs(t(restricted + (1 - 2 * row)[g] * (y - restricted))) for row in bits]

    p = WildBootstrap(1).p_value(cluster_products(X, y, g))

    assert p == np.mean(np.array(draws) >= own * (1 - 1e-9))


def test_the_wild_interval_ends_where_the_test_does(rng):
    X, y, g = rows_in_clusters(rng, clusters=10)
    products, test = cluster_products(X, y, g), WildBootstrap(1)

    low, high = test.conf_int(products, level=0.9)

    assert test.p_value(products, null=low + 1e-3) > 0.1 >= test.p_value(products, null=low - 1e-3)
    assert (
        test.p_value(products, null=high - 1e-3) > 0.1 >= test.p_value(products, null=high + 1e-3)
    )


def test_webb_weights_have_mean_zero_and_variance_one(rng):
    W, exact = WildBootstrap(1, draws=4000, weights="webb")._rows(50, rng)

    assert not exact
    assert W.mean() == pytest.approx(0, abs=0.01)
    assert W.var() == pytest.approx(1, abs=0.01)


# Pairs.


def test_equal_weights_are_the_plain_paired_t(rng):
    d = rng.normal(size=9)
    expected = stats.ttest_1samp(d, 0)

    for fit in (paired_t(d), weighted_pairs(d, np.full(9, 7.0))):
        assert fit.p_value == pytest.approx(expected.pvalue, rel=1e-12)


def test_weighted_pairs_are_the_published_formula(rng):
    d, n1, n2 = rng.normal(size=6), rng.integers(5, 50, 6), rng.integers(5, 50, 6)
    w = (n1 + n2) / (n1 + n2).sum() * (n1 + n2).sum()  # weights that sum to n
    n, m = w.sum(), 6
    estimate = (w * d).sum() / n
    variance = m / ((m - 1) * n**2) * ((w * d - n * estimate / m) ** 2).sum()

    fit = weighted_pairs(d, n1 + n2)

    assert (fit.estimate, fit.std_error) == pytest.approx((estimate, np.sqrt(variance)))


def test_a_pair_that_lost_a_unit_is_left_out_and_told():
    table = one_value_each([1.0, 2, 3, 5, 9])
    lot = two_arms([0, 1, 0, 1, 0, 1], pairs=[0, 0, 1, 1, 2, 2])

    fit = MatchedPairs().fit(table, lot)

    assert fit.values["difference"].tolist() == [1.0, 2.0]
    assert {one.code for one in fit.flags} == {"units-without-data", "pairs-incomplete"}


def test_pairs_need_pairs():
    with pytest.raises(SchemaMismatch, match="has no pairs"):
        MatchedPairs().fit(one_value_each([1.0, 2.0]), two_arms([0, 1]))
    with pytest.raises(Singular, match="differ by the same amount"):
        paired_t([2.0, 2.0, 2.0])


# Quantiles.


def test_a_histogram_quantile_is_within_half_a_bin(rng):
    values = rng.lognormal(2, 1.5, 20_000)
    parts = [LogHistogram.of(part) for part in np.array_split(values, 7)]
    merged = LogHistogram.merged(parts)

    for share in (0.1, 0.5, 0.9, 0.99):
        exact = np.quantile(values, share, method="inverted_cdf")
        assert merged.quantile(share) == pytest.approx(exact, rel=0.0026)
    assert merged.n == 20_000


def test_the_quantile_interval_covers(rng):
    covered = 0
    for _ in range(600):
        low, high = LogHistogram.of(rng.exponential(10, 200), width=1e-4).conf_int(0.9)
        covered += low <= 10 * np.log(10) <= high

    assert 0.93 < covered / 600 < 0.985


def test_the_difference_of_quantiles_covers(rng):
    covered = 0
    for _ in range(400):
        arms = [LogHistogram.of(rng.exponential(10, 300), width=1e-4) for _ in range(2)]
        low, high = difference_of_quantiles(*arms, 0.9).conf_int()
        covered += low <= 0 <= high

    assert covered / 400 > 0.92


def test_zeros_are_kept_and_negatives_refused():
    histogram = LogHistogram.of([0.0, 0.0, 0.0, 5.0])

    assert histogram.quantile(0.5) == 0.0
    assert histogram.quantile(0.99) == pytest.approx(5.0, rel=0.0026)
    with pytest.raises(SchemaMismatch, match="not negative"):
        LogHistogram.of([-1.0])
    with pytest.raises(NotIdentified, match="too few"):
        histogram.conf_int(0.99)


# Results.


def test_a_result_with_a_blocking_flag_can_hold_no_number():
    stop = Flag("srm", "block", "Shares differ.")
    fit = EffectResult(1.0, 0.5, 10, 0.07, "demo", values={"y": [1.0]})

    with pytest.raises(ValueError, match="must carry none"):
        EffectResult(1.0, 0.5, 10, 0.07, "demo", flags=(stop,))
    withheld = fit.withhold(stop)
    assert (withheld.estimate, withheld.intervals, dict(withheld.values)) == (None, (), {})
    with pytest.raises(ValueError, match="is withheld"):
        withheld.conf_int()


def test_an_interval_and_its_p_value_are_one_statement(rng):
    y = rng.normal(size=14) + np.arange(14) % 2
    fit = UnitMeans().fit(one_value_each(y), two_arms(np.arange(14) % 2))
    level = optimize.brentq(lambda one: fit.conf_int(one)[0], 1e-6, 1 - 1e-6)

    assert 1 - level == pytest.approx(fit.p_value, abs=1e-6)


def test_means_of_the_lot_and_of_welch_have_one_estimate_and_error(rng):
    z = np.array([1, 0, 0] * 5)
    y = rng.normal(size=15)
    welch = UnitMeans().fit(one_value_each(y), two_arms(z))
    lot = RandomizationTest().run(one_value_each(y), two_arms(z))

    assert (lot.estimate, lot.std_error) == pytest.approx((welch.estimate, welch.std_error))


@pytest.mark.parametrize("sizes", [(6, 6), (4, 9)])
def test_the_unit_t_test_is_scipys_pooled_or_welch_by_the_arms(rng, sizes):
    arms = np.repeat([0, 1], sizes)
    y = rng.normal(size=len(arms)) + arms * rng.normal(size=len(arms))
    theirs = stats.ttest_ind(y[arms == 1], y[arms == 0], equal_var=sizes[0] == sizes[1])

    ours = unit_ttest(y, arms)

    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-12)
    assert ours.df == pytest.approx(theirs.df, rel=1e-12)


def test_strata_take_their_degrees_of_freedom(rng):
    arms, strata = np.tile([0, 1], 8), np.repeat(range(4), 4)
    y = rng.normal(size=16) + 3 * strata

    assert unit_ttest(y, arms, strata=strata).df == 16 - 4 - 1
    assert unit_ttest(y, arms, strata=strata).std_error < unit_ttest(y, arms).std_error


def test_rows_by_cluster_agree_with_their_products(rng):
    X = np.column_stack([np.ones(40), rng.normal(size=(40, 2))])
    y, office, weights = rng.normal(size=40), np.repeat(range(8), 5), rng.uniform(1, 3, 40)
    fit = ClusterRobust(cluster_products(X, y, office, weights=weights))

    assert ols_cr(X, y, office, 2, weights=weights) == fit.t_test(2)
    within = spread_within(y - X @ fit.beta, office, weights)
    found = fit.t_test(2, icc=fit.residual_icc(within))
    assert ols_cr(X, y, office, 2, weights=weights, icc=None) == found
    assert ols_cr(X, y, office, [0, 1, -1], weights=weights, null=0.3, kind="CR1").df == 7


@pytest.mark.parametrize(
    ("y", "arms", "error", "words"),
    [
        ([1.0, 2.0, 3.0, 4.0], [0, 1, 2, 0], SchemaMismatch, "0 or 1"),
        ([1.0, 2.0, 3.0], [0, 1], SchemaMismatch, "one value"),
        ([1.0, 2.0, 3.0], [1, 1, 1], NotIdentified, "one of the arms"),
        ([1.0, 2.0, 3.0], [0, 1, 1], TooFewUnits, "two units"),
    ],
)
def test_units_that_cannot_be_compared_get_a_sentence(y, arms, error, words):
    with pytest.raises(error, match=words):
        unit_ttest(y, arms)

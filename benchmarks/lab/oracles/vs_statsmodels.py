"""Means, regressions, mixed models, counts, power and families of tests by statsmodels."""

from __future__ import annotations

import numpy as np

from benchmarks.lab.oracles.base import Answers, agreement, arms, clustered
from pochin.lab import design
from pochin.lab.estimate.counts import quasi_poisson
from pochin.lab.estimate.cuped import cuped_difference, lin_difference
from pochin.lab.estimate.lmm import reml_kr
from pochin.lab.estimate.mean import (
    ArmMoments,
    difference_of_means,
    difference_of_shares,
    wilson,
)
from pochin.lab.inference.cr import ClusterRobust, cluster_products, least_squares
from pochin.lab.inference.multiplicity import benjamini_hochberg, bonferroni, holm
from pochin.lab.power import nct_power

LIBRARY = "statsmodels"


@agreement(LIBRARY, "difference of means, Welch and pooled", within=1e-9)
def means(rng: np.random.Generator) -> Answers:
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    control, treatment = arms(rng)
    other = CompareMeans(DescrStatsW(treatment), DescrStatsW(control))
    for word, equal in (("unequal", False), ("pooled", True)):
        fit = difference_of_means(
            ArmMoments.of(control), ArmMoments.of(treatment), equal_variances=equal
        )
        t, p, df = other.ttest_ind(usevar=word)
        yield f"{word}: t", fit.estimate / fit.std_error, t
        yield f"{word}: df", fit.df, df
        yield f"{word}: p-value", fit.p_value, p
        yield f"{word}: interval", fit.conf_int(0.95), other.tconfint_diff(usevar=word)


@agreement(LIBRARY, "shares: Wilson's and Newcombe's intervals", within=1e-9)
def shares(rng: np.random.Generator) -> Answers:
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    n, m = (int(one) for one in rng.integers(20, 400, 2))
    a, b = int(rng.integers(1, n)), int(rng.integers(1, m))
    yield "Wilson", wilson(a, n), proportion_confint(a, n, method="wilson")
    arms_here = [ArmMoments(k, s / k, s * (1 - s / k)) for s, k in ((a, n), (b, m))]
    ours = difference_of_shares(*arms_here).conf_int(0.95)
    yield "Newcombe", ours, confint_proportions_2indep(b, m, a, n, method="newcomb")


@agreement(LIBRARY, "least squares with HC0 to HC3", within=1e-8)
def robust(rng: np.random.Generator) -> Answers:
    import statsmodels.api as sm

    X, y, _cluster = clustered(rng)
    fit = least_squares(X, y)
    for kind in ("HC0", "HC1", "HC2", "HC3"):
        other = sm.OLS(y, X).fit(cov_type=kind)
        yield "coefficients", fit.beta, other.params
        yield kind, fit.sandwich(kind), other.cov_params()


@agreement(LIBRARY, "clusters: CR1S from cross-products", within=1e-8)
def cr1(rng: np.random.Generator) -> Answers:
    import statsmodels.api as sm

    X, y, cluster = clustered(rng)
    fit = ClusterRobust(cluster_products(X, y, cluster))
    other = sm.OLS(y, X).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    yield "coefficients", fit.beta, other.params
    yield "covariance", fit.covariance("CR1S"), other.cov_params()


@agreement(LIBRARY, "CUPED is the analysis of covariance", within=1e-8)
def cuped(rng: np.random.Generator) -> Answers:
    import statsmodels.api as sm

    before = rng.normal(size=int(rng.integers(20, 200))) * np.exp(rng.normal())
    arm = (rng.random(len(before)) < 0.4).astype(float)
    arm[:4] = 0, 0, 1, 1
    y = rng.normal() * before + arm + rng.normal(size=len(before))
    both = [ArmMoments.of(y[arm == one], before=before[arm == one]) for one in (0, 1)]
    X = sm.add_constant(np.column_stack([arm, before]))
    other = sm.OLS(y, X).fit()
    yield "effect", cuped_difference(*both).estimate, other.params[1]
    centred = before - before.mean()
    X = sm.add_constant(np.column_stack([arm, centred, centred * arm]))
    ours, theirs = lin_difference(y, arm, before), sm.OLS(y, X).fit(cov_type="HC2")
    yield "Lin: effect", ours.estimate, theirs.params[1]
    yield "Lin: standard error", ours.std_error, theirs.bse[1]


@agreement(
    LIBRARY,
    "mixed model by REML, clusters' levels",
    within=5e-3,
    runs=30,
    why="their search stops early; the standard error is reckoned from their variances, because "
    "their own comes from the curvature over all parameters together",
)
def mixed(rng: np.random.Generator) -> Answers:
    import statsmodels.api as sm

    I, T, size = int(rng.integers(8, 16)), 4, int(rng.integers(4, 9))
    cluster, period = np.repeat(np.arange(I), T * size), np.tile(np.repeat(np.arange(T), size), I)
    on = (period > rng.permutation(np.arange(I) % (T - 1))[cluster]).astype(float)
    y = rng.normal(size=I)[cluster] + rng.normal(size=T)[period] + on + rng.normal(size=len(on))
    X = np.column_stack([period[:, None] == np.arange(T), on]).astype(float)
    cell = cluster * T + period
    n = np.bincount(cell)
    mean = np.bincount(cell, y) / n
    within = float(((y - mean[cell]) ** 2).sum())
    places = np.unique(cell, return_index=True)[1]
    fit = reml_kr(cluster[places], n, mean, within, X[places], nested=False)
    other = sm.MixedLM(y, X, groups=cluster).fit(reml=True, method=["powell", "bfgs"])
    yield "effect", fit.beta[-1], other.fe_params[-1]
    between = float(np.asarray(other.cov_re)[0, 0])
    yield "variance of clusters", 1 + fit.components["cluster"], 1 + between
    yield "variance of the rest", fit.components["residual"], other.scale
    information = np.zeros((T + 1, T + 1))
    for one in range(I):
        rows = X[cluster == one]
        V = other.scale * np.eye(len(rows)) + between
        information += rows.T @ np.linalg.solve(V, rows)
    theirs = np.sqrt(np.linalg.inv(information)[-1, -1])
    yield "standard error by model", np.sqrt(fit.covariance_model[-1, -1]), theirs


@agreement(LIBRARY, "counts: log-linear model with dispersion", within=1e-6)
def counts(rng: np.random.Generator) -> Answers:
    import statsmodels.api as sm

    T = int(rng.integers(12, 60))
    time = np.arange(T)
    X = np.column_stack([np.ones(T), time / T, time >= T // 2]).astype(float)
    exposure = rng.uniform(50, 100, T)
    rate = exposure * np.exp(X @ [0.5, 0.3, -0.4])
    y = rng.poisson(rate * rng.gamma(5, 0.2, T))
    fit = quasi_poisson(y, X, exposure=exposure)
    other = sm.GLM(y, X, sm.families.Poisson(), exposure=exposure).fit(scale="X2", tol=1e-12)
    yield "coefficients", fit.beta, other.params
    yield "standard errors", np.sqrt(np.diag(fit.covariance)), other.bse
    yield "dispersion", fit.dispersion, other.scale


@agreement(LIBRARY, "families of tests: Bonferroni, Holm, Benjamini–Hochberg", within=1e-12)
def families(rng: np.random.Generator) -> Answers:
    from statsmodels.stats.multitest import multipletests

    p = rng.random(int(rng.integers(1, 30))) ** 3
    for ours, word in ((bonferroni, "bonferroni"), (holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        yield word, ours(p), multipletests(p, method=word)[1]


@agreement(LIBRARY, "power of the two-sample t-test", within=1e-7)
def power(rng: np.random.Generator) -> Answers:
    from statsmodels.stats.power import TTestIndPower

    n = int(rng.integers(4, 120))
    # Beyond eight standard errors they have no number; ours is 1 less rounding.
    d = float(rng.uniform(0.1, 7) / np.sqrt(n / 2))
    theirs = TTestIndPower().power(d, n, 0.05)
    yield "power", nct_power(d * np.sqrt(n / 2), 2 * n - 2, alpha=0.05), theirs
    by_design = design.Individual(2 * n).power(d)
    yield "by the design of people", by_design.power, theirs

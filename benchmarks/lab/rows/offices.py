"""Offices compared: unit means, errors by office, the lot itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.lab.rows.question import Row, offices, quiet


def unit_means(rng: np.random.Generator) -> Row:
    import pandas as pd
    from statsmodels.stats.weightstats import ttest_ind

    from pochin.lab import Assignment, MomentTable, UnitMeans

    y, unit, _arm = offices(rng, 1_000_000)
    frame = pd.DataFrame({"unit": unit, "y": y})
    lot = Assignment((np.arange(60) % 2)[:, None], np.arange(60), ["run"])

    def ours() -> Any:
        return UnitMeans().fit(MomentTable.of_rows(unit, y, period="run", metric="m"), lot)

    def theirs() -> Any:
        means = frame.groupby("unit").y.mean()
        return ttest_ind(means[means.index % 2 == 1], means[means.index % 2 == 0])

    return Row(
        "unit means, from rows", "60 offices, 10⁶ rows", ours, {"pandas + statsmodels": theirs}
    )


def unit_means_reduced(rng: np.random.Generator) -> Row:
    import pandas as pd
    import statsmodels.formula.api as smf
    from statsmodels.stats.weightstats import ttest_ind

    from pochin.lab.estimate.mean import ArmMoments, difference_of_means

    means, arm = rng.normal(size=60), np.arange(60) % 2
    frame = pd.DataFrame({"y": means, "arm": arm})

    def ours() -> Any:
        fit = difference_of_means(ArmMoments.of(means[arm == 0]), ArmMoments.of(means[arm == 1]))
        return fit.p_value, fit.conf_int(0.95)

    def formula() -> Any:
        fit = smf.ols("y ~ arm", frame).fit()
        return fit.pvalues["arm"], fit.conf_int()

    return Row(
        "unit means, reduced",
        "60 means",
        ours,
        {
            "statsmodels ttest_ind, no interval": lambda: ttest_ind(
                means[arm == 1], means[arm == 0], usevar="unequal"
            ),
            "statsmodels OLS": formula,
        },
    )


def cr2_rows(rng: np.random.Generator) -> Row:
    import pandas as pd
    import pyfixest as pf
    import statsmodels.api as sm
    from linearmodels.iv import IV2SLS

    from pochin.lab import ClusterRobust, cluster_products

    y, unit, arm = offices(rng, 1_000_000)
    X = np.column_stack([np.ones(len(y)), arm])
    frame = pd.DataFrame({"y": y, "arm": arm, "unit": unit})
    return Row(
        "least squares, errors by office, from rows",
        "60 offices, 10⁶ rows",
        lambda: ClusterRobust(cluster_products(X, y, unit)).t_test(1),
        {
            "statsmodels, CR1 only": lambda: sm.OLS(y, X).fit(
                cov_type="cluster", cov_kwds={"groups": unit}
            ),
            "pyfixest, CR1 only": quiet(lambda: pf.feols("y ~ arm", frame, vcov={"CRV1": "unit"})),
            "linearmodels, CR1 only": lambda: IV2SLS(y, X, None, None).fit(
                cov_type="clustered", clusters=unit
            ),
        },
        "ours is CR2 with Satterthwaite's degrees of freedom",
    )


def cr2_cells(rng: np.random.Generator) -> Row:
    import pandas as pd
    import pyfixest as pf
    import statsmodels.api as sm
    from diff_diff import LinearRegression

    from pochin.lab import ClusterRobust, cluster_products

    unit = np.repeat(np.arange(60), 24)
    arm = (unit % 2).astype(float)
    y = rng.normal(size=60)[unit] + rng.normal(size=len(unit))
    X = np.column_stack([np.ones(len(y)), arm, rng.normal(size=len(y))])
    frame = pd.DataFrame({"y": y, "arm": arm, "x": X[:, 2], "unit": unit})

    def theirs() -> Any:
        fit = LinearRegression(include_intercept=False, cluster_ids=unit, vcov_type="hc2_bm")
        fit.fit(X, y)
        return fit.get_inference(1)

    return Row(
        "CR2 with Satterthwaite's degrees of freedom, reduced",
        "60 × 24 cells",
        lambda: ClusterRobust(cluster_products(X, y, unit)).t_test(1),
        {
            "diff-diff": quiet(theirs),
            "statsmodels, CR1 only": lambda: sm.OLS(y, X).fit(
                cov_type="cluster", cov_kwds={"groups": unit}
            ),
            "pyfixest, CR1 only": quiet(
                lambda: pf.feols("y ~ arm + x", frame, vcov={"CRV1": "unit"})
            ),
        },
    )


def permutation(rng: np.random.Generator) -> Row:
    from scipy import stats

    from pochin.lab import Assignment, MomentTable, RandomizationTest

    y, arms = rng.normal(size=60), np.arange(60) % 2
    ids = np.arange(60)
    lot = Assignment(arms[:, None], ids, ["run"])
    ones = np.ones(60)
    table = MomentTable(ids, ["run"] * 60, ["m"] * 60, 9 * np.ones(60, int), y, ones)
    test = RandomizationTest(n=100_000)

    def welch(one: np.ndarray, other: np.ndarray, axis: int) -> np.ndarray:
        apart = one.mean(axis=axis) - other.mean(axis=axis)
        return apart / np.sqrt(one.var(axis=axis, ddof=1) / 30 + other.var(axis=axis, ddof=1) / 30)

    labels, V = rng.random((100_000, 60)), rng.random((60, 5))
    return Row(
        "randomisation test, studentised",
        "60 units, 10⁵ draws",
        lambda: test.run(table, lot, rng=np.random.default_rng(1)),
        {
            "scipy permutation_test": lambda: stats.permutation_test(
                (y[arms == 1], y[arms == 0]),
                welch,
                n_resamples=100_000,
                vectorized=True,
                batch=10_000,
                rng=np.random.default_rng(1),
            ),
            "bare numpy product 10⁵ × 60 by 60 × 5": lambda: labels @ V,
        },
        "the product draws nothing and tests nothing: it is the measure, not a rival",
    )


ROWS = (unit_means, unit_means_reduced, cr2_rows, cr2_cells, permutation)

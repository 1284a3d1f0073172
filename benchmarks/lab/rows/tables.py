"""The wild bootstrap, people drawn one by one, and tables of power."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.lab.rows.question import Row, quiet


def wild(rng: np.random.Generator) -> Row:
    import pandas as pd
    import statsmodels.api as sm
    from wildboottest.wildboottest import wildboottest

    from pochin.lab import WildBootstrap, cluster_products

    G = 20
    unit = np.repeat(np.arange(G), 50)
    arm = (unit % 2).astype(float)
    y = rng.normal(size=G)[unit] + rng.normal(size=len(unit))
    X = np.column_stack([np.ones(len(y)), arm])
    frame, groups = pd.DataFrame(X, columns=["one", "arm"]), pd.Series(unit)
    test = WildBootstrap(1, draws=9_999)

    def theirs() -> Any:
        return wildboottest(
            sm.OLS(y, frame), B=9_999, cluster=groups, param="arm", parallel=False, show=False
        )

    return Row(
        "wild cluster restricted bootstrap",
        "20 clusters, 9,999 draws",
        lambda: test.p_value(cluster_products(X, y, unit), rng=np.random.default_rng(1)),
        {"wildboottest": quiet(theirs)},
    )


def people(rng: np.random.Generator) -> Row:
    import pandas as pd
    import tea_tasting as tt

    from pochin.lab.estimate.cuped import cuped_difference
    from pochin.lab.estimate.mean import ArmMoments, difference_of_means

    n = 1_000_000
    variant, before = rng.integers(0, 2, n), rng.gamma(2, 2, n)
    y = before + rng.normal(size=n) + 0.1 * variant
    frame = pd.DataFrame({"variant": variant, "before": before, "y": y})
    test = tt.Experiment(mean=tt.Mean("y"), cuped=tt.Mean("y", "before"))

    def ours() -> Any:
        both = [ArmMoments.of(y[variant == one], before=before[variant == one]) for one in (0, 1)]
        return difference_of_means(*both).conf_int(0.95), cuped_difference(*both).conf_int(0.95)

    return Row(
        "A/B test, means and CUPED, from rows",
        "10⁶ people",
        ours,
        {"tea-tasting": quiet(lambda: test.analyze(frame))},
    )


def power_tables(rng: np.random.Generator) -> Row:
    from diff_diff import PowerAnalysis
    from statsmodels.stats.power import TTestIndPower

    from pochin.lab.power import nct_power

    n, d = rng.integers(5, 60, 1_000), rng.uniform(0.2, 1.2, 1_000)
    solver, other = TTestIndPower(), PowerAnalysis()
    return Row(
        "power of two arms of units",
        "1,000 plans",
        lambda: nct_power(d * np.sqrt(n / 2), 2 * n - 2),
        {
            "statsmodels, plan by plan": quiet(
                lambda: [solver.power(a, b, 0.05) for a, b in zip(d, n, strict=True)]
            ),
            "statsmodels, at once": quiet(lambda: solver.power(d, n, 0.05)),
            "diff-diff, plan by plan, normal": quiet(
                lambda: [other.power(a, int(b), int(b), 1.0) for a, b in zip(d, n, strict=True)]
            ),
        },
        "ours counts both tails and stays a number at every size",
    )


def detectable_tables(rng: np.random.Generator) -> Row:
    from statsmodels.stats.power import TTestIndPower

    from pochin.lab.design import ParallelCluster

    sizes = rng.integers(3, 30, 1_000)
    solver = TTestIndPower()
    return Row(
        "detectable effect of plans of offices",
        "1,000 plans",
        lambda: [
            ParallelCluster(n_units=2 * int(n)).mde(sd=1.0, icc=0.05, cluster_size=50.0)
            for n in sizes
        ],
        {
            "statsmodels solve_power": quiet(
                lambda: [solver.solve_power(None, int(n), 0.05, 0.8) for n in sizes]
            )
        },
    )


ROWS = (wild, people, power_tables, detectable_tables)

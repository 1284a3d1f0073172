"""The questions that are timed: ours and theirs on the same input, reduced or not."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Call = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """One question.

    Attributes:
        question: In words.
        size: Of the input.
        ours: The lab's call.
        others: Calls of libraries, by what they are called in the table.
        note: What a library leaves out that ours does.
    """

    question: str
    size: str
    ours: Call
    others: dict[str, Call] = field(default_factory=dict)
    note: str = ""


ROWS: list[Callable[[np.random.Generator], Row]] = []


def row(make: Callable[[np.random.Generator], Row]) -> Callable[[np.random.Generator], Row]:
    ROWS.append(make)
    return make


def quiet(call: Call) -> Call:
    """The same without its warnings."""

    def silent() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()

    return silent


def offices(
    rng: np.random.Generator, rows: int, units: int = 60
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value, office and arm of rows."""
    unit = rng.integers(0, units, rows)
    arm = (unit % 2).astype(float)
    return rng.normal(size=units)[unit] + rng.normal(size=rows) + 0.2 * arm, unit, arm


@row
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


@row
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


@row
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


@row
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


@row
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


@row
def kenward_roger(rng: np.random.Generator) -> Row:
    import pandas as pd
    import statsmodels.formula.api as smf

    from pochin.lab.estimate.lmm import reml_kr

    I, T, size = 50, 24, 10
    cluster, period = np.repeat(np.arange(I), T), np.tile(np.arange(T), I)
    on = (period > cluster % (T - 1)).astype(float)
    n = np.full(I * T, size)
    rows = (
        rng.normal(size=I)[cluster, None]
        + 0.5 * rng.normal(size=(I * T, 1))
        + rng.normal(size=(I * T, size))
    )
    mean, ssw = rows.mean(axis=1), float(((rows - rows.mean(axis=1)[:, None]) ** 2).sum())
    X = np.column_stack([period[:, None] == np.arange(T), on]).astype(float)
    c = np.eye(T + 1)[-1]
    frame = pd.DataFrame({"y": mean, "on": on, "period": period, "cluster": cluster})
    full = frame.loc[frame.index.repeat(size)].reset_index(drop=True).assign(y=rows.ravel())
    nested = {"cell": "0 + C(period)"}

    def cells() -> Any:
        model = smf.mixedlm("y ~ C(period) + on", frame, groups=frame.cluster)
        return model.fit(reml=True)

    def all_rows() -> Any:
        model = smf.mixedlm(
            "y ~ C(period) + on", full, groups=full.cluster, re_formula="1", vc_formula=nested
        )
        return model.fit(reml=True)

    return Row(
        "mixed model by REML with Kenward–Roger",
        "50 × 24 cells of 10 rows",
        lambda: reml_kr(cluster, n, mean, ssw, X).contrast(c),
        {
            "statsmodels MixedLM on cells, no cell effect, no Kenward–Roger": quiet(cells),
            "statsmodels MixedLM on rows, no Kenward–Roger": quiet(all_rows),
        },
    )


@row
def group_sequential(rng: np.random.Generator) -> Row:
    from gsdesign import h1, hupdate
    from scipy import optimize

    from pochin.lab.sequential.boundaries import spending_boundaries
    from pochin.lab.sequential.spending import Spending

    spending, looks = Spending("obrien-fleming"), 50

    def theirs() -> Any:
        info = np.arange(1, looks + 1) / looks
        share = np.diff(spending(info, alpha=0.025), prepend=0.0)
        kept, bounds = None, []
        for k, error in enumerate(share):

            def over(z: float, low: float, k: int = k, before: Any = kept) -> Any:
                if before is None:
                    return h1(18, 0.0, info[0], low, z)
                return hupdate(18, 0.0, info[k], low, z, 0.0, info[k - 1], before)

            def gap(z: float, error: float = error, over: Any = over) -> float:
                return float(np.sum(over(np.inf, z)[2])) - error

            bound = np.inf if error < 1e-14 else optimize.brentq(gap, 0.0, 12.0, xtol=1e-6)
            bounds.append(bound)
            kept = over(min(bound, 12.0), -np.inf)
        return bounds

    return Row(
        "Lan–DeMets boundaries",
        "50 looks",
        lambda: spending_boundaries(looks, spending, alpha=0.025, sides=1),
        {"gsdesign's integration with a root finder": theirs},
    )


@row
def placebos(rng: np.random.Generator) -> Row:
    import pandas as pd
    from pysyncon import Synth

    from pochin.lab.estimate.twin import in_turn, rank_twins

    J, T, start = 40, 30, 20
    common = rng.normal(size=(4, T)).cumsum(axis=1)
    Y = rng.normal(size=(J + 1, 4)) @ common + rng.normal(size=(J + 1, T)) * 0.3 + 50
    periods = list(range(start))
    frame = pd.DataFrame(Y[:, :start].T, index=periods, columns=[f"u{j}" for j in range(J + 1)])

    def theirs() -> Any:
        for unit in frame.columns:
            others, own = frame.drop(columns=unit), frame[unit]
            Synth().fit(X0=others, X1=own, Z0=others, Z1=own, custom_V=np.full(start, 1 / start))

    return Row(
        "synthetic control, every unit in turn",
        "40 donors, 20 + 10 periods",
        lambda: rank_twins(in_turn(Y, start), 0),
        {"pysyncon, importance given": quiet(theirs)},
    )


@row
def synthetic_differences(rng: np.random.Generator) -> Row:
    import pandas as pd
    from diff_diff import SyntheticDiD

    from pochin.lab.estimate.sdid import placebo_effects, synthetic_did

    I, T, start = 41, 30, 20
    Y = rng.normal(size=(I, 3)) @ rng.normal(size=(3, T)).cumsum(axis=1)
    Y += rng.normal(size=(I, T)) * 0.5
    on = np.arange(I) < 1
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(I), T),
            "period": np.tile(np.arange(T), I),
            "y": Y.ravel(),
            "treated": np.repeat(on.astype(int), T),
        }
    )

    def theirs() -> Any:
        return SyntheticDiD(n_bootstrap=I - 1, seed=1).fit(
            frame, "y", "treated", "unit", "period", post_periods=list(range(start, T))
        )

    return Row(
        "synthetic differences in differences with placebos",
        "40 untreated units, 20 + 10 periods",
        lambda: (synthetic_did(Y, on, start), placebo_effects(Y, on, start)),
        {"diff-diff": quiet(theirs)},
    )


@row
def staggered(rng: np.random.Generator) -> Row:
    import pandas as pd
    from diff_diff import CallawaySantAnna

    from pochin.lab.estimate.group_time import att_gt

    I, T = 500, 12
    first = np.array([T, 4, 6, 8])[np.arange(I) % 4]
    Y = rng.normal(size=(I, 1)) + rng.normal(size=(I, T)) + (np.arange(T) >= first[:, None])
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(I), T),
            "period": np.tile(np.arange(1, T + 1), I),
            "y": Y.ravel(),
            "first": np.repeat(np.where(first == T, 0, first + 1), T),
        }
    )
    return Row(
        "effects by group and time",
        "500 units × 12 periods",
        lambda: att_gt(Y, first).std_error,
        {"diff-diff": quiet(lambda: CallawaySantAnna().fit(frame, "y", "unit", "period", "first"))},
    )


@row
def fixed_effects(rng: np.random.Generator) -> Row:
    import pandas as pd
    import pyfixest as pf
    from linearmodels.panel import PanelOLS

    from pochin.lab.estimate.twoway import two_way

    I, T = 60, 24
    unit, period = (one.ravel() for one in np.meshgrid(range(I), range(T), indexing="ij"))
    done = (period > unit % T).astype(float)
    y = rng.normal(size=I)[unit] + rng.normal(size=T)[period] + rng.normal(size=I * T)
    frame = pd.DataFrame({"unit": unit, "period": period, "y": y, "done": done})
    indexed = frame.set_index(["unit", "period"])
    return Row(
        "two-way fixed effects",
        "60 × 24 cells",
        lambda: two_way(y, unit, period, done),
        {
            "linearmodels": lambda: PanelOLS(
                indexed.y, indexed[["done"]], entity_effects=True, time_effects=True
            ).fit(),
            "pyfixest": quiet(lambda: pf.feols("y ~ done | unit + period", frame, vcov="iid")),
        },
    )


@row
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


@row
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


@row
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


@row
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

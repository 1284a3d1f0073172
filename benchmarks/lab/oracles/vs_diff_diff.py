"""CR2, staggered starts, synthetic differences and bounds on trends by diff-diff."""

from __future__ import annotations

import warnings

import numpy as np

from benchmarks.lab.oracles.base import Answers, agreement, clustered
from pochin.lab.estimate.group_time import att_gt
from pochin.lab.estimate.sdid import synthetic_did
from pochin.lab.inference.cr import ClusterRobust, cluster_products

LIBRARY = "diff-diff"


@agreement(LIBRARY, "clusters: CR2 with Satterthwaite's degrees of freedom", within=1e-7, runs=60)
def cr2(rng: np.random.Generator) -> Answers:
    from diff_diff import LinearRegression

    X, y, cluster = clustered(rng)
    other = LinearRegression(include_intercept=False, cluster_ids=cluster, vcov_type="hc2_bm")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other.fit(X, y)
        theirs = [other.get_inference(which) for which in range(3)]
    fit = ClusterRobust(cluster_products(X, y, cluster))
    for which, told in enumerate(theirs):
        test = fit.t_test(which)
        yield "coefficients", test.estimate, told.coefficient
        yield "standard errors", test.std_error, told.se
        yield "degrees of freedom", test.df, told.df
        yield "p-values", test.p_value, told.p_value


@agreement(LIBRARY, "effects by group and time", within=1e-7, runs=30)
def group_time(rng: np.random.Generator) -> Answers:
    import pandas as pd
    from diff_diff import CallawaySantAnna

    I, T = int(rng.integers(20, 60)), 6
    first = rng.permutation(np.arange(I) % 4)
    first = np.array([T, 2, 3, 4])[first]
    Y = rng.normal(size=(I, 1)) + rng.normal(size=T) + rng.normal(size=(I, T))
    Y += np.arange(T) >= first[:, None]
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(I), T),
            "period": np.tile(np.arange(1, T + 1), I),
            "y": Y.ravel(),
            "first": np.repeat(np.where(first == T, 0, first + 1), T),
        }
    )
    for control, word in (("never", "never_treated"), ("not-yet", "not_yet_treated")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told = CallawaySantAnna(control_group=word).fit(frame, "y", "unit", "period", "first")
        fit = att_gt(Y, first, control=control)
        for g, t, effect, error in zip(
            fit.start, fit.period, fit.effect, fit.std_error, strict=True
        ):
            theirs = told.group_time_effects[(int(g) + 1, int(t) + 1)]
            yield f"{control} treated: effects", effect, theirs["effect"]
            yield f"{control} treated: standard errors", error, theirs["se"]


@agreement(
    LIBRARY,
    "synthetic differences in differences",
    within=2e-3,
    runs=20,
    why="their weights come from a search that stops early, ours are exact",
)
def synthetic(rng: np.random.Generator) -> Answers:
    import pandas as pd
    from diff_diff import SyntheticDiD

    I, T, start, treated = 16, 12, 8, 2
    Y = rng.normal(size=(I, 2)) @ rng.normal(size=(2, T)).cumsum(axis=1)
    Y += rng.normal(size=(I, T)) * 0.5 + 20
    Y[:treated, start:] += 1
    on = np.arange(I) < treated
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(I), T),
            "period": np.tile(np.arange(T), I),
            "y": Y.ravel(),
            "treated": np.repeat(on.astype(int), T),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = SyntheticDiD(n_bootstrap=2, seed=1).fit(
            frame, "y", "treated", "unit", "period", post_periods=list(range(start, T))
        )
    yield "effect", synthetic_did(Y, on, start).estimate + 5, told.att + 5

"""Regressions with absorbed effects and clustered errors by pyfixest."""

from __future__ import annotations

import numpy as np

from benchmarks.lab.oracles.base import Answers, agreement, clustered, panel
from pochin.lab.estimate.twoway import two_way
from pochin.lab.inference.cr import ClusterRobust, cluster_products

LIBRARY = "pyfixest"


@agreement(LIBRARY, "two-way fixed effects", within=1e-6, runs=30)
def fixed_effects(rng: np.random.Generator) -> Answers:
    import pandas as pd
    import pyfixest as pf

    y, unit, period, done = panel(rng)
    frame = pd.DataFrame({"unit": unit, "period": period, "y": y, "done": done})
    other = pf.feols("y ~ done | unit + period", frame, vcov="iid", fixef_tol=1e-12)
    fit = two_way(y, unit, period, done)
    yield "effect", fit.estimate, other.coef()["done"]
    yield "standard error", fit.std_error, other.se()["done"]


@agreement(LIBRARY, "clusters: CR1S from cross-products", within=1e-8, runs=60)
def cr1(rng: np.random.Generator) -> Answers:
    import pandas as pd
    import pyfixest as pf

    X, y, cluster = clustered(rng)
    frame = pd.DataFrame({"y": y, "arm": X[:, 1], "known": X[:, 2], "cluster": cluster})
    other = pf.feols("y ~ arm + known", frame, vcov={"CRV1": "cluster"})
    fit = ClusterRobust(cluster_products(X, y, cluster))
    test = fit.t_test(1, kind="CR1S")
    yield "effect", test.estimate, other.coef()["arm"]
    yield "standard error", test.std_error, other.se()["arm"]

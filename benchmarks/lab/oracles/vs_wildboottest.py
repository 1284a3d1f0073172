"""The wild cluster bootstrap by wildboottest."""

from __future__ import annotations

import numpy as np

from benchmarks.lab.oracles.base import Answers, agreement, clustered
from pochin.lab.inference.cr import cluster_products
from pochin.lab.inference.wild import WildBootstrap

LIBRARY = "wildboottest"


@agreement(
    LIBRARY,
    "restricted wild cluster bootstrap",
    within=0.05,
    runs=10,
    why="their 49,999 weights are drawn, ours gone through; p-values compared as p + 1",
)
def restricted(rng: np.random.Generator) -> Answers:
    import pandas as pd
    import statsmodels.api as sm
    from wildboottest.wildboottest import wildboottest

    X, y, cluster = clustered(rng, 8, 12)
    frame = pd.DataFrame(X, columns=["one", "arm", "known"])
    model = sm.OLS(y, frame)
    told = wildboottest(
        model, B=49_999, cluster=pd.Series(cluster), param="arm", seed=1, parallel=False, show=False
    )
    theirs = float(told["p-value"].iloc[0])
    yield "p-value", 1 + WildBootstrap(1).p_value(cluster_products(X, y, cluster)), 1 + theirs

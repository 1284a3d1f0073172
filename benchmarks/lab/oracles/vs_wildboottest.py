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
    within=1e-9,
    runs=10,
    why="by rounding they miss at times the two rows of weights that repeat the data; such a "
    "step, 2 of all rows, is not counted. Such a pair is .4922 here and .4902 there for "
    "ten schools of the awards: 504 and 502 of 1,024 rows",
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
    ours = WildBootstrap(1).p_value(cluster_products(X, y, cluster))
    step = 2 / 2 ** (cluster.max() + 1)
    yield "p-value", ours - step if abs(ours - step - theirs) < 1e-9 else ours, theirs

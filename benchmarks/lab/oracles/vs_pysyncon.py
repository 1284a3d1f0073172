"""Synthetic control by pysyncon, every predictor equally important."""

from __future__ import annotations

import numpy as np

from benchmarks.lab.oracles.base import Answers, agreement
from pochin.lab.estimate.twin import synthetic_control

LIBRARY = "pysyncon"


@agreement(
    LIBRARY,
    "synthetic control on earlier outcomes",
    within=0.02,
    runs=40,
    why="their search for weights is numerical and stops early, ours is exact",
)
def by_lags(rng: np.random.Generator) -> Answers:
    import pandas as pd
    from pysyncon import Synth

    J, T, start = int(rng.integers(4, 12)), 20, 14
    common = rng.normal(size=(3, T)).cumsum(axis=1)
    donors = rng.normal(size=(J, 3)) @ common + rng.normal(size=(J, T)) * 0.3 + 50
    share = rng.dirichlet(np.ones(J))
    y = share @ donors + rng.normal(size=T) * 0.3
    fit = synthetic_control(y, donors, start)
    names, periods = [f"d{j}" for j in range(J)], list(range(start))
    before = pd.DataFrame(donors[:, :start].T, index=periods, columns=names)
    own = pd.Series(y[:start], index=periods, name="own")
    other = Synth()
    other.fit(X0=before, X1=own, Z0=before, Z1=own, custom_V=np.full(start, 1 / start))
    gap = y - np.asarray(other.W) @ donors
    yield "effect", fit.effect + 50, float(gap[start:].mean()) + 50
    theirs = float((gap[:start] ** 2).mean())
    yield "loss not above theirs", max(fit.loss - theirs, 0.0), 0.0

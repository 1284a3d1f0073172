"""Correlation within clusters by pingouin."""

from __future__ import annotations

import warnings

import numpy as np

from benchmarks.lab.oracles.base import Answers, agreement
from pochin.lab.estimate.icc import icc_anova

LIBRARY = "pingouin"


@agreement(LIBRARY, "intraclass correlation by analysis of variance", within=1e-8, runs=30)
def icc(rng: np.random.Generator) -> Answers:
    import pandas as pd
    import pingouin

    G, m = int(rng.integers(5, 20)), int(rng.integers(3, 8))
    Y = rng.normal(size=(G, 1)) + rng.normal(size=(G, m)) * rng.uniform(0.3, 2)
    frame = pd.DataFrame(
        {"who": np.repeat(np.arange(G), m), "by": np.tile(np.arange(m), G), "y": Y.ravel()}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = pingouin.intraclass_corr(frame, targets="who", raters="by", ratings="y")
    row = told[told["Type"].isin(["ICC1", "ICC(1,1)"])].iloc[0]
    squares = ((Y - Y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    ours = icc_anova(np.full(G, m), Y.mean(axis=1), squares)
    yield "correlation", ours.icc, row["ICC"]

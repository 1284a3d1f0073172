"""Conformal inference for a synthetic control by scinference, the authors' package in Python."""

from __future__ import annotations

import numpy as np

from benchmarks.lab.oracles.base import Answers, agreement
from pochin.lab.estimate.conformal import conformal_test

LIBRARY = "scinference"


@agreement(LIBRARY, "synthetic control, periods changing places", within=1e-9, runs=40)
def moving_blocks(rng: np.random.Generator) -> Answers:
    from scinference import scinference

    J, before, after = int(rng.integers(4, 14)), 28, int(rng.integers(1, 6))
    common = rng.normal(size=(2, before + after)).cumsum(axis=1)
    donors = 20 + rng.normal(size=(J, 2)) @ common + rng.normal(size=(J, before + after)) * 0.5
    y = donors[:3].mean(axis=0) + rng.normal(size=before + after) * 0.5
    supposed = float(rng.normal())
    theirs = scinference(
        Y1=y[:, None],
        Y0=donors.T,
        T1=after,
        T0=before,
        theta0=supposed,
        estimation_method="sc",
        permutation_method="mb",
    )
    yield "p-value", conformal_test(y, donors, before, supposed).p_value, float(theirs["p_val"])

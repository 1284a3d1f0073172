"""Tests by lot and by pairs by scipy."""

from __future__ import annotations

import numpy as np
from scipy import stats

from benchmarks.lab.oracles.base import Answers, agreement
from pochin.lab.assignment import Assignment
from pochin.lab.estimate.pairs import paired_t
from pochin.lab.inference.randomization import RandomizationTest
from pochin.lab.moments import MomentTable
from pochin.lab.sample_ratio import srm_test

LIBRARY = "scipy"


@agreement(LIBRARY, "pairs: t-test", within=1e-9)
def pairs(rng: np.random.Generator) -> Answers:
    d = rng.normal(0.3, 1, int(rng.integers(3, 40)))
    ours, theirs = paired_t(d), stats.ttest_1samp(d, 0)
    yield "t", ours.estimate / ours.std_error, theirs.statistic
    yield "p-value", ours.p_value, theirs.pvalue
    yield "interval", ours.conf_int(0.95), tuple(theirs.confidence_interval(0.95))


@agreement(LIBRARY, "units: randomisation test over every lot", within=1e-12, runs=20)
def lots(rng: np.random.Generator) -> Answers:
    size = int(rng.integers(4, 6))
    y = rng.normal(size=2 * size) * np.exp(rng.normal())
    arms = np.repeat([1, 0], size)
    ids = [f"u{i}" for i in range(2 * size)]
    lot = Assignment(arms[:, None], ids, ["run"])
    table = MomentTable(ids, ["run"] * len(y), ["m"] * len(y), [9] * len(y), y, [1.0] * len(y))
    ours = RandomizationTest().run(table, lot)

    def welch(one, other, axis):
        return stats.ttest_ind(one, other, axis=axis, equal_var=False).statistic

    theirs = stats.permutation_test(
        (y[arms == 1], y[arms == 0]), welch, n_resamples=np.inf, vectorized=True
    )
    yield "p-value", ours.p_value, theirs.pvalue


@agreement(LIBRARY, "shares of the arms: chi-square", within=1e-10)
def shares(rng: np.random.Generator) -> Answers:
    counts = rng.integers(50, 5000, int(rng.integers(2, 5)))
    share = rng.dirichlet(np.full(len(counts), 20.0))
    theirs = stats.chisquare(counts, share * counts.sum())
    yield "p-value", srm_test(counts.tolist(), share.tolist()).p_value, theirs.pvalue

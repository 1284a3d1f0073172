"""A/B tests by tea-tasting."""

from __future__ import annotations

import numpy as np

from benchmarks.lab.oracles.base import Answers, agreement
from pochin.lab.estimate.cuped import adjusted
from pochin.lab.estimate.mean import ArmMoments, difference_of_means, relative_difference
from pochin.lab.estimate.ratio import difference_of_ratios
from pochin.lab.sample_ratio import srm_test

LIBRARY = "tea-tasting"


@agreement(LIBRARY, "means, ratios and the shares of the arms", within=1e-7, runs=60)
def metrics(rng: np.random.Generator) -> Answers:
    import pandas as pd
    import tea_tasting as tt

    n = int(rng.integers(40, 600))
    variant = (rng.random(n) < 0.5).astype(int)
    variant[:4] = 0, 0, 1, 1
    before = rng.gamma(2, 2, n)
    visits = 1.0 + rng.poisson(2, n)
    orders = visits * rng.beta(2, 5, n) + 0.3 * before + 0.2 * variant
    frame = pd.DataFrame({"variant": variant, "before": before, "visits": visits, "orders": orders})
    told = tt.Experiment(
        mean=tt.Mean("orders"),
        ratio=tt.RatioOfMeans("orders", "visits"),
        shares=tt.SampleRatio(method="norm", correction=False),
    ).analyze(frame)
    pair = [variant == 0, variant == 1]
    plain = [ArmMoments.of(orders[one]) for one in pair]
    fit = difference_of_means(*plain)
    yield from _compared("mean", fit, told["mean"])
    relative, theirs = relative_difference(*plain), told["mean"]
    yield "relative change", relative.estimate, theirs.rel_effect_size
    quotients = [ArmMoments.of(orders[one], denominator=visits[one]) for one in pair]
    yield from _compared("ratio", difference_of_ratios(*quotients), told["ratio"])
    counts = [int(one.sum()) for one in pair]
    yield "shares of the arms: p-value", srm_test(counts).p_value, told["shares"].pvalue


@agreement(
    LIBRARY,
    "CUPED",
    within=1e-7,
    runs=60,
    why="their slope is that of all subjects together, ours that within arms; compared by theirs",
)
def cuped(rng: np.random.Generator) -> Answers:
    import pandas as pd
    import tea_tasting as tt

    n = int(rng.integers(2_000, 4_000))
    variant = (rng.random(n) < 0.5).astype(int)
    before = rng.gamma(2, 2, n)
    y = before + rng.normal(size=n) + 1.0 * variant
    frame = pd.DataFrame({"variant": variant, "before": before, "y": y})
    told = tt.Experiment(cuped=tt.Mean("y", "before")).analyze(frame)["cuped"]
    pair = [ArmMoments.of(y[variant == one], before=before[variant == one]) for one in (0, 1)]
    slope, centre = float(np.cov(y, before)[0, 1] / before.var(ddof=1)), float(before.mean())
    fit = difference_of_means(*(adjusted(one, slope, centre) for one in pair))
    yield "effect", fit.estimate, told.effect_size
    yield "interval", fit.conf_int(0.95), (told.effect_size_ci_lower, told.effect_size_ci_upper)


def _compared(word: str, fit, theirs) -> Answers:
    yield f"{word}: effect", fit.estimate, theirs.effect_size
    yield f"{word}: p-value", fit.p_value, theirs.pvalue
    low, high = theirs.effect_size_ci_lower, theirs.effect_size_ci_upper
    yield f"{word}: interval", fit.conf_int(0.95), (low, high)

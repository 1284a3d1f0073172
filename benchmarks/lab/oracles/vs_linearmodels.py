"""Panels and instruments by linearmodels."""

from __future__ import annotations

import numpy as np

from benchmarks.lab.oracles.base import Answers, agreement, panel
from pochin.lab.estimate.twoway import two_way

LIBRARY = "linearmodels"


@agreement(LIBRARY, "two-way fixed effects", within=1e-8, runs=100)
def fixed_effects(rng: np.random.Generator) -> Answers:
    import pandas as pd
    from linearmodels.panel import PanelOLS

    y, unit, period, done = panel(rng)
    frame = pd.DataFrame({"unit": unit, "period": period, "y": y, "done": done})
    frame = frame.set_index(["unit", "period"])
    other = PanelOLS(frame.y, frame[["done"]], entity_effects=True, time_effects=True).fit()
    fit = two_way(y, unit, period, done)
    yield "effect", fit.estimate, other.params.iloc[0]
    yield "standard error", fit.std_error, other.std_errors.iloc[0]


@agreement(LIBRARY, "two-stage least squares with unit and period effects", within=1e-7, runs=100)
def instrument(rng: np.random.Generator) -> Answers:
    import pandas as pd
    from linearmodels.iv import IV2SLS

    y, unit, period, lot = panel(rng)
    done = np.where(rng.random(len(lot)) < 0.85, lot, 1 - lot)
    dummies = pd.get_dummies(pd.DataFrame({"u": unit, "t": period}).astype(str))
    dummies = dummies.astype(float).drop(columns=[f"t_{period.min()}"])
    other = IV2SLS(y, dummies, done, lot).fit(cov_type="unadjusted", debiased=True)
    fit = two_way(y, unit, period, done, instrument=lot)
    yield "effect", fit.estimate, other.params["endog"]
    yield "standard error", fit.std_error, other.std_errors["endog"]

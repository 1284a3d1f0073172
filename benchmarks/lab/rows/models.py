"""A mixed model of a wedge, and boundaries of looks."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.lab.rows.question import Row, quiet


def kenward_roger(rng: np.random.Generator) -> Row:
    import pandas as pd
    import statsmodels.formula.api as smf

    from pochin.lab.estimate.lmm import reml_kr

    I, T, size = 50, 24, 10
    cluster, period = np.repeat(np.arange(I), T), np.tile(np.arange(T), I)
    on = (period > cluster % (T - 1)).astype(float)
    n = np.full(I * T, size)
    rows = (
        rng.normal(size=I)[cluster, None]
        + 0.5 * rng.normal(size=(I * T, 1))
        + rng.normal(size=(I * T, size))
    )
    mean, ssw = rows.mean(axis=1), float(((rows - rows.mean(axis=1)[:, None]) ** 2).sum())
    X = np.column_stack([period[:, None] == np.arange(T), on]).astype(float)
    c = np.eye(T + 1)[-1]
    frame = pd.DataFrame({"y": mean, "on": on, "period": period, "cluster": cluster})
    full = frame.loc[frame.index.repeat(size)].reset_index(drop=True).assign(y=rows.ravel())
    nested = {"cell": "0 + C(period)"}

    def cells() -> Any:
        model = smf.mixedlm("y ~ C(period) + on", frame, groups=frame.cluster)
        return model.fit(reml=True)

    def all_rows() -> Any:
        model = smf.mixedlm(
            "y ~ C(period) + on", full, groups=full.cluster, re_formula="1", vc_formula=nested
        )
        return model.fit(reml=True)

    return Row(
        "mixed model by REML with Kenward–Roger",
        "50 × 24 cells of 10 rows",
        lambda: reml_kr(cluster, n, mean, ssw, X).contrast(c),
        {
            "statsmodels MixedLM on cells, no cell effect, no Kenward–Roger": quiet(cells),
            "statsmodels MixedLM on rows, no Kenward–Roger": quiet(all_rows),
        },
    )


def group_sequential(rng: np.random.Generator) -> Row:
    from gsdesign import h1, hupdate
    from scipy import optimize

    from pochin.lab.sequential.boundaries import spending_boundaries
    from pochin.lab.sequential.spending import Spending

    spending, looks = Spending("obrien-fleming"), 50

    def theirs() -> Any:
        info = np.arange(1, looks + 1) / looks
        share = np.diff(spending(info, alpha=0.025), prepend=0.0)
        kept, bounds = None, []
        for k, error in enumerate(share):

            def over(z: float, low: float, k: int = k, before: Any = kept) -> Any:
                if before is None:
                    return h1(18, 0.0, info[0], low, z)
                return hupdate(18, 0.0, info[k], low, z, 0.0, info[k - 1], before)

            def gap(z: float, error: float = error, over: Any = over) -> float:
                return float(np.sum(over(np.inf, z)[2])) - error

            bound = np.inf if error < 1e-14 else optimize.brentq(gap, 0.0, 12.0, xtol=1e-6)
            bounds.append(bound)
            kept = over(min(bound, 12.0), -np.inf)
        return bounds

    return Row(
        "Lan–DeMets boundaries",
        "50 looks",
        lambda: spending_boundaries(looks, spending, alpha=0.025, sides=1),
        {"gsdesign's integration with a root finder": theirs},
    )


ROWS = (kenward_roger, group_sequential)

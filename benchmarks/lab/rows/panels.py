"""Units that were chosen: placebos, synthetic differences, staggered starts, fixed effects."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.lab.rows.question import Row, quiet


def placebos(rng: np.random.Generator) -> Row:
    import pandas as pd
    from pysyncon import Synth

    from pochin.lab.estimate.twin import in_turn, rank_twins

    J, T, start = 40, 30, 20
    common = rng.normal(size=(4, T)).cumsum(axis=1)
    Y = rng.normal(size=(J + 1, 4)) @ common + rng.normal(size=(J + 1, T)) * 0.3 + 50
    periods = list(range(start))
    frame = pd.DataFrame(Y[:, :start].T, index=periods, columns=[f"u{j}" for j in range(J + 1)])

    def theirs() -> Any:
        for unit in frame.columns:
            others, own = frame.drop(columns=unit), frame[unit]
            Synth().fit(X0=others, X1=own, Z0=others, Z1=own, custom_V=np.full(start, 1 / start))

    return Row(
        "synthetic control, every unit in turn",
        "40 donors, 20 + 10 periods",
        lambda: rank_twins(in_turn(Y, start), 0),
        {"pysyncon, importance given": quiet(theirs)},
    )


def synthetic_differences(rng: np.random.Generator) -> Row:
    import pandas as pd
    from diff_diff import SyntheticDiD

    from pochin.lab.estimate.sdid import placebo_effects, synthetic_did

    I, T, start = 41, 30, 20
    Y = rng.normal(size=(I, 3)) @ rng.normal(size=(3, T)).cumsum(axis=1)
    Y += rng.normal(size=(I, T)) * 0.5
    on = np.arange(I) < 1
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(I), T),
            "period": np.tile(np.arange(T), I),
            "y": Y.ravel(),
            "treated": np.repeat(on.astype(int), T),
        }
    )

    def theirs() -> Any:
        return SyntheticDiD(n_bootstrap=I - 1, seed=1).fit(
            frame, "y", "treated", "unit", "period", post_periods=list(range(start, T))
        )

    return Row(
        "synthetic differences in differences with placebos",
        "40 untreated units, 20 + 10 periods",
        lambda: (synthetic_did(Y, on, start), placebo_effects(Y, on, start)),
        {"diff-diff": quiet(theirs)},
    )


def staggered(rng: np.random.Generator) -> Row:
    import pandas as pd
    from diff_diff import CallawaySantAnna

    from pochin.lab.estimate.group_time import att_gt

    I, T = 500, 12
    first = np.array([T, 4, 6, 8])[np.arange(I) % 4]
    Y = rng.normal(size=(I, 1)) + rng.normal(size=(I, T)) + (np.arange(T) >= first[:, None])
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(I), T),
            "period": np.tile(np.arange(1, T + 1), I),
            "y": Y.ravel(),
            "first": np.repeat(np.where(first == T, 0, first + 1), T),
        }
    )
    return Row(
        "effects by group and time",
        "500 units × 12 periods",
        lambda: att_gt(Y, first).std_error,
        {"diff-diff": quiet(lambda: CallawaySantAnna().fit(frame, "y", "unit", "period", "first"))},
    )


def fixed_effects(rng: np.random.Generator) -> Row:
    import pandas as pd
    import pyfixest as pf
    from linearmodels.panel import PanelOLS

    from pochin.lab.estimate.twoway import two_way

    I, T = 60, 24
    unit, period = (one.ravel() for one in np.meshgrid(range(I), range(T), indexing="ij"))
    done = (period > unit % T).astype(float)
    y = rng.normal(size=I)[unit] + rng.normal(size=T)[period] + rng.normal(size=I * T)
    frame = pd.DataFrame({"unit": unit, "period": period, "y": y, "done": done})
    indexed = frame.set_index(["unit", "period"])
    return Row(
        "two-way fixed effects",
        "60 × 24 cells",
        lambda: two_way(y, unit, period, done),
        {
            "linearmodels": lambda: PanelOLS(
                indexed.y, indexed[["done"]], entity_effects=True, time_effects=True
            ).fit(),
            "pyfixest": quiet(lambda: pf.feols("y ~ done | unit + period", frame, vcov="iid")),
        },
    )


ROWS = (placebos, synthetic_differences, staggered, fixed_effects)

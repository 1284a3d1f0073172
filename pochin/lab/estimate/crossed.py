"""Two solutions at the same units at one time: whether the effect of one hangs on the other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from pochin.lab.result import EffectResult, NotIdentified, TooFewUnits

LEAST = 2
"""Units each of the four cells needs, or its spread cannot be told."""


def crossed_effect(
    y: np.ndarray,
    arms: np.ndarray,
    other: np.ndarray,
    *,
    name: str = "",
    unit: str = "",
    level: float = 0.95,
) -> EffectResult:
    """How much larger the effect is at units that had another solution too.

    The four cells of units may differ in size and in spread, so their variances are not pooled.

    Args:
        y: One value for each unit, in the unit of the metric, shape (I,).
        arms: 1 with this solution, 0 without, shape (I,).
        other: 1 with the other solution, 0 without, shape (I,).
        name: What the other pilot is called.
        unit: Unit of the metric.
        level: Of the intervals of the two effects kept in `values`.

    Returns:
        The effect where the other solution works, less the effect where it does not. In `values`
        both effects with their intervals, and the units in each cell.

    Raises:
        TooFewUnits: A cell has fewer than two units.
        NotIdentified: No cell varies.

    Source:
        Montgomery, D. C. Design and Analysis of Experiments, ch. 6 (contrasts of a 2² factorial);
        Satterthwaite, F. E. (1946). Biometrics Bulletin 2, 110–114 (degrees of freedom).

    Example:
        >>> y = np.array([5.0, 5.4, 4.0, 4.4, 5.1, 5.5, 2.0, 2.4])
        >>> fit = crossed_effect(y, np.array([0, 0, 1, 1] * 2), np.repeat([0, 1], 4))
        >>> round(fit.estimate, 2), round(fit.df, 1), round(fit.p_value, 4)
        (-2.1, 4.0, 0.0063)
    """
    y, arms, other = np.asarray(y, float), np.asarray(arms), np.asarray(other)
    cells = {(a, b): y[(arms == a) & (other == b)] for a in (0, 1) for b in (0, 1)}
    if min(len(cell) for cell in cells.values()) < LEAST:
        raise TooFewUnits("Two solutions can be told apart only with two units in every cell.")
    mean = {key: float(cell.mean()) for key, cell in cells.items()}
    part = {key: float(cell.var(ddof=1)) / len(cell) for key, cell in cells.items()}
    effect = {b: mean[1, b] - mean[0, b] for b in (0, 1)}
    error, df = _spread(list(part.items()), cells)
    estimate = effect[1] - effect[0]
    told: dict[str, Any] = {"other": name}
    for b, place in ((1, "with_other"), (0, "without_other")):
        own_error, own_df = _spread([one for one in part.items() if one[0][1] == b], cells)
        half = float(special.stdtrit(own_df, 0.5 + level / 2)) * own_error
        told[place] = {
            "estimate": effect[b],
            "low": effect[b] - half,
            "high": effect[b] + half,
            "units": {"control": len(cells[0, b]), "treatment": len(cells[1, b])},
        }
    return EffectResult(
        estimate,
        error,
        df,
        float(2 * special.stdtr(df, -abs(estimate) / error)),
        "crossed-cells",
        estimand="interaction",
        unit=unit,
        reference="Montgomery, Design and Analysis of Experiments, ch. 6",
        n_units={"control": int((arms == 0).sum()), "treatment": int((arms == 1).sum())},
        values=told,
    )


def _spread(
    parts: list[tuple[tuple[int, int], float]], cells: dict[tuple[int, int], np.ndarray]
) -> tuple[float, float]:
    """Standard error and degrees of freedom of a sum of means of cells with a sign each."""
    total = sum(one for _key, one in parts)
    if total <= 0:
        raise NotIdentified("The units of every cell are alike, so chance cannot be told.")
    df = total**2 / sum(one**2 / (len(cells[key]) - 1) for key, one in parts)
    return math.sqrt(total), df

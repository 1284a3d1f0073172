"""The mixed model of a wedge on many simulated pilots of one schedule at once."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pochin.lab.estimate.exposure_effects import averaged_effects, constant_effect
from pochin.lab.estimate.many_fits import Contrasts, reml_kr_many
from pochin.lab.estimate.reml import Cells, State
from pochin.lab.estimate.robust_mixed import robust_error
from pochin.lab.estimate.sw import exposures_seen, layout
from pochin.lab.power import Components


def fit_wedges(
    Y: np.ndarray,
    n: np.ndarray,
    m2: np.ndarray,
    schedule: np.ndarray,
    *,
    estimand: Literal["time-average", "constant"] = "constant",
    nested: bool = True,
) -> Contrasts:
    """What `fit_wedge` and `fit_exposure` give for each of R pilots, without wash-in.

    Args:
        Y: Cell means, shape (R, I, T), in the unit of the metric; what the schedule leaves out
            is the same in all.
        n: Rows in each cell, shape (R, I, T).
        m2: Sum of squares within each cell, shape (R, I, T).
        schedule: Shape (I, T), of −1, 0, 1.
        estimand: One effect, or the average of those by exposure time; then the joint p-value
            is that of the test that the effects by exposure time are all equal.
        nested: As in `fit_wedge`.

    Raises:
        Singular: The solution cannot be told from the periods.

    Source:
        As of `fit_wedge` and `fit_exposure`.
    """
    joint = None
    exposures, cells, X, c = _laid_out(schedule, estimand)
    if estimand != "constant" and len(exposures) > 1:
        joint = np.diff(np.eye(X.shape[1])[-len(exposures) :], axis=0)
    where = (slice(None), *cells.T)
    within = m2[where].sum(axis=1)
    return reml_kr_many(cells[:, 0], n[where], Y[where], within, X, c, joint=joint, nested=nested)


def planned_df(
    schedule: np.ndarray, components: Components, cluster_size: float, *, estimand: str
) -> float:
    """Degrees of freedom of errors by units, which the layout and the variances fix beforehand.

    Args:
        schedule: Shape (I, T), of −1, 0, 1.
        components: Variances; only their ratios matter.
        cluster_size: Readings of a cell.
        estimand: As in `fit_wedges`.
    """
    _, places, X, c = _laid_out(schedule, estimand)
    shape, where = schedule.shape, tuple(places.T)
    seen, columns = np.zeros(shape, bool), np.zeros((*shape, X.shape[1]))
    seen[where], columns[where] = True, X
    cells = Cells(np.full(shape, cluster_size), np.zeros(shape), columns, seen, 1.0, True)
    variances = np.array([components.within, components.unit, components.period])
    found = float(robust_error(State(cells, variances), c)[1])
    return max(found, 1.0) if np.isfinite(found) else 1.0


def _laid_out(
    schedule: np.ndarray, estimand: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Exposures that will be seen, and the cells, columns and weights of `layout`."""
    seen = schedule != -1
    exposures = exposures_seen(np.where(seen, 0.0, np.nan), schedule)
    if estimand == "constant":
        effects = constant_effect(exposures, 0)
    else:
        effects = averaged_effects(exposures, exposures)
    return exposures, *layout(seen, schedule, effects)

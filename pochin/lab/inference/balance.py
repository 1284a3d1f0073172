"""Whether arms that differ before the start differ more than their lot makes them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from pochin.lab.assignment import ENUMERABLE, Assignment

ALPHA = 0.05
"""How often a fair lot is called unbalanced, over all that is looked at together."""


def balance_p_value(assignment: Assignment, values: Any) -> float:
    """Share of the lots that would have parted the arms by as much or more.

    The lot is fair, so this is no test of it: it says how unlucky the lot was. All lots are gone
    through where they can be listed; else the difference is taken for normal with its exact
    variance under the lot.

    Args:
        assignment: Two arms, drawn by lot, perhaps within strata or pairs.
        values: Known before, shape (I,), in any unit.

    Raises:
        NotRandomizable: Nobody drew lots between units.

    Source:
        Hansen, B. B. & Bowers, J. (2008). Statistical Science 23, 219–236.

    Example:
        >>> lot = Assignment([[1], [1], [0], [0]], list("abcd"), [0])
        >>> round(balance_p_value(lot, [4.0, 3.0, 2.0, 1.0]), 3)
        0.333
    """
    y = np.asarray(values, float)
    y = y - y.mean()
    arms = assignment.arms
    if assignment.n_admissible <= ENUMERABLE:
        rows = assignment.all_labels() == assignment.labels[np.argmax(arms)]
        sums = np.abs(rows @ y)
        own = abs(float(arms @ y))
        return float((sums >= own * (1 - 1e-9)).mean())
    middle = variance = 0.0
    for block in np.unique(assignment.blocks):
        inside = y[assignment.blocks == block]
        size, treated = len(inside), int(arms[assignment.blocks == block].sum())
        middle += treated * float(inside.mean())
        if size > 1:
            variance += treated * (size - treated) / size * float(inside.var(ddof=1))
    if not variance > 0:
        return 1.0
    own, sd = abs(float(arms @ y)), math.sqrt(variance)
    return float(special.ndtr((middle - own) / sd) + special.ndtr((-own - middle) / sd))


def usual_difference(control: int, treatment: int) -> float:
    """Standardised difference a fair lot stays below in 19 cases of 20.

    >>> round(usual_difference(8, 8), 2)
    0.98
    """
    return 1.959964 * math.sqrt(1 / control + 1 / treatment)

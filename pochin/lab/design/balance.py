"""The lot that was drawn beside the lots that could have been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pochin.lab.assignment import ENUMERABLE, Assignment
from pochin.lab.covariate_constrained import bound_units, imbalance
from pochin.lab.result import NotRandomizable


@dataclass(frozen=True, eq=False)
class Balance:
    """The lot that was drawn beside the lots that could have been.

    Attributes:
        names: Covariates, shape (k,).
        control, treatment: Their means by arm, shape (k,), each in its own unit.
        difference: Standardised difference of means, shape (k,).
        rank: Share of admissible lots that are at least as well balanced.
        n_admissible: How many lots could have been drawn.
        together, apart: Pairs of units that are in one arm, or in different arms, in all of
            them, shape (m, 2), positions of units.
    """

    names: tuple[str, ...]
    control: np.ndarray
    treatment: np.ndarray
    difference: np.ndarray
    rank: float
    n_admissible: int
    together: np.ndarray
    apart: np.ndarray


def balance_of_lot(assignment: Assignment, covariates: Any, names: Sequence[str]) -> Balance:
    """See `Design.balance`."""
    X = np.asarray(covariates, float).reshape(len(assignment.unit_ids), -1)
    arms = assignment.arms
    means = [X[arms == arm].mean(axis=0) for arm in (0, 1)]
    spread = X.std(axis=0, ddof=1)
    rows = _lots(assignment)
    score = imbalance(arms[None, :].astype(float), X)[0]
    rank = float((imbalance(rows, X) <= score + 1e-12).mean()) if len(rows) else 1.0
    together, apart = bound_units(rows) if len(rows) else (np.empty((0, 2), int),) * 2
    return Balance(
        tuple(names),
        means[0],
        means[1],
        (means[1] - means[0]) / np.where(spread > 0, spread, 1.0),
        rank,
        assignment.n_admissible,
        together,
        apart,
    )


def _lots(assignment: Assignment) -> np.ndarray:
    """Admissible arms, shape (K, I); empty where they cannot be listed or are not two arms."""
    if not assignment.randomized or assignment.by_period or len(assignment.templates) != 2:
        return np.empty((0, len(assignment.unit_ids)))
    if assignment.n_admissible > ENUMERABLE:
        return np.empty((0, len(assignment.unit_ids)))
    try:
        return assignment.all_labels().astype(float)
    except NotRandomizable:
        return np.empty((0, len(assignment.unit_ids)))

"""Boundaries of group-sequential tests by the integration of gsDesign."""

from __future__ import annotations

import numpy as np

from benchmarks.lab.oracles.base import Answers, agreement
from pochin.lab.sequential.boundaries import (
    crossing_probabilities,
    obrien_fleming,
    pocock,
    spending_boundaries,
)
from pochin.lab.sequential.spending import Spending

LIBRARY = "gsdesign"


@agreement(
    LIBRARY, "probabilities to cross at each look", within=1e-4, runs=20, why="their grid is coarse"
)
def crossings(rng: np.random.Generator) -> Answers:
    looks = int(rng.integers(2, 9))
    information = np.sort(rng.uniform(0.1, 1, looks))
    information = np.maximum.accumulate(information + np.arange(looks) * 0.05)
    information /= information[-1]
    spent = Spending("obrien-fleming")
    for word, bounds in (
        ("Lan–DeMets", spending_boundaries(information, spent, alpha=0.025, sides=1).upper),
        ("Pocock", pocock(information, alpha=0.025, sides=1).upper),
        ("O'Brien–Fleming", obrien_fleming(information, alpha=0.025, sides=1).upper),
    ):
        for drift in (0.0, float(rng.uniform(1, 4))):
            lower = np.full(looks, -np.inf)
            ours = crossing_probabilities(information, bounds, lower, drift=drift).upper
            yield word, ours, crossed(information, bounds, drift)


def crossed(information: np.ndarray, upper: np.ndarray, drift: float) -> np.ndarray:
    """The probability to cross first at each look, by the other library's recursion."""
    from gsdesign import h1, hupdate

    r, total = 32, 1e2
    theta, info = drift / np.sqrt(total), information * total
    found, kept = [], None
    for k, bound in enumerate(upper):

        def over(low: float, high: float, k: int = k, before: tuple | None = kept) -> tuple:
            if before is None:
                return h1(r, theta, info[0], low, high)
            return hupdate(r, theta, info[k], low, high, theta, info[k - 1], before)

        found.append(float(np.sum(over(bound, np.inf)[2])))
        kept = over(-np.inf, bound)
    return np.array(found)

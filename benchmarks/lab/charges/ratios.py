"""Quotients of sums at sites of very unequal size, by least squares with errors alike in units."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.lab.charges.base import RUNS, Charge, Row, covers, drawn, share, tried
from pochin.lab.assignment import Assignment
from pochin.lab.estimate.cluster import ClusterOLS
from pochin.lab.methods import quotients
from pochin.lab.moments import MomentTable

DAYS = 6
SHAPES = {
    "20 sites, alike": (20, 0.0),
    "20 sites, sizes vary by .8": (20, 0.8),
    "10 sites, sizes vary by .8": (10, 0.8),
    "12 sites, one as large as all others": (12, -1.0),
}


def sizes(units: int, cv: float, rng: np.random.Generator) -> np.ndarray:
    if cv < 0:
        return np.where(np.arange(units) == rng.integers(units), 100.0 * (units - 1), 100.0)
    sigma = np.sqrt(np.log1p(cv**2))
    return 100 * np.exp(sigma * rng.normal(size=units) - sigma**2 / 2)


def pilot(units: int, cv: float, rng: np.random.Generator) -> tuple[MomentTable, Assignment]:
    """Late parcels of days; on busy days more are late, and the solution helps the more."""
    one = drawn(units, units // 2, rng)
    lot = Assignment(np.repeat(one.schedule, DAYS, axis=1), range(units), range(DAYS))
    busy = np.exp(0.7 * rng.normal(size=(units, DAYS)))
    parcels = np.maximum(np.round(sizes(units, cv, rng)[:, None] * busy), 1.0)
    late = 0.2 + 0.05 * rng.normal(size=(units, 1)) + 0.1 * np.log(busy)
    own = -0.06 * busy
    share_late = late + own * lot.schedule + 0.3 * rng.normal(size=late.shape) / np.sqrt(parcels)
    i, t = np.indices(parcels.shape).reshape(2, -1)
    ones, none = np.ones(len(i)), np.zeros(len(i))
    table = MomentTable(i, t, ["late"] * len(i), ones, (share_late * parcels).ravel(), none,
                        den_mean=parcels.ravel(), den_m2=none, den_co=none)  # fmt: skip
    return table, lot


def truths(rng: np.random.Generator) -> tuple[float, float]:
    """The effects over parcels and over sites; sizes of sites have no part in either."""
    busy = np.exp(0.7 * rng.normal(size=(200_000, DAYS)))
    own = (busy**2).sum(axis=1) / busy.sum(axis=1)
    return -0.06 * float((busy**2).sum() / busy.sum()), -0.06 * float(own.mean())


def coverage(rng: np.random.Generator) -> Iterator[Row]:
    over_parcels, over_units = truths(rng)
    for name, (units, cv) in SHAPES.items():
        held: dict[str, list[bool]] = {"rows": [], "parcels": [], "units": []}
        for _ in range(RUNS // 2):
            table, lot = pilot(units, cv, rng)
            fits = {
                "rows": lambda t=table, a=lot: ClusterOLS(period_effects=True).fit(quotients(t), a),
                "parcels": lambda t=table, a=lot: ClusterOLS(
                    two_part=True, period_effects=True
                ).fit(t, a),
                "units": lambda t=table, a=lot: ClusterOLS(
                    weights="units", two_part=True, period_effects=True
                ).fit(t, a),
            }
            for word, fit in fits.items():
                truth = over_units if word == "units" else over_parcels
                held[word].append(covers(tried(fit), truth))
        runs = RUNS // 2
        yield Row(
            name, "days weighed alike, as before", "coverage", share(held["rows"]), None, runs
        )
        yield Row(name, "parcels weighed", "coverage", share(held["parcels"]),
                  None if cv < 0 else 0.95, runs)  # fmt: skip
        yield Row(name, "each site once", "coverage", share(held["units"]), 0.95, runs)


CHARGES = (
    Charge(
        "`cr2` on quotients answers for the average the plan asks for",
        "Late parcels of sites by day. Busy days are worse and gain more, as they do; the truth "
        "is the average "
        f"over parcels. {RUNS // 2:,} pilots a row, six days.",
        coverage,
        "Kept for the average the plan asks for. Days weighed alike, as `cr2` did before, "
        "answer for another average. With one site as large as all the others the average "
        "over parcels is nearly that site's, and its interval a little too narrow; "
        "`weights-disagree` tells where the two averages part.",
    ),
)

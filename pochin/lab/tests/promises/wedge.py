"""C: stepped wedges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.assignment import Assignment
from pochin.lab.design import SteppedWedge
from pochin.lab.estimate.many_wedges import fit_wedges
from pochin.lab.estimate.sw import MixedModel
from pochin.lab.estimate.vertical import VerticalComparison
from pochin.lab.inference.cr import ClusterRobust, cluster_products
from pochin.lab.moments import MomentTable
from pochin.lab.power import Components
from pochin.lab.result import EstimationError
from pochin.lab.simulate import Truth, cell_means, growing, within_squares
from pochin.lab.tests.promises.base import Seen, false_alarms, power, promise

READINGS = 20
DRAWS = 399


def wedge_data(
    design: SteppedWedge, components: Components, rng: np.random.Generator, effect: Any = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Means, counts, sums of squares and schedule of one wedge with a trend."""
    schedule = design.schedule()
    trend = 0.1 * np.arange(schedule.shape[1])
    Y = cell_means(schedule, READINGS, components, runs=1, rng=rng, effect=effect, trend=trend)[0]
    n = np.full(Y.shape, READINGS)
    return Y, n, within_squares(n, components, Y.shape, rng), schedule


def many_wedges(
    design: SteppedWedge, components: Components, runs: int, rng: np.random.Generator, effect: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """As `wedge_data`, of many wedges: shapes (R, I, T), and one schedule."""
    each = [wedge_data(design, components, rng, effect)[:3] for _ in range(runs)]
    return *map(np.array, zip(*each, strict=True)), design.schedule()


def as_table(Y: np.ndarray, n: np.ndarray, m2: np.ndarray) -> MomentTable:
    i, t = np.indices(Y.shape).reshape(2, -1)
    return MomentTable(i, t, ["m"] * len(i), n.ravel(), Y.ravel(), m2.ravel())


def lot_of(schedule: np.ndarray) -> Assignment:
    return Assignment(schedule, *map(np.arange, schedule.shape))


def _p_values(
    design: SteppedWedge, components: Components, runs: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    schedule = design.schedule()
    lot, vertical = lot_of(schedule), VerticalComparison(draws=DRAWS)
    i, t = np.indices(schedule.shape).reshape(2, -1)
    X = np.column_stack([schedule.ravel(), *(t == k for k in range(schedule.shape[1]))])
    data, z, reduced, permuted = [], [], [], []
    for _ in range(runs):
        Y, n, m2, _ = wedge_data(design, components, rng)
        data.append((Y, n, m2))
        clustered = ClusterRobust(cluster_products(X, Y.ravel(), i, weights=n.ravel()))
        z.append(abs(float(clustered.beta[0])) / math.sqrt(clustered.covariance("CR1")[0, 0]))
        reduced.append(clustered.t_test(0).p_value)
        permuted.append(vertical.fit(as_table(Y, n, m2), lot, rng=rng).p_value)
    cells = [np.array(one) for one in zip(*data, strict=True)]
    plain, nested = (fit_wedges(*cells, schedule, nested=one) for one in (False, True))
    t_plain, t_nested = (np.abs(one.estimate / one.std_error) for one in (plain, nested))
    by_units = np.abs(nested.estimate / nested.robust_error)
    return {
        "two-way fixed effects, CR1, normal": 2 * stats.norm.sf(z),
        "two-way fixed effects, CR1, t": 2 * stats.t.sf(z, len(schedule) - 1),
        "two-way fixed effects, CR2": np.array(reduced),
        "Hussey–Hughes, normal": 2 * stats.norm.sf(t_plain),
        "nested, normal": 2 * stats.norm.sf(t_nested),
        "nested, Kenward–Roger": 2 * stats.t.sf(t_nested, nested.df),
        "nested, by whole units": 2 * stats.t.sf(by_units, nested.robust_df),
        "within periods, sequences permuted": np.array(permuted),
    }


def _wedges(units: int, sequences: int, icc: float, cac: float, expected: str):
    design = SteppedWedge.steps(units=units, sequences=sequences, estimand="constant")
    components = Components.of(1.0, icc, cac)

    def run(runs: int, rng: np.random.Generator) -> list[Seen]:
        found = _p_values(design, components, runs, rng)
        required = (
            "nested, Kenward–Roger",
            "nested, by whole units",
            "within periods, sequences permuted",
        )
        return [
            false_alarms(
                name,
                # A search that did not end gave nobody a p-value to be misled by.
                p[np.isfinite(p)] <= 0.05,
                required=name in required,
                expected=told.strip("-"),
            )
            for (name, p), told in zip(found.items(), expected.split(), strict=True)
        ]

    return run


promise("C1a", "wedge of 8 offices, 5 periods, ICC .05, CAC 1", short=100)(
    _wedges(8, 4, 0.05, 1.0, ".126 .058 .046 .044 .040 .024 - .056")
)
promise("C1b", "wedge of 8 offices, 5 periods, ICC .05, CAC .7", short=100)(
    _wedges(8, 4, 0.05, 0.7, ".118 .078 .058 .126 .072 .050 - .058")
)
promise("C2", "wedge of 12 offices, 5 periods, ICC .1, CAC .7", short=100)(
    _wedges(12, 4, 0.1, 0.7, "- - - .222 - .046 - .066")
)


@promise("C3", "wedges planned for .78, ICC .05, CAC .8", short=150)
def planned(runs: int, rng: np.random.Generator) -> list[Seen]:
    seen = []
    for units, told in ((8, ".760"), (12, ".773"), (20, ".770")):
        design = SteppedWedge.steps(units=units, sequences=4, estimand="constant")
        guess = {"icc": 0.05, "cac": 0.8, "cluster_size": float(READINGS)}
        effect = float(design.mde(0.78, **guess))
        truth = Truth(Components.of(1.0, 0.05, 0.8), effect, READINGS)
        found = design.simulate(truth, runs=runs, rng=rng)
        rejected = found.p_values() <= 0.05
        seen.append(power(f"{units} offices, planned .780", rejected, planned=0.78, expected=told))
    return seen


@promise("C4", "effects that grow, fade or come late; 8 offices, 5 periods", short=60)
def courses(runs: int, rng: np.random.Generator) -> list[Seen]:
    """The average over exposure times is right whatever the course; one coefficient is not."""
    design = SteppedWedge.steps(units=8, sequences=4)
    schedule, seen = design.schedule(), []
    for name, course in (
        ("growing", (0.25, 0.5, 0.75, 1.0)),
        ("fading", (1.0, 0.75, 0.5, 0.25)),
        ("late by two periods", (0.0, 0.0, 1.0, 1.0)),
    ):
        effect = growing(schedule, course)
        data = many_wedges(design, Components(0.05, 0.02, 0.005), runs, rng, effect)
        one, fit = fit_wedges(*data), fit_wedges(*data, estimand="time-average")
        truth = float(np.mean(course))
        error = 4 * float(np.nanstd(fit.estimate)) / math.sqrt(runs)
        mean = float(np.nanmean(fit.estimate))
        seen.append(
            Seen(f"{name}: average over exposures", "mean", mean, truth - error, truth + error)
        )
        seen.append(
            Seen(
                f"{name}: one coefficient, truth {truth:.3f}",
                "mean",
                float(np.nanmean(one.estimate)),
            )
        )
        share = float(np.mean(fit.joint_p_value < 0.05))
        seen.append(Seen(f"{name}: flagged as not the same throughout", "share", share, low=0.5))
    return seen


@promise("X4", "a wedge whose units do not differ: the variance lies at its edge", short=80)
def boundary(runs: int, rng: np.random.Generator) -> list[Seen]:
    design = SteppedWedge.steps(units=8, sequences=4)
    lot, rejected, fell_back = lot_of(design.schedule()), [], []
    by_model = MixedModel(estimand="constant", draws=DRAWS, errors="model")
    while len(rejected) < runs:
        table = as_table(*wedge_data(design, Components(1.0), rng)[:3])
        try:
            fit = by_model.fit(table, lot, rng=rng)
        except EstimationError:
            continue
        rejected.append(fit.p_value <= 0.05)
        fell_back.append(fit.reference_distribution == "randomization")
    share = Seen("judged by permutation instead", "share", float(np.mean(fell_back)))
    return [false_alarms("mixed model with its fall-back", rejected), share]

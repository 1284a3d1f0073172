"""What is noticed in readings and results: when it is raised, and when not."""

import numpy as np

from pochin.lab import arrival, exposure, quality, sample_ratio
from pochin.lab import evaluation_checks as after
from pochin.lab.result import (
    EffectResult,
)
from pochin.lab.tests.flags_of_plans import HALVES, UNITS, protocol, twelve

RNG = np.random.default_rng(20)
FIT = EffectResult(2.0, 0.5, 10, 0.003, "demo")
OTHER_SIGN = EffectResult(-0.5, 0.5, 10, 0.3, "demo")
NEAR = EffectResult(1.9, 0.5, 10, 0.003, "demo")
EXPECTED = np.full((12, 4), 100)


def lost(arm_share, other_share):
    """Readings received when arms lose these shares, with a little spread between units."""
    share = np.where(HALVES == 1, arm_share, other_share)[:, None]
    return EXPECTED * (1 - share) - np.arange(12)[:, None] % 3


def stepped(turn):
    return np.where(np.arange(40) < turn, 0.0, 3.0) + RNG.normal(size=(6, 40))


def counts(jump):
    n = RNG.poisson(100, (5, 12)).astype(float)
    n[2, 6:] *= jump
    return n


# code, severity, raised by, silent when
OF_READINGS = [
    (
        "srm",
        "block",
        lambda: sample_ratio.srm_test([50_500, 49_000]).flags(),
        lambda: sample_ratio.srm_test([50_100, 49_900]).flags(),
    ),
    (
        "immature",
        "block",
        lambda: arrival.completeness([[90, 50]], [[90, 100]], ["w1", "w2"]),
        lambda: arrival.completeness([[90, 96]], [[90, 100]], ["w1", "w2"]),
    ),
    (
        "missing-readings",
        "block",
        lambda: arrival.missingness(lost(0.2, 0.2), EXPECTED, HALVES),
        lambda: arrival.missingness(lost(0.02, 0.02), EXPECTED, HALVES),
    ),
    (
        "missing-differs",
        "block",
        lambda: arrival.missingness(lost(0.09, 0.01), EXPECTED, HALVES),
        lambda: arrival.missingness(lost(0.02, 0.02), EXPECTED, HALVES),
    ),
    (
        "missing-differs",
        "warn",
        lambda: arrival.missingness(lost(0.05, 0.02), EXPECTED, HALVES),
        lambda: arrival.missingness(EXPECTED, EXPECTED, HALVES),
    ),
    (
        "crossover",
        "block",
        lambda: exposure.crossover([[0.7], [0.0]], [[1], [0]]),
        lambda: exposure.crossover([[1.0], [0.0]], [[1], [0]]),
    ),
    (
        "crossover",
        "info",
        lambda: exposure.crossover([[0.95], [0.0]], [[1], [0]]),
        lambda: exposure.crossover([[np.nan], [0.0]], [[1], [0]]),
    ),
    (
        "unknown-units",
        "block",
        lambda: exposure.census([*UNITS, "x"], twelve()),
        lambda: exposure.census(UNITS, twelve()),
    ),
    (
        "units-lost",
        "warn",
        lambda: exposure.census(UNITS[1:], twelve()),
        lambda: exposure.census(UNITS, twelve()),
    ),
    (
        "lot-too-small",
        "block",
        lambda: exposure.census(UNITS[:5], twelve()),
        lambda: exposure.census(UNITS[1:], twelve()),
    ),
    (
        "dropout-differs",
        "block",
        lambda: exposure.dropout((6, 10), (0, 10)),
        lambda: exposure.dropout((0, 10), (0, 10)),
    ),
    (
        "dropout-differs",
        "info",
        lambda: exposure.dropout((1, 10), (0, 10)),
        lambda: exposure.dropout((0, 10), (0, 10)),
    ),
    (
        "duplicates",
        "block",
        lambda: quality.duplicates(["a", "b", "a"]),
        lambda: quality.duplicates(["a", "b"]),
    ),
    (
        "duplicates",
        "info",
        lambda: quality.duplicates([["a", 1], ["a", 1]], rule="first"),
        lambda: quality.duplicates([["a", 1], ["a", 2]]),
    ),
    (
        "time-travel",
        "block",
        lambda: quality.time_travel([5.0, 11.0], [6.0, 12.0], start=0, end=10),
        lambda: quality.time_travel([5.0], [4.5], start=0, end=10, tolerance=1),
    ),
    (
        "volume-step",
        "warn",
        lambda: quality.volume_steps(counts(3), range(5), range(12)),
        lambda: quality.volume_steps(counts(1), range(5), range(12)),
    ),
    (
        "sizes-drift",
        "warn",
        lambda: quality.size_drift(np.ones(12), np.where(HALVES, 1.3, 1.0), HALVES),
        lambda: quality.size_drift(np.ones(12), np.full(12, 1.3), HALVES),
    ),
    (
        "regime-change",
        "warn",
        lambda: quality.drift(stepped(20), range(40)),
        lambda: quality.drift(stepped(99), range(40)),
    ),
    (
        "variance-above-plan",
        "warn",
        lambda: quality.variance_reestimate([0, 3, 6, 9], 4.0, 12),
        lambda: quality.variance_reestimate([0, 3, 6, 9], 14.0, 12),
    ),
    (
        "spillover",
        "warn",
        lambda: quality.spillover(np.arange(10.0), np.arange(10.0)),
        lambda: quality.spillover([1, 5, 2, 4, 3], [1, 2, 3, 4, 5]),
    ),
    (
        "looks-unplanned",
        "block",
        lambda: quality.unplanned_look(0.4, [0.5, 1.0]),
        lambda: quality.unplanned_look(0.49, [0.5, 1.0]),
    ),
    (
        "stop-reason-unknown",
        "block",
        lambda: quality.stop_reason("budget", ["safety"]),
        lambda: quality.stop_reason("safety", ["safety"]),
    ),
    (
        "comparison-treated",
        "block",
        lambda: exposure.contamination([[0, 1], [0, 0]], [[0, 1], [0, 0.2]], ["a", "b"]),
        lambda: exposure.contamination([[0, 1], [0, 0]], [[0, 1], [0, 0]], ["a", "b"]),
    ),
    (
        "cost-over-range",
        "warn",
        lambda: quality.costs({"licence": 120.0}, {"licence": 100.0}),
        lambda: quality.costs({"licence": 90.0, "rent": 5.0}, {"licence": 100.0}),
    ),
    (
        "twin-trial",
        "block",
        lambda: exposure.overlap([1, 2], {"П-7": [2, 3]}),
        lambda: exposure.overlap([1, 2], {"П-7": [3]}),
    ),
    (
        "plan-changed",
        "block",
        lambda: quality.same_hash("ab", "cd"),
        lambda: quality.same_hash("AB", "ab"),
    ),
    (
        "metric-changed",
        "block",
        lambda: quality.same_hash("ab", "cd", of="metric"),
        lambda: quality.same_hash("ab", "ab", of="metric"),
    ),
    (
        "icc-off-plan",
        "info",
        lambda: after.realised_icc(0.2, (0.02, 0.1)),
        lambda: after.realised_icc(0.05, (0.02, 0.1)),
    ),
    (
        "weights-disagree",
        "warn",
        lambda: after.weightings(FIT, OTHER_SIGN),
        lambda: after.weightings(FIT, NEAR),
    ),
    (
        "analyses-disagree",
        "warn",
        lambda: after.analyses(FIT, OTHER_SIGN),
        lambda: after.analyses(FIT, NEAR),
    ),
    (
        "neighbours-matter",
        "warn",
        lambda: after.without_neighbours(FIT, OTHER_SIGN),
        lambda: after.without_neighbours(FIT, NEAR),
    ),
    ("weak-instrument", "warn", lambda: after.instrument(9.9), lambda: after.instrument(10)),
    (
        "exclusion-unregistered",
        "block",
        lambda: after.exclusions(protocol().run_ids, protocol().run_ids[1:]),
        lambda: after.exclusions(protocol().run_ids, protocol().run_ids),
    ),
    (
        "stopped-off-plan",
        "warn",
        lambda: after.stopped(0.6, False),
        lambda: after.stopped(0.6, True),
    ),
    ("exploratory", "info", lambda: after.unnamed_findings(3), lambda: after.unnamed_findings(0)),
    (
        "missing-could-turn",
        "warn",
        lambda: after.missing_could_turn(0.5, 1.0),
        lambda: after.missing_could_turn(None, 1.0),
    ),
]

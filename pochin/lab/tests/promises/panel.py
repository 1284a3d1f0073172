"""D and E: switchbacks, series, differences and twins."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from pochin.lab.assignment import Assignment
from pochin.lab.design import Switchback
from pochin.lab.estimate.autoregressive import gls_ar
from pochin.lab.estimate.conformal import conformal_interval, conformal_test
from pochin.lab.estimate.did import DifferenceInDifferences, rank_changes
from pochin.lab.estimate.series import series_design
from pochin.lab.estimate.switchback import flip_signs, pair_differences
from pochin.lab.estimate.trends import FEW
from pochin.lab.estimate.twin import in_turn, rank_twins
from pochin.lab.inference.cr import ClusterRobust, cluster_products, least_squares
from pochin.lab.moments import MomentTable
from pochin.lab.result import EstimationError, LabError
from pochin.lab.simulate import autoregressive
from pochin.lab.tests.promises.base import Seen, coverage, false_alarms, promise


@promise(
    "D1",
    "switchback of 6 offices, 14 days, blocks of 4 hours, hours hang together by .8",
    short=150,
)
def switchback(runs: int, rng: np.random.Generator) -> list[Seen]:
    days, hours, block = 14, 16, 4
    design = Switchback(6, days * hours, block)
    rows, paired, flipped = [], [], []
    for _ in range(runs):
        schedule = design._row(rng.random((6, design.couples)) < 0.5)
        Y = autoregressive(0.8, schedule.shape, rng) + rng.normal(size=(6, 1))
        X = np.column_stack([np.ones(Y.size), schedule.ravel(), *_dummies(6, Y.shape[1])])
        fit = least_squares(X.astype(float), Y.ravel())
        rows.append(abs(fit.beta[1]) / math.sqrt(fit.classical[1, 1]) > 1.96)
        pairs = pair_differences(Y, schedule, block)
        t = pairs.estimate / pairs.std_error
        paired.append(2 * stats.t.sf(abs(t), pairs.df) <= 0.05)
        flipped.append(flip_signs(pairs.difference, draws=999, rng=rng).p_value() <= 0.05)
    return [
        false_alarms("hours as if independent", rows, required=False, expected=".302"),
        false_alarms("differences of paired blocks, t", paired, expected=".040"),
        false_alarms("differences of paired blocks, coins turned", flipped, expected=".048"),
    ]


def _dummies(units: int, periods: int) -> list[np.ndarray]:
    which = np.repeat(np.arange(units), periods)
    return [(which == unit).astype(float) for unit in range(1, units)]


def _newey_west(y: np.ndarray, X: np.ndarray, lags: int = 4) -> float:
    """t of the step with Newey and West's errors."""
    inverse = np.linalg.inv(X.T @ X)
    beta = inverse @ X.T @ y
    scores = X * (y - X @ beta)[:, None]
    middle = scores.T @ scores
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (lags + 1)) * (cross + cross.T)
    covariance = inverse @ middle @ inverse
    return float(beta[2] / math.sqrt(covariance[2, 2]))


@promise("E1", "a series of 60 periods with a trend and no comparator", short=80)
def series(runs: int, rng: np.random.Generator) -> list[Seen]:
    X, seen = series_design(60, 30), []
    beyond = float(stats.t.ppf(0.975, 57))
    for phi, told in (
        (0.0, (".040", ".102", ".058")),
        (0.3, (".150", ".164", ".076")),
        (0.6, (".278", ".178", ".090")),
    ):
        plain, robust, modelled = [], [], []
        while len(modelled) < runs:
            y = autoregressive(phi, (60,), rng)
            try:
                step = gls_ar(y, X).contrast(np.array([0.0, 0, 1, 0])[: X.shape[1]])
            except EstimationError:
                continue
            fit = least_squares(X, y)
            plain.append(abs(fit.beta[2]) / math.sqrt(fit.classical[2, 2]) > beyond)
            robust.append(abs(_newey_west(y, X)) > 1.96)
            modelled.append(step.p_value <= 0.05)
        name = f"autocorrelation {phi}"
        limit = false_alarms(name, modelled, alpha=0.08)
        seen += [
            false_alarms(f"{name}: least squares", plain, required=False, expected=told[0]),
            false_alarms(f"{name}: Newey–West", robust, required=False, expected=told[1]),
            Seen(
                f"{name}: autoregressive, Kenward–Roger",
                "type I error",
                limit.value,
                None,
                max(0.10, limit.high or 0) if runs < 2000 else 0.10,
                told[2],
            ),
        ]
    return seen


@promise("E2", "differences in differences with few treated units", short=100)
def few_treated(runs: int, rng: np.random.Generator) -> list[Seen]:
    seen = []
    for treated, units, told in (
        (1, 20, (".649", ".000", ".059")),
        (1, 40, (".760", ".000", ".047")),
        (2, 20, (".243", ".001", ".043")),
        (6, 40, (".111", ".048", ".054")),
    ):
        on = np.arange(units) < treated
        robust, reduced, ranked = [], [], []
        for _ in range(runs):
            change = rng.normal(size=units)
            X = np.column_stack([np.ones(units), on])
            fit = ClusterRobust(cluster_products(X, change, np.arange(units)))
            error = math.sqrt(fit.covariance("CR1")[1, 1])
            robust.append(2 * stats.t.sf(abs(fit.beta[1]) / error, units - 1) <= 0.05)
            reduced.append(treated > 1 and fit.t_test(1).p_value <= 0.05)
            ranks = rank_changes(change, on, rng=rng, draws=999)
            ranked.append(ranks.p_value() <= 0.05)
        name = f"{treated} of {units}"
        seen += [
            false_alarms(f"{name}: CR1", robust, required=False, expected=told[0]),
            false_alarms(f"{name}: CR2", reduced, required=False, expected=told[1]),
            false_alarms(f"{name}: ranks", ranked, expected=told[2]),
        ]
        if treated < FEW:
            refused = _refuses_errors(treated, units, rng)
            seen.append(Seen(f"{name}: a standard error is refused", "share", refused, low=1.0))
    return seen


def _refuses_errors(treated: int, units: int, rng: np.random.Generator) -> float:
    """The share of ways to ask for a judgement in which ranks are given, or nothing."""
    schedule = np.zeros((units, 4), int)
    schedule[:treated, 2:] = 1
    unit, period = (one.ravel() for one in np.indices(schedule.shape))
    ones, y = np.ones(unit.size), rng.normal(size=unit.size)
    table = MomentTable(unit, period, ["m"] * unit.size, ones, y, 0 * ones)
    lot = Assignment(schedule, np.arange(units), np.arange(4), randomized=False)
    refused = []
    for inference in ("auto", "rank", "t"):
        try:
            fit = DifferenceInDifferences(inference=inference, draws=999).fit(table, lot, rng=rng)
            refused.append(fit.blocked or fit.reference_distribution == "placebo")
        except LabError:
            refused.append(True)
    return float(np.mean(refused))


@promise("E3", "a twin made of 24 donors, judged by placebos", short=40)
def twins(runs: int, rng: np.random.Generator) -> list[Seen]:
    rejected = []
    for _ in range(runs):
        common = autoregressive(0.8, (2, 24), rng)
        Y = rng.normal(size=(25, 2)) @ common + rng.normal(size=(25, 24)) * 0.5
        rejected.append(rank_twins(in_turn(Y, 16), 0).p_value <= 0.05)
    return [false_alarms("placebo ranks", rejected, expected=".0475 (bound .04)")]


@promise("E4", "a twin made of 24 donors, judged by moving time; 30 periods, 6 with", short=60)
def moved(runs: int, rng: np.random.Generator) -> list[Seen]:
    """Exact for gaps that are exchangeable over time; close where they hang together."""
    seen = []
    for phi in (0.0, 0.3, 0.6):
        rejected, covered = [], []
        for _ in range(runs):
            common = np.cumsum(rng.normal(size=(2, 30)), axis=1)
            donors = rng.normal(size=(24, 2)) @ common + rng.normal(size=(24, 30)) * 0.5
            own = rng.dirichlet(np.ones(24)) @ donors
            y = own + autoregressive(phi, (1, 30), rng)[0] * 0.5
            rejected.append(conformal_test(y, donors, 24).p_value <= 0.1)
            if len(covered) < runs // 10:
                low, high = conformal_interval(y, donors, 24, level=0.9)
                covered.append(low <= 0 <= high)
        name = f"conformal test at .1, gaps hang together by {phi:.1f}"
        seen += [
            false_alarms(name, rejected, alpha=0.1, required=phi == 0),
            coverage("conformal interval, 90 %", covered, alpha=0.1, required=phi == 0),
        ]
    return seen

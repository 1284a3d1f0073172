"""Interrupted series: autocorrelated noise, counts, and when no number comes out."""

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import toeplitz

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.autoregressive import _correlations, _whitened, gls_ar
from pochin.lab.estimate.counts import quasi_poisson
from pochin.lab.estimate.its import InterruptedSeries, autocorrelation_test
from pochin.lab.estimate.series import harmonics, series_design
from pochin.lab.moments import MomentTable
from pochin.lab.result import NotIdentified, SchemaMismatch, Singular
from pochin.lab.tests.acceptance import highest_rate


def noise(rng, periods, phi, order_two=0.0):
    white = rng.normal(size=periods + 100)
    made = white.copy()
    for t in range(2, len(made)):
        made[t] += phi * made[t - 1] + order_two * made[t - 2]
    return made[100:]


def pilot(Y, start, treated, *, n=50, denominator=None):
    units, periods = Y.shape
    schedule = np.zeros((units, periods), int)
    schedule[:treated, start:] = 1
    lot = Assignment(schedule, range(units), range(periods), randomized=False)
    unit, period = np.meshgrid(lot.unit_ids, lot.period_ids, indexing="ij")
    more = {}
    if denominator is not None:
        more = {
            "den_mean": np.full(Y.size, denominator / n),
            "den_m2": np.zeros(Y.size),
            "den_co": np.zeros(Y.size),
        }
    flat = [unit.ravel(), period.ravel(), ["m"] * Y.size]
    return MomentTable(*flat, [n] * Y.size, Y.ravel(), [1.0] * Y.size, **more), lot


@pytest.mark.parametrize("partial", [[0.6], [-0.4], [0.7, -0.3], [0.5, 0.2, -0.6]])
def test_whitening_is_the_root_of_the_correlations(partial):
    partial = np.array(partial)
    R = toeplitz(_correlations(partial, 9))

    whiten = _whitened(partial, np.eye(9))

    innovation = np.prod(1 - partial**2)
    assert whiten @ R @ whiten.T == pytest.approx(innovation * np.eye(9), abs=1e-12)
    for lag, value in enumerate(partial, start=1):
        inner = R[1:lag, 1:lag]
        ends = R[[0, lag], 1:lag]
        left = R[np.ix_([0, lag], [0, lag])] - ends @ np.linalg.pinv(inner) @ ends.T
        assert left[0, 1] / left[0, 0] == pytest.approx(value)


def test_correlations_of_a_process_satisfy_yule_and_walker():
    rho = _correlations(np.array([0.5, 0.3]), 12)

    phi = np.linalg.solve(toeplitz(rho[:2]), rho[1:3])
    for k in range(3, 12):
        assert rho[k] == pytest.approx(phi @ rho[[k - 1, k - 2]])


def test_without_autocorrelation_it_is_ordinary_least_squares_nearly():
    rng = np.random.default_rng(1)
    X, y = series_design(200, 120), noise(rng, 200, 0.0)

    effect = gls_ar(y, X).contrast(np.eye(3)[2])

    beta, rss, *_ = np.linalg.lstsq(X, y, rcond=None)
    spread = np.sqrt(rss[0] / 197 * np.linalg.inv(X.T @ X)[2, 2])
    assert effect.estimate == pytest.approx(beta[2], abs=0.05)
    assert effect.std_error == pytest.approx(spread, rel=0.25)


def test_the_likelihood_is_that_of_the_dense_normal():
    """The restricted likelihood found is at its top, computed another way."""
    rng = np.random.default_rng(2)
    X, y = series_design(60, 40), noise(rng, 60, 0.6)
    fit = gls_ar(y, X)

    def deviance(r, variance):
        V = variance * toeplitz(r ** np.arange(60))
        inverse = np.linalg.inv(V)
        A = X.T @ inverse @ X
        e = y - X @ np.linalg.solve(A, X.T @ inverse @ y)
        return np.linalg.slogdet(V)[1] + np.linalg.slogdet(A)[1] + e @ inverse @ e

    (r,), top = fit.partial, deviance(fit.partial[0], fit.variance)
    for step in (0.02, -0.02):
        assert deviance(r + step, fit.variance) > top
        assert deviance(r, fit.variance * (1 + step)) > top


def test_a_second_order_is_found():
    rng = np.random.default_rng(3)
    y = noise(rng, 400, 0.5, -0.4)

    fit = gls_ar(y, series_design(400, 250), order=2)

    # Partial autocorrelations of this process: φ1 / (1 − φ2) and φ2.
    assert fit.partial == pytest.approx([0.5 / 1.4, -0.4], abs=0.1)


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6])
def test_true_nulls_are_kept_whatever_the_autocorrelation(phi):
    """Row E1: sixty periods; ordinary least squares rejects up to 28 %."""
    runs, rng, kept, plain = 700, np.random.default_rng(4), 0, 0
    X, c = series_design(60, 40, slope_change=True), np.eye(4)[2]
    hat = np.linalg.inv(X.T @ X)
    for _ in range(runs):
        y = noise(rng, 60, phi)
        kept += gls_ar(y, X).contrast(c).p_value <= 0.05
        e = y - X @ (hat @ X.T @ y)
        t = (hat @ X.T @ y)[2] / np.sqrt(e @ e / 56 * hat[2, 2])
        plain += 2 * stats.t.sf(abs(t), 56) <= 0.05

    assert kept / runs <= highest_rate(0.05, runs)
    assert (plain / runs > 0.2) == (phi == 0.6)


@pytest.mark.parametrize("periods", [24, 36])
def test_short_and_wandering_series_give_false_alarms_rarely(periods):
    """At the edge of the gates: the shortest series, and noise that never returns."""
    runs, rng, fallen = 300, np.random.default_rng(periods), 0
    for _ in range(runs):
        walk = np.cumsum(rng.normal(size=periods))
        fit = InterruptedSeries().fit(*pilot(walk[None, :], 2 * periods // 3, 1))
        fallen += not fit.blocked and fit.p_value <= 0.05

    assert fallen / runs <= 0.10


def test_a_step_is_found_and_called_a_step():
    rng = np.random.default_rng(5)
    Y = 30 + noise(rng, 48, 0.3)[None, :] + 5.0 * (np.arange(48) >= 30)

    fit = InterruptedSeries().fit(*pilot(Y, 30, 1))

    low, high = fit.conf_int(0.95)
    assert low < 5 < high
    assert low > 0
    assert fit.estimand == "step"
    assert "no-comparator" in {flag.code for flag in fit.flags}


def test_a_comparator_takes_out_what_came_to_all():
    rng = np.random.default_rng(6)
    shock = 9.0 * (np.arange(48) >= 30)
    Y = 30 + rng.normal(size=(6, 48)) + shock
    Y[:2] += 2.0 * (np.arange(48) >= 30)

    fit = InterruptedSeries().fit(*pilot(Y, 30, 2))

    low, high = fit.conf_int(0.99)
    assert low < 2 < high
    assert high < 6
    assert fit.estimand == "att"
    assert fit.flags == ()


@pytest.mark.parametrize(("periods", "start"), [(20, 14), (40, 10), (40, 38)])
def test_short_series_give_no_number(periods, start):
    Y = np.random.default_rng(7).normal(size=(1, periods))

    fit = InterruptedSeries().fit(*pilot(Y, start, 1))

    assert fit.blocked
    assert "series-too-short" in {flag.code for flag in fit.flags}


def test_a_changed_slope_is_averaged_over_the_run():
    time = np.arange(60)
    Y = (10 + 0.1 * time + np.where(time >= 40, 2 + 0.3 * (time - 40), 0))[None, :]
    Y = Y + 0.05 * np.random.default_rng(8).normal(size=60)

    fit = InterruptedSeries(slope_change=True).fit(*pilot(Y, 40, 1))

    assert fit.estimate == pytest.approx(2 + 0.3 * 9.5, abs=0.15)


def test_the_wash_in_and_the_season_are_taken_out():
    time = np.arange(60)
    Y = (10 + 4 * np.sin(2 * np.pi * time / 12) + 3.0 * (time >= 40))[None, :]
    Y[0, 40:42] += 40
    Y = Y + 0.1 * np.random.default_rng(9).normal(size=60)

    fit = InterruptedSeries(season=12, wash_in=2).fit(*pilot(Y, 40, 1))

    assert fit.estimate == pytest.approx(3, abs=0.2)


def test_counts_are_a_log_linear_model():
    rng = np.random.default_rng(10)
    X = series_design(48, 30)
    exposure = rng.uniform(900, 1100, 48)
    counts = rng.poisson(exposure * np.exp(X @ [-2.0, 0.01, -0.3]))

    fit = quasi_poisson(counts, X, exposure=exposure)

    mean = exposure * np.exp(X @ fit.beta)
    # The score equations, and Pearson's dispersion.
    assert X.T @ (counts - mean) == pytest.approx(np.zeros(3), abs=1e-6)
    assert fit.dispersion == pytest.approx(((counts - mean) ** 2 / mean).sum() / 45)
    assert fit.contrast(np.eye(3)[2]).estimate == pytest.approx(-0.3, abs=0.12)


def test_rates_by_the_estimator():
    rng = np.random.default_rng(11)
    time = np.arange(60)
    exposure = 4000.0
    rate = 0.1 * np.exp(0.2 * np.sin(2 * np.pi * (time + 1) / 12) - 0.4 * (time >= 40))
    Y = rng.poisson(exposure * rate)[None, :] / 50

    counts = InterruptedSeries(kind="rate", season=12).fit(*pilot(Y, 40, 1, denominator=exposure))
    logs = InterruptedSeries(kind="log-rate", season=12).fit(*pilot(Y, 40, 1, denominator=exposure))

    for fit in (counts, logs):
        low, high = fit.conf_int(0.99)
        assert low < -0.4 < high
        assert high < 0
        assert fit.scale == "log"


def test_counts_that_go_together_give_no_number():
    rng = np.random.default_rng(12)
    rate = 0.1 * np.exp(0.15 * noise(rng, 60, 0.7))
    Y = rng.poisson(4000 * rate)[None, :] / 50

    fit = InterruptedSeries(kind="rate").fit(*pilot(Y, 40, 1, denominator=4000.0))

    assert fit.blocked
    assert "counts-autocorrelated" in {flag.code for flag in fit.flags}


def test_the_check_of_residuals_keeps_its_level():
    runs, rng, fallen = 2000, np.random.default_rng(13), 0
    X = series_design(60, 40, season=12)
    hat = X @ np.linalg.inv(X.T @ X) @ X.T
    for _ in range(runs):
        y = rng.normal(size=60)
        fallen += autocorrelation_test(y - hat @ y, X.shape[1])[1] <= 0.05

    assert fallen / runs <= highest_rate(0.05, runs) + 0.02


def test_seasons_return():
    waves = harmonics(np.arange(1, 25), 12, 2)

    assert waves.shape == (24, 4)
    assert waves[:12] == pytest.approx(waves[12:], abs=1e-12)


def test_series_that_cannot_be_fitted_are_refused():
    X = series_design(40, 30)
    with pytest.raises(SchemaMismatch, match="gaps"):
        gls_ar(np.r_[np.nan, np.ones(39)], X)
    with pytest.raises(Singular, match="vary"):
        gls_ar(np.ones(40), X)
    with pytest.raises(Singular, match="repeat"):
        gls_ar(np.arange(40.0) ** 2, np.column_stack([X, X[:, 0]]))
    with pytest.raises(Singular, match="too few"):
        gls_ar(np.arange(4.0) ** 2, series_design(4, 2))
    with pytest.raises(SchemaMismatch, match="count"):
        quasi_poisson(np.r_[-1.0, np.ones(39)], X)
    with pytest.raises(SchemaMismatch, match="exposure"):
        quasi_poisson(np.ones(40), X, exposure=np.zeros(40))
    with pytest.raises(Singular):
        quasi_poisson(np.zeros(40), X)
    with pytest.raises(NotIdentified, match="one start"):
        InterruptedSeries().fit(*pilot(np.ones((1, 40)), 0, 1))

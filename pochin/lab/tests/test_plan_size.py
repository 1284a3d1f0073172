"""Variances of planned effects, power, and what solves for it."""

import numpy as np
import pytest
from scipy import stats

from pochin.lab.power import (
    Components,
    cell_weights,
    design_effect,
    gls_variance,
    hussey_hughes_variance,
    nct_power,
    needed_noncentrality,
    solve,
    unit_mean_variance,
)
from pochin.lab.result import DesignError, NotIdentified
from pochin.lab.tests.figures_power import wedge

INCOMPLETE = np.array([[0, 1, 1, -1], [0, -1, 1, 1], [0, 0, 0, 1], [-1, 0, 0, 1], [0, 0, 1, 1]])
RICH = Components(2.0, 0.5, 0.2, effect=0.1, correlation=-0.3, decay=0.9)


def dense_variance(schedule, n, components):
    """The same variance from the covariance of all cells written out."""
    seen = schedule >= 0
    i, t = np.nonzero(seen)
    size = np.broadcast_to(n, schedule.shape)[seen].astype(float)
    x = schedule[seen].astype(float)
    same, lag = i[:, None] == i, np.abs(t[:, None] - t)
    cross = components.correlation * np.sqrt(components.unit * components.effect)
    V = same * (
        components.unit * components.decay**lag
        + cross * np.add.outer(x, x)
        + components.effect * np.outer(x, x)
    )
    V = V + np.diag(components.period + components.within / size)
    X = np.column_stack([*(t == k for k in range(schedule.shape[1])), x]).astype(float)
    return np.linalg.inv(X.T @ np.linalg.solve(V, X))[-1, -1]


def test_the_variance_is_that_of_generalised_least_squares():
    complete = wedge(1, 2, 1)
    n = np.arange(1, 17).reshape(4, 4)

    assert gls_variance(complete, n, RICH) == pytest.approx(dense_variance(complete, n, RICH))


def test_periods_that_were_not_measured_still_pass():
    lasting = Components(2.0, 0.5, decay=0.5)

    assert gls_variance(INCOMPLETE, 7, lasting) == pytest.approx(
        dense_variance(INCOMPLETE, 7, lasting)
    )


def test_effects_by_exposure_are_averaged_as_in_the_dense_model():
    schedule, components = wedge(2, 1, 1), Components(2.0, 0.5, 0.2)
    since = np.cumsum(schedule, axis=1)
    V = np.kron(np.eye(4), components.covariance(np.zeros(4), np.full(4, 5.0)))
    X = np.column_stack(
        [np.tile(np.eye(4), (4, 1)), *((since == e).reshape(-1) for e in (1, 2, 3))]
    ).astype(float)
    c = np.array([0, 0, 0, 0, 1, 1, 1]) / 3
    dense = c @ np.linalg.inv(X.T @ np.linalg.solve(V, X)) @ c

    averaged = gls_variance(schedule, 5, components, exposure=since)

    assert averaged == pytest.approx(dense)
    assert averaged > gls_variance(schedule, 5, components)


def test_the_closed_form_is_the_general_one():
    components = Components(3.0, 0.4)

    assert hussey_hughes_variance(wedge(2, 1, 3), 12, components) == pytest.approx(
        gls_variance(wedge(2, 1, 3), 12, components)
    )


def test_the_closed_form_refuses_what_it_does_not_cover():
    for schedule, components in (
        (INCOMPLETE, Components(1, 1)),
        (wedge(1, 1), Components(1, 1, 1)),
    ):
        with pytest.raises(DesignError, match="use gls_variance"):
            hussey_hughes_variance(schedule, 5, components)


def test_woertmans_design_effect_is_hussey_and_hughes():
    k, n, icc = 4, 15, 0.07
    ratio = (1 + icc * (k * n + n - 1)) / (1 + icc * (k * n / 2 + n - 1))
    effect = ratio * 3 * (1 - icc) / (2 * (k - 1 / k))
    schedule = wedge(*[2] * k)
    per_arm = schedule.size * n / 2

    woertman = effect * 2 / per_arm * (k + 1)

    assert gls_variance(schedule, n, Components.of(1.0, icc)) == pytest.approx(woertman)


def test_hayes_and_bennetts_k_is_the_same_power():
    mean, k, within, m, effect = 3.0, 0.2, 1.5, 40, 0.6
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    means = mean**2 + (mean + effect) ** 2
    clusters = z**2 * (2 * within**2 / m + k**2 * means) / effect**2
    variance = (2 * within**2 / m + k**2 * means) / clusters

    assert nct_power(effect / np.sqrt(variance), np.inf) == pytest.approx(0.8, abs=1e-5)
    ours = [unit_mean_variance(Components(within**2, (k * one) ** 2), m) for one in (mean, 3.6)]
    assert sum(ours) / clusters == pytest.approx(variance)


def test_weights_of_cells_give_the_effect_and_ignore_periods_and_levels():
    schedule, components = wedge(2, 1, 1), Components(1.0, 0.4, 0.1)
    weights = cell_weights(schedule, 5, components)
    periods = np.array([3.0, 1.0, 4.0, 1.0])
    spread = [
        w @ components.covariance(x.astype(float), np.full(4, 5.0)) @ w
        for w, x in zip(weights, schedule, strict=True)
    ]

    assert (weights * (periods + 2.5 * schedule)).sum() == pytest.approx(2.5)
    assert sum(spread) == pytest.approx(gls_variance(schedule, 5, components))


def test_a_cell_nobody_measured_has_no_weight():
    weights = cell_weights(INCOMPLETE, 5, Components(1.0, 0.3))

    assert (weights[INCOMPLETE < 0] == 0).all()


def test_an_effect_that_cannot_be_told_from_periods_is_refused():
    with pytest.raises(NotIdentified, match="cannot be told"):
        gls_variance([[0, 1], [0, 1]], 5, Components(1.0, 0.1))


def test_more_correlated_readings_say_less():
    variances = [gls_variance([[0], [0], [1], [1]], 50, Components.of(1, icc)) for icc in (0, 0.05)]

    assert variances[1] / variances[0] == pytest.approx(design_effect(0.05, 50))


def test_unequal_sizes_widen_both_formulas():
    assert design_effect(0.05, 50, 0.65) > design_effect(0.05, 50)
    components = Components.of(1.0, 0.05)
    assert unit_mean_variance(components, 50, size_cv=0.65) > unit_mean_variance(components, 50)


def test_a_unit_mean_varies_as_the_components_say():
    components, rng = Components.of(2.0, 0.3, 0.6), np.random.default_rng(1)
    runs, periods, n = 40_000, 3, 4
    level = rng.normal(0, components.unit**0.5, runs)
    cells = rng.normal(0, (components.period + components.within / n) ** 0.5, (runs, periods))

    simulated = (level + cells.mean(axis=1)).var()

    assert unit_mean_variance(components, n, n_periods=periods) == pytest.approx(
        simulated, rel=0.03
    )


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_power_is_how_often_a_t_test_rejects(alternative):
    rng = np.random.default_rng(2)
    x = rng.normal(0.9, 1, (20_000, 6)) - rng.normal(0, 1, (20_000, 6))
    effect = x.mean(axis=1) * (-1 if alternative == "less" else 1)
    t = effect / (x.std(axis=1, ddof=1) / 6**0.5)
    p = {
        "two-sided": 2 * stats.t.sf(abs(t), 5),
        "greater": stats.t.sf(t, 5),
        "less": stats.t.cdf(t, 5),
    }
    delta = 0.9 / 2**0.5 * 6**0.5 * (-1 if alternative == "less" else 1)

    exact = nct_power(delta, 5, alternative=alternative)

    assert exact == pytest.approx(np.mean(p[alternative] <= 0.05), abs=0.012)


def test_without_effect_power_is_the_level():
    assert nct_power(0.0, [3, 10, np.inf]) == pytest.approx([0.05] * 3)


@pytest.mark.parametrize("df", [2, 10, np.inf])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_the_detectable_effect_has_the_power(df, alternative):
    delta = needed_noncentrality(0.8, df, alternative=alternative)
    signed = -delta if alternative == "less" else delta

    assert nct_power(signed, df, alternative=alternative) == pytest.approx(0.8)


def test_an_unreachable_target_is_said_so():
    with pytest.raises(DesignError, match="not reached"):
        solve(lambda x: x, 5, 0, 1)
    with pytest.raises(ValueError, match="between alpha and 1"):
        needed_noncentrality(0.03, 10)


@pytest.mark.parametrize(("sd", "icc", "cac"), [(0, 0.1, 1), (1, -0.1, 1), (1, 0.1, 1.2)])
def test_components_come_from_shares(sd, icc, cac):
    with pytest.raises(ValueError, match="but it must"):
        Components.of(sd, icc, cac)

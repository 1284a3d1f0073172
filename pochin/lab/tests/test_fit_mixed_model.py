"""The mixed model against dense algebra on the rows, and against R."""

import numpy as np
import pytest
from scipy import stats

from pochin.lab.estimate.lmm import reml_kr
from pochin.lab.result import SchemaMismatch, Singular
from pochin.lab.tests.published import columns


def wedge_rows(seed, clusters=6, periods=4, sd=(0.5, 0.3)):
    """Rows of a small wedge with unequal cells: cluster, cell, outcome, design."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), periods)
    period = np.tile(np.arange(periods), clusters)
    treated = (period > cluster % (periods - 1)).astype(float)
    n = rng.integers(2, 9, clusters * periods)
    X = np.column_stack([np.eye(periods)[period], treated])
    level = sd[0] * rng.normal(size=clusters)[cluster] + sd[1] * rng.normal(size=len(n))
    cell = np.repeat(np.arange(len(n)), n)
    return cluster, n, X, cell, level[cell] + rng.normal(size=len(cell))


def moments(cell, y):
    n = np.bincount(cell)
    mean = np.bincount(cell, y) / n
    return n, mean, np.bincount(cell, (y - mean[cell]) ** 2)


class Dense:
    """The same model with the covariance of all rows written out."""

    def __init__(self, cluster, X, cell, y):
        self.X, self.y, self.N = X[cell], y, len(y)
        rows = cluster[cell]
        self.G = [np.eye(self.N), rows[:, None] == rows, cell[:, None] == cell]
        self.G = [one.astype(float) for one in self.G]

    def at(self, theta):
        V = sum(t * G for t, G in zip(theta, self.G, strict=True))
        inverse = np.linalg.inv(V)
        A = self.X.T @ inverse @ self.X
        beta = np.linalg.solve(A, self.X.T @ inverse @ self.y)
        return V, inverse, np.linalg.inv(A), beta

    def deviance(self, theta):
        V, inverse, phi, beta = self.at(theta)
        r = self.y - self.X @ beta
        return np.linalg.slogdet(V)[1] - np.linalg.slogdet(phi)[1] + r @ inverse @ r

    def kenward_roger(self, theta, c):
        _, inverse, phi, _ = self.at(theta)
        projector = inverse - inverse @ self.X @ phi @ self.X.T @ inverse
        info = [[np.sum((projector @ a) * (projector @ b).T) / 2 for b in self.G] for a in self.G]
        W, side = np.linalg.inv(info), inverse @ self.X
        P = [-side.T @ G @ side for G in self.G]
        Q = [[side.T @ a @ inverse @ b @ side for b in self.G] for a in self.G]
        spread = sum(W[k, m] * (Q[k][m] - P[k] @ phi @ P[m]) for k in range(3) for m in range(3))
        slopes = np.array([-c @ phi @ one @ phi @ c for one in P])
        variance = c @ phi @ c
        df = 2 * variance**2 / (slopes @ W @ slopes)
        return np.sqrt(c @ (phi + 2 * phi @ spread @ phi) @ c), df


@pytest.mark.parametrize("seed", range(6))
def test_moments_give_what_the_rows_give(seed):
    cluster, _, X, cell, y = wedge_rows(seed)
    c = np.eye(X.shape[1])[-1]

    fit = reml_kr(cluster, *moments(cell, y), X)

    dense, theta = Dense(cluster, X, cell, y), np.array(list(fit.components.values()))
    effect = fit.contrast(c)
    std_error, df = dense.kenward_roger(theta, c)
    assert effect.estimate == pytest.approx(dense.at(theta)[3][-1], rel=1e-9)
    assert (effect.std_error, effect.df) == pytest.approx((std_error, df), rel=1e-8)
    assert effect.p_value == pytest.approx(
        2 * stats.t.sf(abs(effect.estimate) / std_error, df), rel=1e-7
    )
    for k in range(3):
        step = np.eye(3)[k] * 1e-3
        assert dense.deviance(theta + step) > dense.deviance(theta)
        if theta[k] > 2e-3:
            assert dense.deviance(theta - step) > dense.deviance(theta)


def test_variances_are_found_whatever_the_unit():
    cluster, _, X, cell, y = wedge_rows(1)
    one = reml_kr(cluster, *moments(cell, y), X)

    other = reml_kr(cluster, *moments(cell, 1e6 * y - 3e8), X)

    c = np.eye(X.shape[1])[-1]
    assert other.contrast(c).estimate == pytest.approx(1e6 * one.contrast(c).estimate, rel=1e-6)
    assert other.contrast(c).df == pytest.approx(one.contrast(c).df, rel=1e-5)
    assert other.components["residual"] == pytest.approx(1e12 * one.components["residual"])


def test_the_order_of_cells_does_not_matter():
    cluster, _, X, cell, y = wedge_rows(2)
    n, mean, m2 = moments(cell, y)
    shuffled = np.random.default_rng(0).permutation(len(n))
    c = np.eye(X.shape[1])[-1]
    one = reml_kr(cluster, n, mean, m2, X)

    other = reml_kr(cluster[shuffled], n[shuffled], mean[shuffled], m2[shuffled], X[shuffled])

    assert other.contrast(c).estimate == pytest.approx(one.contrast(c).estimate)
    assert other.weights(c) == pytest.approx(one.weights(c)[shuffled])
    assert one.weights(c) @ mean == pytest.approx(one.contrast(c).estimate)


def test_one_contrast_is_the_joint_test_of_one():
    cluster, _, X, cell, y = wedge_rows(3)
    fit = reml_kr(cluster, *moments(cell, y), X)
    c = np.eye(X.shape[1])[-1]

    joint = fit.joint(c[None, :])

    single = fit.contrast(c)
    assert joint.p_value == pytest.approx(single.p_value)
    assert joint.df == pytest.approx((1, single.df))


def test_a_variance_at_zero_is_named():
    cluster, n, X, _, _ = wedge_rows(4)
    rng = np.random.default_rng(4)
    mean = X @ np.arange(X.shape[1]) + 1e-3 * rng.normal(size=len(n))

    fit = reml_kr(cluster, n, mean, n - 1.0, X)

    assert fit.boundary == ("cluster", "cluster_period")
    assert fit.contrast(np.eye(X.shape[1])[-1]).estimate == pytest.approx(4, abs=0.01)


def test_cells_of_one_row_have_no_effect_of_their_own():
    cluster, n, X, _, _ = wedge_rows(5)
    mean = np.random.default_rng(5).normal(size=len(n)) + cluster

    fit = reml_kr(cluster, np.ones(len(n)), mean, 0.0, X)

    assert fit.components["cluster_period"] == 0.0
    assert fit.components["cluster"] > 0.1
    assert "cluster_period" not in fit.boundary


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"n": np.zeros(24)}, SchemaMismatch),
        ({"n": np.ones(23)}, SchemaMismatch),
        ({"mean": np.full(24, np.nan)}, SchemaMismatch),
        ({"mean": np.full(24, 3.0), "ssw": 0.0}, Singular),
        ({"X": np.ones((24, 2))}, Singular),
        ({"X": np.zeros((24, 1))}, Singular),
        ({"X": np.eye(24)}, Singular),
        ({"ssw": -1.0}, SchemaMismatch),
    ],
)
def test_cells_that_cannot_be_modelled_are_refused(change, error):
    cluster, _, X, cell, y = wedge_rows(0)
    n, mean, ssw = moments(cell, y)
    given = {"cluster": cluster, "n": n, "mean": mean, "ssw": ssw, "X": X} | change

    with pytest.raises(error):
        reml_kr(**given)


@pytest.fixture(scope="module")
def example():
    """The published example: 2,011 rows in 90 cells."""
    data = columns("sw_example/sw_data_example.csv")
    key = data["cluster"] * 1000 + data["period"]
    cells, cell = np.unique(key, return_inverse=True)
    n, mean, ssw = moments(cell, data["outcome_cont"])
    period = cells % 1000
    treated = np.bincount(cell, data["trt"]) / n
    X = np.column_stack([period[:, None] == np.unique(period), treated])
    return cells // 1000, n, mean, ssw, X.astype(float)


def test_the_example_without_cluster_periods_is_what_r_prints(example):
    effect = reml_kr(*example, nested=False).contrast(np.eye(7)[-1])

    assert round(effect.estimate, 7) == 0.5237967
    assert round(effect.std_error_model, 7) == 0.0733321


def test_the_example_with_cluster_periods_is_what_r_prints(example):
    fit = reml_kr(*example)

    effect = fit.contrast(np.eye(7)[-1])
    # R's search stopped at a likelihood lower by 4e-9 than the top; see the next test.
    assert effect.estimate == pytest.approx(0.5224078, abs=1e-6)
    assert effect.std_error == pytest.approx(0.0763017, abs=6e-7)
    assert round(effect.df, 3) == 81.508
    assert round(fit.components["cluster"], 6) == round(0.0146389, 6)
    assert fit.components["cluster_period"] == pytest.approx(0.0013261, abs=1e-6)


def test_no_variances_are_likelier_than_ours(example):
    fit = reml_kr(*example)

    def deviance(theta):
        cluster, n, mean, ssw, X = example
        V = np.diag(theta[0] / n + theta[2]) + theta[1] * (cluster[:, None] == cluster)
        inverse = np.linalg.inv(V)
        A = X.T @ inverse @ X
        r = mean - X @ np.linalg.solve(A, X.T @ inverse @ mean)
        size = np.linalg.slogdet(V)[1] + np.linalg.slogdet(A)[1] + r @ inverse @ r
        return size + (n.sum() - len(n)) * np.log(theta[0]) + ssw.sum() / theta[0]

    ours = np.array(list(fit.components.values()))
    printed_by_r = np.array([1.0288084, 0.0146389, 0.0013261])
    assert deviance(ours) < deviance(printed_by_r) < deviance(ours) + 1e-7

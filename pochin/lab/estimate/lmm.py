"""Nested exchangeable mixed models from cluster-period moments: REML and Kenward–Roger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.estimate.reml import (
    COMPONENTS,
    Cells,
    State,
    about_least_squares,
    maximise,
    told_apart,
)
from pochin.lab.estimate.robust_mixed import robust_error
from pochin.lab.result import SchemaMismatch, Singular

# Below this share of the total variance a component counts as lying at zero.
BOUNDARY = 1e-6


@dataclass(frozen=True)
class Contrast:
    """One linear combination of coefficients with its uncertainty.

    Attributes:
        estimate: In the unit of the outcome.
        std_error: By Kenward and Roger, or by whole units; same unit.
        std_error_model: Standard error without the adjustment, same unit.
        df: Denominator degrees of freedom.
        p_value: Two-sided, by t with `df`.
    """

    estimate: float
    std_error: float
    std_error_model: float
    df: float
    p_value: float


@dataclass(frozen=True)
class JointTest:
    """An F test of several contrasts at once.

    Attributes:
        statistic: Scaled F statistic.
        df: Numerator and denominator degrees of freedom.
        p_value: Upper tail.
    """

    statistic: float
    df: tuple[float, float]
    p_value: float


@dataclass(frozen=True, eq=False)
class MixedFit:
    """A fitted model y = Xβ + cluster + cluster-period + residual.

    Attributes:
        beta: Coefficients, shape (p,), in the unit of the outcome.
        covariance_model: (X'V⁻¹X)⁻¹, shape (p, p).
        covariance: The same with Kenward & Roger's adjustment, shape (p, p).
        components: Variances "residual", "cluster", "cluster_period", unit of the outcome squared.
        boundary: Names of components estimated as zero.
        deviance: Minus twice the restricted log-likelihood, up to a constant.
    """

    beta: np.ndarray
    covariance_model: np.ndarray
    covariance: np.ndarray
    components: dict[str, float]
    boundary: tuple[str, ...]
    deviance: float
    _slopes: np.ndarray
    _weights: np.ndarray
    _state: State
    _places: tuple[np.ndarray, np.ndarray]
    _scale: float

    def contrast(self, c: np.ndarray) -> Contrast:
        """One combination c'β, c of shape (p,)."""
        c = np.asarray(c, float)
        estimate = float(c @ self.beta)
        std_error = float(np.sqrt(c @ self.covariance @ c))
        _, A2 = self._moments(c[None, :])
        # With one contrast Kenward & Roger's scale is exactly 1 and df is 2/A2.
        df = float(2.0 / A2) if A2 > 0 else np.inf
        p_value = 2 * stats.t.sf(abs(estimate / std_error), df)
        model = float(np.sqrt(c @ self.covariance_model @ c))
        return Contrast(estimate, std_error, model, df, float(p_value))

    def robust(self, c: np.ndarray) -> Contrast:
        """One combination c'β with an error that holds however the levels of units drift.

        Raises:
            Singular: Single units decide all of it, so nothing tells how far off they are.
        """
        c = np.asarray(c, float)
        plain = self.contrast(c)
        variance, df = robust_error(self._state, c)
        if not variance > 0:
            raise Singular("The units are too few to tell how far chance carries the effect.")
        std_error = float(np.sqrt(variance)) * self._scale
        p_value = 2 * float(stats.t.sf(abs(plain.estimate / std_error), df))
        return replace(plain, std_error=std_error, df=float(df), p_value=p_value)

    def joint(self, C: np.ndarray) -> JointTest:
        """All rows of C β = 0 at once, C of shape (q, p)."""
        C = np.atleast_2d(np.asarray(C, float))
        q = len(C)
        A1, A2 = self._moments(C)
        m, scale = scaled_f(A1, A2, q)
        estimate = C @ self.beta
        F = scale / q * estimate @ np.linalg.solve(C @ self.covariance @ C.T, estimate)
        return JointTest(float(F), (float(q), float(m)), float(stats.f.sf(F, q, m)))

    def weights(self, c: np.ndarray) -> np.ndarray:
        """Weight of each cell mean in c'β, shape (M,), in the order the cells were given."""
        laid_out = self._state.vx @ (self._state.phi @ np.asarray(c, float))
        return laid_out[self._places]

    def _moments(self, C: np.ndarray) -> tuple[Any, Any]:
        return kr_moments(C, self.covariance_model, self._slopes, self._weights)


def kr_moments(
    C: np.ndarray, phi: np.ndarray, slopes: np.ndarray, weights: np.ndarray
) -> tuple[Any, Any]:
    """Kenward & Roger's A1 and A2 of the contrasts C, shape (q, p), for one fit or for many."""
    theta = C.T @ np.linalg.solve(C @ phi @ C.T, np.broadcast_to(C, (*phi.shape[:-2], *C.shape)))
    M = (theta @ phi)[..., None, :, :] @ slopes @ phi[..., None, :, :]
    traces = np.einsum("...kaa->...k", M)
    A1 = np.einsum("...k,...kl,...l->...", traces, weights, traces)
    A2 = np.einsum("...kl,...kab,...lba->...", weights, M, M)
    return A1, A2


def scaled_f(A1: Any, A2: Any, q: int) -> tuple[Any, Any]:
    """Denominator degrees of freedom and scale of the F of q contrasts."""
    B = (A1 + 6 * A2) / (2 * q)
    g = ((q + 1) * A1 - (q + 4) * A2) / ((q + 2) * A2)
    c1, c2, c3 = (one / (3 * q + 2 * (1 - g)) for one in (g, q - g, q + 2 - g))
    mean = 1 / (1 - A2 / q)
    variance = (2 / q) * (1 + c1 * B) / ((1 - c2 * B) ** 2 * (1 - c3 * B))
    rho = variance / (2 * mean**2)
    m = 4 + (q + 2) / (q * rho - 1)
    return m, m / (mean * (m - 2))


def reml_kr(
    cluster: np.ndarray,
    n: np.ndarray,
    mean: np.ndarray,
    ssw: float | np.ndarray,
    X: np.ndarray,
    *,
    nested: bool = True,
) -> MixedFit:
    """Fit y = Xβ + c_i + d_ij + e_ijk by REML from the moments of M cluster-period cells.

    Nothing is lost against the rows: the cell means and the pooled within sum of squares are
    sufficient when X does not vary within cells.

    Args:
        cluster: The cluster of each cell, shape (M,), any labels.
        n: Rows behind each cell, shape (M,), positive.
        mean: Cell means, shape (M,), in the unit of the outcome.
        ssw: Sum of squares within cells, whole or by cell, unit squared; 0 if every n is 1.
        X: Design of the cells, shape (M, p), of full column rank.
        nested: Whether clusters have an effect of their own in each period; it cannot be told
            from the residual, and is left out, where every n is 1.

    Raises:
        SchemaMismatch: Shapes differ, or a value is not finite or not positive where it must be.
        Singular: Columns of X repeat each other, or nothing varies.
        NoConvergence: The search ended away from an optimum.

    Source:
        Patterson, H. D. & Thompson, R. (1971). Biometrika 58, 545–554.
        Kenward, M. G. & Roger, J. H. (1997). Biometrics 53, 983–997.
        Hooper, R. et al. (2016). Statistics in Medicine 35, 4718–4728 (the nested model).

    Example:
        >>> z = np.array([0, 0, 1, 0, 1, 1.0])
        >>> X = np.column_stack([np.ones(6), np.tile([0, 1, 0], 2), np.tile([0, 0, 1], 2), z])
        >>> fit = reml_kr([1, 1, 1, 2, 2, 2], [9] * 6, [5, 6, 8, 4, 7, 7.0], [8.0] * 6, X)
        >>> print(f"{fit.beta[3]:.3f} with {fit.contrast([0, 0, 0, 1]).df:.2f} df")
        1.891 with 1.08 df
    """
    cells, places, scale, start = _prepared(cluster, n, mean, ssw, X, nested)
    return _fitted(maximise(cells), places, scale, start)


def _prepared(
    cluster: np.ndarray,
    n: np.ndarray,
    mean: np.ndarray,
    ssw: float | np.ndarray,
    X: np.ndarray,
    nested: bool,
) -> tuple[Cells, tuple[np.ndarray, np.ndarray], float, np.ndarray]:
    """Cells by cluster, where each one went, the outcome's scale, and where it is counted from.

    The outcome is taken about its least squares fit: the model moves with any Xb, and large
    levels would take the digits of the spread.
    """
    n, mean, X, within = *(np.asarray(one, float) for one in (n, mean, X)), float(np.sum(ssw))
    check_cells(np.asarray(cluster), n, mean, X, within)
    residual, start = about_least_squares(X, mean)
    if within <= 1e-10 * float(residual @ residual):
        # Rows that are alike within cells say nothing more than one of them.
        n, within = np.ones(len(n)), 0.0
    scale = float(np.sqrt((within + (n * residual**2).sum()) / n.sum()))
    if not scale > 1e-12 * float(np.abs(mean).max()):
        raise Singular("The outcome does not vary once the model is taken out of it.")
    row, column = places_of(np.asarray(cluster))
    nested = nested and bool((n > 1).any()) and within > 0

    def laid_out(values: np.ndarray, empty: float) -> np.ndarray:
        room = np.full((row.max() + 1, column.max() + 1, *values.shape[1:]), empty)
        room[row, column] = values
        return room

    cells = Cells(
        n=laid_out(n, 1.0),
        mean=laid_out(residual / scale, 0.0),
        X=laid_out(X, 0.0),
        seen=laid_out(np.ones(len(n)), 0.0) > 0,
        ssw=within / scale**2,
        nested=nested,
    )
    return cells, (row, column), scale, start


def check_cells(
    cluster: np.ndarray, n: np.ndarray, mean: np.ndarray, X: np.ndarray, ssw: float
) -> None:
    if not (len(cluster) == len(n) == len(mean) == len(X)) or X.ndim != 2:
        raise SchemaMismatch("The cells, their counts, means and design differ in length.")
    finite = all(np.isfinite(one).all() for one in (n, mean, X, ssw))
    if not (finite and ssw >= 0 and (n > 0).all()):
        raise SchemaMismatch("A cell has no rows, or a count, mean or design that is no number.")
    if len(n) <= X.shape[1]:
        raise Singular(f"{len(n)} cells are too few for a model of {X.shape[1]} coefficients.")


def places_of(cluster: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row (cluster) and column (order within it) of each cell."""
    row = np.unique(cluster, return_inverse=True)[1].reshape(-1)
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row[order], row[order])
    column = np.empty(len(row), int)
    column[order] = np.arange(len(row)) - first
    return row, column


def _fitted(
    state: State, places: tuple[np.ndarray, np.ndarray], scale: float, start: np.ndarray
) -> MixedFit:
    free = np.array([True, True, state.cells.nested])
    told_apart(state.expected[np.ix_(free, free)])
    weights, adjusted = adjusted_covariance(state, free)
    phi, theta = state.phi, state.theta * scale**2
    total = theta.sum()
    boundary = tuple(
        name
        for name, value, moves in zip(COMPONENTS, theta, free, strict=True)
        if moves and value <= BOUNDARY * total
    )
    return MixedFit(
        beta=start + state.beta * scale,
        covariance_model=phi * scale**2,
        covariance=adjusted * scale**2,
        components=dict(zip(COMPONENTS, theta.tolist(), strict=True)),
        boundary=boundary,
        deviance=float(state.deviance),
        # In the unit of the outcome: P by 1/scale⁴, the covariance of the variances by scale⁴.
        _slopes=state.slopes / scale**4,
        _weights=weights * scale**4,
        _state=state,
        _places=places,
        _scale=scale,
    )


def adjusted_covariance(state: State, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Covariance of the variances, (3, 3), and of the coefficients as adjusted, (p, p)."""
    P, Q, phi = state.slopes, state.curvatures[0], state.phi
    weights = np.zeros(state.expected.shape)
    rows, columns = np.ix_(free, free)
    weights[..., rows, columns] = np.linalg.inv(state.expected[..., rows, columns])
    bent = P[..., :, None, :, :] @ phi[..., None, None, :, :] @ P[..., None, :, :, :]
    spread = np.einsum("...kl,...klab->...ab", weights, Q - bent)
    adjusted = phi + 2 * phi @ spread @ phi
    return weights, (adjusted + adjusted.swapaxes(-1, -2)) / 2

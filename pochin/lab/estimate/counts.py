"""Regression of counts on time whose spread exceeds Poisson's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pochin.lab.estimate.lmm import Contrast
from pochin.lab.inference.tails import t_p_value
from pochin.lab.result import (
    NoConvergence,
    SchemaMismatch,
    Singular,
)


@dataclass(frozen=True, eq=False)
class RateFit:
    """A log-linear model of counts with more spread than chance alone gives.

    Attributes:
        beta: Log rate ratios, shape (p,).
        covariance: With the dispersion in it, shape (p, p).
        dispersion: Pearson's chi-square by degrees of freedom; 1 for pure chance.
        df: Periods less coefficients.
        residual: Pearson residuals, shape (T,).
    """

    beta: np.ndarray
    covariance: np.ndarray
    dispersion: float
    df: int
    residual: np.ndarray

    def contrast(self, c: np.ndarray) -> Contrast:
        """One combination c'β on the log scale, c of shape (p,)."""
        c = np.asarray(c, float)
        estimate, spread = float(c @ self.beta), float(np.sqrt(c @ self.covariance @ c))
        plain = spread / np.sqrt(self.dispersion)
        p_value = t_p_value(estimate / spread, self.df)
        return Contrast(estimate, spread, float(plain), float(self.df), p_value)


def quasi_poisson(
    counts: np.ndarray, X: np.ndarray, *, exposure: np.ndarray | None = None
) -> RateFit:
    """Fit log E(counts) = log exposure + Xβ, variance proportional to the mean.

    Args:
        counts: Not negative, shape (T,).
        X: Shape (T, p), of full rank.
        exposure: What the counts are out of, positive, shape (T,).

    Raises:
        SchemaMismatch: A count is negative or missing, or an exposure is not positive.
        Singular: Columns repeat each other, or nothing was counted.
        NoConvergence: The fit did not settle.

    Source:
        McCullagh, P. & Nelder, J. A. (1989). Generalized Linear Models, ch. 6 and 9.
        Lopez Bernal, J., Cummins, S. & Gasparrini, A. (2017). International Journal of
        Epidemiology 46, 348–355.

    Example:
        >>> step = np.array([[1, 0], [1, 0], [1, 1], [1, 1]])
        >>> fit = quasi_poisson(np.array([10, 12, 20, 24]), step)
        >>> np.exp(fit.beta).round(6).tolist()
        [11.0, 2.0]
    """
    counts, X = np.asarray(counts, float), np.asarray(X, float)
    offset = np.zeros(len(counts)) if exposure is None else np.asarray(exposure, float)
    if exposure is not None and not (offset > 0).all():
        raise SchemaMismatch("An exposure is missing or not positive.")
    offset = np.log(offset) if exposure is not None else offset
    if not (counts >= 0).all() or not np.isfinite(counts).all():
        raise SchemaMismatch("A count is missing or negative.")
    if not counts.any() or np.linalg.matrix_rank(X) < X.shape[1] or len(X) <= X.shape[1]:
        raise Singular("Nothing was counted, or the model has more columns than the series tells.")
    eta = np.log(counts + 0.5)
    for _ in range(100):
        mean = np.exp(eta)
        response = eta - offset + (counts - mean) / mean
        weighted = X * mean[:, None]
        beta = np.linalg.solve(weighted.T @ X, weighted.T @ response)
        new = offset + X @ beta
        if np.abs(new - eta).max() < 1e-10:
            break
        eta = np.clip(new, -30, 30)
    else:
        raise NoConvergence("The rates did not settle; some periods hold no counts at all.")
    mean = np.exp(eta)
    df = len(counts) - X.shape[1]
    residual = (counts - mean) / np.sqrt(mean)
    dispersion = float(residual @ residual / df)
    inverse = np.linalg.inv((X * mean[:, None]).T @ X)
    return RateFit(beta, inverse * dispersion, dispersion, df, residual)

"""Least squares over convex weights, exactly."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from pochin.lab.result import NoConvergence, NotIdentified


def simplex_weights(A: np.ndarray, b: np.ndarray, *, ridge: float = 0.0) -> np.ndarray:
    """Weights w ≥ 0, Σw = 1 that make A w nearest to b: min |A w − b|² + ridge |w|².

    Because the weights sum to one, A w − b is (A − b 1') w, so the task is the point of a convex
    hull nearest to the origin; appending a row of ones and scaling the non-negative solution to
    sum one solves it exactly, for nothing but the scale depends on that row.

    Args:
        A: One column for each weight, shape (m, J).
        b: Shape (m,).
        ridge: Not negative; makes the weights unique and even.

    Raises:
        NotIdentified: There is nothing to weigh.
        NoConvergence: The active set did not settle.

    Source:
        Wolfe, P. (1976). Mathematical Programming 11, 128–149 (the nearest point);
        Lawson, C. L. & Hanson, R. J. (1974). Solving Least Squares Problems, ch. 23.

    Example:
        >>> simplex_weights(np.array([[0.0, 4.0]]), np.array([1.0])).round(6)
        array([0.75, 0.25])
    """
    away = A - b[:, None]
    size = away.shape[1]
    if not size:
        raise NotIdentified("There is no donor to weigh.")
    if ridge:
        away = np.vstack([away, np.sqrt(ridge) * np.eye(size)])
    scale = np.sqrt((away**2).sum(axis=0).mean())
    if not scale:
        return np.full(size, 1 / size)
    stacked = np.vstack([away / scale, np.ones(size)])
    target = np.zeros(len(stacked))
    target[-1] = 1.0
    try:
        weights = optimize.nnls(stacked, target, maxiter=max(1000, 30 * size))[0]
    except RuntimeError:
        raise NoConvergence("The weights of the donors did not settle.") from None
    return weights / weights.sum()

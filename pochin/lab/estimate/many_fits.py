"""The mixed model on many data sets of one layout at once: simulated pilots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from pochin.lab.estimate.lmm import (
    adjusted_covariance,
    check_cells,
    kr_moments,
    places_of,
    reml_kr,
    scaled_f,
)
from pochin.lab.estimate.reml import (
    FLOOR,
    MOST_STEPS,
    NEAR,
    OVER,
    Cells,
    State,
    about_least_squares,
    starting,
)
from pochin.lab.estimate.robust_mixed import robust_error
from pochin.lab.result import EstimationError

TOGETHER = 500
"""Data sets fitted at a time, so that what is worked on stays near the processor."""


@dataclass(frozen=True, eq=False)
class Contrasts:
    """One linear combination in each of R fits, all of shape (R,); NaN where a fit did not end.

    Attributes:
        estimate: In the unit of the outcome.
        std_error: Adjusted standard error, same unit.
        std_error_model: Standard error without the adjustment, same unit.
        df: Denominator degrees of freedom.
        joint_p_value: Of the F test of further contrasts, where they were given.
        robust_error: Standard error that holds however the levels of units drift, same unit.
        robust_df: Its degrees of freedom.
    """

    estimate: np.ndarray
    std_error: np.ndarray
    std_error_model: np.ndarray
    df: np.ndarray
    joint_p_value: np.ndarray
    robust_error: np.ndarray
    robust_df: np.ndarray


def reml_kr_many(
    cluster: np.ndarray,
    n: np.ndarray,
    mean: np.ndarray,
    ssw: np.ndarray,
    X: np.ndarray,
    c: np.ndarray,
    *,
    joint: np.ndarray | None = None,
    nested: bool = True,
) -> Contrasts:
    """`reml_kr` on R data sets of one layout at once, some thirty times faster than in turn.

    Args:
        cluster: The cluster of each cell, shape (M,).
        n: Rows behind each cell, shape (R, M).
        mean: Cell means, shape (R, M), in the unit of the outcome.
        ssw: Sum of squares within the cells of each data set, shape (R,), unit squared.
        X: Design of the cells, shape (M, p), of full column rank.
        c: The combination c'β wanted, shape (p,).
        joint: Contrasts tested together besides, shape (q, p).
        nested: As in `reml_kr`.

    Raises:
        SchemaMismatch, Singular: The layout cannot be fitted, whatever the outcome.

    Example:
        >>> z = np.array([0, 0, 1, 0, 1, 1.0])
        >>> X = np.column_stack([np.ones(6), np.tile([0, 1, 0], 2), np.tile([0, 0, 1], 2), z])
        >>> y = np.array([[5, 6, 8, 4, 7, 7.0], [5, 6, 7, 4, 7, 8.0]])
        >>> who, n = [1, 1, 1, 2, 2, 2], np.full((2, 6), 9)
        >>> two = reml_kr_many(who, n, y, [48.0, 48.0], X, np.array([0, 0, 0, 1.0]))
        >>> two.estimate.round(3).tolist(), two.df.round(2).tolist()
        ([1.891, 1.0], [1.08, 2.0])
    """
    n, mean, ssw, c = (np.asarray(one, float) for one in (n, mean, ssw, c))
    chunks = np.array_split(np.arange(len(mean)), max(1, -(-len(mean) // TOGETHER)))
    parts = [
        _together(
            np.asarray(cluster), n[k], mean[k], ssw[k], np.asarray(X, float), c, joint, nested
        )
        for k in chunks
    ]
    return Contrasts(*np.concatenate(parts, axis=1))


def _together(
    cluster: np.ndarray,
    n: np.ndarray,
    mean: np.ndarray,
    ssw: np.ndarray,
    X: np.ndarray,
    c: np.ndarray,
    joint: np.ndarray | None,
    nested: bool,
) -> np.ndarray:
    """The seven figures of each data set, shape (7, R)."""
    check_cells(cluster, n[0], mean[0], X, 0.0)
    found = np.full((7, len(mean)), np.nan)
    beside, start = (one.T for one in about_least_squares(X, mean.T))
    squares = (beside**2).sum(axis=1)
    # Rows alike within cells, or no spread at all, are left to the fit of one data set.
    usual = ssw > 1e-10 * squares
    usual &= np.isfinite(mean).all(axis=1) & np.isfinite(n).all(axis=1) & (n > 0).all(axis=1)
    for one in np.flatnonzero(~usual):
        found[:, one] = _alone(cluster, n[one], mean[one], ssw[one], X, c, joint, nested)
    kept = np.flatnonzero(usual)
    if not len(kept):
        return found
    n, ssw, beside = n[kept], ssw[kept], beside[kept]
    scale = np.sqrt((ssw + (n * beside**2).sum(axis=1)) / n.sum(axis=1))
    row, column = places_of(cluster)

    def laid_out(values: np.ndarray, empty: float) -> np.ndarray:
        room = np.full((len(values), row.max() + 1, column.max() + 1), empty)
        room[:, row, column] = values
        return room

    design = np.zeros((*laid_out(n[:1], 1.0)[0].shape, X.shape[1]))
    design[row, column] = X
    seen = laid_out(np.ones((1, len(row))), 0.0)[0] > 0
    unit = laid_out(beside / scale[:, None], 0.0)
    nested = nested and bool((n > 1).any(axis=1).all())
    cells = Cells(laid_out(n, 1.0), unit, design, seen, ssw / scale**2, nested)
    theta, ended = maximise_many(cells, starting(cells, beside / scale[:, None]))
    free = np.array([True, True, nested])
    state = State(cells.take(ended), theta[ended])
    scale, kept = scale[ended], kept[ended]
    if len(kept):
        found[:, kept] = _figures(state, free, scale, start[kept], c, joint)
    return found


def _figures(
    state: State,
    free: np.ndarray,
    scale: np.ndarray,
    start: np.ndarray,
    c: np.ndarray,
    joint: np.ndarray | None,
) -> np.ndarray:
    weights, covariance = adjusted_covariance(state, free)
    phi, beta = state.phi, start + state.beta * scale[:, None]
    _, A2 = kr_moments(c[None, :], phi, state.slopes, weights)
    df = np.where(A2 > 0, 2.0 / np.where(A2 > 0, A2, 1.0), np.inf)
    errors = [np.sqrt(np.einsum("p,rpq,q->r", c, one, c)) * scale for one in (covariance, phi)]
    p_value = np.full(len(scale), np.nan)
    if joint is not None:
        q, effects = len(joint), (joint @ beta.T).T
        m, factor = scaled_f(*kr_moments(joint, phi, state.slopes, weights), q)
        solved = np.linalg.solve(joint @ covariance @ joint.T, effects[:, :, None])[:, :, 0]
        solved /= scale[:, None] ** 2
        p_value = stats.f.sf(factor / q * (effects * solved).sum(axis=1), q, m)
    variance, robust_df = robust_error(state, c)
    return np.stack([beta @ c, *errors, df, p_value, np.sqrt(variance) * scale, robust_df])


def _alone(
    cluster: np.ndarray,
    n: np.ndarray,
    mean: np.ndarray,
    ssw: float,
    X: np.ndarray,
    c: np.ndarray,
    joint: np.ndarray | None,
    nested: bool,
) -> list[float]:
    try:
        fit = reml_kr(cluster, n, mean, ssw, X, nested=nested)
    except EstimationError:
        return [np.nan] * 7
    one, robust = fit.contrast(c), fit.robust(c)
    together = np.nan if joint is None else fit.joint(joint).p_value
    by_model = [one.estimate, one.std_error, one.std_error_model, one.df, together]
    return [*by_model, robust.std_error, robust.df]


def maximise_many(cells: Cells, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same search for many data sets at once.

    Args:
        cells: R data sets of one layout.
        start: From `starting`, shape (R, 3).

    Returns:
        The variances, shape (R, 3), and where the search came to its end, shape (R,).
    """
    may_move = np.array([True, True, cells.nested])
    theta, ended, last = start.copy(), np.zeros(len(start), bool), np.full(len(start), np.inf)
    state, pending = State(cells, start), np.arange(len(start))
    for _ in range(MOST_STEPS):
        score, information = state.score, state.expected
        free = may_move & ((state.theta > FLOOR) | (score > 0))
        step, clear = _steps(information, score, free)
        gain = (score * step).sum(axis=1)
        there = clear & ((gain < OVER) | ((last[pending] <= gain) & (gain < NEAR)))
        near = clear & ~there & (gain < NEAR)
        far = clear & ~there & ~near
        trial, better = _shorter_until_all_better(state, step, far)
        trial[near] = np.maximum(state.theta[near] + step[near], FLOOR)
        last[pending[near]] = gain[near]
        ended[pending[there | (far & ~better & (gain < 1e-7))]] = True
        going = near | better
        theta[pending[going]] = trial[going]
        if not going.any():
            break
        pending = pending[going]
        state = State(state.cells.take(going), trial[going])
    return theta, ended


def _steps(
    information: np.ndarray, score: np.ndarray, free: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fisher's steps of those free to move, (R, 3), and where the variances are told apart."""
    moving = free[:, :, None] & free[:, None, :]
    length = np.sqrt(np.maximum(np.einsum("rkk->rk", information), 0))
    clear = (length > 0) | ~free
    scale = np.where(free & clear, length, 1.0)
    unit = np.where(moving, information / (scale[:, :, None] * scale[:, None, :]), np.eye(3))
    clear = clear.all(axis=1) & np.isfinite(unit).all(axis=(1, 2))
    unit[~clear] = np.eye(3)
    clear &= np.linalg.eigvalsh(unit)[:, 0] >= 1e-10
    unit[~clear] = np.eye(3)
    step = np.linalg.solve(unit, np.where(free, score / scale, 0.0)[:, :, None])[:, :, 0]
    return step / scale, clear


def _shorter_until_all_better(
    state: State, step: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The variances after steps short enough, (R, 3), and for which there are any."""
    theta, better, left = state.theta.copy(), np.zeros(len(step), bool), np.flatnonzero(wanted)
    for halved in range(40):
        if not len(left):
            break
        move = np.maximum(state.theta[left] + step[left] / 2**halved, FLOOR)
        found = State(state.cells.take(left), move).deviance < state.deviance[left]
        theta[left[found]], better[left[found]] = move[found], True
        left = left[~found]
    return theta, better

"""Errors of the mixed model that hold however the levels of units drift."""

from __future__ import annotations

from typing import Any

import numpy as np

from pochin.lab.estimate.reml import State

# Below this a unit decides a direction of the model alone, and its residual there says nothing.
ALONE = 1e-8


def robust_error(state: State, c: np.ndarray) -> tuple[Any, Any]:
    """Variance and degrees of freedom of c'β from how far whole units lie off, for one fit or many.

    The estimate stays that of the model, whose covariance is only the guess by which residuals
    are put right (“CR2 with a working model”): a wrong guess costs sharpness and no promise.

    Args:
        state: The model at its variances.
        c: Shape (p,).

    Returns:
        Both NaN where single units decide all of it.

    Source:
        Pustejovsky, J. E. & Tipton, E. (2018). JBES 36, 672–683, eqs. 7, 8 and 11.
        Bell, R. M. & McCaffrey, D. F. (2002). Survey Methodology 28, 169–181.
        Ouyang, Y. et al. (2024). Statistical Methods in Medical Research 33, 1497–1516 (why, in a
        wedge whose correlation is guessed wrong).
    """
    X, left = _whitened(state, state.cells.X), _whitened(state, state.residual[..., None])[..., 0]
    phi = state.phi[..., None, :, :]
    hat = X @ phi @ X.swapaxes(-1, -2)
    reach = np.einsum("...gmp,...p->...gm", X, state.phi @ c)
    a = _root(np.eye(hat.shape[-1]) - hat, reach)
    score, own = (a * left).sum(axis=-1), (a * a).sum(axis=-1)
    U = np.einsum("...gmp,...gm->...gp", X, a)
    # K = diag(own) − U φ U', the products of what makes each unit's score under the model.
    turned = np.einsum("...gp,...pq->...gq", U, state.phi)
    shared = (turned * U).sum(axis=-1)
    inner = U.swapaxes(-1, -2) @ turned
    squares = (own**2 - 2 * own * shared).sum(axis=-1) + np.einsum("...pq,...qp->...", inner, inner)
    trace = (own - shared).sum(axis=-1)
    # What a unit decides alone leaves no residual; its share is taken from the model. Where no
    # unit does, the trace is c'φc and nothing changes.
    whole = np.einsum("p,...pq,q->...", c, state.phi, c)
    told = trace > ALONE * whole
    share = np.where(told, whole / np.where(told, trace, 1.0), np.nan)
    return share * (score**2).sum(axis=-1), trace**2 / np.where(told, squares, np.nan)


def _whitened(state: State, columns: np.ndarray) -> np.ndarray:
    """V^(−1/2) times columns of cells, shape (…, G, m, k), by units.

    With V = D(I + θdd')D' and D = diag(1/d) the root needs no matrix: (I + θdd')^(−1/2) is
    I + f dd' with f = ((1 + θ|d|²)^(−1/2) − 1) / |d|².
    """
    d = np.sqrt(state.w)
    f = (np.sqrt(state.c) - 1) / np.where(state.sw > 0, state.sw, 1.0)
    stretched = d[..., None] * columns
    along = np.einsum("...gm,...gmk->...gk", d, stretched)
    return stretched + (f[..., None] * d)[..., None] * along[..., None, :]


def _root(kept: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """kept^(−1/2) reach for each unit, without directions in which nothing is kept."""
    values, vectors = np.linalg.eigh(kept)
    roots = np.where(values > ALONE, 1 / np.sqrt(np.maximum(values, ALONE)), 0.0)
    along = np.einsum("...gmk,...gm->...gk", vectors, reach)
    return np.einsum("...gmk,...gk->...gm", vectors, roots * along)

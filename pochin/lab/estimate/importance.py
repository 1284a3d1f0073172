"""How important each predictor of a synthetic twin is: a search with many local optima."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.stats import qmc

from pochin.lab.result import NoConvergence, SchemaMismatch


@dataclass(frozen=True, eq=False)
class _Nested:
    """The loss over earlier outcomes as a function of the log importance of predictors.

    Attributes:
        C: Donors less treated in standardised predictors, shape (K, J).
        Z: Donors less treated in earlier outcomes, shape (T0, J).
    """

    C: np.ndarray
    Z: np.ndarray

    def weights(self, log_v: np.ndarray) -> np.ndarray:
        """As `simplex_weights`, without its preparations: this runs a thousand times."""
        away = np.sqrt(_share(log_v))[:, None] * self.C
        scale = math.sqrt(float(np.vdot(away, away)) / away.shape[1])
        stacked = np.ones((len(away) + 1, away.shape[1]))
        stacked[:-1] = away / scale
        target = np.zeros(len(stacked))
        target[-1] = 1.0
        try:
            weights = optimize.nnls(stacked, target, maxiter=1000 + 30 * len(stacked))[0]
        except RuntimeError:
            raise NoConvergence("The weights of the donors did not settle.") from None
        return weights / weights.sum()

    def loss(self, log_v: np.ndarray) -> float:
        gap = self.Z @ self.weights(log_v)
        return float(gap @ gap / len(gap))

    def slope(self, log_v: np.ndarray) -> tuple[float, np.ndarray]:
        """Loss and gradient, through the conditions that hold on the donors in use."""
        v, w = _share(log_v), self.weights(log_v)
        gap = self.Z @ w
        used = np.flatnonzero(w > 1e-10)
        C, size = self.C[:, used], len(used)
        system = np.zeros((size + 1, size + 1))
        gram = C.T @ (v[:, None] * C)
        # More donors in use than predictors: any of the answers will do.
        system[:size, :size] = gram + 1e-14 * np.trace(gram) * np.eye(size)
        system[:size, size] = system[size, :size] = 1.0
        right = np.append(2 * self.Z[:, used].T @ gap / len(gap), 0.0)
        try:
            adjoint = np.linalg.solve(system, right)[:size]
        except np.linalg.LinAlgError:
            adjoint = np.zeros(size)
        by_v = -(C @ adjoint) * (C @ w[used])
        return float(gap @ gap / len(gap)), v * (by_v - v @ by_v)


def _share(log_v: np.ndarray) -> np.ndarray:
    v: np.ndarray = np.exp(log_v - log_v.max())
    return v / v.sum()


# Importance may differ by a factor of e²⁴; beyond, predictors are switched off anyway.
WIDEST = 12.0


def by_predictors(
    y: np.ndarray, donors: np.ndarray, own: np.ndarray, others: np.ndarray, starts: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the donors, shape (J,), and importance of the predictors, shape (K,).

    Args:
        y, donors: Outcomes before the start, shape (T0,) and (J, T0).
        own, others: Predictors, shape (K,) and (J, K).
        starts: Of the search.

    Raises:
        SchemaMismatch: A predictor is missing, or the same everywhere.
        NoConvergence: The weights did not settle.

    Source:
        Abadie, A. & Gardeazabal, J. (2003). American Economic Review 93, 113–132, appendix B.
    """
    if np.isnan(own).any() or np.isnan(others).any() or others.shape != (len(donors), len(own)):
        raise SchemaMismatch("Each predictor needs a value for the treated unit and every donor.")
    spread = np.vstack([others, own]).std(axis=0, ddof=1)
    if not spread.all():
        raise SchemaMismatch("A predictor is the same everywhere; leave it out.")
    task = _Nested(((others - own) / spread).T, (donors - y).T)
    begun = sorted((_descend(task, point, 12) for point in _starts(task, starts)), key=_first)
    found = sorted((_descend(task, point, 60) for _, point in begun[:8]), key=_first)
    best = _polish(task, found[0][1])
    return task.weights(best), _share(best)


def _first(pair: tuple[float, np.ndarray]) -> float:
    return pair[0]


def _starts(task: _Nested, starts: int) -> list[np.ndarray]:
    """The best of ten times as many points spread evenly, and each predictor alone."""
    size = len(task.C)
    spread = (qmc.Halton(size, scramble=False).random(10 * starts + 1)[1:] - 0.5) * 16
    points = np.vstack([np.zeros(size), 8 * np.eye(size) - 4, spread])
    order = np.argsort([task.loss(point) for point in points], kind="stable")
    return [points[k] for k in order[:starts]]


def _descend(task: _Nested, point: np.ndarray, steps: int) -> tuple[float, np.ndarray]:
    """BFGS with backtracking; small matrices, so plainer and faster than a library's."""
    H = np.eye(len(point))
    loss, slope = task.slope(point)
    for _ in range(steps):
        move = -H @ slope
        if move @ slope > -1e-14:
            H, move = np.eye(len(point)), -slope
        move *= min(1.0, 4 / max(float(np.abs(move).max()), 1e-300))
        step = _backtrack(task, point, loss, slope, move)
        if step is None:
            break
        next_point, next_loss, next_slope = step
        s, d = next_point - point, next_slope - slope
        if s @ d > 1e-12:
            left = np.eye(len(s)) - np.outer(s, d) / (s @ d)
            H = left @ H @ left.T + np.outer(s, s) / (s @ d)
        ended = loss - next_loss < 1e-9 * loss
        point, loss, slope = next_point, next_loss, next_slope
        if ended:
            break
    return loss, point


def _backtrack(
    task: _Nested, point: np.ndarray, loss: float, slope: np.ndarray, move: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray] | None:
    length = 1.0
    for _ in range(12):
        trial = np.clip(point + length * move, -WIDEST, WIDEST)
        value, gradient = task.slope(trial)
        if value < loss + 1e-4 * length * float(slope @ move):
            return trial, value, gradient
        length /= 3
    return None


def _polish(task: _Nested, point: np.ndarray) -> np.ndarray:
    """A search without gradients, for the best point often lies where donors change."""
    found = optimize.minimize(
        lambda trial: task.loss(np.clip(trial, -WIDEST, WIDEST)),
        point,
        method="Nelder-Mead",
        options={"maxfev": 400, "xatol": 1e-4, "fatol": 1e-8},
    )
    return np.clip(found.x, -WIDEST, WIDEST)

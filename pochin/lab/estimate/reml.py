"""The restricted likelihood of the mixed model on cells, and the search for its top."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pochin.lab.result import NoConvergence, Singular

COMPONENTS = ("residual", "cluster", "cluster_period")
MOST_STEPS = 200
# Expected gains: below the first the search is over; below the second the likelihood can no
# longer show by its digits which step is better, and the step is taken as it is.
OVER, NEAR = 1e-14, 1e-8
# Rows that are their own cell leave the residual nothing but the cell spread.
FLOOR = np.array([1e-10, 0.0, 0.0])


@dataclass(frozen=True, eq=False)
class Cells:
    """Cell means laid out by clusters, padded with empty cells, shapes (G, m) and (G, m, p).

    Small products by cluster stay on one thread, where one tall product would wake them all.
    Many data sets of one layout go together: n, mean and ssw then have a leading axis of their
    number, shapes (R, G, m) and (R,), and so have the variances, (R, 3).
    """

    n: np.ndarray
    mean: np.ndarray
    X: np.ndarray
    seen: np.ndarray
    ssw: Any
    nested: bool

    @cached_property
    def within_df(self) -> Any:
        return (self.n * self.seen).sum(axis=(-2, -1)) - self.seen.sum()

    def take(self, which: np.ndarray) -> Cells:
        """The data sets of these numbers, which may also be a mask."""
        return Cells(
            self.n[which], self.mean[which], self.X, self.seen, self.ssw[which], self.nested
        )

    @cached_property
    def diagonals(self) -> dict[int, np.ndarray]:
        """The two diagonal derivatives of V by the variances: 1/n and 1, zero where empty."""
        return {0: self.seen / self.n, 2: self.seen.astype(float)}


@dataclass(frozen=True, eq=False)
class State:
    """The model at given variances (residual, cluster, cluster-period).

    The covariance of cell means within a cluster is diag(1/w) + cluster·J, so its inverse is
    diag(w) − k w w' (Sherman & Morrison 1950) and nothing larger than (p, p) is ever inverted.
    Shapes are told for one data set; many have their number in front.
    """

    cells: Cells
    theta: np.ndarray

    @cached_property
    def w(self) -> np.ndarray:
        inner, _, outer = _by_cell(self.theta)
        return self.cells.seen / (inner / self.cells.n + outer)

    @cached_property
    def sw(self) -> np.ndarray:
        return self.w.sum(axis=-1)

    @cached_property
    def c(self) -> np.ndarray:
        return 1.0 / (1.0 + self.theta[..., 1, None] * self.sw)

    @cached_property
    def k(self) -> np.ndarray:
        return self.theta[..., 1, None] * self.c

    def solve(self, column: np.ndarray) -> np.ndarray:
        """V⁻¹ times one column, shape (G, m)."""
        weighted = self.w * column
        return weighted - self.w * (self.k * weighted.sum(axis=-1))[..., None]

    @cached_property
    def vx(self) -> np.ndarray:
        """V⁻¹X, shape (G, m, p)."""
        weighted = self.w[..., None] * self.cells.X
        shared = self.k[..., None] * weighted.sum(axis=-2)
        return weighted - self.w[..., None] * shared[..., None, :]

    @cached_property
    def phi(self) -> np.ndarray:
        """(X'V⁻¹X)⁻¹, shape (p, p); of no use where the deviance is infinite."""
        fine = np.isfinite(self._size)[..., None, None]
        return np.linalg.inv(np.where(fine, self.information, np.eye(self.information.shape[-1])))

    @cached_property
    def information(self) -> np.ndarray:
        return _products(self.cells.X, self.vx)

    @cached_property
    def beta(self) -> np.ndarray:
        side = np.einsum("...gmp,...gm->...p", self.vx, self.cells.mean)
        return np.einsum("...pq,...q->...p", self.phi, side)

    @cached_property
    def residual(self) -> np.ndarray:
        return self.cells.mean - np.einsum("gmp,...p->...gm", self.cells.X, self.beta)

    @cached_property
    def u(self) -> np.ndarray:
        return self.solve(self.residual)

    @cached_property
    def _size(self) -> np.ndarray:
        """Logarithm of the determinant of the information; infinite where there is none."""
        sign, size = np.linalg.slogdet(self.information)
        return np.where((sign > 0) & np.isfinite(size), size, np.inf)

    @cached_property
    def deviance(self) -> Any:
        """Minus twice the restricted log-likelihood, up to a constant."""
        cells, inner = self.cells, self.theta[..., 0]
        return (
            cells.within_df * np.log(inner)
            + cells.ssw / inner
            - np.log(self.w[..., cells.seen]).sum(axis=-1)
            - np.log(self.c).sum(axis=-1)
            + self._size
            + (self.residual * self.u).sum(axis=(-2, -1))
        )

    @cached_property
    def slopes(self) -> np.ndarray:
        """P_k = −X'V⁻¹G_kV⁻¹X with G_k = ∂V/∂θ_k: diag(1/n), J and I; shape (3, p, p)."""
        U, sums = self.vx, self.vx.sum(axis=-2)
        P = [-_products(U, d[..., None] * U) for d in self.cells.diagonals.values()]
        return np.stack([P[0], -_turned(sums) @ sums, P[1]], axis=-3)

    @cached_property
    def curvatures(self) -> tuple[np.ndarray, np.ndarray]:
        """Q_kl = X'V⁻¹G_kV⁻¹G_lV⁻¹X, (3, 3, p, p), and tr(V⁻¹G_kV⁻¹G_l), (3, 3)."""
        U, w, k, csw = self.vx, self.w, self.k, self.c * self.sw
        sums, p, many = U.sum(axis=-2), U.shape[-1], self.theta.shape[:-1]
        Q, traces = np.empty((*many, 3, 3, p, p)), np.empty((*many, 3, 3))
        Q[..., 1, 1, :, :] = (_turned(sums) * csw[..., None, :]) @ sums
        traces[..., 1, 1] = (csw**2).sum(axis=-1)
        diagonals = self.cells.diagonals
        shares = {j: ((d * w)[..., None] * U).sum(axis=-2) for j, d in diagonals.items()}
        squares = {j: (d * w * w).sum(axis=-1) for j, d in diagonals.items()}
        for j, d in diagonals.items():
            cross = (_turned(sums) * self.c[..., None, :]) @ shares[j]
            Q[..., 1, j, :, :], Q[..., j, 1, :, :] = cross, _turned(cross)
            traces[..., 1, j] = traces[..., j, 1] = (squares[j] * self.c**2).sum(axis=-1)
            for i, e in diagonals.items():
                own = _products(U, (d * e * w)[..., None] * U)
                Q[..., j, i, :, :] = own - (_turned(shares[j]) * k[..., None, :]) @ shares[i]
                apart = d * e * w * w * (1 - 2 * k[..., None] * w)
                together = (k * k * squares[j] * squares[i]).sum(axis=-1)
                traces[..., j, i] = apart.sum(axis=(-2, -1)) + together
        return Q, traces

    @cached_property
    def score(self) -> np.ndarray:
        """Derivative of the restricted log-likelihood by the variances, shape (3,)."""
        inner, ones = self.cells.diagonals.values()
        kw, u, cells = self.k[..., None] * self.w, self.u, (-2, -1)
        shared = (u.sum(axis=-1) ** 2).sum(axis=-1)
        quadratic = [(inner * u * u).sum(axis=cells), shared, (u * u).sum(axis=cells)]
        trace = [
            (inner * self.w * (1 - kw)).sum(axis=cells),
            (self.sw * self.c).sum(axis=-1),
            (ones * self.w * (1 - kw)).sum(axis=cells),
        ]
        score = np.stack(quadratic, axis=-1) - np.stack(trace, axis=-1)
        score -= np.einsum("...ab,...kba->...k", self.phi, self.slopes)
        inner_variance = self.theta[..., 0]
        score[..., 0] += self.cells.ssw / inner_variance**2 - self.cells.within_df / inner_variance
        return 0.5 * score

    @cached_property
    def expected(self) -> np.ndarray:
        """Expected restricted information of the variances, shape (3, 3)."""
        Q, traces = self.curvatures
        phiP = self.phi[..., None, :, :] @ self.slopes
        answer = 0.5 * (
            traces
            - 2 * np.einsum("...ab,...klba->...kl", self.phi, Q)
            + np.einsum("...kab,...lba->...kl", phiP, phiP)
        )
        answer[..., 0, 0] += 0.5 * self.cells.within_df / self.theta[..., 0] ** 2
        return answer


def _by_cell(theta: np.ndarray) -> tuple[np.ndarray, ...]:
    """The three variances, each to broadcast with cells."""
    return tuple(theta[..., k, None, None] for k in range(3))


def _turned(A: np.ndarray) -> np.ndarray:
    return A.swapaxes(-1, -2)


def _products(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Sum over clusters of A_g'B_g, shape (p, p)."""
    if A.ndim == B.ndim == 3:
        return (A.transpose(0, 2, 1) @ B).sum(axis=0)
    tall = [one.reshape(*one.shape[:-3], -1, one.shape[-1]) for one in (A, B)]
    return _turned(tall[0]) @ tall[1]


def least_squares(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Coefficients by normal equations in columns of unit length; y of shape (M,) or (M, R)."""
    length = np.sqrt((X * X).sum(axis=0))
    if not length.all():
        raise Singular("A column of the model is zero everywhere.")
    gram = (X / length).T @ (X / length)
    if np.linalg.eigvalsh(gram)[0] < 1e-10:
        raise Singular(
            "The columns of the model repeat each other, so the effect is not told apart."
        )
    return (np.linalg.solve(gram, (X / length).T @ y).T / length).T


def about_least_squares(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Residuals of least squares and their coefficients, in two turns to keep the digits.

    Args:
        X: Shape (M, p).
        y: Shape (M,) or (M, R).
    """
    beta = least_squares(X, y)
    beta = beta + least_squares(X, y - X @ beta)
    return y - X @ beta, beta


def starting(cells: Cells, residual: np.ndarray) -> np.ndarray:
    """Moment estimates of the variances, split evenly between the two levels, shape (3,).

    Args:
        cells: The data.
        residual: What least squares leave of the seen cells, shape (M,) or (R, M).
    """
    count, p = residual.shape[-1], cells.X.shape[-1]
    spread = (residual**2).sum(axis=-1) / (count - p)
    within = np.where(cells.ssw > 0, cells.ssw, 1.0) / np.maximum(cells.within_df, 1)
    inner = np.where(cells.ssw > 0, within, spread / 2)
    share = (cells.seen / cells.n).sum(axis=(-2, -1)) / count
    outer = np.maximum(spread - inner * share, 0.1 * spread)
    return np.stack([inner, outer / 2, outer / 2 if cells.nested else 0 * outer], axis=-1)


def _start(cells: Cells) -> np.ndarray:
    X, y = cells.X[cells.seen], cells.mean[cells.seen]
    return starting(cells, y - X @ least_squares(X, y))


def maximise(cells: Cells) -> State:
    """Fisher scoring with step halving and an active set for variances at zero."""
    may_move = np.array([True, True, cells.nested])
    state, last = State(cells, _start(cells)), np.inf
    for _ in range(MOST_STEPS):
        score = state.score
        free = may_move & ((state.theta > FLOOR) | (score > 0))
        step = np.zeros(3)
        step[free] = np.linalg.solve(told_apart(state.expected[np.ix_(free, free)]), score[free])
        gain = float(score @ step)
        if gain < OVER or last <= gain < NEAR:
            return state
        if gain < NEAR:
            state, last = State(cells, np.maximum(state.theta + step, FLOOR)), gain
            continue
        better = _shorter_until_better(state, step)
        if better is None:
            if gain < 1e-7:
                return state
            break
        state = better
    raise NoConvergence("The variances could not be estimated: the likelihood has no clear top.")


def told_apart(information: np.ndarray) -> np.ndarray:
    """The information, if it is large enough to tell the variances from each other."""
    length = np.sqrt(np.maximum(np.diag(information), 0))
    if not length.all():
        raise Singular("The cells are too few to tell the variances.")
    if length.size and np.linalg.eigvalsh(information / np.outer(length, length))[0] < 1e-10:
        raise Singular("The cells are too few to tell the variances from each other.")
    return information


def _shorter_until_better(state: State, step: np.ndarray) -> State | None:
    for _ in range(40):
        trial = State(state.cells, np.maximum(state.theta + step, FLOOR))
        if trial.deviance < state.deviance:
            return trial
        step = step / 2
    return None

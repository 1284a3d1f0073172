"""The restricted likelihood of the mixed model on cells, and the search for its top."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pochin.lab.result import NoConvergence, Singular

COMPONENTS = ("residual", "cluster", "cluster_period")
MOST_STEPS = 200


@dataclass(frozen=True, eq=False)
class Cells:
    """Cell means laid out by clusters, padded with empty cells, shapes (G, m) and (G, m, p).

    Small products by cluster stay on one thread, where one tall product would wake them all.
    """

    n: np.ndarray
    mean: np.ndarray
    X: np.ndarray
    seen: np.ndarray
    ssw: float
    nested: bool

    @cached_property
    def within_df(self) -> float:
        return float(self.n[self.seen].sum() - self.seen.sum())

    @cached_property
    def diagonals(self) -> dict[int, np.ndarray]:
        """The two diagonal derivatives of V by the variances: 1/n and 1, zero where empty."""
        return {0: self.seen / self.n, 2: self.seen.astype(float)}


@dataclass(frozen=True, eq=False)
class State:
    """The model at given variances (residual, cluster, cluster-period).

    The covariance of cell means within a cluster is diag(1/w) + cluster·J, so its inverse is
    diag(w) − k w w' (Sherman & Morrison 1950) and nothing larger than (p, p) is ever inverted.
    """

    cells: Cells
    theta: np.ndarray

    @cached_property
    def w(self) -> np.ndarray:
        return self.cells.seen / (self.theta[0] / self.cells.n + self.theta[2])

    @cached_property
    def sw(self) -> np.ndarray:
        return self.w.sum(axis=1)

    @cached_property
    def c(self) -> np.ndarray:
        return 1.0 / (1.0 + self.theta[1] * self.sw)

    @cached_property
    def k(self) -> np.ndarray:
        return self.theta[1] * self.c

    def solve(self, column: np.ndarray) -> np.ndarray:
        """V⁻¹ times one column, shape (G, m)."""
        weighted = self.w * column
        return weighted - self.w * (self.k * weighted.sum(axis=1))[:, None]

    @cached_property
    def vx(self) -> np.ndarray:
        """V⁻¹X, shape (G, m, p)."""
        weighted = self.w[:, :, None] * self.cells.X
        shared = self.k[:, None] * weighted.sum(axis=1)
        return weighted - self.w[:, :, None] * shared[:, None, :]

    @cached_property
    def phi(self) -> np.ndarray:
        """(X'V⁻¹X)⁻¹, shape (p, p)."""
        return np.linalg.inv(self.information)

    @cached_property
    def information(self) -> np.ndarray:
        return _products(self.cells.X, self.vx)

    @cached_property
    def beta(self) -> np.ndarray:
        return self.phi @ np.einsum("gmp,gm->p", self.vx, self.cells.mean)

    @cached_property
    def residual(self) -> np.ndarray:
        return self.cells.mean - self.cells.X @ self.beta

    @cached_property
    def u(self) -> np.ndarray:
        return self.solve(self.residual)

    @cached_property
    def deviance(self) -> float:
        """Minus twice the restricted log-likelihood, up to a constant."""
        sign, size = np.linalg.slogdet(self.information)
        if sign <= 0 or not np.isfinite(size):
            return np.inf
        return float(
            self.cells.within_df * np.log(self.theta[0])
            + self.cells.ssw / self.theta[0]
            - np.log(self.w[self.cells.seen]).sum()
            - np.log(self.c).sum()
            + size
            + (self.residual * self.u).sum()
        )

    @cached_property
    def slopes(self) -> np.ndarray:
        """P_k = −X'V⁻¹G_kV⁻¹X with G_k = ∂V/∂θ_k: diag(1/n), J and I; shape (3, p, p)."""
        U, sums = self.vx, self.vx.sum(axis=1)
        P = [-_products(U, d[:, :, None] * U) for d in self.cells.diagonals.values()]
        return np.array([P[0], -sums.T @ sums, P[1]])

    @cached_property
    def curvatures(self) -> tuple[np.ndarray, np.ndarray]:
        """Q_kl = X'V⁻¹G_kV⁻¹G_lV⁻¹X, (3, 3, p, p), and tr(V⁻¹G_kV⁻¹G_l), (3, 3)."""
        U, w, k, csw = self.vx, self.w, self.k, self.c * self.sw
        sums, p = U.sum(axis=1), U.shape[2]
        Q, traces = np.empty((3, 3, p, p)), np.empty((3, 3))
        Q[1, 1], traces[1, 1] = (sums.T * csw) @ sums, (csw**2).sum()
        diagonals = self.cells.diagonals
        shares = {j: ((d * w)[:, :, None] * U).sum(axis=1) for j, d in diagonals.items()}
        squares = {j: (d * w * w).sum(axis=1) for j, d in diagonals.items()}
        for j, d in diagonals.items():
            Q[1, j] = (sums.T * self.c) @ shares[j]
            Q[j, 1] = Q[1, j].T
            traces[1, j] = traces[j, 1] = (squares[j] * self.c**2).sum()
            for i, e in diagonals.items():
                Q[j, i] = _products(U, (d * e * w)[:, :, None] * U)
                Q[j, i] -= (shares[j].T * k) @ shares[i]
                traces[j, i] = (d * e * w * w * (1 - 2 * k[:, None] * w)).sum()
                traces[j, i] += (k * k * squares[j] * squares[i]).sum()
        return Q, traces

    @cached_property
    def score(self) -> np.ndarray:
        """Derivative of the restricted log-likelihood by the variances, shape (3,)."""
        inner, ones = self.cells.diagonals.values()
        kw, u = self.k[:, None] * self.w, self.u
        quadratic = np.array([(inner * u * u).sum(), (u.sum(axis=1) ** 2).sum(), (u * u).sum()])
        trace = np.array(
            [
                (inner * self.w * (1 - kw)).sum(),
                (self.sw * self.c).sum(),
                (ones * self.w * (1 - kw)).sum(),
            ]
        )
        trace += np.einsum("ab,kba->k", self.phi, self.slopes)
        within = self.cells.ssw / self.theta[0] ** 2 - self.cells.within_df / self.theta[0]
        return 0.5 * (quadratic - trace + np.array([within, 0.0, 0.0]))

    @cached_property
    def expected(self) -> np.ndarray:
        """Expected restricted information of the variances, shape (3, 3)."""
        Q, traces = self.curvatures
        phiP = self.phi @ self.slopes
        answer = 0.5 * (
            traces
            - 2 * np.einsum("ab,klba->kl", self.phi, Q)
            + np.einsum("kab,lba->kl", phiP, phiP)
        )
        answer[0, 0] += 0.5 * self.cells.within_df / self.theta[0] ** 2
        return answer


def _products(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Sum over clusters of A_g'B_g, shape (p, p)."""
    return (A.transpose(0, 2, 1) @ B).sum(axis=0)


def least_squares(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Coefficients by normal equations in columns of unit length."""
    length = np.sqrt((X * X).sum(axis=0))
    if not length.all():
        raise Singular("A column of the model is zero everywhere.")
    gram = (X / length).T @ (X / length)
    if np.linalg.eigvalsh(gram)[0] < 1e-10:
        raise Singular(
            "The columns of the model repeat each other, so the effect is not told apart."
        )
    return np.linalg.solve(gram, (X / length).T @ y) / length


def _start(cells: Cells) -> np.ndarray:
    """Moment estimates, split evenly between the two levels."""
    X, y, n = cells.X[cells.seen], cells.mean[cells.seen], cells.n[cells.seen]
    residual = y - X @ least_squares(X, y)
    spread = float(residual @ residual / (len(y) - X.shape[1]))
    inner = cells.ssw / cells.within_df if cells.ssw > 0 else spread / 2
    outer = max(spread - inner * float((1 / n).mean()), 0.1 * spread)
    return np.array([inner, outer / 2, outer / 2 if cells.nested else 0.0])


def maximise(cells: Cells) -> State:
    """Fisher scoring with step halving and an active set for variances at zero."""
    may_move = np.array([True, True, cells.nested])
    # Rows that are their own cell leave the residual nothing but the cell spread.
    floor = np.array([1e-10, 0.0, 0.0])
    state = State(cells, _start(cells))
    for _ in range(MOST_STEPS):
        score = state.score
        free = may_move & ((state.theta > floor) | (score > 0))
        step = np.zeros(3)
        step[free] = np.linalg.solve(told_apart(state.expected[np.ix_(free, free)]), score[free])
        gain = float(score @ step)
        if gain < 1e-14:
            return state
        better = _shorter_until_better(state, step, floor)
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


def _shorter_until_better(state: State, step: np.ndarray, floor: np.ndarray) -> State | None:
    for _ in range(40):
        trial = State(state.cells, np.maximum(state.theta + step, floor))
        if trial.deviance < state.deviance:
            return trial
        step = step / 2
    return None

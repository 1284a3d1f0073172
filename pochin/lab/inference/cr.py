"""Least squares with errors that may be alike within clusters: CR0, CR1, CR2 and their tests.

Everything is computed from the cross-products of each cluster, so millions of rows reduce first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from pochin.lab.inference.tails import t_p_value, without_spread
from pochin.lab.moments import coded
from pochin.lab.result import Alternative, SchemaMismatch, Singular, TooFewUnits

TINY = 1e-10
"""Relative size below which a direction of a matrix counts as none."""


# Plain least squares.


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """Ordinary least squares with robust covariances.

    Attributes:
        beta: Coefficients, shape (p,).
        residuals: Shape (n,), in the unit of the outcome.
        X: Columns, shape (n, p).
        bread: (X'X)^-1, shape (p, p).
    """

    beta: np.ndarray
    residuals: np.ndarray
    X: np.ndarray
    bread: np.ndarray

    @property
    def classical(self) -> np.ndarray:
        """Covariance under equal variances, shape (p, p)."""
        n, p = self.X.shape
        return self.bread * float(self.residuals @ self.residuals) / (n - p)

    @property
    def leverage(self) -> np.ndarray:
        """Diagonal of the hat matrix, shape (n,)."""
        return np.einsum("ij,jk,ik->i", self.X, self.bread, self.X)

    def sandwich(self, kind: str = "HC2") -> np.ndarray:
        """Covariance that allows unequal variances, shape (p, p).

        Args:
            kind: "HC0", "HC1", "HC2" or "HC3".

        Source:
            MacKinnon, J. G. & White, H. (1985). Journal of Econometrics 29, 305–325.
        """
        n, p = self.X.shape
        left = np.clip(1 - self.leverage, TINY, None)
        scales = {"HC0": 1.0, "HC1": n / (n - p), "HC2": 1 / left, "HC3": 1 / left**2}
        if kind not in scales:
            raise ValueError(f"kind is {kind!r}, but it must be HC0, HC1, HC2 or HC3")
        meat = (self.X * (self.residuals**2 * scales[kind])[:, None]).T @ self.X
        return self.bread @ meat @ self.bread


def least_squares(X: Any, y: Any) -> LeastSquares:
    """Fit `y` (n,) on the columns of `X` (n, p).

    Raises:
        Singular: Columns repeat each other, or there are no more rows than columns.

    Example:
        >>> least_squares([[1, 0], [1, 1], [1, 2]], [1.0, 2.0, 3.0]).beta.round(6).tolist()
        [1.0, 1.0]
    """
    X, y = np.asarray(X, float), np.asarray(y, float)
    if len(y) <= X.shape[1]:
        raise Singular(f"{len(y)} values cannot carry {X.shape[1]} coefficients.")
    scale = np.sqrt((X**2).sum(axis=0))
    if not (scale > 0).all():
        raise Singular("A column is zero everywhere, so its effect has no value.")
    # From rows by QR: cross-products would lose half the digits of nearly alike columns.
    Q, R = np.linalg.qr(X / scale)
    if np.abs(np.diag(R)).min() < 1e-11:
        raise Singular("Columns of the model repeat each other; leave some of them out.")
    back = np.linalg.solve(R, np.eye(len(scale))) / scale[:, None]
    beta = back @ (Q.T @ y)
    return LeastSquares(beta, y - X @ beta, X, back @ back.T)


def _inverse(A: np.ndarray) -> np.ndarray:
    scale = np.sqrt(np.diag(A))
    if not (scale > 0).all():
        raise Singular("A column is zero everywhere, so its effect has no value.")
    unit = A / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(unit)
    if values[0] < 1e-11:
        raise Singular("Columns of the model repeat each other; leave some of them out.")
    return (vectors / values) @ vectors.T / np.outer(scale, scale)


# Clusters.


@dataclass(frozen=True, eq=False)
class ClusterProducts:
    """What cluster-robust inference needs of each cluster, and nothing more.

    Attributes:
        S: X'X of each cluster, shape (G, p, p).
        s: X'y of each cluster, shape (G, p).
        n: Rows of each cluster, shape (G,).
        ids: Clusters, shape (G,).
        sums: X'1 of each cluster, shape (G, p).
        weight: 1'1 of each cluster, shape (G,): its rows, or the sum of their weights.
        total: 1'y of each cluster, shape (G,).
    """

    S: np.ndarray
    s: np.ndarray
    n: np.ndarray
    ids: np.ndarray
    sums: np.ndarray
    weight: np.ndarray
    total: np.ndarray


def cluster_products(X: Any, y: Any, cluster: Any, *, weights: Any = None) -> ClusterProducts:
    """Reduce rows to clusters' cross-products; one pass for each pair of columns.

    Args:
        X: Columns, shape (n, p).
        y: Outcome, shape (n,).
        cluster: Labels, shape (n,).
        weights: Shape (n,), positive; rows count as much. (The working covariance is that of
            the weighted rows.)

    Raises:
        SchemaMismatch: Shapes disagree, a value is not finite, or a weight is not positive.

    Source:
        Wong, J. et al. (2021). You only compress once. arXiv:2102.11297.

    Example:
        >>> products = cluster_products([[1.0], [1.0], [1.0]], [1.0, 2.0, 4.0], ["a", "a", "b"])
        >>> products.S.ravel().tolist(), products.s.ravel().tolist()
        ([2.0, 1.0], [3.0, 4.0])
    """
    X, y = np.asarray(X, float), np.asarray(y, float)
    if X.ndim != 2 or len(X) != len(y) or len(np.asarray(cluster)) != len(y):
        raise SchemaMismatch("Columns, outcome and clusters differ in length.")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise SchemaMismatch("A row holds something that is not a number.")
    root = np.ones(len(y)) if weights is None else np.sqrt(np.asarray(weights, float))
    if weights is not None:
        X, y = X * root[:, None], y * root
    ids, place = coded(np.asarray(cluster))
    p, size = X.shape[1], len(ids)
    S, s = np.empty((size, p, p)), np.empty((size, p))
    for a in range(p):
        s[:, a] = np.bincount(place, X[:, a] * y, size)
        for b in range(a + 1):
            S[:, a, b] = S[:, b, a] = np.bincount(place, X[:, a] * X[:, b], size)
    n = np.bincount(place, minlength=size)
    same = ((X[:1, a] == root[:1]).all() and (X[:, a] == root).all() for a in range(p))
    level = next((a for a, found in enumerate(same) if found), None)
    if level is not None:  # The model has a level of its own, so its products are there already.
        return ClusterProducts(S, s, n, ids, S[:, level], S[:, level, level], s[:, level])
    sums = np.stack([np.bincount(place, X[:, a] * root, size) for a in range(p)], axis=1)
    weight, total = (np.bincount(place, root * of, size) for of in (root, y))
    return ClusterProducts(S, s, n, ids, sums, weight, total)


@dataclass(frozen=True)
class TTest:
    """A coefficient's or contrast's test; `df` may be infinite."""

    estimate: float
    std_error: float
    t: float
    df: float
    p_value: float


@dataclass(frozen=True)
class FTest:
    """A test of several contrasts at once; `df` is that of the denominator."""

    F: float
    df: float
    p_value: float


@dataclass(frozen=True, eq=False)
class ClusterRobust:
    """Least squares over clusters.

    Args:
        products: From `cluster_products`.

    Raises:
        Singular: Columns repeat each other.
        TooFewUnits: There is one cluster.

    Source:
        Bell, R. M. & McCaffrey, D. F. (2002). Survey Methodology 28, 169–181.
        Pustejovsky, J. E. & Tipton, E. (2018). JBES 36, 672–683.

    Example:
        >>> X = np.column_stack([np.ones(8), np.tile([0.0, 1.0], 4)])
        >>> y = [1.0, 2.0, 1.5, 2.0, 0.5, 3.0, 1.0, 2.5]
        >>> fit = ClusterRobust(cluster_products(X, y, np.repeat(range(4), 2)))
        >>> test = fit.t_test(1)
        >>> round(test.estimate, 3), round(test.std_error, 3), round(test.df, 3)
        (1.375, 0.427, 3.0)
    """

    products: ClusterProducts

    def __post_init__(self) -> None:
        if len(self.products.n) < 2:
            raise TooFewUnits("One cluster has nothing to be compared with.")
        object.__setattr__(self, "bread", _inverse(self.gram))

    bread: np.ndarray = None  # type: ignore[assignment]

    @property
    def n_clusters(self) -> int:
        return len(self.products.n)

    @cached_property
    def gram(self) -> np.ndarray:
        """X'X of all clusters together, shape (p, p)."""
        return self.products.S.sum(axis=0)

    @cached_property
    def beta(self) -> np.ndarray:
        """Coefficients, shape (p,)."""
        total = self.products.s.sum(axis=0)
        beta = self.bread @ total
        return beta + self.bread @ (total - self.gram @ beta)

    @cached_property
    def scores(self) -> np.ndarray:
        """X_g'e_g of each cluster, shape (G, p)."""
        return self.products.s - self.products.S @ self.beta

    @cached_property
    def adjustment(self) -> np.ndarray:
        """F_g = (I - S_g M)^(-1/2), with which X_g'A_g = F_g X_g', shape (G, p, p)."""
        # Columns of unit length first: their units must not decide about digits.
        length = np.sqrt(np.diag(self.gram))
        values, vectors = np.linalg.eigh(self.bread * length * length[:, None])
        roots = np.sqrt(values)
        root = (vectors * roots) @ (vectors.T / length)
        back = (vectors * length[:, None] / roots) @ vectors.T
        T = root @ self.products.S @ root.T
        share, axes = np.linalg.eigh(T)
        left = 1 - share
        # Where a cluster alone determines a direction there is no residual to scale up.
        scale = np.where(left > TINY, 1 / np.sqrt(np.maximum(left, TINY)), 0.0)
        inner = (axes * scale[:, None, :]) @ axes.transpose(0, 2, 1)
        return back @ inner @ root

    def covariance(self, kind: str = "CR2") -> np.ndarray:
        """Covariance of the coefficients, shape (p, p).

        Args:
            kind: "CR0", "CR1" (times G/(G-1)), "CR1S" (also times (n-1)/(n-p)) or "CR2".
        """
        scores, factor = self.scores, 1.0
        if kind == "CR2":
            scores = np.einsum("gij,gj->gi", self.adjustment, scores)
        elif kind in ("CR1", "CR1S"):
            factor = self.n_clusters / (self.n_clusters - 1)
            if kind == "CR1S":
                n, p = int(self.products.n.sum()), len(self.beta)
                factor *= (n - 1) / (n - p)
        elif kind != "CR0":
            raise ValueError(f"kind is {kind!r}, but it must be CR0, CR1, CR1S or CR2")
        return self.bread @ (scores.T @ scores) @ self.bread * factor

    def _contrast(self, which: Any) -> np.ndarray:
        if np.ndim(which) == 0:
            chosen = np.zeros(len(self.beta))
            chosen[int(which)] = 1.0
            return chosen
        return np.asarray(which, float)

    def _kernels(self, C: np.ndarray, icc: float = 0.0) -> np.ndarray:
        """K_ab,gh = p_a,g' W p_b,h, shape (q, q, G, G); W is (1 - icc) I + icc 11' in clusters."""
        F, S = self.adjustment, self.products.S
        turned = C @ self.bread
        V = (F @ (S @ turned.T)).transpose(2, 0, 1)
        reached = turned @ F
        own = (reached @ S @ reached.transpose(0, 2, 1)).transpose(1, 2, 0)
        K = -(V @ self.bread)[:, None] @ V.transpose(0, 2, 1)[None]
        g = np.arange(self.n_clusters)
        K[:, :, g, g] += own
        if not icc:
            return K
        # L_a,gk = 1_k'p_a,g: how much of the level of cluster k each cluster's term holds.
        sums = self.products.sums
        L = -(V @ self.bread) @ sums.T
        L[:, g, g] += np.einsum("gai,gi->ag", reached, sums)
        return (1 - icc) * K + icc * (L[:, None] @ L.transpose(0, 2, 1)[None])

    def satterthwaite_df(self, which: Any, *, icc: float = 0.0) -> float:
        """Degrees of freedom of the CR2 variance of a contrast.

        Args:
            icc: Correlation of two errors of one cluster that is worked with, from 0 (Bell &
                McCaffrey) to 1; `residual_icc` reckons it from the data.

        Source:
            Imbens, G. W. & Kolesár, M. (2016). Robust standard errors in small samples: some
            practical advice. Review of Economics and Statistics 98, 701–712, section IV.
        """
        K = self._kernels(self._contrast(which)[None, :], icc)[0, 0]
        return float(np.trace(K) ** 2 / (K**2).sum())

    def residual_icc(self, within: float, *, rows: int | None = None) -> float:
        """Share of the residual variance that lies between clusters, from 0 to 1.

        Args:
            within: Sum of squares of the residuals around their mean in each cluster, in the
                unit of the outcome squared; rows count by their weights.
            rows: How many values `within` is made of; default as many as the weights add up to.

        Source:
            Henderson, C. R. (1953). Biometrics 9, 226–252 (method 3).
        """
        known = self.products
        count = float(known.weight.sum()) if rows is None else float(rows)
        spare = count - self.n_clusters
        taken = np.einsum("gi,ij,gj->g", known.sums, self.bread, known.sums)
        held = float((known.weight - taken).sum())
        if spare <= 0 or held <= TINY * spare:
            return 0.0
        level = known.total - known.sums @ self.beta
        squares = within + float((level**2 / known.weight).sum())
        inside = within / spare
        free = count - len(self.beta)
        between = max(0.0, (squares - free * inside) / held)
        return between / (between + inside) if between else 0.0

    def t_test(
        self,
        which: Any,
        *,
        kind: str = "CR2",
        df: float | None = None,
        icc: float = 0.0,
        alternative: Alternative = "two-sided",
        null: float = 0.0,
    ) -> TTest:
        """Test one coefficient (its number) or contrast (shape (p,)).

        Args:
            df: Default Satterthwaite for CR2, G - 1 for the others.
            icc: What Satterthwaite's degrees of freedom suppose, as `satterthwaite_df` says.

        Raises:
            Singular: The variance of the contrast is zero.
        """
        c = self._contrast(which)
        estimate, variance = float(c @ self.beta), float(c @ self.covariance(kind) @ c)
        known = self.products
        level = float(np.abs(known.total / known.weight).max())
        scale = max(abs(estimate), level * math.sqrt(float(c @ self.bread @ c)))
        if without_spread(math.sqrt(max(variance, 0.0)), scale):
            raise Singular("The estimate has no spread between clusters to judge by.")
        if df is None:
            df = self.satterthwaite_df(c, icc=icc) if kind == "CR2" else self.n_clusters - 1.0
        t = (estimate - null) / math.sqrt(variance)
        return TTest(estimate, math.sqrt(variance), t, df, t_p_value(t, df, alternative))

    def wald_test(self, C: Any, *, kind: str = "CR2") -> FTest:
        """Test several contrasts, shape (q, p): AHT for CR2, else F with G - 1.

        Source:
            Pustejovsky & Tipton (2018), section 3.2 (approximate Hotelling's T²).
        """
        C = np.atleast_2d(np.asarray(C, float))
        q, effect = len(C), C @ self.beta
        Q = float(effect @ np.linalg.solve(C @ self.covariance(kind) @ C.T, effect))
        if kind != "CR2":
            df = self.n_clusters - 1.0
            return FTest(Q / q, df, float(special.fdtrc(q, df, Q / q)))
        eta = self._hotelling_df(C)
        df = eta - q + 1
        if df <= 0:
            raise TooFewUnits("There are too few clusters to test these contrasts together.")
        F = df / (eta * q) * Q
        return FTest(F, df, float(special.fdtrc(q, df, F)))

    def _hotelling_df(self, C: np.ndarray) -> float:
        omega = np.einsum("abgg->ab", self._kernels(C))
        values, vectors = np.linalg.eigh(omega)
        K = self._kernels((vectors / np.sqrt(values)) @ vectors.T @ C)
        total = np.einsum("aagh,bbgh->", K, K) + np.einsum("abgh,bahg->", K, K.swapaxes(2, 3))
        return float(len(C) * (len(C) + 1) / total)

"""The wild cluster bootstrap with the null imposed, from clusters' cross-products."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pochin.lab.inference.cr import ClusterProducts, ClusterRobust
from pochin.lab.inference.randomization import invert
from pochin.lab.result import Singular, check_level

ENUMERATED = 12
"""Up to this many clusters every row of signs is gone through."""


@dataclass(frozen=True)
class WildBootstrap:
    """The restricted wild cluster bootstrap of one coefficient.

    Args:
        which: Number of the coefficient.
        draws: How many rows of weights to draw where not all are gone through.
        weights: "rademacher" (signs; all 2^G rows up to 12 clusters) or "webb" (six values).

    Source:
        Cameron, A. C., Gelbach, J. B. & Miller, D. L. (2008). Review of Economics and Statistics
        90, 414–427. Webb, M. D. (2023). Canadian Journal of Economics 56, 839–858. Roodman, D. et
        al. (2019). Stata Journal 19, 4–60.

    Example:
        >>> from pochin.lab.inference.cr import cluster_products
        >>> X = np.column_stack([np.ones(12), np.repeat([0.0, 1.0], 6)])
        >>> y = [1.0, 2.0, 1.5, 2.0, 0.5, 3.0, 1.0, 2.5, 4.0, 3.0, 2.0, 3.5]
        >>> products = cluster_products(X, y, np.repeat(range(6), 2))
        >>> WildBootstrap(1).p_value(products)
        0.125
    """

    which: int = 1
    draws: int = 9_999
    weights: Literal["rademacher", "webb"] = "rademacher"

    def p_value(
        self,
        products: ClusterProducts,
        *,
        null: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> float:
        """Two-sided, symmetric p-value of the coefficient being `null`.

        Raises:
            Singular: The estimate has no spread between clusters.
        """
        W, exact = self._rows(len(products.n), rng)
        return self._p(ClusterRobust(products), W, exact, null)

    def conf_int(
        self,
        products: ClusterProducts,
        *,
        level: float = 0.95,
        rng: np.random.Generator | None = None,
    ) -> tuple[float, float]:
        """Values of the coefficient that the test does not reject, in its unit."""
        check_level(level)
        fit = ClusterRobust(products)
        W, exact = self._rows(len(products.n), rng)
        error = math.sqrt(fit.covariance("CR1")[self.which, self.which])
        estimate = float(fit.beta[self.which])
        return invert(lambda null: self._p(fit, W, exact, null), estimate, error, level)

    def _rows(self, G: int, rng: np.random.Generator | None) -> tuple[np.ndarray, bool]:
        if self.weights == "rademacher" and G <= ENUMERATED:
            bits = (np.arange(2**G)[:, None] >> np.arange(G)) & 1
            return 1.0 - 2.0 * bits, True
        if rng is None:
            raise ValueError("rng is None, but weights must be drawn")
        values = np.array([-1.0, 1.0])
        if self.weights == "webb":
            roots = np.sqrt([0.5, 1.0, 1.5])
            values = np.concatenate([-roots, roots])
        return values[rng.integers(len(values), size=(self.draws, G))], False

    def _p(self, fit: ClusterRobust, W: np.ndarray, exact: bool, null: float) -> float:
        u = _restricted_scores(fit, self.which, null)
        own = _t(fit, self.which, np.ones((1, len(u))), u)[0]
        if not math.isfinite(own):
            raise Singular("The estimate has no spread between clusters to judge by.")
        t = np.abs(_t(fit, self.which, W, u))
        beyond = int(np.count_nonzero(t >= abs(own) * (1 - 1e-9)))
        return beyond / len(W) if exact else (1 + beyond) / (1 + len(W))


def _restricted_scores(fit: ClusterRobust, which: int, null: float) -> np.ndarray:
    """X_g'e_g with the coefficient held at `null`, shape (G, p)."""
    S, s = fit.products.S, fit.products.s
    free = np.arange(S.shape[1]) != which
    beta = np.full(S.shape[1], null)
    total = S.sum(axis=0)
    beta[free] = np.linalg.solve(
        total[np.ix_(free, free)], s.sum(axis=0)[free] - total[free, which] * null
    )
    return s - S @ beta


def _t(fit: ClusterRobust, which: int, W: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Bootstrap t of each row of weights, shape (B,); the factor of CR1 cancels."""
    row = fit.bread[which]
    # Contribution of cluster h's weight to the projected score of cluster g.
    R = -(fit.products.S @ row) @ fit.bread @ u.T
    R[np.diag_indices(len(u))] += u @ row
    above, variance = W @ (u @ row), ((W @ R.T) ** 2).sum(axis=1)
    scale = float(np.abs(u @ row).max())
    with np.errstate(divide="ignore", invalid="ignore"):
        t = above / np.sqrt(variance)
    return np.where(variance > (1e-12 * scale) ** 2, t, np.where(np.abs(above) > 0, np.inf, 0.0))

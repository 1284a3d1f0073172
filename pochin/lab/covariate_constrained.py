"""Lots among the best balanced assignments, and pairs as alike as they can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, sparse

from pochin.lab.assignment import (
    ENUMERABLE,
    Assignment,
    labels_of,
)
from pochin.lab.randomize import complete, from_start, stratified
from pochin.lab.result import DesignError, NotRandomizable, SchemaMismatch, TooFewUnits
from pochin.lab.seeds import below

TIGHT = 0.75
"""In how many of the kept assignments two units may share an arm before it is worth a word."""


def constrained(
    unit_ids: Sequence[Any] | np.ndarray,
    n_treated: int,
    covariates: Any,
    *,
    rng: np.random.Generator,
    keep: float = 0.1,
    weights: Sequence[float] | None = None,
    strata: Sequence[Any] | np.ndarray | None = None,
    max_candidates: int = ENUMERABLE,
    period_ids: Sequence[Any] | np.ndarray = (0,),
    start: int = 0,
) -> Assignment:
    """Draw among the best balanced assignments; the test later goes through the same set.

    Args:
        unit_ids: Shape (I,).
        n_treated: Between 1 and I - 1 (by halves within strata when they are given).
        covariates: Known before the draw, shape (I,) or (I, k), each in its own unit.
        rng: From `generator(seed)`.
        keep: Share of candidates that are admissible, in (0, 1].
        weights: How much each covariate matters, shape (k,).
        strata: Labels, shape (I,).
        max_candidates: Larger sets are represented by this many draws.

    Raises:
        NotRandomizable: What is kept puts two units always in one arm.
        SchemaMismatch: A covariate is missing for a unit.

    Source:
        Moulton, L. H. (2004). Clinical Trials 1, 297–305 (validity); Li, F. et al. (2016).
        Statistics in Medicine 35, 1565–1579 (l2 score).
    """
    found = best_balanced(
        unit_ids, n_treated, covariates, rng=rng, keep=keep, weights=weights, strata=strata,
        max_candidates=max_candidates,
    )  # fmt: skip
    _refuse_bound_units(found.kept, np.asarray(unit_ids))
    treated = found.kept[below(len(found.kept), rng)]
    labels = None if strata is None else labels_of("stratum", strata, len(unit_ids))
    return Assignment(
        from_start(treated, period_ids, start),
        np.asarray(unit_ids),
        np.asarray(period_ids),
        labels,
        admissible=found.kept,
    )


@dataclass(frozen=True, eq=False)
class BestBalanced:
    """What a constrained lot is drawn among, beside what it could have been drawn among.

    Attributes:
        kept: Arms of the admissible assignments, shape (K, I), of 0 and 1.
        n_candidates: How many assignments were compared.
        n_possible: How many there are; larger where a sample of them was compared.
        usual, kept_at_most: Standardised difference of the arms by covariate, shape (k,): what
            19 of 20 candidates stay below, and the most among those kept.
        nearly_bound: Pairs of units that share an arm in `TIGHT` of what is kept, or more.
    """

    kept: np.ndarray
    n_candidates: int
    n_possible: int
    usual: np.ndarray
    kept_at_most: np.ndarray
    nearly_bound: int


def best_balanced(
    unit_ids: Sequence[Any] | np.ndarray,
    n_treated: int,
    covariates: Any,
    *,
    rng: np.random.Generator,
    keep: float = 0.1,
    weights: Sequence[float] | None = None,
    strata: Sequence[Any] | np.ndarray | None = None,
    max_candidates: int = ENUMERABLE,
) -> BestBalanced:
    """The candidates and which of them stay; arguments as for `constrained`.

    Raises:
        SchemaMismatch: A covariate is missing for a unit.

    Source:
        Li, F. et al. (2016). Statistics in Medicine 35, 1565–1579.

    Example:
        >>> found = best_balanced(range(8), 4, np.arange(8.0), rng=np.random.default_rng(1))
        >>> found.n_candidates, len(found.kept)
        (70, 8)
    """
    X = np.asarray(covariates, float).reshape(len(unit_ids), -1)
    if not np.isfinite(X).all():
        raise SchemaMismatch("A covariate is missing for a unit, so balance cannot be kept.")
    if not 0 < keep <= 1:
        raise ValueError(f"keep is {keep}, but it must lie between 0 and 1")
    if strata is None:
        first = complete(unit_ids, n_treated, rng=rng)
    else:
        first = stratified(unit_ids, strata, rng=rng)
    if first.n_admissible <= max_candidates:
        rows = first.all_labels()
    else:
        own = np.random.Generator(np.random.PCG64(below(2**63, rng)))
        rows = _distinct(first.draw_labels(max_candidates, own))
    score = imbalance(rows, X, weights)
    kept = rows[score <= np.quantile(score, keep, method="lower") * (1 + 1e-12)]
    apart = np.sqrt(np.column_stack([imbalance(rows, column) for column in X.T[:, :, None]]))
    left = np.sqrt(np.column_stack([imbalance(kept, column) for column in X.T[:, :, None]]))
    signs = 2.0 * kept - 1
    same = (1 + np.triu(signs.T @ signs, 1) / len(kept)) / 2
    beside = np.triu(np.ones_like(same, bool), 1)
    return BestBalanced(
        kept,
        len(rows),
        first.n_admissible,
        np.quantile(apart, 0.95, axis=0),
        left.max(axis=0),
        int((same[beside] >= TIGHT).sum()),
    )


def _distinct(rows: np.ndarray) -> np.ndarray:
    """Each row of 0 and 1 once, in lexicographic order."""
    packed = np.packbits(rows.astype(np.uint8), axis=1)
    wide = np.zeros((len(rows), -(-packed.shape[1] // 8) * 8), np.uint8)
    wide[:, : packed.shape[1]] = packed
    words = wide.view(">u8").astype(np.uint64)
    order = np.lexsort(words.T[::-1])
    inside = words[order]
    first = np.ones(len(rows), bool)
    first[1:] = (inside[1:] != inside[:-1]).any(axis=1)
    return rows[order[first]]


def imbalance(
    rows: np.ndarray, X: np.ndarray, weights: Sequence[float] | None = None
) -> np.ndarray:
    """Sum of squared standardised differences of means between arms, shape (K,).

    Args:
        rows: Arms, shape (K, I), of 0 and 1.
        X: Covariates, shape (I, k).
        weights: Shape (k,); default ones.
    """
    spread = X.std(axis=0, ddof=1)
    Z = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    treated = rows.sum(axis=1, dtype=float)[:, None]
    sums = rows.astype(float) @ Z
    difference = sums / treated + sums / (rows.shape[1] - treated)
    return difference**2 @ (np.ones(X.shape[1]) if weights is None else np.asarray(weights, float))


def bound_units(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of units that are always in one arm, and always in different ones, each (m, 2)."""
    signs = 2.0 * rows - 1
    together = np.triu(signs.T @ signs, 1)
    return np.argwhere(together == len(rows)), np.argwhere(together == -len(rows))


def _refuse_bound_units(rows: np.ndarray, unit_ids: np.ndarray) -> None:
    # Always apart is what pairs are, and is sound; always together acts as one unit.
    same = bound_units(rows)[0]
    if len(same) and len(unit_ids) > 2:
        one, other = unit_ids[same[0]]
        raise NotRandomizable(
            f"Units “{one}” and “{other}” would always be together; keep more assignments."
        )


def optimal_pairs(covariates: Any, *, weights: Sequence[float] | None = None) -> np.ndarray:
    """The pairing with the smallest sum of distances, exactly.

    Args:
        covariates: Known before the draw, shape (I,) or (I, k); Mahalanobis distance.
        weights: Stretch of each covariate, shape (k,).

    Returns:
        The number of each unit's pair, shape (I,), from 0 in order of first appearance.

    Raises:
        TooFewUnits: Fewer than two units.
        DesignError: The number of units is odd, or a covariate is missing.

    Source:
        Greevy, R., Lu, B., Silber, J. & Rosenbaum, P. (2004). Biostatistics 5, 263–275.

    Example:
        >>> optimal_pairs([1.0, 9.0, 1.1, 8.7]).tolist()
        [0, 1, 0, 1]
    """
    X = np.asarray(covariates, float)
    X = X.reshape(len(X), -1) * (1.0 if weights is None else np.asarray(weights, float))
    size = len(X)
    if size < 2:
        raise TooFewUnits("A pair needs two units.")
    if size % 2:
        raise DesignError(f"{size} units cannot be paired; leave one out or add one.")
    if not np.isfinite(X).all():
        raise DesignError("A covariate is missing for a unit, so it cannot be paired.")
    one, other = np.triu_indices(size, 1)
    chosen = _lightest(one, other, _mahalanobis(X, one, other), size)
    pair = np.empty(size, int)
    for number, edge in enumerate(chosen):
        pair[[one[edge], other[edge]]] = number
    return pair


def _mahalanobis(X: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(X.T)), hermitian=True)
    away = X[one] - X[other]
    return np.sqrt(np.maximum(np.einsum("ek,kl,el->e", away, inverse, away), 0))


def _lightest(one: np.ndarray, other: np.ndarray, cost: np.ndarray, size: int) -> np.ndarray:
    """Edges of the lightest perfect matching, by integer programming."""
    edges = np.arange(len(cost))
    incidence = sparse.csr_array(
        (np.ones(2 * len(cost)), (np.concatenate([one, other]), np.concatenate([edges, edges]))),
        shape=(size, len(cost)),
    )
    found = optimize.milp(
        cost,
        constraints=optimize.LinearConstraint(incidence, 1, 1),
        integrality=np.ones(len(cost)),
        bounds=optimize.Bounds(0, 1),
        options={"mip_rel_gap": 0},
    )
    if found.x is None:
        raise DesignError("No optimal pairing was found; pair the units by hand.")
    return np.flatnonzero(found.x > 0.5)

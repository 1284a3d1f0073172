"""The mixed model's estimate of a wedge under every lot of sequences, its variances held."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.estimate.sequences import CHUNK
from pochin.lab.inference.permutation import LinearPermutation, refuse_alike

# Below this share of the largest, a direction of the information counts as told by nothing.
RANK = 1e-12


@dataclass(frozen=True, eq=False)
class HeldVariances:
    """What each unit adds to the normal equations under each sequence, periods projected out.

    The covariance of a unit's cells is diag(1/w) + cluster·J, so its inverse is diag(w) − k w w'
    and does not hang on the lot. Sums over units of what is laid out here make the estimate of
    any lot, and nothing as long as all cells is ever multiplied by itself.

    Attributes:
        w: One over the variance of each cell beside the unit's own, shape (I, T), 0 where empty.
        cluster: Variance between units, in the unit of the outcome squared.
        X: Columns of the effects under each sequence, shape (L, T, q).
        pick: The estimand as weights of the effects, shape (q,).
    """

    w: np.ndarray
    cluster: float
    X: np.ndarray
    pick: np.ndarray

    def solve(self, cells: np.ndarray) -> np.ndarray:
        """V⁻¹ times values of the cells, shape (I, T)."""
        weighted = self.w * cells
        return weighted - self.w * (self._k * weighted.sum(axis=1))[:, None]

    @cached_property
    def _k(self) -> np.ndarray:
        return self.cluster / (1 + self.cluster * self.w.sum(axis=1))

    @cached_property
    def periods(self) -> np.ndarray:
        """Inverse information of the levels of the periods, shape (T, T)."""
        shared = (self.w * self._k[:, None]).T @ self.w
        return np.linalg.pinv(np.diag(self.w.sum(axis=0)) - shared, RANK, hermitian=True)

    @cached_property
    def alike(self) -> tuple[np.ndarray, np.ndarray]:
        """Different rows of weights, (C, T), and which of them each unit has, (I,)."""
        rows, which = np.unique(self.w, axis=0, return_inverse=True)
        return rows, which.reshape(-1)

    @cached_property
    def with_periods(self) -> np.ndarray:
        """X'V⁻¹Z of a unit of each kind under each sequence, shape (C, L, q, T)."""
        w = self.alike[0]
        k = self.cluster / (1 + self.cluster * w.sum(axis=1))
        own = np.einsum("ct,ltq->clqt", w, self.X)
        return own - (k[:, None, None] * own.sum(axis=3))[..., None] * w[:, None, None, :]

    @cached_property
    def with_effects(self) -> np.ndarray:
        """X'V⁻¹X of a unit of each kind under each sequence, shape (C, L, q, q)."""
        return self.with_periods @ self.X

    def sides(self, columns: list[np.ndarray]) -> np.ndarray:
        """X'Py of each unit under each sequence for outcomes (I, T), shape (I, L, q, columns)."""
        projected = [self._project(column) for column in columns]
        return np.einsum("itk,ltq->ilqk", np.stack(projected, axis=2), self.X)

    def _project(self, cells: np.ndarray) -> np.ndarray:
        solved = self.solve(cells)
        levels = self.periods @ solved.sum(axis=0)
        return solved - self.solve(np.broadcast_to(levels, cells.shape))

    def estimates(self, labels: np.ndarray, sides: np.ndarray) -> np.ndarray:
        """The estimate of each outcome under each lot, shape (K, columns)."""
        units, sequences, q, columns = sides.shape
        side = _counted(labels, np.arange(units), sequences) @ sides.reshape(units * sequences, -1)
        information = self._information(labels)
        picked = np.linalg.pinv(information, RANK, hermitian=True) @ self.pick
        return np.einsum("kq,kqc->kc", picked, side.reshape(len(labels), q, columns))

    def _information(self, labels: np.ndarray) -> np.ndarray:
        """X'PX of each lot; once where all lots deal the sequences to the same kinds of units."""
        _kinds, which = self.alike
        counts = _counted(labels, which, len(self.X))
        if (counts == counts[0]).all():
            counts = counts[:1]
        kinds, (_, _, q, size) = counts.shape[1], self.with_periods.shape
        bare = (counts @ self.with_effects.reshape(kinds, -1)).reshape(-1, q, q)
        across = (counts @ self.with_periods.reshape(kinds, -1)).reshape(-1, q, size)
        return bare - across @ self.periods @ across.transpose(0, 2, 1)


def _counted(labels: np.ndarray, which: np.ndarray, sequences: int) -> np.ndarray:
    """How many units of each kind have each sequence in each lot, shape (K, C·L)."""
    width = (int(which.max()) + 1) * sequences
    places = which * sequences + labels + (np.arange(len(labels)) * width)[:, None]
    counted = np.bincount(places.ravel(), minlength=len(labels) * width)
    return counted.reshape(len(labels), width).astype(float)


def permute_model(
    held: HeldVariances,
    Y: np.ndarray,
    assignment: Assignment,
    labels: np.ndarray,
    *,
    exact: bool,
) -> LinearPermutation:
    """Re-estimate by the model under other lots of the same sequences.

    Args:
        held: From `sw.hold_variances`.
        Y: Outcomes, shape (I, T), zero where not observed.
        assignment: Who crossed over when.
        labels: Which unit has which sequence, shape (K, I).
        exact: Whether `labels` are all admissible rows.

    Raises:
        Singular: The outcome is the same everywhere.

    Source:
        Wang, R. & De Gruttola, V. (2017). Statistics in Medicine 36, 2831–2843.
        Sherman, J. & Morrison, W. J. (1950). Annals of Mathematical Statistics 21, 124–127.
    """
    seen = held.w > 0
    sides = held.sides([Y * seen, (assignment.schedule == 1) * seen])
    estimate = float(held.estimates(assignment.labels[None], sides)[0, 0])
    width = max(Y.size, len(Y) * len(held.X))
    chunks = np.array_split(labels, max(1, math.ceil(len(labels) * width / CHUNK)))
    A, B = np.concatenate([held.estimates(chunk, sides) for chunk in chunks]).T
    refuse_alike(A, Y)
    return LinearPermutation(estimate, A, B, exact)

"""What both analyses of a stepped wedge share: exposure, cells, other draws of sequences."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pochin.lab.estimate.panel import LinedUp
from pochin.lab.inference.permutation import LinearPermutation, refuse_alike
from pochin.lab.result import (
    Flag,
)

DRAWS = 9_999
# Rows of permuted schedules that are multiplied at a time; keeps memory below some 100 MB.
CHUNK = 1_000_000


def permute_sequences(
    weigh: Callable[[np.ndarray], np.ndarray],
    schedule: np.ndarray,
    Y: np.ndarray,
    templates: np.ndarray,
    labels: np.ndarray,
    *,
    exact: bool,
) -> LinearPermutation:
    """Re-estimate under other assignments of the same sequences.

    Args:
        weigh: From schedules, shape (k, I, T), to weights of the outcome, shape (k, I·T), that
            make the estimate.
        schedule: The real one, shape (I, T), of −1, 0, 1.
        Y: Outcomes, shape (I, T), zero where not observed.
        templates: The sequences, shape (L, T).
        labels: Which unit has which sequence, shape (K, I).
        exact: Whether `labels` are all admissible rows.

    Raises:
        Singular: The outcome is the same everywhere.

    Source:
        Wang, R. & De Gruttola, V. (2017). Statistics in Medicine 36, 2831–2843.
        Kennedy-Shaffer, L., De Gruttola, V. & Lipsitch, M. (2020). Statistics in Medicine 39,
        815–844.
    """
    columns = np.column_stack([Y.reshape(-1), (schedule == 1).reshape(-1)])
    estimate = float((weigh(schedule[None]) @ columns)[0, 0])
    parts = [
        weigh(templates[chunk]) @ columns
        for chunk in np.array_split(labels, math.ceil(labels.shape[0] * Y.size / CHUNK))
    ]
    A, B = np.concatenate(parts).T
    refuse_alike(A, Y)
    return LinearPermutation(estimate, A, B, exact)


def by_sequence(data: LinedUp) -> dict[str, int]:
    starts, counts = np.unique(data.first_treated, return_counts=True)
    return {f"from {one}": int(count) for one, count in zip(starts, counts, strict=True)}


def missing_cells(data: LinedUp) -> tuple[Flag, ...]:
    wanted, seen = data.schedule != -1, ~np.isnan(data.Y)
    missing = int((wanted & ~seen).sum())
    flags = []
    if missing:
        evidence = {"missing": missing, "cells": int(wanted.sum())}
        message = "%(missing)d of %(cells)d planned cells of unit and period hold no readings."
        flags.append(Flag("missing-cells", "warn", message, evidence))
    if not wanted.all():
        message = (
            "The sequences leave periods out, so shuffling them also shuffles who was observed; "
            "the permutation is then approximate."
        )
        flags.append(Flag("incomplete-sequences", "info", message))
    return tuple(flags)


def exposure_time(schedule: np.ndarray) -> np.ndarray:
    """Periods since the solution came, counting its first as 1; 0 before; shape (…, T).

    >>> exposure_time(np.array([[0, 1, 1], [0, 0, 1]])).tolist()
    [[0, 1, 2], [0, 0, 1]]
    """
    on, size = schedule == 1, schedule.shape[-1]
    first = np.where(on.any(axis=-1), on.argmax(axis=-1), size)
    return np.maximum(np.arange(size) - first[..., None] + 1, 0)

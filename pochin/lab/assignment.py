"""Who gets what, and the set of assignments it was drawn from."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pochin.lab.result import NotRandomizable, SchemaMismatch

MANY = 10**15
"""Larger admissible sets are counted as this many: nobody enumerates them, JSON can hold it."""

ENUMERABLE = 100_000
"""Up to this many assignments a test goes through all of them."""


@dataclass(frozen=True, eq=False)
class Assignment:
    """Which unit works how in which period, and what else the lot could have given.

    Args:
        schedule: Shape (I, T), int8: 1 with the solution, 0 without, -1 not measured.
        unit_ids: Shape (I,), each once.
        period_ids: Shape (T,), each once, in time order.
        strata: Label of each unit's stratum, shape (I,); lots were drawn within strata.
        pairs: Label of each unit's pair, shape (I,); one of each pair is treated.
        sequences: Name of each unit's sequence, shape (I,).
        admissible: For a constrained draw: every admissible row of labels, shape (K, I), where
            a label is a row of `templates`.
        randomized: False where nobody drew lots (quasi-experiments).
        n_admissible: Size of the set the lot was drawn from, at most `MANY`; counted when left out.
        by_period: True where lots were drawn for blocks of time within units (switchback); then
            `n_admissible` must be given, and tests flip blocks instead of exchanging units.

    Raises:
        SchemaMismatch: Shapes disagree, an id repeats, or a value is not -1, 0 or 1.

    Example:
        >>> pilot = Assignment([[1], [0], [1], [0]], list("abcd"), [0])
        >>> pilot.n_admissible, pilot.arms
        (6, array([1, 0, 1, 0], dtype=int8))
    """

    schedule: np.ndarray
    unit_ids: np.ndarray
    period_ids: np.ndarray
    strata: np.ndarray | None = None
    pairs: np.ndarray | None = None
    sequences: np.ndarray | None = None
    admissible: np.ndarray | None = None
    randomized: bool = True
    n_admissible: int = 0
    by_period: bool = False

    def __post_init__(self) -> None:
        given = np.atleast_2d(np.asarray(self.schedule))
        if given.ndim != 2 or not np.isin(given, (-1, 0, 1)).all():
            raise SchemaMismatch("A schedule holds -1, 0 and 1, by units and periods.")
        self._keep("schedule", given.astype(np.int8))
        self._keep("unit_ids", ids_of("unit", self.unit_ids, given.shape[0]))
        self._keep("period_ids", ids_of("period", self.period_ids, given.shape[1]))
        for name in ("strata", "pairs", "sequences"):
            if getattr(self, name) is not None:
                self._keep(name, labels_of(name, getattr(self, name), given.shape[0]))
        if self.admissible is not None:
            self._keep("admissible", np.asarray(self.admissible, np.int8))
        if not self.n_admissible:
            object.__setattr__(self, "n_admissible", self._count())

    def _keep(self, name: str, value: np.ndarray) -> None:
        value = value.copy()
        value.setflags(write=False)
        object.__setattr__(self, name, value)

    def _count(self) -> int:
        if not self.randomized:
            return 1
        if self.admissible is not None:
            return len(self.admissible)
        return count_arrangements(self.labels, self.blocks)

    @cached_property
    def _rows(self) -> tuple[np.ndarray, np.ndarray]:
        templates, labels = np.unique(self.schedule, axis=0, return_inverse=True)
        return templates, labels.reshape(-1).astype(np.int8 if len(templates) < 128 else np.int32)

    @property
    def templates(self) -> np.ndarray:
        """The different rows of the schedule, shape (L, T), sorted."""
        return self._rows[0]

    @property
    def labels(self) -> np.ndarray:
        """Which row of `templates` each unit has, shape (I,)."""
        return self._rows[1]

    @property
    def arms(self) -> np.ndarray:
        """1 for units that work with the solution in some period, else 0; shape (I,), int8."""
        return (self.schedule == 1).any(axis=1).astype(np.int8)

    @property
    def blocks(self) -> np.ndarray:
        """Number of the pair or stratum within which lots were drawn, shape (I,)."""
        within = self.pairs if self.pairs is not None else self.strata
        if within is None:
            return np.zeros(len(self.unit_ids), int)
        return np.unique(within, return_inverse=True)[1].reshape(-1)

    @property
    def min_p_value(self) -> float:
        """The smallest two-sided p-value a randomisation test can give: 2 / |Ω|, at most 1."""
        return min(1.0, 2 / self.n_admissible)

    @property
    def sha256(self) -> str:
        """SHA-256 of who gets what, the same in whatever order the units stand."""
        order = np.argsort(self.unit_ids)
        content = {
            "periods": [str(one) for one in self.period_ids],
            "units": [
                [str(self.unit_ids[i]), str(self.blocks[i]), self.schedule[i].tolist()]
                for i in order.tolist()
            ],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(b"pochin-assignment/1\n" + text.encode()).hexdigest()

    def all_labels(self) -> np.ndarray:
        """Every admissible row of labels, shape (|Ω|, I); the drawn one is among them.

        Raises:
            NotRandomizable: Nobody drew lots between units, or the set is beyond `ENUMERABLE`.
        """
        self._must_be_drawn()
        if self.admissible is not None:
            return self.admissible
        if self.n_admissible > ENUMERABLE:
            raise NotRandomizable(
                f"The {self.n_admissible} admissible assignments are too many to list; draw some."
            )
        return enumerate_arrangements(self.labels, self.blocks)

    def draw_labels(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """`n` admissible rows of labels, independent and equally likely, shape (n, I).

        Raises:
            NotRandomizable: Nobody drew lots.
        """
        self._must_be_drawn()
        if self.admissible is not None:
            return self.admissible[rng.integers(len(self.admissible), size=n)]
        return draw_arrangements(self.labels, self.blocks, n, rng)

    def reference_labels(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """All admissible labels when there are at most `ENUMERABLE`, else `n` draws; and which."""
        if self.n_admissible <= ENUMERABLE:
            return self.all_labels(), True
        return self.draw_labels(n, rng), False

    def _must_be_drawn(self) -> None:
        if not self.randomized:
            raise NotRandomizable("Nobody drew lots here, so there is no set of other outcomes.")
        if self.by_period:
            raise NotRandomizable("Lots were drawn for blocks of time; units are not exchanged.")

    def subset(self, units: Any) -> Assignment:
        """The assignment of the units that are left, in the order given.

        Within what was drawn, lots are again drawn among those left; a pair that lost a unit
        loses the other too in the analysis, not here.
        """
        place = {unit: i for i, unit in enumerate(self.unit_ids.tolist())}
        rows = np.array([place[unit] for unit in np.asarray(units).tolist()], int)

        def of(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[rows]

        admissible = self.admissible
        if admissible is not None:
            # Only assignments that agree with the real one on the lost units were possible.
            gone = np.setdiff1d(np.arange(len(self.unit_ids)), rows)
            admissible = admissible[(admissible[:, gone] == self.labels[gone]).all(axis=1)]
            admissible = np.unique(admissible[:, rows], axis=0)
        return Assignment(
            self.schedule[rows],
            self.unit_ids[rows],
            self.period_ids,
            of(self.strata),
            of(self.pairs),
            of(self.sequences),
            admissible,
            self.randomized,
            self.n_admissible if self.by_period else 0,
            self.by_period,
        )

    def to_dict(self) -> dict[str, Any]:
        """Who gets what, as JSON can hold it."""
        given = {name: getattr(self, name) for name in ("strata", "pairs", "sequences")}
        return {
            "units": self.unit_ids.tolist(),
            "periods": self.period_ids.tolist(),
            "schedule": self.schedule.tolist(),
            "randomized": self.randomized,
            "n_admissible": self.n_admissible,
            "sha256": self.sha256,
        } | {name: None if one is None else one.tolist() for name, one in given.items()}


def ids_of(what: str, given: Any, size: int) -> np.ndarray:
    values = labels_of(what, given, size)
    if len(np.unique(values)) != size:
        raise SchemaMismatch(f"A {what} id stands twice in the assignment.")
    return values


def labels_of(what: str, given: Any, size: int) -> np.ndarray:
    values = np.asarray(given)
    if values.dtype.kind not in "iuU":
        values = values.astype(str)
    if values.shape != (size,):
        raise SchemaMismatch(f"There are {values.size} {what} labels for {size} rows.")
    return values


# Arrangements: the labels within each block in any order.


def _by_block(labels: np.ndarray, blocks: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(blocks == block) for block in np.unique(blocks)]


def count_arrangements(labels: np.ndarray, blocks: np.ndarray) -> int:
    """How many different rows the labels make when shuffled within blocks; at most `MANY`.

    >>> count_arrangements(np.array([1, 1, 0, 0]), np.zeros(4, int))
    6
    """
    log_total, total = 0.0, 1
    for where in _by_block(labels, blocks):
        counts = np.unique(labels[where], return_counts=True)[1].tolist()
        log_total += math.lgamma(len(where) + 1) - sum(math.lgamma(c + 1) for c in counts)
        if log_total > math.log(MANY) + 1:
            return MANY
        left = len(where)
        for c in counts:
            total *= math.comb(left, c)
            left -= c
    return min(total, MANY)


def enumerate_arrangements(labels: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """Every different row the labels make when shuffled within blocks, shape (K, I).

    >>> enumerate_arrangements(np.array([1, 0, 1, 0]), np.array([0, 0, 1, 1])).tolist()
    [[0, 1, 0, 1], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 1, 0]]
    """
    rows = np.zeros((1, len(labels)), labels.dtype)
    for where in _by_block(labels, blocks):
        inner = _orders(np.sort(labels[where]))
        rows = np.repeat(rows, len(inner), axis=0)
        rows[:, where] = np.tile(inner, (len(rows) // len(inner), 1))
    return rows


def _orders(values: np.ndarray) -> np.ndarray:
    """Different orders of sorted values, each once, by the places of the least, shape (K, m)."""
    kinds, counts = np.unique(values, return_counts=True)
    size, few = len(values), int(counts[0])
    if len(kinds) == 1:
        return values[None, :]
    chosen = itertools.chain.from_iterable(itertools.combinations(range(size), few))
    places = np.fromiter(chosen, np.intp).reshape(-1, few)
    if len(kinds) == 2:
        rows = np.full((len(places), size), kinds[1], values.dtype)
        np.put_along_axis(rows, places, kinds[0], axis=1)
        return rows
    # Each choice of places for the first kind goes with every order of the others.
    rest = _orders(values[few:])
    free = np.ones((len(places), size), bool)
    np.put_along_axis(free, places, False, axis=1)
    left = np.nonzero(free)[1].reshape(len(places), 1, -1)
    rows = np.full((len(places), len(rest), size), kinds[0], values.dtype)
    np.put_along_axis(rows, np.broadcast_to(left, (len(places), *rest.shape)), rest[None], axis=2)
    return rows.reshape(-1, size)


def draw_arrangements(
    labels: np.ndarray, blocks: np.ndarray, n: int, rng: np.random.Generator
) -> np.ndarray:
    """`n` independent shuffles of the labels within blocks, shape (n, I)."""
    drawn = np.empty((n, len(labels)), labels.dtype)
    alike: dict[tuple[int, ...], list[np.ndarray]] = {}
    for where in _by_block(labels, blocks):
        alike.setdefault(tuple(np.sort(labels[where]).tolist()), []).append(where)
    for values, places in alike.items():
        where = np.concatenate(places)
        if len(values) == 2 and values[0] != values[1]:
            first = rng.integers(0, 2, (n, len(places)), dtype=np.int8).astype(bool)
            both = np.array(values, labels.dtype)
            drawn[:, where[0::2]] = np.where(first, both[0], both[1])
            drawn[:, where[1::2]] = np.where(first, both[1], both[0])
        else:
            rows = np.tile(np.array(values, labels.dtype), (n * len(places), 1))
            drawn[:, where] = rng.permuted(rows, axis=1).reshape(n, -1)
    return drawn

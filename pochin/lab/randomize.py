"""Who gets what, by lot: assignments, the sets they were drawn from, and seeds committed before."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import optimize, sparse

from pochin.lab.result import DesignError, NotRandomizable, SchemaMismatch, TooFewUnits

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
        self._keep("unit_ids", _ids("unit", self.unit_ids, given.shape[0]))
        self._keep("period_ids", _ids("period", self.period_ids, given.shape[1]))
        for name in ("strata", "pairs", "sequences"):
            if getattr(self, name) is not None:
                self._keep(name, _labels(name, getattr(self, name), given.shape[0]))
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


def _ids(what: str, given: Any, size: int) -> np.ndarray:
    values = _labels(what, given, size)
    if len(np.unique(values)) != size:
        raise SchemaMismatch(f"A {what} id stands twice in the assignment.")
    return values


def _labels(what: str, given: Any, size: int) -> np.ndarray:
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
    """Different orders of sorted values, each once, in lexicographic order, shape (K, m)."""
    kinds, counts = np.unique(values, return_counts=True)
    if len(kinds) != 2:
        return np.array(list(_multiset(values.tolist())), values.dtype)
    size, few = len(values), int(counts[0])
    chosen = itertools.chain.from_iterable(itertools.combinations(range(size), few))
    places = np.fromiter(chosen, np.intp).reshape(-1, few)
    rows = np.full((len(places), size), kinds[1], values.dtype)
    np.put_along_axis(rows, places, kinds[0], axis=1)
    return rows


def _multiset(values: list[int]) -> Iterator[tuple[int, ...]]:
    """Different orders of sorted values, each once, in lexicographic order."""
    size = len(values)
    kinds = sorted(set(values))
    if len(kinds) == 1:
        yield tuple(values)
        return
    first, count = kinds[0], values.count(kinds[0])
    for places in itertools.combinations(range(size), count):
        taken = set(places)
        free = [i for i in range(size) if i not in taken]
        for rest in _multiset(values[count:]):
            row = [first] * size
            for i, value in zip(free, rest, strict=True):
                row[i] = value
            yield tuple(row)


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


# Seeds, committed before the lot is drawn.


def seed_commitment(seed: str) -> str:
    """What is published before the lot: the SHA-256 that only this seed gives.

    Args:
        seed: The drawn number, any text.

    Returns:
        64 hexadecimal digits.

    Source:
        Blum, M. (1983). SIGACT News 15, 23–27 (coin flipping by commitment).

    Example:
        >>> seed_commitment("17-03-42")[:16]
        '8552c256a5c69d73'
    """
    return hashlib.sha256(b"pochin-seed/1\n" + seed.encode()).hexdigest()


def seed_matches(seed: str, commitment: str) -> bool:
    """Whether the seed shown afterwards is the one that was committed."""
    return seed_commitment(seed) == commitment.lower()


def generator(seed: str, *, bound_to: str = "") -> np.random.Generator:
    """The generator a seed stands for, bound to a plan's hash so that neither moves alone.

    Args:
        seed: The drawn number or public beacon, any text.
        bound_to: SHA-256 of the locked plan.

    Source:
        O'Neill, M. E. (2014). PCG. Harvey Mudd College, HMC-CS-2014-0905.

    Example:
        >>> int(generator("17").integers(10)) == int(generator("17").integers(10))
        True
    """
    digest = hashlib.sha256(f"pochin-generator/1\n{bound_to}\n{seed}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def _below(bound: int, rng: np.random.Generator) -> int:
    """A uniform whole number in [0, bound).

    From raw words on purpose: numpy keeps those streams for ever, but not those of its methods,
    and a lot must come out the same in twenty years.
    """
    limit = 2**64 - 2**64 % bound
    while (word := int(rng.bit_generator.random_raw())) >= limit:
        pass
    return word % bound


def shuffled(values: Sequence[Any] | np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The values in an order drawn by lot (Durstenfeld's shuffle), reproducible for ever."""
    out = np.array(values)
    for i in range(len(out) - 1, 0, -1):
        j = _below(i + 1, rng)
        out[[i, j]] = out[[j, i]]
    return out


# The draws.


def _schedule(
    treated: np.ndarray, period_ids: Sequence[Any] | np.ndarray, start: int
) -> np.ndarray:
    running = np.arange(len(period_ids)) >= start
    return (treated[:, None] * running[None, :]).astype(np.int8)


def complete(
    unit_ids: Sequence[Any] | np.ndarray,
    n_treated: int,
    *,
    rng: np.random.Generator,
    period_ids: Sequence[Any] | np.ndarray = (0,),
    start: int = 0,
) -> Assignment:
    """Draw exactly `n_treated` of the units.

    Args:
        unit_ids: Shape (I,).
        n_treated: Between 1 and I - 1.
        rng: From `generator(seed)`.
        period_ids: Shape (T,).
        start: Position of the first period with the solution; earlier ones are baseline.

    Raises:
        TooFewUnits: No unit is left for an arm.

    Source:
        Fisher, R. A. (1935). The Design of Experiments, ch. 2.

    Example:
        >>> complete(list("abcd"), 2, rng=generator("1")).arms.sum()
        np.int64(2)
    """
    if not 0 < n_treated < len(unit_ids):
        raise TooFewUnits(
            f"{n_treated} of {len(unit_ids)} units leave an arm empty; each arm needs one."
        )
    treated = shuffled(np.arange(len(unit_ids)) < n_treated, rng)
    return Assignment(
        _schedule(treated, period_ids, start), np.asarray(unit_ids), np.asarray(period_ids)
    )


def stratified(
    unit_ids: Sequence[Any] | np.ndarray,
    strata: Sequence[Any] | np.ndarray,
    *,
    rng: np.random.Generator,
    n_treated: Mapping[Any, int] | None = None,
    period_ids: Sequence[Any] | np.ndarray = (0,),
    start: int = 0,
) -> Assignment:
    """Draw within strata; half of each unless told, odd ones in turn below and above half.

    Args:
        unit_ids: Shape (I,).
        strata: Labels, shape (I,).
        rng: From `generator(seed)`.
        n_treated: By stratum; default half of each.
        period_ids: Shape (T,).
        start: Position of the first period with the solution.

    Raises:
        NotRandomizable: No stratum has both a treated and an untreated unit.
        SchemaMismatch: `n_treated` names more units than a stratum has.

    Source:
        Hayes, R. J. & Moulton, L. H. (2017). Cluster Randomised Trials, ch. 5.

    Example:
        >>> stratified(list("abcd"), [1, 1, 2, 2], rng=generator("1")).n_admissible
        4
    """
    labels = _labels("stratum", strata, len(unit_ids))
    treated, odd = np.zeros(len(unit_ids), bool), 0
    for stratum in np.unique(labels):
        where = np.flatnonzero(labels == stratum)
        half, rest = divmod(len(where), 2)
        take = half + (rest and odd % 2) if n_treated is None else n_treated[stratum.item()]
        odd += rest
        if not 0 <= take <= len(where):
            raise SchemaMismatch(f"Stratum “{stratum}” has {len(where)} units, not {take}.")
        treated[where] = shuffled(np.arange(len(where)) < take, rng)
    answer = Assignment(
        _schedule(treated, period_ids, start), np.asarray(unit_ids), np.asarray(period_ids), labels
    )
    if answer.n_admissible < 2:
        raise NotRandomizable("These strata leave nothing to the lot; join some of them.")
    return answer


def paired(
    unit_ids: Sequence[Any] | np.ndarray,
    pairs: Sequence[Any] | np.ndarray,
    *,
    rng: np.random.Generator,
    period_ids: Sequence[Any] | np.ndarray = (0,),
    start: int = 0,
) -> Assignment:
    """Toss a coin in each pair.

    Args:
        unit_ids: Shape (I,).
        pairs: Labels, shape (I,), each twice.
        rng: From `generator(seed)`.
        period_ids: Shape (T,).
        start: Position of the first period with the solution.

    Raises:
        SchemaMismatch: A pair does not have exactly two units.

    Source:
        Fisher, R. A. (1935). The Design of Experiments, ch. 3.

    Example:
        >>> paired(list("abcd"), [1, 1, 2, 2], rng=generator("1")).n_admissible
        4
    """
    labels = _labels("pair", pairs, len(unit_ids))
    treated = np.zeros(len(unit_ids), bool)
    for pair in np.unique(labels):
        where = np.flatnonzero(labels == pair)
        if len(where) != 2:
            raise SchemaMismatch(f"Pair “{pair}” has {len(where)} units; a pair has two.")
        treated[where] = shuffled([True, False], rng)
    return Assignment(
        _schedule(treated, period_ids, start),
        np.asarray(unit_ids),
        np.asarray(period_ids),
        pairs=labels,
    )


def sequenced(
    unit_ids: Sequence[Any] | np.ndarray,
    templates: Any,
    counts: Sequence[int],
    *,
    rng: np.random.Generator,
    period_ids: Sequence[Any] | np.ndarray,
    strata: Sequence[Any] | np.ndarray | None = None,
    names: Sequence[str] | None = None,
) -> Assignment:
    """Draw which unit follows which sequence, as in a stepped wedge.

    Args:
        unit_ids: Shape (I,).
        templates: What each sequence does in each period, shape (S, T), of -1, 0 and 1.
        counts: Units in each sequence, shape (S,), summing to I. With strata, each stratum gets
            its share by turns of a common shuffled order, so shares differ by at most one.
        rng: From `generator(seed)`.
        period_ids: Shape (T,).
        strata: Labels, shape (I,).
        names: Names of the sequences, shape (S,).

    Raises:
        SchemaMismatch: Counts do not sum to the number of units, or shapes differ.

    Source:
        Hussey, M. A. & Hughes, J. P. (2007). Contemporary Clinical Trials 28, 182–191.

    Example:
        >>> steps = [[0, 1, 1], [0, 0, 1]]
        >>> lot = sequenced(list("abcd"), steps, [2, 2], rng=generator("1"), period_ids=range(3))
        >>> lot.n_admissible
        6
    """
    templates = np.asarray(templates)
    if templates.ndim != 2 or len(counts) != len(templates) or sum(counts) != len(unit_ids):
        raise SchemaMismatch(
            f"{len(counts)} sequences of {sum(counts)} units do not fit {len(unit_ids)} units."
        )
    deal = np.repeat(np.arange(len(counts)), counts)
    labels = None if strata is None else _labels("stratum", strata, len(unit_ids))
    drawn = np.empty(len(unit_ids), int)
    if labels is None:
        drawn[:] = shuffled(deal, rng)
    else:
        # Spread the sequences evenly before cutting the deal into strata.
        rank = np.concatenate([(np.arange(c) + 0.5) / c for c in counts])
        deal, taken = deal[np.argsort(rank, kind="stable")], 0
        for stratum in np.unique(labels):
            where = np.flatnonzero(labels == stratum)
            drawn[where] = shuffled(deal[taken : taken + len(where)], rng)
            taken += len(where)
    called = np.asarray(names if names is not None else [str(s + 1) for s in range(len(counts))])
    return Assignment(
        templates[drawn],
        np.asarray(unit_ids),
        np.asarray(period_ids),
        labels,
        sequences=called[drawn],
    )


def switchback(
    unit_ids: Sequence[Any] | np.ndarray,
    period_ids: Sequence[Any] | np.ndarray,
    block: int,
    *,
    rng: np.random.Generator,
    start: int = 0,
) -> Assignment:
    """Toss a coin for each two adjacent blocks of time of each unit: on then off, or off then on.

    Args:
        unit_ids: Shape (I,).
        period_ids: Shape (T,).
        block: Length of a block, in periods; what is left after whole pairs is not measured.
        rng: From `generator(seed)`.
        start: Position of the first period of the first block.

    Raises:
        TooFewUnits: Not even one pair of blocks fits.

    Source:
        Bojinov, I., Simchi-Levi, D. & Zhao, J. (2023). Management Science 69, 3759–3777.

    Example:
        >>> switchback(["a"], range(4), 1, rng=generator("7")).n_admissible
        4
    """
    couples = (len(period_ids) - start) // (2 * block)
    if couples < 1:
        raise TooFewUnits(f"Two blocks of {block} do not fit into the periods of the run.")
    schedule = np.full((len(unit_ids), len(period_ids)), -1, np.int8)
    schedule[:, :start] = 0
    for i in range(len(unit_ids)):
        for couple in range(couples):
            first = start + 2 * block * couple
            on_first = _below(2, rng)
            schedule[i, first : first + block] = on_first
            schedule[i, first + block : first + 2 * block] = 1 - on_first
    flips = len(unit_ids) * couples
    size = MANY if flips >= 50 else min(MANY, 2**flips)
    return Assignment(
        schedule, np.asarray(unit_ids), np.asarray(period_ids), n_admissible=size, by_period=True
    )


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
        own = np.random.Generator(np.random.PCG64(_below(2**63, rng)))
        rows = np.unique(first.draw_labels(max_candidates, own), axis=0)
    score = imbalance(rows, X, weights)
    kept = rows[score <= np.quantile(score, keep, method="lower") * (1 + 1e-12)]
    _refuse_bound_units(kept, np.asarray(unit_ids))
    treated = kept[_below(len(kept), rng)]
    labels = None if strata is None else _labels("stratum", strata, len(unit_ids))
    return Assignment(
        _schedule(treated, period_ids, start),
        np.asarray(unit_ids),
        np.asarray(period_ids),
        labels,
        admissible=kept,
    )


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

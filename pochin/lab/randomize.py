"""Who gets what, by lot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pochin.lab.assignment import (
    MANY,
    Assignment,
    labels_of,
)
from pochin.lab.result import NotRandomizable, SchemaMismatch, TooFewUnits
from pochin.lab.seeds import below, shuffled


def from_start(
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
        >>> from pochin.lab.seeds import generator
        >>> complete(list("abcd"), 2, rng=generator("1")).arms.sum()
        np.int64(2)
    """
    if not 0 < n_treated < len(unit_ids):
        raise TooFewUnits(
            f"{n_treated} of {len(unit_ids)} units leave an arm empty; each arm needs one."
        )
    treated = shuffled(np.arange(len(unit_ids)) < n_treated, rng)
    return Assignment(
        from_start(treated, period_ids, start), np.asarray(unit_ids), np.asarray(period_ids)
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
        >>> from pochin.lab.seeds import generator
        >>> stratified(list("abcd"), [1, 1, 2, 2], rng=generator("1")).n_admissible
        4
    """
    labels = labels_of("stratum", strata, len(unit_ids))
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
        from_start(treated, period_ids, start), np.asarray(unit_ids), np.asarray(period_ids), labels
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
        >>> from pochin.lab.seeds import generator
        >>> paired(list("abcd"), [1, 1, 2, 2], rng=generator("1")).n_admissible
        4
    """
    labels = labels_of("pair", pairs, len(unit_ids))
    treated = np.zeros(len(unit_ids), bool)
    for pair in np.unique(labels):
        where = np.flatnonzero(labels == pair)
        if len(where) != 2:
            raise SchemaMismatch(f"Pair “{pair}” has {len(where)} units; a pair has two.")
        treated[where] = shuffled([True, False], rng)
    return Assignment(
        from_start(treated, period_ids, start),
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
        >>> from pochin.lab.seeds import generator
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
    labels = None if strata is None else labels_of("stratum", strata, len(unit_ids))
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
        >>> from pochin.lab.seeds import generator
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
            on_first = below(2, rng)
            schedule[i, first : first + block] = on_first
            schedule[i, first + block : first + 2 * block] = 1 - on_first
    flips = len(unit_ids) * couples
    size = MANY if flips >= 50 else min(MANY, 2**flips)
    return Assignment(
        schedule, np.asarray(unit_ids), np.asarray(period_ids), n_admissible=size, by_period=True
    )

"""Who works how, against what the lot said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.assignment import Assignment
from pochin.lab.flags import flag
from pochin.lab.result import Flag


def crossover(actual: Any, schedule: Any, *, max_share: float = 0.1, n: Any = None) -> list[Flag]:
    """Compare how units worked with how the lot said they should.

    Args:
        actual: Share of work with the solution, shape (I, T), NaN where not known.
        schedule: 1 with, 0 without, −1 not measured, shape (I, T).
        max_share: Share of unit-periods that may deviate.
        n: Weights of the cells, shape (I, T); default equal.

    Source:
        Hernán, M. A. & Robins, J. M. (2017). NEJM 377, 1391–1398 (per-protocol questions).

    Example:
        >>> [one.severity for one in crossover([[0.0, 0.5]], [[0, 1]])]
        ['block']
    """
    done, planned = np.asarray(actual, float), np.asarray(schedule)
    known = (planned >= 0) & np.isfinite(done)
    weight = np.where(known, 1.0 if n is None else np.asarray(n, float), 0.0)
    away = np.where(known, np.abs(done - planned), 0.0)
    share = float((away * weight).sum() / weight.sum()) if weight.sum() else 0.0
    if share == 0:
        return []
    evidence: dict[str, Any] = {"share": 100 * share, "allowed": 100 * max_share}
    return [flag("crossover", severity="block" if share > max_share else "info", **evidence)]


def census(present: Any, assignment: Assignment, *, alpha: float = 0.05) -> list[Flag]:
    """Compare the units that send data with those of the plan.

    Args:
        present: Ids of the units that sent data.
        assignment: Who was to take part.
        alpha: Level of the primary test, which the units left must still be able to reach.

    Source:
        Campbell, M. K. et al. (2012). CONSORT for cluster trials. BMJ 345, e5661, item 13.

    Example:
        >>> lot = Assignment([[1], [0], [1], [0]], list("abcd"), [0])
        >>> [one.code for one in census(["a", "b", "c", "z"], lot)]
        ['unknown-units', 'units-lost', 'lot-too-small']
    """
    ids = np.asarray(present)
    planned = assignment.unit_ids
    known = {str(one) for one in planned}
    unknown = sorted({str(one) for one in ids} - known)
    left = planned[np.isin(planned.astype(str), ids.astype(str))]
    found = []
    if unknown:
        names = ", ".join(unknown[:10])
        found.append(flag("unknown-units", count=len(unknown), units=names))
    if len(left) == len(planned) or not assignment.randomized or assignment.by_period:
        return found
    rest = assignment.subset(left) if len(left) else None
    floor = rest.min_p_value if rest is not None and len(set(rest.arms.tolist())) == 2 else 1.0
    lost = len(planned) - len(left)
    found.append(flag("units-lost", lost=lost, planned=len(planned), floor=floor))
    if floor > alpha:
        found.append(
            flag(
                "lot-too-small",
                assignments=rest.n_admissible if rest else 0,
                floor=floor,
                alpha=alpha,
                needed=units_needed(alpha),
            )
        )
    return found


def units_needed(alpha: float = 0.05) -> int:
    """Fewest units, halves against halves, whose lot allows a two-sided p-value of alpha.

    >>> units_needed(0.05)
    8
    """
    units = 2
    while 2 / math.comb(units, units // 2) > alpha:
        units += 2
    return units


def dropout(
    treatment: tuple[int, int], control: tuple[int, int], *, alpha: float = 0.05
) -> list[Flag]:
    """Compare how many units left in each arm, by Fisher's exact test.

    Args:
        treatment, control: Units that left, and units that began.
        alpha: Below this, block; above it, tell when the counts differ at all.
    """
    (gone1, all1), (gone0, all0) = treatment, control
    p = float(stats.fisher_exact([[gone1, all1 - gone1], [gone0, all0 - gone0]]).pvalue)
    if gone1 == gone0 == 0:
        return []
    evidence: dict[str, Any] = {"treatment": gone1, "control": gone0, "p_value": p}
    return [flag("dropout-differs", severity="block" if p < alpha else "info", **evidence)]


def contamination(schedule: Any, actual: Any, unit_ids: Sequence[Any] | np.ndarray) -> list[Flag]:
    """Comparison units that got the solution after all.

    Args:
        schedule: 1 with, 0 without, −1 not measured, shape (I, T).
        actual: Share of work with the solution, shape (I, T), NaN where not known.
    """
    never = ~(np.asarray(schedule) == 1).any(axis=1)
    reached = never & (np.nan_to_num(np.asarray(actual, float)) > 0).any(axis=1)
    units = [str(unit_ids[i]) for i in np.flatnonzero(reached).tolist()]
    return (
        [flag("comparison-treated", count=len(units), units=", ".join(units[:10]))] if units else []
    )


def overlap(units: Any, others: Mapping[str, Any]) -> list[Flag]:
    """Units that another pilot uses at the same time.

    Args:
        units: Ids of this pilot's units.
        others: Ids of the units of each concurrent pilot, by its number.
    """
    own = {str(one) for one in units}
    shared = {name: len(own & {str(one) for one in there}) for name, there in others.items()}
    return [
        flag("twin-trial", at=name, units=count, other=name)
        for name, count in shared.items()
        if count
    ]

"""One value for each unit, beside its arm and what was known before; and pairs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.moments import MomentTable
from pochin.lab.result import Flag, NotIdentified, SchemaMismatch, TooFewUnits


@dataclass(frozen=True, eq=False)
class UnitValues:
    """Units that were observed, each with one value; everything has shape (I,).

    Attributes:
        y: Value of the run, in the unit of the metric (a quotient for ratios).
        n: Rows behind it.
        assignment: Of these units only, in the same order.
        before: Value of the baseline, same unit; NaN where there is none; None if not asked for.
        covariates: Further values known before, shape (I, k).
        names: Names of the columns that will adjust, baseline first.
        flags: What was lost on the way.
        table_hash: Fingerprint of the table.
        periods: Of the run.
        m2: Sum of squares of its rows around y, in the unit squared; None for quotients.
        below: Sum of its denominators, for quotients: a row may stand for a day of a hundred
            parcels; None where rows themselves are counted.
    """

    y: np.ndarray
    n: np.ndarray
    assignment: Assignment
    before: np.ndarray | None = None
    covariates: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    names: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    table_hash: str = ""
    periods: tuple[Any, ...] = ()
    m2: np.ndarray | None = None
    below: np.ndarray | None = None

    @property
    def size(self) -> np.ndarray:
        """How many parcels or people a unit stands for, shape (I,)."""
        return self.n if self.below is None else self.below

    @property
    def arms(self) -> np.ndarray:
        """1 with the solution, 0 without, shape (I,)."""
        return self.assignment.arms

    @property
    def n_units(self) -> dict[str, int]:
        treated = int(self.arms.sum())
        return {"control": len(self.y) - treated, "treatment": treated}

    @property
    def adjusting(self) -> np.ndarray:
        """Columns known before, shape (I, k): the baseline if asked for, then covariates."""
        columns = [] if self.before is None else [self.before[:, None]]
        if self.covariates.size:
            columns.append(self.covariates)
        return np.column_stack(columns) if columns else np.empty((len(self.y), 0))

    def about(self) -> dict[str, Any]:
        """What every result over these values says of them."""
        return {
            "n_units": self.n_units,
            "n_rows": int(self.n.sum()),
            "periods": self.periods,
            "flags": self.flags,
            "values": {
                "unit": self.assignment.unit_ids,
                "arm": self.arms,
                "value": self.y,
                "n": self.n,
                "before": self.before,
            },
        }


def unit_values(
    table: MomentTable,
    assignment: Assignment,
    metric: str | None = None,
    *,
    periods: Sequence[Any] | None = None,
    baseline: Sequence[Any] | None = None,
    two_part: bool = False,
    covariates: Any = None,
    names: Sequence[str] = (),
) -> UnitValues:
    """Merge each unit's cells of the run into one value.

    Args:
        table: Moments of the metric; cells with schedule -1 are left out.
        assignment: Who works how.
        metric: Its code; may be left out when there is only one.
        periods: Periods of the run; default those in which anybody works with the solution.
        baseline: Periods before the start whose mean adjusts the result; None for no adjustment.
        two_part: The metric is a quotient of sums, value over denominator.
        covariates: Known before, shape (I,) or (I, k), in the order of the assignment.
        names: Their names.

    Raises:
        SchemaMismatch: The metric is absent.
        NotIdentified: An arm has no unit with data.
    """
    metric = table.one_metric(metric)
    run = _running(assignment) if periods is None else np.asarray(periods)
    y, n, m2, below = _merged(table, metric, assignment, run, two_part)
    before = None
    if baseline is not None:
        before = _merged(table, metric, assignment, np.asarray(baseline), two_part)[0]
    X = np.empty((len(y), 0)) if covariates is None else np.asarray(covariates, float)
    X = X.reshape(len(y), -1)
    seen = np.isfinite(y)
    kept = seen & np.isfinite(X).all(axis=1) & (True if before is None else np.isfinite(before))
    left = assignment if kept.all() else assignment.subset(assignment.unit_ids[kept])
    if len({0, 1} & set(left.arms.tolist())) < 2:
        raise NotIdentified("One of the arms has no unit with data, so nothing can be compared.")
    return UnitValues(
        y=y[kept],
        n=n[kept],
        assignment=left,
        before=None if before is None else before[kept],
        covariates=X[kept],
        names=(("baseline",) if before is not None else ()) + tuple(names),
        flags=_lost(assignment, seen, kept),
        table_hash=table.fingerprint,
        periods=tuple(run.tolist()),
        m2=None if m2 is None else m2[kept],
        below=None if below is None else below[kept],
    )


def _running(assignment: Assignment) -> np.ndarray:
    return assignment.period_ids[(assignment.schedule == 1).any(axis=0)]


def _merged(
    table: MomentTable, metric: str, assignment: Assignment, periods: np.ndarray, two_part: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Value, rows, sum of squares and of denominators of each unit over the periods, (I,)."""
    _know_periods(assignment, periods)
    where = np.isin(assignment.period_ids, periods)
    units, ids = assignment.unit_ids, assignment.period_ids[where]
    panel = table.to_matrix(metric, units=units, periods=ids)
    n = np.where(assignment.schedule[:, where] < 0, 0, panel.n)
    above = _mean(panel.Y, n)
    if not two_part:
        apart = np.where(n > 0, panel.m2 + n * (panel.Y - above[:, None]) ** 2, 0)
        return above, n.sum(axis=1), apart.sum(axis=1), None
    below = _mean(table.to_matrix(metric, units=units, periods=ids, part="den").Y, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = above / below
    return np.where(below > 0, quotient, np.nan), n.sum(axis=1), None, below * n.sum(axis=1)


def _know_periods(assignment: Assignment, periods: np.ndarray) -> None:
    unknown = np.setdiff1d(periods, assignment.period_ids)
    if len(unknown):
        raise SchemaMismatch(f"The period “{unknown[0]}” is not one of the assignment's.")


def _mean(Y: np.ndarray, n: np.ndarray) -> np.ndarray:
    total = n.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(
            total > 0, np.where(n > 0, n * Y, 0).sum(axis=1) / np.maximum(total, 1), np.nan
        )


def _lost(assignment: Assignment, seen: np.ndarray, kept: np.ndarray) -> tuple[Flag, ...]:
    flags = []
    for code, gone, words in (
        ("units-without-data", ~seen, "%(count)d units have no data in the run: %(units)s."),
        (
            "units-without-baseline",
            seen & ~kept,
            "%(count)d units lack a value from before: %(units)s.",
        ),
    ):
        if gone.any():
            ids = [str(unit) for unit in assignment.unit_ids[gone]]
            arms = np.bincount(assignment.arms[gone], minlength=2).tolist()
            evidence = {"count": len(ids), "units": ", ".join(ids[:10]), "arms": arms}
            flags.append(Flag(code, "warn", words, evidence))
    return tuple(flags)


@dataclass(frozen=True, eq=False)
class PairDifferences:
    """Treated less untreated of each pair with both units observed; everything has shape (P,).

    Attributes:
        d: Differences, in the unit of the metric.
        n: Rows of both units, or their denominators.
        pairs: Labels.
        lost: Labels of pairs with a unit missing.
    """

    d: np.ndarray
    n: np.ndarray
    pairs: np.ndarray
    lost: tuple[str, ...] = ()


def pair_differences(units: UnitValues) -> PairDifferences:
    """Form differences within pairs.

    Raises:
        SchemaMismatch: The assignment has no pairs.
        TooFewUnits: No pair is complete.
    """
    labels = units.assignment.pairs
    if labels is None:
        raise SchemaMismatch("The assignment has no pairs; compare the units as two groups.")
    y = units.y if units.before is None else units.y - units.before
    known, first = np.unique(labels, return_index=True)
    rows = [(pair, np.flatnonzero(labels == pair)) for pair in known[np.argsort(first)]]
    whole = [(pair, where) for pair, where in rows if len(where) == 2]
    if not whole:
        raise TooFewUnits("No pair has data of both its units, so nothing can be compared.")
    where = np.array([both for _, both in whole])
    sign = np.where(units.arms[where[:, 0]] == 1, 1.0, -1.0)
    return PairDifferences(
        sign * (y[where[:, 0]] - y[where[:, 1]]),
        units.size[where].sum(axis=1),
        np.array([pair for pair, _ in whole]),
        tuple(str(pair) for pair, both in rows if len(both) != 2),
    )

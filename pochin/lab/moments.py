"""Readings reduced to counts, means and centred second moments by unit, period and metric."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np

from pochin.lab.result import SchemaMismatch

KEYS = ("unit", "period", "metric")
PAIRED = (("den_mean", "den_m2", "den_co"), ("pre_mean", "pre_m2", "pre_co"))
LOST = 1e-6
"""Share of a sum of squares below which its centred part is computed anew."""
OPTIONAL = (*PAIRED[0], *PAIRED[1], "missing")


class Panel(NamedTuple):
    """One metric as matrices of units by periods; NaN is not observed.

    Attributes:
        units: Unit ids, shape (I,).
        periods: Period ids in order, shape (T,).
        Y: Means, shape (I, T), in the unit of the metric; NaN where nothing was observed.
        n: Counts, shape (I, T).
        m2: Centred sums of squares, shape (I, T), in the unit of the metric squared.
    """

    units: np.ndarray
    periods: np.ndarray
    Y: np.ndarray
    n: np.ndarray
    m2: np.ndarray


@dataclass(frozen=True, eq=False)
class MomentTable:
    """A long table of moments, one row for each unit, period and metric.

    Rows come in any order; rows with the same key are merged by Chan's formulas, and the table
    is kept sorted, so equal data have one fingerprint. Inputs are copied, never changed.

    Args:
        unit: Ids of randomisation units, shape (R,), text or whole numbers.
        period: Ids of periods, shape (R,), in an order that sorting respects.
        metric: Codes of metrics, shape (R,).
        n: Number of values behind the row, shape (R,), not negative.
        mean: Their mean, in the unit of the metric; NaN is allowed only where n is 0.
        m2: Sum of squared deviations from the mean, not negative.
        den_mean, den_m2, den_co: For ratios, the same of the denominator, and the sum of
            products of deviations of value and denominator.
        pre_mean, pre_m2, pre_co: The same for a covariate measured before the start.
        missing: Values expected and not received.

    Raises:
        SchemaMismatch: Shapes differ, counts are negative, or a mean is not a number.

    Source:
        Chan, T. F., Golub, G. H. & LeVeque, R. J. (1983). The American Statistician 37, 242–247.

    Example:
        >>> halves = MomentTable(["a", "a"], [1, 1], ["delay"] * 2, [2, 2], [1.0, 3.0], [0.5, 0.5])
        >>> halves.n, halves.mean, halves.m2
        (array([4]), array([2.]), array([5.]))
    """

    unit: np.ndarray
    period: np.ndarray
    metric: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    m2: np.ndarray
    den_mean: np.ndarray | None = None
    den_m2: np.ndarray | None = None
    den_co: np.ndarray | None = None
    pre_mean: np.ndarray | None = None
    pre_m2: np.ndarray | None = None
    pre_co: np.ndarray | None = None
    missing: np.ndarray | None = None

    def __post_init__(self) -> None:
        columns = {name: _column(name, getattr(self, name)) for name in self._present()}
        _check(columns)
        for name, column in _merged(columns).items():
            column.setflags(write=False)
            object.__setattr__(self, name, column)

    def _present(self) -> list[str]:
        return [one.name for one in fields(self) if getattr(self, one.name) is not None]

    def columns(self) -> dict[str, np.ndarray]:
        """The arrays by name, those that are absent left out."""
        return {name: getattr(self, name) for name in self._present()}

    def __len__(self) -> int:
        return len(self.n)

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(np.unique(self.metric).tolist())

    @property
    def n_rows(self) -> int:
        """How many values stand behind the table."""
        return int(self.n.sum())

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over keys and exact numbers; the same for the same data in any order."""
        digest = hashlib.sha256(b"pochin-moments/1\n")
        for name, column in self.columns().items():
            digest.update(name.encode() + b"\n")
            if name in KEYS:
                digest.update("\n".join(map(str, column.tolist())).encode())
            else:
                digest.update(np.ascontiguousarray(column, dtype="<f8").tobytes())
        return digest.hexdigest()

    @classmethod
    def of_rows(cls, unit: Any, value: Any, *, period: Any = "run", metric: Any = "m") -> Self:
        """Reduce readings to moments, one row for each unit, period and metric.

        Args:
            unit: Ids, shape (n,).
            value: In the unit of the metric, shape (n,).
            period, metric: Ids, shape (n,), or one for all.

        Raises:
            SchemaMismatch: Lengths differ, or a value is not a number.

        Example:
            >>> MomentTable.of_rows(["a", "b", "a"], [1.0, 5.0, 3.0]).mean
            array([2., 5.])
        """
        value = np.asarray(value)
        if value.dtype != np.float64:
            value = _column("mean", value)
        keys: list[np.ndarray] = []
        place: np.ndarray | None = None
        for name, given in zip(KEYS, (unit, period, metric), strict=True):
            if np.ndim(given) == 0:
                keys.append(_column(name, [given]))
                continue
            known, which = coded(_column(name, given, copy=False))
            if len(which) != len(value):
                raise SchemaMismatch("The columns differ in length.")
            keys.append(known)
            place = which if place is None else place * len(known) + which
        cells = math.prod(len(known) for known in keys)
        if place is None:
            place = np.zeros(len(value), np.intp)
        n, mean, m2 = _counted(value, place, cells)
        seen = np.flatnonzero(n)
        where = np.unravel_index(seen, [len(known) for known in keys])
        units, periods, metrics = (known[one] for known, one in zip(keys, where, strict=True))
        return cls(units, periods, metrics, n[seen], mean[seen], m2[seen])

    def merge(self, *others: MomentTable) -> MomentTable:
        """This table and others as one; shared keys are merged exactly.

        Raises:
            SchemaMismatch: The tables do not hold the same columns.
        """
        for other in others:
            if other._present() != self._present():
                raise SchemaMismatch("The tables cannot be merged: their columns differ.")
        together = [table.columns() for table in (self, *others)]
        return MomentTable(
            **{name: np.concatenate([one[name] for one in together]) for name in together[0]}
        )

    def only(
        self, *, metric: str | None = None, units: Any = None, periods: Any = None
    ) -> MomentTable:
        """The rows of one metric, of some units, of some periods."""
        keep = np.ones(len(self), bool)
        if metric is not None:
            keep &= self.metric == metric
        if units is not None:
            keep &= np.isin(self.unit, np.asarray(units))
        if periods is not None:
            keep &= np.isin(self.period, np.asarray(periods))
        return MomentTable(**{name: column[keep] for name, column in self.columns().items()})

    def shift(self, by: float | Mapping[str, float]) -> MomentTable:
        """The table of values each moved by a constant (one for all, or one for each metric).

        >>> MomentTable(["a"], [1], ["m"], [3], [2.0], [1.0]).shift(10.0).mean
        array([12.])
        """
        if isinstance(by, Mapping):
            moved = np.array([by.get(code, 0.0) for code in self.metric.tolist()])
        else:
            moved = np.full(len(self), float(by))
        return MomentTable(**(self.columns() | {"mean": self.mean + moved}))

    def roll_up(
        self, *, unit: Mapping[Any, Any] | None = None, period: Mapping[Any, Any] | None = None
    ) -> MomentTable:
        """Merge units into larger ones (office → arm) or periods into longer ones (day → week).

        Args:
            unit: New id for each unit; units left out are dropped.
            period: New id for each period; periods left out are dropped.

        The spread between the merged means goes into `m2`, so nothing is lost for means and
        variances of the values. Daily moments of returning people do not add up to theirs.

        >>> days = MomentTable(["a", "a"], [1, 2], ["m"] * 2, [1, 1], [0.0, 2.0], [0.0, 0.0])
        >>> days.roll_up(period={1: 0, 2: 0}).m2
        array([2.])
        """
        columns = self.columns()
        for name, mapping in (("unit", unit), ("period", period)):
            if mapping is not None:
                kept = np.isin(columns[name], np.asarray(list(mapping)))
                columns = {key: column[kept] for key, column in columns.items()}
                columns[name] = np.array([mapping[one] for one in columns[name].tolist()])
        return MomentTable(**columns)

    def one_metric(self, metric: str | None) -> str:
        """`metric`, or the only one there is.

        Raises:
            SchemaMismatch: The metric is absent, or none is named though there are several.
        """
        known = self.metrics
        if metric is None:
            if len(known) != 1:
                raise SchemaMismatch(f"Name one metric; the table holds {len(known)}.")
            return known[0]
        if metric not in known:
            raise SchemaMismatch(f"The table holds no metric “{metric}”.")
        return metric

    def to_matrix(
        self,
        metric: str | None = None,
        *,
        units: Any = None,
        periods: Any = None,
        part: str = "mean",
    ) -> Panel:
        """One metric as matrices of units by periods.

        Args:
            metric: Its code; may be left out when there is only one.
            units: Ids in the wanted order, shape (I,); default all, sorted.
            periods: Ids in the wanted order, shape (T,); default all, sorted.
            part: "mean", or "den" / "pre" for the denominator / the earlier covariate.

        Raises:
            SchemaMismatch: The metric or the part is absent.
        """
        rows = self.metric == self.one_metric(metric)
        mean, m2 = self._part(part)
        units = np.unique(self.unit[rows]) if units is None else np.asarray(units)
        periods = np.unique(self.period[rows]) if periods is None else np.asarray(periods)
        i, known_unit = _positions(self.unit[rows], units)
        t, known_period = _positions(self.period[rows], periods)
        known = known_unit & known_period & (self.n[rows] > 0)
        shape = (len(units), len(periods))
        Y, n, spread = np.full(shape, np.nan), np.zeros(shape, np.int64), np.zeros(shape)
        cell = (i[known], t[known])
        Y[cell] = mean[rows][known]
        n[cell] = self.n[rows][known]
        spread[cell] = m2[rows][known]
        return Panel(units, periods, Y, n, spread)

    def _part(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        names = {
            "mean": ("mean", "m2"),
            "den": ("den_mean", "den_m2"),
            "pre": ("pre_mean", "pre_m2"),
        }
        if part not in names:
            raise ValueError(f"part is {part!r}, but it must be mean, den or pre")
        mean, m2 = (getattr(self, name) for name in names[part])
        if mean is None:
            lacking = "its denominator" if part == "den" else "a value from before"
            raise SchemaMismatch(f"The table holds no moments of {lacking}.")
        return mean, m2


def coded(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different values, sorted, and the place of each, as `np.unique` would give them.

    Whole numbers that lie close together are counted instead of sorted.

    >>> coded(np.array([7, 5, 7]))
    (array([5, 7]), array([1, 0, 1]))
    """
    if values.dtype.kind in "iu" and len(values):
        low, high = int(values.min()), int(values.max())
        if high - low < 4 * len(values) and abs(low) < 2**62 and abs(high) < 2**62:
            from_low = values.astype(np.int64, copy=False)
            if low:
                from_low = from_low - low
            used = np.bincount(from_low) > 0
            known = np.flatnonzero(used)
            if used.all():
                return (known + low).astype(values.dtype), from_low
            return (known + low).astype(values.dtype), (np.cumsum(used) - 1)[from_low]
    known, place = np.unique(values, return_inverse=True)
    return known, place.reshape(-1)


def _counted(
    value: np.ndarray, place: np.ndarray, cells: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count, mean and centred sum of squares of each cell, shape (cells,)."""
    centre = float(value.mean()) if len(value) else math.nan
    if not math.isfinite(centre):
        # A sum of numbers is one, unless some are none or all together are too large.
        raise SchemaMismatch("A reading is not a number, or there is none.")
    away = value - centre
    n: np.ndarray = np.bincount(place, minlength=cells)
    share = 1 / np.maximum(n, 1)
    mean: np.ndarray = np.bincount(place, away, cells) * share
    squares = np.bincount(place, away * away, cells)
    m2 = squares - n * mean**2
    if (m2 < LOST * squares).any():
        # The cells lie so far apart that their own spread was lost among the digits.
        away -= mean[place]
        mean += np.bincount(place, away, cells) * share
        m2 = np.bincount(place, away * away, cells)
    return n, mean + centre, m2


def _column(name: str, given: Any, *, copy: bool = True) -> np.ndarray:
    column = np.array(given) if copy else np.asarray(given)
    if column.ndim != 1:
        raise SchemaMismatch(f"“{name}” has {column.ndim} dimensions; it must have one.")
    if name in KEYS:
        # Mixed or object keys would not sort; text always does.
        return column.astype(str) if column.dtype.kind not in "iuU" else column
    try:
        return column.astype(np.int64 if name in ("n", "missing") else np.float64)
    except (TypeError, ValueError):
        raise SchemaMismatch(f"“{name}” holds something that is not a number.") from None


def _check(columns: dict[str, np.ndarray]) -> None:
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise SchemaMismatch("The columns differ in length.")
    for names in PAIRED:
        if 0 < sum(name in columns for name in names) < len(names):
            raise SchemaMismatch(f"“{names[0]}”, “{names[1]}” and “{names[2]}” come together.")
    for name in ("n", "missing"):
        if name in columns and (columns[name] < 0).any():
            raise SchemaMismatch(f"“{name}” is negative in a row.")
    seen = columns["n"] > 0
    for name in columns:
        if name not in (*KEYS, "n", "missing") and not np.isfinite(columns[name][seen]).all():
            raise SchemaMismatch(f"“{name}” is not a number in a row that has values.")
        if name.endswith("m2") and (columns[name][seen] < 0).any():
            raise SchemaMismatch(f"“{name}” is negative in a row.")


def _merged(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    keys = [columns[name] for name in KEYS]
    order = np.lexsort(keys[::-1])
    columns = {name: column[order] for name, column in columns.items()}
    if not len(order):
        return columns
    new = np.zeros(len(order), bool)
    new[0] = True
    for name in KEYS:
        new[1:] |= columns[name][1:] != columns[name][:-1]
    if new.all():
        return _emptied(columns)
    return _emptied(_pooled(columns, np.flatnonzero(new), np.cumsum(new) - 1))


def _pooled(
    columns: dict[str, np.ndarray], starts: np.ndarray, group: np.ndarray
) -> dict[str, np.ndarray]:
    """Chan's formulas over groups of rows: means by weight, spread between means into `m2`."""
    n = columns["n"]
    total = np.add.reduceat(n, starts)
    pooled = {name: columns[name][starts] for name in KEYS} | {"n": total}
    if "missing" in columns:
        pooled["missing"] = np.add.reduceat(columns["missing"], starts)

    def mean_of(name: str) -> tuple[np.ndarray, np.ndarray]:
        values = np.where(n > 0, columns[name], 0.0)
        # Centring on one member of the group first keeps the digits of large means.
        centre = values[starts]
        away = np.add.reduceat(n * (values - centre[group]), starts)
        mean = centre + away / np.maximum(total, 1)
        return mean, np.where(n > 0, values - mean[group], 0.0)

    def spread_of(name: str, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        inner = np.where(n > 0, columns[name], 0.0)
        return np.add.reduceat(inner + n * one * other, starts)

    pooled["mean"], away = mean_of("mean")
    pooled["m2"] = spread_of("m2", away, away)
    for mean, m2, co in PAIRED:
        if mean in columns:
            pooled[mean], beside = mean_of(mean)
            pooled[m2] = spread_of(m2, beside, beside)
            pooled[co] = spread_of(co, away, beside)
    return pooled


def _emptied(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Rows without values say so: mean NaN, spread 0."""
    empty = columns["n"] == 0
    for name in columns:
        if name not in (*KEYS, "n", "missing"):
            columns[name] = np.where(empty, np.nan if name.endswith("mean") else 0.0, columns[name])
    return columns


def _positions(values: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each value stands in `wanted`, and whether it does."""
    if not len(wanted):
        return np.zeros(len(values), int), np.zeros(len(values), bool)
    order = np.argsort(wanted)
    place = np.clip(np.searchsorted(wanted[order], values), 0, len(wanted) - 1)
    return order[place], wanted[order][place] == values

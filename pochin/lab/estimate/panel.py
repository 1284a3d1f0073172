"""Readings and who worked how, lined up as matrices of units by periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.moments import MomentTable
from pochin.lab.result import NotIdentified, Provenance, SchemaMismatch


@dataclass(frozen=True, eq=False)
class LinedUp:
    """One metric beside the schedule; cells that were not to be measured are not observed.

    Attributes:
        Y: Cell means, shape (I, T), in the unit of the metric; NaN is not observed.
        n: Rows behind each cell, shape (I, T).
        m2: Sum of squares within each cell, shape (I, T), unit squared.
        schedule: 1 with the solution, 0 without, -1 not measured, shape (I, T).
        units, periods: Ids, shapes (I,) and (T,).
        table_hash: Fingerprint of the table the matrices came from.
    """

    Y: np.ndarray
    n: np.ndarray
    m2: np.ndarray
    schedule: np.ndarray
    units: np.ndarray
    periods: np.ndarray
    table_hash: str = ""

    @property
    def first_treated(self) -> np.ndarray:
        """Position of each unit's first period with the solution, shape (I,); T where never."""
        on = self.schedule == 1
        return np.where(on.any(axis=1), on.argmax(axis=1), self.schedule.shape[1])

    @property
    def n_units(self) -> dict[str, int]:
        """Units that ever worked with the solution, and those that never did."""
        ever = (self.schedule == 1).any(axis=1)
        return {"control": int((~ever).sum()), "treatment": int(ever.sum())}

    @property
    def n_rows(self) -> int:
        return int(self.n.sum())

    def same_start(self) -> tuple[np.ndarray, int]:
        """Which units are treated, shape (I,), and the position of their common first period.

        Raises:
            NotIdentified: Nobody is treated, starts differ, the solution is taken away again,
                or there is no period before.
        """
        first, size = self.first_treated, self.schedule.shape[1]
        treated = first < size
        starts = np.unique(first[treated])
        if len(starts) != 1 or treated.all():
            raise NotIdentified(
                "This method needs units that start together and units that never start."
            )
        start = int(starts[0])
        if start == 0 or (self.schedule[treated, start:] == 0).any():
            raise NotIdentified(
                "This method needs periods before the start and the solution in all periods after."
            )
        return treated, start


def line_up(table: MomentTable, assignment: Assignment, metric: str | None = None) -> LinedUp:
    """Lay the table's means over the schedule of the assignment.

    Raises:
        SchemaMismatch: The metric is absent, or no reading falls on the schedule.
    """
    panel = table.to_matrix(metric, units=assignment.unit_ids, periods=assignment.period_ids)
    off = assignment.schedule == -1
    n = np.where(off, 0, panel.n)
    if not n.any():
        raise SchemaMismatch("No reading belongs to a unit and a period of the assignment.")
    return LinedUp(
        np.where(off, np.nan, panel.Y),
        n,
        np.where(off, 0.0, panel.m2),
        assignment.schedule,
        panel.units,
        panel.periods,
        table.fingerprint,
    )


def about(data: LinedUp, **more: Any) -> dict[str, Any]:
    """What every result says of its data: units by arm, rows, periods, their fingerprint."""
    return {
        "provenance": Provenance(table_hash=data.table_hash),
        "n_units": data.n_units,
        "n_rows": data.n_rows,
        "periods": tuple(data.periods.tolist()),
    } | more

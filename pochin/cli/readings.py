"""Readings of a file as the moments a plan is judged by, taken in as the product takes them."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pochin.cli import Fault, named

SHOWN = 20
"""So many rows that were left out are named one by one."""


@dataclass
class Taken:
    """What a file of readings gave.

    Attributes:
        table: Moments by unit, period and metric.
        count: Rows that were taken in.
        left_out: Rows that were not.
        said: For the first of them, the line and the sentence why.
        set_aside: Rows left out by the reasons a result must tell.
    """

    table: Any
    count: int
    left_out: int
    said: list[str] = field(default_factory=list)
    set_aside: dict[str, int] = field(default_factory=dict)


def read(path: Path, protocol: Any) -> Taken:
    """The readings of a file as moments, and what was left out.

    Raises:
        Fault: The file cannot be read, or no row of it fits the plan.
    """
    import pyarrow as pa

    from pochin.measurements import intake, words
    from pochin.measurements.expectations import Expectation
    from pochin.measurements.watching import SET_ASIDE

    expect, parts = Expectation.of(protocol), []
    faults: list[Any] = []
    reasons: Counter[Any] = Counter()
    try:
        dialect = intake.look(named.there(path), name=path.name).dialect
        for raw in intake.read(path, dialect):
            checked = intake.check(
                raw, expect, decimal=dialect.decimal, now=datetime.now(UTC),
                details=max(0, SHOWN - len(faults)),
            )  # fmt: skip
            parts.append(checked.readings)
            faults += checked.faults
            reasons.update(checked.by_reason)
    except intake.Unreadable as error:
        why = words.of_problem({"code": error.code, "params": error.params})
        raise Fault(f"{path} cannot be read as readings: {why}") from error
    rows = pa.concat_tables(parts) if parts else None
    if rows is not None and rows.num_rows:
        rows = _once(rows, expect, faults, reasons)
    said = [_sentence(fault) for fault in faults[:SHOWN]]
    if rows is None or not rows.num_rows:
        why = f" {said[0][0].upper()}{said[0][1:]}" if said else ""
        raise Fault(f"{path} holds no reading that fits the plan.{why}")
    set_aside: Counter[str] = Counter()
    for reason, name in SET_ASIDE.items():
        set_aside[name] += reasons[reason]
    return Taken(
        reduced(rows, protocol), rows.num_rows, reasons.total(), said,
        {name: count for name, count in set_aside.items() if count},
    )  # fmt: skip


def _sentence(fault: Any) -> str:
    from pochin.measurements import words

    value = f"“{fault.value}”: " if fault.value else ""
    return f"line {fault.line}: {value}{words.of_row(fault.reason, fault.params)}"


def _once(rows: Any, expect: Any, faults: list[Any], reasons: Counter[Any]) -> Any:
    """The rows without those about a reading that another row is about already."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from pochin.measurements.intake import Fault as Row
    from pochin.measurements.intake import Reason
    from pochin.measurements.lake import engines, keys, repeats

    keep = "last" if expect.duplicate == "last" else "first"
    with tempfile.TemporaryFile() as file:
        noted = keys.Keys(file)
        noted.add(rows)
        twice = noted.twice()
    engine = engines.local()
    engine.register("staged", rows)
    found = repeats.within(engine, keep, twice)
    settled = expect.duplicate in ("first", "last")
    for line, other, is_same in zip(
        found["line"].tolist(), found["other_line"].tolist(), found["is_same"].tolist(), strict=True
    ):
        known = settled or is_same
        reason = Reason.DUPLICATE if known else Reason.CONTRADICTION
        reasons[reason] += 1
        if len(faults) < SHOWN:
            faults.append(Row(line, "value", "", reason, {"batch": 0, "line": other}))
    if not len(found["line"]):
        return rows
    return rows.filter(pc.invert(pc.is_in(rows["line"], pa.array(found["line"]))))


def reduced(rows: Any, protocol: Any) -> Any:
    """Rows as moments by unit, period and metric, as the plan's metrics want them."""
    import numpy as np

    from pochin.lab.moments import MomentTable

    unit, period, metric = (
        rows[name].to_numpy(zero_copy_only=False).astype(str)
        for name in ("unit", "period", "metric")
    )
    value = rows["value"].to_numpy(zero_copy_only=False).astype(np.float64)
    below = rows["denominator"].to_numpy(zero_copy_only=False).astype(np.float64)
    for one in protocol.metrics:
        if one.cap is not None:
            value = np.where(metric == one.code, np.minimum(value, one.cap), value)
    # A quantile of a unit and period is one number, known once.
    for one in protocol.metrics:
        if one.kind != "quantile":
            continue
        own = metric == one.code
        cells = np.char.add(np.char.add(unit[own], "\x1f"), period[own])
        names, place = np.unique(cells, return_inverse=True)
        values = [
            float(np.quantile(value[own][place == n], one.quantile or 0.5))
            for n in range(len(names))
        ]
        keys = [name.split("\x1f") for name in names.tolist()]
        unit = np.concatenate([unit[~own], [key[0] for key in keys]])
        period = np.concatenate([period[~own], [key[1] for key in keys]])
        below = np.concatenate([below[~own], np.ones(len(names))])
        value = np.concatenate([value[~own], values])
        metric = np.concatenate([metric[~own], np.full(len(names), one.code)])
    ones, zeros = np.ones(len(value), np.int64), np.zeros(len(value))
    if not any(one.two_part for one in protocol.metrics):
        return MomentTable(unit, period, metric, ones, value, zeros)
    two_part = [one.code for one in protocol.metrics if one.two_part]
    below = np.where(np.isin(metric, two_part), below, 1.0)
    return MomentTable(unit, period, metric, ones, value, zeros, below, zeros, zeros)

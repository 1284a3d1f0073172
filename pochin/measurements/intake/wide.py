"""Tables with a column for each metric: every filled cell becomes a reading of its own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pochin.measurements.intake.dialect import Dialect
from pochin.measurements.intake.rows import Fault, Raw

COMMON = ("unit", "at", "subject", "event_id")


def shaped(raw: Raw, dialect: Dialect) -> Raw:
    """The block with a column for each part of a reading, whatever the table looks like."""
    if dialect.wide:
        raw = melted(raw, dialect)
    for name, said in dialect.fixed.items():
        if name not in raw.cells:
            raw.cells[name] = pa.array([said], pa.string()).take(
                pa.array(np.zeros(len(raw.lines), np.int64))
            )
    return raw


def melted(raw: Raw, dialect: Dialect) -> Raw:
    """One row for each filled cell; rows are numbered line × cells of a line + place."""
    each = dialect.per_line
    faults = [Fault(one.line * each, one.column, one.value, one.reason, one.params)
              for one in raw.faults]  # fmt: skip
    if not len(raw.lines):
        return Raw(raw.lines, {}, faults, raw.done)
    parts = [_part(raw, dialect, place) for place in range(each)]
    lines = np.concatenate([part[0] for part in parts])
    order = pa.array(np.argsort(lines, kind="stable"))
    cells = {}
    for name in parts[0][1]:
        chunks = [part[1][name] for part in parts]
        kinds = {chunk.type for chunk in chunks}
        if len(kinds) > 1:  # one column of a Parquet file holds whole numbers, another shares
            chunks = [chunk.cast(pa.float64() if not _texts(kinds) else pa.string())
                      for chunk in chunks]  # fmt: skip
        cells[name] = pa.concat_arrays(chunks).take(order)
    return Raw(np.sort(lines), cells, faults, raw.done)


def _same(word: str, count: int) -> pa.Array:
    return pa.array([word], pa.string()).take(pa.array(np.zeros(count, np.int64)))


def _texts(kinds: set[pa.DataType]) -> bool:
    return any(pa.types.is_string(kind) for kind in kinds)


def _part(raw: Raw, dialect: Dialect, place: int) -> tuple[np.ndarray, dict[str, pa.Array]]:
    head, metric = list(dialect.wide.items())[place]
    value = raw.cells[f"wide {head}"]
    if pa.types.is_string(value.type):
        filled = pc.not_equal(pc.utf8_trim_whitespace(value.fill_null("")), "")
    else:
        filled = value.is_valid()
    lines = raw.lines[filled.to_numpy(zero_copy_only=False)]
    cells = {name: raw.cells[name].filter(filled) for name in COMMON if name in raw.cells}
    count = len(lines)
    cells["metric"] = _same(metric, count)
    cells["value"] = value.filter(filled)
    if dialect.under:
        own = raw.cells.get(f"under {metric}")
        cells["denominator"] = (
            pa.nulls(count, pa.string()) if own is None else own.filter(filled).cast(pa.string())
        )
    return lines * dialect.per_line + place, cells

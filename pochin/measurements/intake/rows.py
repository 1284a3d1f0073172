"""Some rows of a file as they are written, and what is wrong with one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from pochin.measurements.intake.schema import Reason

SHOWN = 200  # letters of a bad cell that are kept


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row, and where."""

    line: int
    column: str
    value: str
    reason: Reason
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Raw:
    """Some rows of a file.

    Attributes:
        lines: Where each row stands in the file, counted from 1, shape (R,).
        cells: For each column the file has, its cells, shape (R,): text as it is written, or
            numbers and moments where the file holds such.
        faults: Rows that are no rows; they are not among `lines`.
        done: Share of the file read so far.
    """

    lines: np.ndarray
    cells: dict[str, pa.Array]
    faults: list[Fault]
    done: float = 0.0

    @property
    def received(self) -> int:
        return len(self.lines) + len(self.faults)

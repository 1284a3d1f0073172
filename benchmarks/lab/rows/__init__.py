"""The questions that are timed: ours and theirs on the same input, reduced or not."""

from benchmarks.lab.rows import models, offices, panels, tables
from benchmarks.lab.rows.question import Row

__all__ = ["ROWS", "Row"]

# The place of a question is its seed, so new ones come last.
ROWS = (*offices.ROWS, *models.ROWS, *panels.ROWS, *tables.ROWS)

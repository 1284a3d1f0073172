"""Small tables for the tests: units' values as moments."""

from __future__ import annotations

from typing import Any

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.moments import MomentTable


def one_value_each(y: Any, *, n: Any = None, metric: str = "m") -> MomentTable:
    """Units 0, 1, … with one value in period 0."""
    y = np.asarray(y, float)
    rows = np.ones(len(y), int) if n is None else np.asarray(n)
    return MomentTable(
        np.arange(len(y)), np.zeros(len(y), int), [metric] * len(y), rows, y, np.zeros(len(y))
    )


def two_arms(arm: Any, **more: Any) -> Assignment:
    """Units 0, 1, … in two arms, one period."""
    arm = np.asarray(arm)
    return Assignment(arm[:, None], np.arange(len(arm)), np.array([0]), **more)


def of_rows(unit: Any, period: Any, y: Any, *, metric: str = "m") -> MomentTable:
    """A table from rows, each a value on its own."""
    y = np.asarray(y, float)
    return MomentTable(unit, period, [metric] * len(y), np.ones(len(y), int), y, np.zeros(len(y)))

"""What a timed question is made of."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Call = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """One question.

    Attributes:
        question: In words.
        size: Of the input.
        ours: The lab's call.
        others: Calls of libraries, by what they are called in the table.
        note: What a library leaves out that ours does.
    """

    question: str
    size: str
    ours: Call
    others: dict[str, Call] = field(default_factory=dict)
    note: str = ""


def quiet(call: Call) -> Call:
    """The same without its warnings."""

    def silent() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()

    return silent


def offices(
    rng: np.random.Generator, rows: int, units: int = 60
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value, office and arm of rows."""
    unit = rng.integers(0, units, rows)
    arm = (unit % 2).astype(float)
    return rng.normal(size=units)[unit] + rng.normal(size=rows) + 0.2 * arm, unit, arm

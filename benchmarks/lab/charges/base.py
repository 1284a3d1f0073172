"""What a charge is made of: a promise, an attack, rows of what was seen, and the finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.result import EffectResult, LabError
from pochin.lab.values import UnitValues

RUNS = 1_000
"""Made-up pilots of a row."""


@dataclass(frozen=True)
class Row:
    """What one method did on one kind of data.

    Attributes:
        promised: At most so often (an error) or at least so often (coverage); None where nothing
            is promised and the row stands for comparison.
        told: Share of the pilots in which the lab itself says that something is wrong.
    """

    data: str
    method: str
    quantity: str
    observed: float
    promised: float | None
    runs: int = RUNS
    told: float | None = None

    @property
    def verdict(self) -> str:
        if self.promised is None:
            return ""
        slack = 3 * (self.promised * (1 - self.promised) / self.runs) ** 0.5
        if self.quantity == "coverage":
            return "kept" if self.observed >= self.promised - slack else "**broken**"
        return "kept" if self.observed <= self.promised + slack else "**broken**"


@dataclass(frozen=True)
class Charge:
    """A promise and how it was attacked."""

    promise: str
    attack: str
    rows: Callable[[np.random.Generator], Iterator[Row]]
    finding: str


# Data nobody would choose; each gives one value for each of `size`, of mean 0.


def normal(rng: np.random.Generator, size: int) -> np.ndarray:
    return rng.normal(size=size)


def heavy(rng: np.random.Generator, size: int) -> np.ndarray:
    """Student's t with two degrees of freedom: without a variance."""
    return rng.standard_t(2, size)


def skewed(rng: np.random.Generator, size: int) -> np.ndarray:
    """Log-normal, skewness 6."""
    return np.exp(rng.normal(size=size)) - np.exp(0.5)


def zeros(rng: np.random.Generator, size: int) -> np.ndarray:
    """Nothing at seven sites of ten, something at the rest."""
    return np.where(rng.random(size) < 0.7, 0.0, rng.exponential(size=size)) - 0.3


def ties(rng: np.random.Generator, size: int) -> np.ndarray:
    """Whole numbers from 0 to 2."""
    return rng.integers(0, 3, size) - 1.0


def dominated(rng: np.random.Generator, size: int) -> np.ndarray:
    """One site twenty times as far out as the others, either way."""
    values = rng.normal(size=size)
    values[rng.integers(size)] += 20 * rng.choice([-1, 1])
    return values


AWKWARD: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": normal,
    "heavy tails, t(2)": heavy,
    "log-normal": skewed,
    "seven zeros of ten": zeros,
    "ties, 0 to 2": ties,
    "one site dominates": dominated,
}


def drawn(units: int, treated: int, rng: np.random.Generator) -> Assignment:
    """A complete lot of one period."""
    arms = rng.permutation(np.repeat([1, 0], [treated, units - treated]))
    return Assignment(arms[:, None], range(units), [0])


def valued(y: np.ndarray, lot: Assignment, before: np.ndarray | None = None) -> UnitValues:
    return UnitValues(y, np.ones(len(y), int), lot, before=before)


def rejects(fit: EffectResult | None, alpha: float = 0.05) -> bool:
    return fit is not None and fit.p_value is not None and fit.p_value <= alpha + 1e-12


def covers(fit: EffectResult | None, truth: float, level: float = 0.95) -> bool:
    if fit is None:
        return True
    low, high = fit.conf_int(level)
    # With ties an end may be the truth itself, found by a search to seven digits.
    slack = 1e-6 * max(abs(truth), 1.0)
    return low - slack <= truth <= high + slack


def tried(question: Callable[[], EffectResult]) -> EffectResult | None:
    """None where the lab gives no number and says why."""
    try:
        found = question()
    except LabError:
        return None
    return None if found.blocked else found


def share(values: Sequence[bool]) -> float:
    return float(np.mean(values))

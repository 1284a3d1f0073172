"""An agreement: one question asked of the lab and of another library on random inputs."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

Answers = Iterable[tuple[str, float | np.ndarray, float | np.ndarray]]
"""Quantity, ours, theirs."""


@dataclass(frozen=True)
class Agreement:
    """One question.

    Attributes:
        library: The distribution that answers beside the lab.
        question: What is asked, in words.
        ask: From a generator to quantities, our answers and theirs.
        within: Largest difference allowed, relative to the larger of the two answers and 1e-3.
        runs: Random inputs.
        why: Where the two may differ by more than rounding, the reason.
    """

    library: str
    question: str
    ask: Callable[[np.random.Generator], Answers]
    within: float
    runs: int
    why: str

    def farthest(self, runs: int | None = None) -> dict[str, float]:
        """The largest difference of each quantity over the random inputs."""
        seed = zlib.crc32(f"{self.library} {self.question}".encode())
        rng, found = np.random.default_rng(seed), {}
        for _run in range(runs or self.runs):
            for quantity, ours, theirs in self.ask(rng):
                found[quantity] = max(found.get(quantity, 0.0), apart(ours, theirs))
        return found


AGREEMENTS: list[Agreement] = []


def agreement(
    library: str, question: str, *, within: float, runs: int = 200, why: str = ""
) -> Callable:
    """Put a question on the list."""

    def listed(ask: Callable[[np.random.Generator], Answers]) -> Callable:
        AGREEMENTS.append(Agreement(library, question, ask, within, runs, why))
        return ask

    return listed


def apart(ours: float | np.ndarray, theirs: float | np.ndarray) -> float:
    """The largest relative difference; infinite where one side has no number."""
    one, other = np.asarray(ours, float), np.asarray(theirs, float)
    if one.shape != other.shape:
        return float("inf")
    size = np.maximum(np.maximum(np.abs(one), np.abs(other)), 1e-3)
    far = np.where(one == other, 0.0, np.abs(one - other) / size)
    return float(np.nan_to_num(far, nan=np.inf).max(initial=0.0))


def load() -> list[Agreement]:
    """All questions, by library."""
    package = importlib.import_module("benchmarks.lab.oracles")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return sorted(AGREEMENTS, key=lambda one: (one.library, one.question))


def version(library: str) -> str | None:
    """The installed version of a library, None where it is absent."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


# Random inputs.


def arms(rng: np.random.Generator, least: int = 4, most: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Values of control and of treatment, of unequal sizes and spreads."""
    one, other = rng.integers(least, most, 2)
    scale = np.exp(rng.normal(size=3) * 1.5)
    level = rng.normal() * 10
    return (
        level + scale[0] * rng.standard_t(6, one),
        level + scale[2] + scale[1] * rng.standard_t(6, other),
    )


def clustered(
    rng: np.random.Generator, least: int = 6, most: int = 25
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X (intercept, arm of the cluster, a covariate), y and cluster of rows."""
    G = int(rng.integers(least, most))
    sizes = rng.integers(2, 30, G)
    cluster = np.repeat(np.arange(G), sizes)
    arm = rng.permutation(np.arange(G) % 2)[cluster].astype(float)
    known = rng.normal(size=len(cluster)) + rng.normal(size=G)[cluster]
    X = np.column_stack([np.ones(len(cluster)), arm, known])
    noise = rng.normal(size=G)[cluster] + rng.normal(size=len(cluster)) * (1 + arm)
    return X, X @ rng.normal(size=3) + noise, cluster


def panel(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, unit, period and treatment of an unbalanced panel's rows."""
    I, T = int(rng.integers(5, 16)), int(rng.integers(4, 9))
    unit, period = (one.ravel() for one in np.meshgrid(np.arange(I), np.arange(T), indexing="ij"))
    start = rng.integers(1, T + 2, I)
    start[:2] = T + 1, 1
    done = (period >= start[unit]).astype(float)
    y = rng.normal(size=I)[unit] + rng.normal(size=T)[period] + done + rng.normal(size=I * T)
    kept = rng.random(I * T) < 0.9
    return y[kept], unit[kept], period[kept], done[kept]

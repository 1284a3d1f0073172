"""A promise: a setting, the methods tried in it, and the limits within which they must stay."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from pochin.lab.simulate import highest_rate, lowest_rate


@dataclass(frozen=True)
class Seen:
    """One method in one setting.

    Attributes:
        method: What was tried.
        quantity: "type I error", "coverage", "power", …
        value: Observed.
        low, high: Where it must lie; None where it is only shown.
        expected: What others observed, as told by the design, e.g. ".046".
    """

    method: str
    quantity: str
    value: float
    low: float | None = None
    high: float | None = None
    expected: str = ""

    @property
    def required(self) -> str:
        if self.low is not None and self.high is not None:
            return f"{self.low:.3f} to {self.high:.3f}"
        if self.high is not None:
            return f"at most {self.high:.3f}"
        return f"at least {self.low:.3f}" if self.low is not None else ""

    @property
    def kept(self) -> bool:
        above = self.low is None or self.value >= self.low
        return above and (self.high is None or self.value <= self.high)


@dataclass(frozen=True)
class Promise:
    """A setting that can be simulated.

    Attributes:
        code: As in the design, e.g. "A1".
        setting: What is simulated, in words.
        run: From a number of runs and a generator to what was seen.
        short: Runs for the short version, a few seconds.
    """

    code: str
    setting: str
    run: Callable[[int, np.random.Generator], list[Seen]]
    short: int


PROMISES: list[Promise] = []


def promise(code: str, setting: str, *, short: int) -> Callable:
    """Put a function on the list of promises."""

    def listed(run: Callable[[int, np.random.Generator], list[Seen]]) -> Callable:
        PROMISES.append(Promise(code, setting, run, short))
        return run

    return listed


def load() -> list[Promise]:
    """All promises, in the order of their codes."""
    package = importlib.import_module("pochin.lab.tests.promises")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return sorted(PROMISES, key=lambda one: one.code)


# The usual limits.


def false_alarms(
    method: str,
    rejected: Iterable[bool] | np.ndarray,
    *,
    alpha: float = 0.05,
    required: bool = True,
    exact: bool = False,
    expected: str = "",
) -> Seen:
    """How often a true null was rejected; required methods must stay at alpha."""
    values = np.asarray(list(rejected), float)
    runs = len(values)
    high = highest_rate(alpha, runs) if required else None
    low = lowest_rate(alpha, runs) if exact else None
    return Seen(method, "type I error", float(values.mean()), low, high, expected)


def coverage(
    method: str,
    covered: Iterable[bool] | np.ndarray,
    *,
    alpha: float = 0.05,
    required: bool = True,
    expected: str = "",
) -> Seen:
    """How often an interval held the truth."""
    values = np.asarray(list(covered), float)
    low = 1 - highest_rate(alpha, len(values)) if required else None
    return Seen(method, "coverage", float(values.mean()), low, None, expected)


def power(
    method: str,
    found: Iterable[bool] | np.ndarray,
    *,
    planned: float | None = None,
    expected: str = "",
) -> Seen:
    """How often an effect was found; within .03 of what was planned, simulation error aside."""
    values = np.asarray(list(found), float)
    value = float(values.mean())
    if planned is None:
        return Seen(method, "power", value, expected=expected)
    slack = 0.03 if len(values) >= 2000 else 0.03 + 3.09 * (0.25 / len(values)) ** 0.5
    return Seen(method, "power", value, planned - slack, planned + slack, expected)

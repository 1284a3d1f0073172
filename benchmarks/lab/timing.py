"""How much processor time a call needs, whatever else the machine does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def seconds(call: Callable[[], Any], *, at_least: float = 0.3, most: int = 50) -> float:
    """The least processor time of several calls; the first, which loads and compiles, aside."""
    call()
    best, spent, runs = float("inf"), 0.0, 0
    while runs < 2 or (spent < at_least and runs < most):
        started = time.process_time()
        call()
        took = time.process_time() - started
        best, spent, runs = min(best, took), spent + took, runs + 1
    return best

"""How an estimate settled: the plan's own method after each period of the run."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.methods import Task, estimate
from pochin.lab.protocol import Protocol
from pochin.lab.result import EffectResult, LabError
from pochin.lab.seeds import generator

MOST = 16
"""Steps of a way: a longer run is shown at evenly spread periods."""


@dataclass(frozen=True)
class Step:
    """The estimate from the readings up to and including a period, in the unit of the metric.

    Attributes:
        period: The last period that was used.
        estimate: As the plan's method gives it.
        low, high: Two-sided 95 % interval; None where the method gives none so early.
    """

    period: str
    estimate: float
    low: float | None
    high: float | None


def course(task: Task, final: EffectResult) -> tuple[Step, ...]:
    """The way of the estimate, for a picture; no step but the last is a test.

    Args:
        task: The metric over the whole run.
        final: The result that is reported; it stands as the last step.

    Returns:
        A step for each period after which the method could be used; empty where there is no
        other than the last.
    """
    run = task.run
    chosen = sorted({round(place) for place in np.linspace(0, len(run) - 1, min(len(run), MOST))})
    steps = [step for place in chosen[:-1] if (step := _step(task, run[: place + 1]))]
    last = _of(final, run[-1])
    return (*steps, last) if steps and last else ()


def _step(task: Task, run: tuple[str, ...]) -> Step | None:
    shorter = replace(
        task,
        periods=run,
        assignment=up_to(task.protocol, task.assignment, run),
        # Its own numbers: the analysis itself must not depend on whether the way is drawn.
        rng=generator(str(task.protocol.analysis.seed), bound_to=task.protocol.sha256),
    )
    try:
        return _of(estimate(shorter), run[-1])
    except (LabError, ValueError):
        return None


def _of(effect: EffectResult, period: str) -> Step | None:
    value = effect.estimate
    if effect.blocked or value is None or not math.isfinite(value):
        return None
    ends: tuple[float | None, float | None] = (None, None)
    try:
        low, high = effect.conf_int(0.95)
        ends = (low, high) if math.isfinite(low) and math.isfinite(high) else ends
    except (LabError, ValueError):
        pass
    return Step(period, value, *ends)


def up_to(protocol: Protocol, assignment: Assignment, run: tuple[str, ...]) -> Assignment:
    """The assignment without periods of the run that may not be used yet."""
    later = set(protocol.run_ids) - set(run)
    kept = np.array([one not in later for one in assignment.period_ids.tolist()])
    if kept.all():
        return assignment
    # Its own set of outcomes stays: the lot was drawn for the whole.
    return replace(
        assignment, schedule=assignment.schedule[:, kept], period_ids=assignment.period_ids[kept]
    )

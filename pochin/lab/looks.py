"""Looks of a plan: how far each reaches, and intervals that stay true however many were taken."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pochin.lab.assignment import ENUMERABLE
from pochin.lab.methods import Task, adjusts
from pochin.lab.plan_rules import BY_LOT
from pochin.lab.protocol import NO_LOOKS, NO_LOTS, LookSchedule, Protocol
from pochin.lab.result import EffectResult, LookResult, ProtocolViolation
from pochin.lab.sequential.confseq import asymptotic_radius
from pochin.lab.sequential.gst import GroupSequentialTest, normal_score
from pochin.lab.sequential.randomization_gst import RandomizationGroupSequentialTest
from pochin.lab.values import unit_values

MANY_UNITS = 1000
"""Independent units from which an asymptotic confidence sequence keeps its promise."""


def which_look(protocol: Protocol, look: int | None) -> int | None:
    """The number of the look, the last one if none is named; None where the plan has no looks.

    Raises:
        ProtocolViolation: The plan has no such look.
    """
    looks = protocol.analysis.looks
    if looks is None:
        if look is not None:
            raise ProtocolViolation("The plan has no interim looks; evaluate at its end.")
        return None
    number = len(looks.at) if look is None else look
    if not 1 <= number <= len(looks.at):
        raise ProtocolViolation(f"The plan has {len(looks.at)} looks; there is no look {look}.")
    return number


def periods_of_look(protocol: Protocol, look: int | None) -> tuple[str, ...]:
    """Periods of the run a look may use: the share of them it stands for, rounded up."""
    run = protocol.run_ids
    if look is None or protocol.analysis.looks is None:
        return run
    share = protocol.analysis.looks.at[look - 1]
    return run[: math.ceil(share * len(run) - 1e-9)]


def at_look(task: Task, effect: EffectResult, look: int) -> tuple[EffectResult, LookResult]:
    """The effect with an interval that allows for all looks so far, and the look itself.

    Earlier looks are taken to have been held as planned: their error counts as spent. Several
    primary metrics share the error evenly, because any of them may end the pilot.

    Raises:
        ProtocolViolation: The method gives no statistic a sequential test could use.
    """
    looks = task.protocol.analysis.looks
    if looks is None or effect.estimate is None or not effect.std_error:
        raise ProtocolViolation(NO_LOOKS)
    alpha = (1 - task.protocol.analysis.level) / len(task.protocol.primaries)
    if looks.spending == "confidence-sequence":
        return _always_valid(effect, looks, look, alpha)
    widened = replace(
        effect,
        interval_inverter=_repeated(effect, looks, look),
        bound_inverter=None,
        reference_distribution="normal",
    )
    if looks.spending == "randomization":
        return widened, _by_lot(task, looks, look, alpha)
    held = _replay(effect, looks, look, alpha)
    return widened, replace(held, repeated_ci=widened.conf_int(1 - alpha))


def _replay(effect: EffectResult, looks: LookSchedule, look: int, alpha: float) -> LookResult:
    """Looks 1 to `look`, earlier ones without a finding; only their share of error matters."""
    estimate, error = float(effect.estimate or 0), float(effect.std_error or 1)
    now = 1 / error**2
    test = GroupSequentialTest(now / looks.at[look - 1], looks.spends, alpha)
    for share in looks.at[: look - 1]:
        test.update(share * test.max_information, 0.0)
    df = math.inf if effect.df is None else effect.df
    score = normal_score(estimate / error, df) if math.isfinite(df) else estimate / error
    return test.update(now, score, final=look == len(looks.at))


def _repeated(
    effect: EffectResult, looks: LookSchedule, look: int
) -> Callable[[float], tuple[float, float]]:
    estimate, error = float(effect.estimate or 0), float(effect.std_error or 1)
    df = math.inf if effect.df is None else effect.df

    def interval(level: float) -> tuple[float, float]:
        boundary = _replay(effect, looks, look, 1 - level).boundary
        half = error * (_t_of(boundary, df) if math.isfinite(df) else boundary)
        return estimate - half, estimate + half

    return interval


def _t_of(z: float, df: float) -> float:
    """The t statistic whose normal score is z."""
    low, high = 0.0, 2.0
    while normal_score(high, df) < z and high < 1e8:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if normal_score(middle, df) < z else (low, middle)
    return high


def _by_lot(task: Task, looks: LookSchedule, look: int, alpha: float) -> LookResult:
    """The randomisation-based sequential test, all looks so far replayed from the table."""
    assignment = task.assignment
    if task.protocol.kind not in BY_LOT:
        raise ProtocolViolation(NO_LOTS)
    if assignment.n_admissible <= ENUMERABLE:
        rows = assignment.all_labels()
    else:
        drawn = assignment.draw_labels(task.protocol.analysis.draws // 10, task.rng)
        rows = np.vstack([assignment.labels, drawn])
    if assignment.labels[assignment.arms == 1][0] == 0:
        rows = 1 - rows
    own = int(np.flatnonzero((rows == assignment.arms).all(axis=1))[0])
    test = RandomizationGroupSequentialTest(rows, own, looks.spends, alpha)
    for number in range(1, look + 1):
        if test.stopped:
            break
        values, known = _reached(task, number)
        test.update(values, looks.at[number - 1], known=known, final=number == len(looks.at))
    return test.looks[-1]


def _reached(task: Task, number: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Every unit's value up to a look, shape (I,), and what was known of it before, (I, k).

    The lot takes out the same as at the end: strata, the baseline, registered covariates. Of
    pairs it takes out nothing, for they are what was known.
    """
    protocol, assignment = task.protocol, task.assignment
    pairs = assignment.pairs is not None
    units = unit_values(
        task.table,
        assignment,
        task.metric.code,
        periods=periods_of_look(protocol, number),
        baseline=protocol.baseline_ids if adjusts(protocol) and not pairs else None,
        two_part=task.metric.two_part,
        covariates=None if pairs else task.covariates,
    )
    place = {unit: i for i, unit in enumerate(assignment.unit_ids.tolist())}
    at = [place[unit] for unit in units.assignment.unit_ids.tolist()]
    values = np.full(len(place), np.nan)
    values[at] = units.y
    if pairs:
        return values, None
    blocks = assignment.blocks
    strata = (blocks[:, None] == np.unique(blocks)[None, 1:]).astype(float)
    known = np.full((len(place), units.adjusting.shape[1]), np.nan)
    known[at] = units.adjusting
    return values, np.column_stack([strata, known])


def _always_valid(
    effect: EffectResult, looks: LookSchedule, look: int, alpha: float
) -> tuple[EffectResult, LookResult]:
    n = sum(effect.n_units.values())
    if n < MANY_UNITS:
        raise ProtocolViolation(
            f"A confidence sequence needs {MANY_UNITS} independent units; there are {n}."
        )
    estimate, error = float(effect.estimate or 0), float(effect.std_error or 1)
    best = n / looks.at[look - 1] / 2

    def interval(level: float) -> tuple[float, float]:
        half = float(asymptotic_radius(error, n, n_opt=best, alpha=1 - level))
        return estimate - half, estimate + half

    boundary = (interval(1 - alpha)[1] - estimate) / error
    result = LookResult(
        look=look,
        information=looks.at[look - 1],
        statistic=estimate / error,
        boundary=boundary,
        crossed=abs(estimate / error) >= boundary,
        alpha_spent=alpha,
        repeated_ci=interval(1 - alpha),
    )
    return replace(
        effect,
        interval_inverter=interval,
        bound_inverter=None,
        reference_distribution="normal",
    ), result

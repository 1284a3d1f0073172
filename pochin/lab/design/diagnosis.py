"""A plan tried out on make-believe data: bias, coverage, errors, power, colours of the decision."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import special, stats

from pochin.lab.decide import primary_level
from pochin.lab.design.watched import Watched, watched
from pochin.lab.economics import CostModel, Money, ValueModel, money
from pochin.lab.power import Components
from pochin.lab.protocol import LookSchedule
from pochin.lab.result import Alternative, EvidenceClass, plain
from pochin.lab.simulate import (
    Estimates,
    OperatingCharacteristics,
    Truth,
    operating_characteristics,
)

DRAWS = 2_000
"""Draws of the money for each simulated pilot."""

COLOURS = ("green", "amber", "red")


@dataclass(frozen=True)
class Guard:
    """A guardrail, and what is supposed of its readings.

    Attributes:
        code: Of its metric.
        margin: Largest worsening it may show, in the unit of its metric.
        sd: Standard deviation of its single readings, same unit.
        sign: 1 where more is better, −1 where less is.
    """

    code: str
    margin: float
    sd: float
    sign: int = 1


@dataclass(frozen=True)
class Rule:
    """What the decision will be read from; the effect in the unit of the metric.

    Attributes:
        threshold: Improvement worth having.
        sign: 1 where more is better, −1 where less is.
        level: Of the one-sided bounds.
        value, cost: The money model, where the plan has one.
        scope: "network" or "next-stage"; classes III and IV are never green for a network.
        looks: When the data may be looked at; None for once, at the end.
        guards: Guardrails whose spread is supposed; one that is not named is taken to hold.
        archive: The plan was written after the data, so nothing is green.
        primaries: How many primary metrics share the error; only the first is tried out.
    """

    threshold: float
    sign: int = 1
    level: float = 0.95
    value: ValueModel | None = None
    cost: CostModel | None = None
    scope: str = "network"
    looks: LookSchedule | None = None
    guards: tuple[Guard, ...] = ()
    archive: bool = False
    primaries: int = 1

    @property
    def primary_level(self) -> float:
        """Of the bounds of a primary metric, as the verdict reads them."""
        return primary_level(self.level, self.primaries)

    def money(self, rng: np.random.Generator, draws: int = DRAWS) -> Money | None:
        """The money model drawn, or None where there is none."""
        if self.value is None or self.cost is None:
            return None
        return money(self.value, self.cost, rng=rng, draws=draws)


@dataclass(frozen=True)
class Scenario:
    """How the plan behaves if the effect is what is supposed.

    Attributes:
        name: "no effect", "threshold", "break-even" or "target".
        effect: In the unit of the metric.
        characteristics: Bias, coverage and rejections.
        colours: Probability of each colour if all gates pass; guardrails are not touched by the
            solution.
        early: Share of the pilots that end before the last look.
    """

    name: str
    effect: float
    characteristics: OperatingCharacteristics
    colours: Mapping[str, float]
    early: float = 0.0


@dataclass(frozen=True)
class Guarded:
    """What a guardrail says if its metric really worsens by so much.

    Attributes:
        code: Of its metric.
        worsening: In the unit of its metric.
        held: Probability that it is shown to be no worse than its margin.
        harmed: Probability that harm is shown; otherwise nothing is.
    """

    code: str
    worsening: float
    held: float
    harmed: float


@dataclass(frozen=True)
class Diagnosis:
    """The whole plan tried out, one row for each supposed effect."""

    scenarios: tuple[Scenario, ...]
    method: str
    guess: Mapping[str, float] = field(default_factory=dict)
    guarded: tuple[Guarded, ...] = ()

    def __getitem__(self, name: str) -> Scenario:
        return next(one for one in self.scenarios if one.name == name)

    @property
    def type_i(self) -> float:
        """Share of pilots without effect that find one."""
        return self["no effect"].characteristics.rejected

    @property
    def power(self) -> float:
        """Share of pilots with the target effect that find it."""
        return self["target"].characteristics.rejected

    @property
    def bias(self) -> float:
        """Mean error of the estimate at the target effect, in the unit of the metric."""
        return self["target"].characteristics.bias

    @property
    def coverage(self) -> float:
        """Share of intervals at the plan's level that hold the target effect."""
        return self["target"].characteristics.coverage

    def to_dict(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "guess": plain(self.guess),
            "scenarios": [plain(one) for one in self.scenarios],
            "guarded": [plain(one) for one in self.guarded],
        }


Guess = Mapping[str, float]


def diagnose(
    design: Any,
    supposed: Mapping[str, float],
    rule: Rule,
    components: Components,
    guarding: Sequence[Components],
    *,
    rng: np.random.Generator,
    guess: Guess,
    alpha: float,
    alternative: Alternative,
    runs: int,
) -> Diagnosis:
    """Try a design out under each supposed improvement; see `Design.diagnose`.

    One set of made-up pilots serves every supposed effect where an effect only moves the
    estimate, so that the rows differ by the effect and not by luck. Guardrails are drawn
    independently of the primary metric.
    """
    sizes = {name: guess[name] for name in ("cluster_size", "size_cv")}
    model = rule.money(rng)
    if model is not None and np.isfinite(model.break_even):
        supposed = {**supposed, "break-even": model.break_even}

    def tried(parts: Components, effect: float) -> tuple[Estimates, ...]:
        truth = Truth(parts, effect, **sizes)
        if rule.looks is None or len(rule.looks.at) < 2:
            return (design.simulate(truth, runs=runs, rng=rng),)
        reached = [math.ceil(one * design.run_periods - 1e-9) for one in rule.looks.at]
        return tuple(design.seen_at(truth, reached, runs=runs, rng=rng))

    def under(parts: Components, effects: Sequence[float]) -> list[tuple[Estimates, ...]]:
        if not design.shifts:
            return [tried(parts, one) for one in effects]
        still = tried(parts, 0.0)
        return [tuple(_moved(one, effect) for one in still) for effect in effects]

    guards = [
        under(parts, [-guard.sign * times * guard.margin for times in WORSE])
        for guard, parts in zip(rule.guards, guarding, strict=True)
    ]
    truths = [rule.sign * one for one in supposed.values()]
    rows = []
    for (name, improvement), truth, found in zip(
        supposed.items(), truths, under(components, truths), strict=True
    ):
        seen = _read(found, rule, alpha=alpha, units=design.units)
        told = operating_characteristics(
            seen.estimates, truth, alpha=alpha, alternative=alternative
        )
        if rule.looks is not None and len(found) > 1:
            told = replace(told, rejected=float(seen.crossed.mean()))
        if design.min_p_value > alpha:
            told = replace(told, rejected=0.0)
        held, harmed = _guarded(guards, rule, seen)
        shares = colours(
            seen.estimates, rule, evidence=design.evidence, rng=rng, held=held, harmed=harmed
        )
        rows.append(Scenario(name, rule.sign * improvement, told, shares, seen.early))
    return Diagnosis(tuple(rows), design.method, guess, _guard_rows(guards, rule))


WORSE = (0.0, 1.0, 2.0)
"""Margins by which a guardrail is supposed to worsen."""


def _moved(found: Estimates, effect: float) -> Estimates:
    return replace(found, estimate=found.estimate + effect)


def _read(found: Sequence[Estimates], rule: Rule, *, alpha: float, units: int) -> Watched:
    if rule.looks is not None and len(found) > 1:
        return watched(found, rule.looks, alpha=alpha, units=units)
    last = len(found[-1].estimate)
    return Watched(found[-1], np.zeros(last, bool), np.zeros(last, int))


def _guarded(
    guards: Sequence[Sequence[tuple[Estimates, ...]]], rule: Rule, seen: Watched
) -> tuple[np.ndarray, np.ndarray]:
    """Whether all guardrails hold, and whether one shows harm, where none worsens; shapes (R,)."""
    held, harmed = np.ones(len(seen.ended), bool), np.zeros(len(seen.ended), bool)
    for guard, found in zip(rule.guards, guards, strict=True):
        ends = [bounds(one, guard.sign, rule.level) for one in found[0]]
        low, high = (
            np.stack([np.resize(one[side], len(held)) for one in ends])[
                seen.ended, np.arange(len(held))
            ]
            for side in (0, 1)
        )
        held &= low > -guard.margin
        harmed |= high < -guard.margin
    return held, harmed


def _guard_rows(
    guards: Sequence[Sequence[tuple[Estimates, ...]]], rule: Rule
) -> tuple[Guarded, ...]:
    rows = []
    for guard, found in zip(rule.guards, guards, strict=True):
        for times, one in zip(WORSE, found, strict=True):
            low, high = bounds(one[-1], guard.sign, rule.level)
            held, harmed = float((low > -guard.margin).mean()), float((high < -guard.margin).mean())
            rows.append(Guarded(guard.code, times * guard.margin, held, harmed))
    return tuple(rows)


def colours(
    estimates: Estimates,
    rule: Rule,
    *,
    evidence: EvidenceClass,
    rng: np.random.Generator,
    held: np.ndarray | None = None,
    harmed: np.ndarray | None = None,
) -> dict[str, float]:
    """Share of simulated pilots that end in each colour, all gates passed.

    The same rule as `decide`, for many pilots at once.

    Args:
        estimates: Of the primary metric.
        rule: What the decision is read from.
        evidence: Class of the design.
        rng: For the money.
        held: Whether all guardrails are shown to hold, shape (R,); default all do.
        harmed: Whether one of them shows harm, shape (R,); default none does.
    """
    lower, upper = bounds(estimates, rule.sign, rule.primary_level)
    harm, meets = upper < 0, lower > rule.threshold
    red = harm.copy() if harmed is None else harm | harmed
    green = meets & ~red if held is None else meets & ~red & held
    model = rule.money(rng)
    if model is not None and np.isfinite(upper - lower).all():
        low, high = _worth(estimates, rule, model, rng)
        red |= high < 0
        green &= (low > 0) & ~red
    if rule.archive or (evidence in ("III", "IV") and rule.scope == "network"):
        green[:] = False
    shares = {"green": float(green.mean()), "red": float(red.mean())}
    return {"green": shares["green"], "amber": 1 - sum(shares.values()), "red": shares["red"]}


def bounds(estimates: Estimates, sign: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    """One-sided bounds of the improvement, shapes (R,)."""
    low, high = estimates.bound(1 - level), estimates.bound(level)
    return (low, high) if sign > 0 else (-high, -low)


def _worth(
    estimates: Estimates, rule: Rule, model: Money, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the NPV of each pilot, shapes (R,)."""
    u = rng.uniform(size=len(model.slope))
    if estimates.inverter is not None:
        return _worth_by_bounds(estimates, rule, model, u)
    low, high = np.empty(len(estimates.estimate)), np.empty(len(estimates.estimate))
    for r, (estimate, error, df) in enumerate(
        zip(estimates.estimate, estimates.std_error, estimates.df, strict=True)
    ):
        t = special.stdtrit(df, u) if np.isfinite(df) else stats.norm.ppf(u)
        values = model.slope * (rule.sign * estimate + error * t) - model.cost
        low[r], high[r] = np.quantile(values, [1 - rule.level, rule.level])
    return low, high


def _worth_by_bounds(
    estimates: Estimates, rule: Rule, model: Money, u: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same where a method has bounds and no standard error: as wide as its 80 % interval."""
    low, high = estimates.bound(0.1), estimates.bound(0.9)
    error = (high - low) / (2 * stats.norm.ppf(0.9))
    middle = (low + high) / 2
    draws = rule.sign * middle[:, None] + error[:, None] * stats.norm.ppf(u)
    ends = np.quantile(model.slope * draws - model.cost, [1 - rule.level, rule.level], axis=1)
    return ends[0], ends[1]

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

LOTS = 2_000
"""Lots that are compared at each look of a simulated pilot; of more these are drawn."""

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
        green_range: The least and the most that green can be, whatever ties the guardrails to
            the primary metric and to each other; `colours` suppose that nothing does.
    """

    name: str
    effect: float
    characteristics: OperatingCharacteristics
    colours: Mapping[str, float]
    early: float = 0.0
    green_range: tuple[float, float] = (0.0, 1.0)


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
    estimate, so that the rows differ by the effect and not by luck. What ties guardrails to the
    primary metric is not known, so they are drawn independently of it, and beside green stands
    between what it must lie whatever ties them (Fréchet, M. 1935, Fundamenta Mathematicae 25).
    """
    sizes = {name: guess[name] for name in ("cluster_size", "size_cv")}
    model = rule.money(rng)
    if model is not None and np.isfinite(model.break_even):
        supposed = {**supposed, "break-even": model.break_even}

    by_lot = rule.looks is not None and rule.looks.spending == "randomization"
    lots = design.lots(LOTS, rng) if by_lot else None

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
        return [tuple(_moved(one, effect, lots) for one in still) for effect in effects]

    guards = [
        under(parts, [-guard.sign * times * guard.margin for times in WORSE])
        for guard, parts in zip(rule.guards, guarding, strict=True)
    ]
    truths = [rule.sign * one for one in supposed.values()]
    rows = []
    for (name, improvement), truth, found in zip(
        supposed.items(), truths, under(components, truths), strict=True
    ):
        seen = _read(found, rule, alpha=alpha, units=design.units, lots=lots)
        told = operating_characteristics(
            seen.estimates, truth, alpha=alpha, alternative=alternative
        )
        if rule.looks is not None and len(found) > 1:
            told = replace(told, rejected=float(seen.crossed.mean()))
        if design.min_p_value > alpha:
            told = replace(told, rejected=0.0)
        held, harmed = _guarded(guards, rule, seen)
        green, red = judged(seen.estimates, rule, evidence=design.evidence, rng=rng)
        shares = _shares(green & held.all(axis=0), red | harmed.any(axis=0))
        either = _whatever_ties(float(green.mean()), held.mean(axis=1))
        rows.append(Scenario(name, rule.sign * improvement, told, shares, seen.early, either))
    return Diagnosis(tuple(rows), design.method, guess, _guard_rows(guards, rule))


WORSE = (0.0, 1.0, 2.0)
"""Margins by which a guardrail is supposed to worsen."""


def _moved(found: Estimates, effect: float, lots: np.ndarray | None) -> Estimates:
    """The same pilots with an effect; where lots are compared, in each unit that has it."""
    estimate = found.estimate + effect
    if lots is None or found.by_unit is None:
        return replace(found, estimate=estimate)
    return replace(found, estimate=estimate, by_unit=found.by_unit + effect * lots[0])


def _read(
    found: Sequence[Estimates],
    rule: Rule,
    *,
    alpha: float,
    units: int,
    lots: np.ndarray | None,
) -> Watched:
    if rule.looks is not None and len(found) > 1:
        return watched(found, rule.looks, alpha=alpha, units=units, lots=lots)
    last = len(found[-1].estimate)
    return Watched(found[-1], np.zeros(last, bool), np.zeros(last, int))


def _guarded(
    guards: Sequence[Sequence[tuple[Estimates, ...]]], rule: Rule, seen: Watched
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each guardrail holds, and whether it shows harm, where none worsens; (G, R)."""
    runs = len(seen.ended)
    held, harmed = (np.zeros((len(rule.guards), runs), bool) for _ in range(2))
    for row, (guard, found) in enumerate(zip(rule.guards, guards, strict=True)):
        ends = [bounds(one, guard.sign, rule.level) for one in found[0]]
        low, high = (
            np.stack([np.resize(one[side], runs) for one in ends])[seen.ended, np.arange(runs)]
            for side in (0, 1)
        )
        held[row], harmed[row] = low > -guard.margin, high < -guard.margin
    return held, harmed


def _whatever_ties(green: float, held: np.ndarray) -> tuple[float, float]:
    """Fréchet's bounds of the share in which all is well, of the shares in which each is."""
    least = max(0.0, green - float((1 - held).sum()))
    return least, float(min([green, *held]))


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
    estimates: Estimates, rule: Rule, *, evidence: EvidenceClass, rng: np.random.Generator
) -> dict[str, float]:
    """Share of simulated pilots that end in each colour, all gates passed and guardrails held.

    The same rule as `decide`, for many pilots at once.

    Args:
        estimates: Of the primary metric.
        rule: What the decision is read from.
        evidence: Class of the design.
        rng: For the money.
    """
    return _shares(*judged(estimates, rule, evidence=evidence, rng=rng))


def _shares(green: np.ndarray, red: np.ndarray) -> dict[str, float]:
    shares = {"green": float(green.mean()), "red": float(red.mean())}
    return {"green": shares["green"], "amber": 1 - sum(shares.values()), "red": shares["red"]}


def judged(
    estimates: Estimates, rule: Rule, *, evidence: EvidenceClass, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Whether the primary metric and the money alone make a pilot green, or red; shapes (R,)."""
    lower, upper = bounds(estimates, rule.sign, rule.primary_level)
    red, green = upper < 0, lower > rule.threshold
    green &= ~red
    model = rule.money(rng)
    if model is not None and np.isfinite(upper - lower).all():
        low, high = _worth(estimates, rule, model, rng)
        red |= high < 0
        green &= (low > 0) & ~red
    if rule.archive or (evidence in ("III", "IV") and rule.scope == "network"):
        green[:] = False
    return green, red


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

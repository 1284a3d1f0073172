"""A plan tried out on make-believe data: bias, coverage, errors, power, colours of the decision."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pochin.lab.design.colours import bounds, judged, shares
from pochin.lab.design.primaries import Seen, seen_at_looks, seen_at_once
from pochin.lab.design.rule import Rule
from pochin.lab.design.watched import LOTS, Watched, watched
from pochin.lab.power import Components
from pochin.lab.result import Alternative, plain
from pochin.lab.simulate import (
    Estimates,
    OperatingCharacteristics,
    Truth,
    operating_characteristics,
)


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
        seen: How often the test sees each primary metric, any of them, all of them; every metric
            is supposed to improve by the same share of its threshold.
    """

    name: str
    effect: float
    characteristics: OperatingCharacteristics
    colours: Mapping[str, float]
    early: float = 0.0
    green_range: tuple[float, float] = (0.0, 1.0)
    seen: Seen | None = None


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
    """The whole plan tried out, one row for each supposed effect.

    Attributes:
        green_from: Where the plan has looks, the improvement of the first primary metric whose
            bound clears the threshold in 8 cases of 10 by the look that ends the pilot; None where
            that was not asked, or money decides as well.
    """

    scenarios: tuple[Scenario, ...]
    method: str
    guess: Mapping[str, float] = field(default_factory=dict)
    guarded: tuple[Guarded, ...] = ()
    green_from: float | None = None

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
    components: Callable[[float], Components],
    *,
    rng: np.random.Generator,
    guess: Guess,
    alpha: float,
    alternative: Alternative,
    runs: int,
) -> Diagnosis:
    """Try a design out under each supposed improvement; see `Design.diagnose`.

    One set of made-up pilots serves every supposed effect where an effect only moves the
    estimate, so that the rows differ by the effect and not by luck. What ties guardrails and
    further primary metrics to the first is not known, so they are drawn independently of it, and
    beside green stands between what it must lie whatever ties the guardrails (Fréchet, M. 1935,
    Fundamenta Mathematicae 25).

    Args:
        components: From the standard deviation of single readings to the variances of their parts.
    """
    model = rule.money(rng)
    if model is not None and np.isfinite(model.break_even):
        supposed = {**supposed, "break-even": model.break_even}
    by_lot = rule.has_looks and rule.looks is not None and rule.looks.spending == "randomization"
    lots = design.lots(LOTS, rng) if by_lot else None
    sizes = {name: guess[name] for name in ("cluster_size", "size_cv")}

    def under(sd: float, effects: Sequence[float]) -> list[tuple[Estimates, ...]]:
        def tried(effect: float) -> tuple[Estimates, ...]:
            return _tried(design, Truth(components(sd), effect, **sizes), rule, runs=runs, rng=rng)

        if not design.shifts:
            return [tried(one) for one in effects]
        still = tried(0.0)
        return [tuple(_moved(one, effect, lots) for one in still) for effect in effects]

    guards = [
        under(one.sd, [-one.sign * times * one.margin for times in WORSE]) for one in rule.guards
    ]
    improved = list(supposed.values())
    first = under(guess["sd"], [rule.sign * one for one in improved])
    parts = [one / rule.threshold if rule.threshold else 0.0 for one in improved]
    further = [
        under(one.sd, [one.sign * part * one.threshold for part in parts]) for one in rule.further
    ]
    about = _About(design, rule, alpha, alternative, runs, lots)
    rows = []
    for name, improvement, *found in zip(supposed, improved, first, *further, strict=True):
        seen, told = _read(found, about)
        characteristics = _characteristics(seen, told, rule.sign * improvement, about)
        held, harmed = _guarded(guards, rule, seen)
        green, red = judged(
            seen.estimates, rule, evidence=design.evidence, rng=rng, further=seen.further
        )
        told_in = shares(green & held.all(axis=0), red | harmed.any(axis=0))
        either = _whatever_ties(float(green.mean()), held.mean(axis=1))
        effect = rule.sign * improvement
        rows.append(Scenario(name, effect, characteristics, told_in, seen.early, either, told))
    start = _green_from(first[improved.index(0.0)], about) if 0.0 in improved else None
    return Diagnosis(tuple(rows), design.method, guess, _guard_rows(guards, rule), start)


@dataclass(frozen=True, eq=False)
class _About:
    """What every row of a diagnosis is read by."""

    design: Any
    rule: Rule
    alpha: float
    alternative: Alternative
    runs: int
    lots: np.ndarray | None


def _tried(
    design: Any, truth: Truth, rule: Rule, *, runs: int, rng: np.random.Generator
) -> tuple[Estimates, ...]:
    """Estimates at each look, or at the end where there is one look."""
    if rule.looks is None or not rule.has_looks:
        return (design.simulate(truth, runs=runs, rng=rng),)
    reached = [math.ceil(one * design.run_periods - 1e-9) for one in rule.looks.at]
    return tuple(design.seen_at(truth, reached, runs=runs, rng=rng))


WORSE = (0.0, 1.0, 2.0)
"""Margins by which a guardrail is supposed to worsen."""


def _moved(found: Estimates, effect: float, lots: np.ndarray | None) -> Estimates:
    """The same pilots with an effect; where lots are compared, in each unit that has it."""
    estimate = found.estimate + effect
    if lots is None or found.by_unit is None:
        return replace(found, estimate=estimate)
    return replace(found, estimate=estimate, by_unit=found.by_unit + effect * lots[0])


def _read(found: Sequence[tuple[Estimates, ...]], about: _About) -> tuple[Watched, Seen]:
    """The pilots when they end, and how often each primary metric is seen then."""
    seen, told = _ended(found, about)
    if about.design.min_p_value > about.alpha / about.rule.primaries:
        told = Seen((0.0,) * len(found), 0.0, 0.0, (0.0, 0.0), (0.0, 0.0))
    return seen, told


def _ended(found: Sequence[tuple[Estimates, ...]], about: _About) -> tuple[Watched, Seen]:
    rule = about.rule
    if rule.looks is not None and rule.has_looks:
        seen = _watched(found, about)
        return seen, seen_at_looks(seen.each, seen.alone, rule.primaries)[1]
    ends = [one[-1] for one in found]
    runs = len(ends[0].estimate)
    each, told = seen_at_once(
        ends, rule.primaries, alpha=about.alpha, alternative=about.alternative, runs=runs
    )
    never = np.zeros(runs, bool)
    return Watched(ends[0], never, np.zeros(runs, int), 0, tuple(ends[1:]), each), told


def _watched(found: Sequence[tuple[Estimates, ...]], about: _About) -> Watched:
    looks = about.rule.looks
    assert looks is not None
    return watched(
        found[0],
        looks,
        alpha=about.alpha / about.rule.primaries,
        units=about.design.units,
        lots=about.lots,
        further=found[1:],
    )


def _characteristics(
    seen: Watched, told: Seen, truth: float, about: _About
) -> OperatingCharacteristics:
    """Of the first primary metric; it is seen by the rule that shares the error."""
    found = operating_characteristics(
        seen.estimates, truth, alpha=about.alpha, alternative=about.alternative
    )
    if about.design.min_p_value > about.alpha / about.rule.primaries:
        return replace(found, rejected=0.0)
    if about.rule.has_looks or about.rule.primaries > 1:
        return replace(found, rejected=told.each[0])
    return found


def _green_from(still: tuple[Estimates, ...], about: _About, wanted: float = 0.8) -> float | None:
    """The improvement that its bound shows to be beyond the threshold so often, by simulation.

    A pilot that ends early ends with a wide interval, so no formula of one look tells it.
    """
    rule, design = about.rule, about.design
    never = rule.archive or (design.evidence in ("III", "IV") and rule.scope == "network")
    if not rule.has_looks or never or rule.value is not None or not design.shifts:
        return None
    if design.min_p_value > 1 - rule.primary_level:
        return None

    def green(beyond: float) -> bool:
        effect = rule.sign * (rule.threshold + beyond)
        moved = tuple(_moved(one, effect, about.lots) for one in still)
        lower = bounds(_watched([moved], about).estimates, rule.sign, rule.primary_level)[0]
        return float((lower > rule.threshold).mean()) >= wanted

    low, high = 0.0, 2.0 * float(np.nanstd(still[-1].estimate))
    for _ in range(20):
        if green(high):
            break
        low, high = high, 1.5 * high
    else:
        return None
    while high - low > CLOSE * high:
        middle = (low + high) / 2
        low, high = (low, middle) if green(middle) else (middle, high)
    return rule.threshold + high


CLOSE = 0.03
"""How exactly the effect that ends green is sought: as exactly as so few pilots know it."""


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

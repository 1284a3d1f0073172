"""A plan tried out on make-believe data: bias, coverage, errors, power, colours of the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special, stats

from pochin.lab.economics import CostModel, Money, ValueModel, money
from pochin.lab.result import EvidenceClass, plain
from pochin.lab.simulate import Estimates, OperatingCharacteristics

DRAWS = 2_000
"""Draws of the money for each simulated pilot."""

COLOURS = ("green", "amber", "red")


@dataclass(frozen=True)
class Rule:
    """What the decision will be read from; the effect in the unit of the metric.

    Attributes:
        threshold: Improvement worth having.
        sign: 1 where more is better, −1 where less is.
        level: Of the one-sided bounds.
        value, cost: The money model, where the plan has one.
        scope: "network" or "next-stage"; classes III and IV are never green for a network.
    """

    threshold: float
    sign: int = 1
    level: float = 0.95
    value: ValueModel | None = None
    cost: CostModel | None = None
    scope: str = "network"

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
        colours: Probability of each colour if all gates pass.
    """

    name: str
    effect: float
    characteristics: OperatingCharacteristics
    colours: Mapping[str, float]


@dataclass(frozen=True)
class Diagnosis:
    """The whole plan tried out, one row for each supposed effect."""

    scenarios: tuple[Scenario, ...]
    method: str
    guess: Mapping[str, float] = field(default_factory=dict)

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
        """Share of 95 % intervals that hold the target effect."""
        return self["target"].characteristics.coverage

    def to_dict(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "guess": plain(self.guess),
            "scenarios": [plain(one) for one in self.scenarios],
        }


def colours(
    estimates: Estimates,
    rule: Rule,
    *,
    evidence: EvidenceClass,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Share of simulated pilots that end in each colour, all gates passed.

    The same rule as `decide`, for many pilots at once.
    """
    lower, upper = bounds(estimates, rule.sign, rule.level)
    harm, meets = upper < 0, lower > rule.threshold
    red, green = harm.copy(), meets & ~harm
    model = rule.money(rng)
    if model is not None and np.isfinite(upper - lower).all():
        low, high = _worth(estimates, rule, model, rng)
        red |= high < 0
        green &= (low > 0) & ~red
    if evidence in ("III", "IV") and rule.scope == "network":
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

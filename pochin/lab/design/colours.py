"""The colours in which made-up pilots end, by the rule that will read the real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import special, stats

from pochin.lab.design.rule import Rule
from pochin.lab.money_models import Money
from pochin.lab.result import EvidenceClass
from pochin.lab.simulate import Estimates

COLOURS = ("green", "amber", "red")


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
    return shares(*judged(estimates, replace(rule, further=()), evidence=evidence, rng=rng))


def shares(green: np.ndarray, red: np.ndarray) -> dict[str, float]:
    shares = {"green": float(green.mean()), "red": float(red.mean())}
    return {"green": shares["green"], "amber": 1 - sum(shares.values()), "red": shares["red"]}


def judged(
    estimates: Estimates,
    rule: Rule,
    *,
    evidence: EvidenceClass,
    rng: np.random.Generator,
    further: Sequence[Estimates] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Whether primary metrics and money alone make a pilot green, or red; shapes (R,).

    One metric that meets its threshold is enough, one that harms is too much.
    """
    lower, upper = bounds(estimates, rule.sign, rule.primary_level)
    red, green = upper < 0, lower > rule.threshold
    for metric, one in zip(rule.further, further, strict=True):
        low, high = (
            np.resize(end, len(red)) for end in bounds(one, metric.sign, rule.primary_level)
        )
        red, green = red | (high < 0), green | (low > metric.threshold)
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

"""A group-sequential test: looks as they come, the boundary at each, estimates after stopping."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import optimize, special, stats

from pochin.lab.result import Alternative, LookResult, ProtocolViolation
from pochin.lab.sequential.boundaries import (
    Boundaries,
    SubDensity,
    crossing_probabilities,
    futility_boundaries,
    next_boundary,
    next_futility,
    spending_boundaries,
)
from pochin.lab.sequential.spending import Spending


def normal_score(statistic: float, df: float) -> float:
    """A t statistic as the standard normal one with the same tail probability.

    With few units this keeps the boundaries, made for normal statistics, nearly exact.

    >>> round(normal_score(2.228, 10), 2)
    1.96
    """
    tail = stats.t.logsf(abs(statistic), df)
    return float(-np.sign(statistic) * special.ndtri_exp(tail))


@dataclass
class GroupSequentialTest:
    """A test that may stop early, by a spending function registered before the start.

    The times of the looks need not be planned: each look spends what the spending function
    allows at its share of the information. Looks past the planned information, and the look
    called final, spend all that is left.

    Args:
        max_information: Information planned for the end, 1 / SE² in the unit of the effect.
        spending: How the type I error is spent.
        alpha: Type I error of the whole test.
        alternative: "two-sided", "greater" or "less"; the last two stop only on that side.
        planned: Shares of the information planned for the looks; needed for futility only.
        futility: How the type II error is spent on giving up; None never gives up. The lower
            boundary does not bind, so going on past it costs no type I error.
        power: Power for which futility is planned.
        interval: Whether to search for the estimate and its interval after the stop; it costs
            most of the time.

    Raises:
        ValueError: Something lies outside its range.

    Source:
        Jennison, C. & Turnbull, B. W. (2000). Group Sequential Methods, chs. 7–9.

    Example:
        >>> test = GroupSequentialTest(max_information=100)
        >>> test.update(50, 2.5).crossed
        False
        >>> look = test.update(100, 2.5)
        >>> look.crossed, round(look.boundary, 3), round(look.p_value, 4)
        (True, 1.969, 0.0143)
    """

    max_information: float
    spending: Spending = field(default_factory=Spending)
    alpha: float = 0.05
    alternative: Alternative = "two-sided"
    planned: Sequence[float] = (1.0,)
    futility: Spending | None = None
    power: float = 0.8
    interval: bool = True
    looks: list[LookResult] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        if not self.max_information > 0:
            raise ValueError(f"max_information is {self.max_information}, but it must be positive")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is {self.alpha}, but it must lie between 0 and 1")
        if self.alternative not in ("two-sided", "greater", "less"):
            raise ValueError(f"alternative is {self.alternative!r}, but it is not a known one")
        if self.futility and self.sides == 2:
            raise ValueError("futility is given, but a two-sided test gives up on neither side")
        self._shares: list[float] = []
        self._upper: list[float] = []
        self._paths = SubDensity.start()
        self._followed = SubDensity.start(self._planned_drift())

    @property
    def sides(self) -> int:
        return 2 if self.alternative == "two-sided" else 1

    @property
    def stopped(self) -> bool:
        """Whether a look crossed the boundary or was the last."""
        return bool(self.looks) and self.looks[-1].p_value is not None

    def boundaries(self, planned: Any = None) -> Boundaries:
        """The boundaries at planned shares of the information, for a picture before the start."""
        planned = self.planned if planned is None else planned
        return spending_boundaries(planned, self.spending, alpha=self.alpha, sides=self.sides)

    def update(self, information: float, statistic: float, *, final: bool = False) -> LookResult:
        """Take one look.

        Args:
            information: Information reached, 1 / SE² in the unit of the effect.
            statistic: Estimate / SE; see `normal_score` for a t statistic with few units.
            final: Whether this is the last look whatever it shows; it spends all that is left.

        Raises:
            ProtocolViolation: The test has stopped, or the information has not grown.
            ValueError: The statistic is no number.
        """
        if math.isnan(statistic):
            raise ValueError("statistic is nan, but it must be a number")
        share = information / self.max_information
        self._check(share)
        last = final or share >= 1
        spent = self.alpha if last else self._allowed(share)
        before = self.looks[-1].alpha_spent if self.looks else 0.0
        upper = next_boundary(self._paths, share, max(spent - before, 0.0) / self.sides)
        towards = -statistic if self.alternative == "less" else statistic
        crossed = towards >= upper or (self.sides == 2 and towards <= -upper)
        giving_up = self._futility_at(share, upper, last)
        look = LookResult(
            look=len(self.looks) + 1,
            information=share,
            statistic=float(statistic),
            boundary=upper,
            crossed=bool(crossed),
            alpha_spent=spent,
            repeated_ci=self._repeated(information, statistic, upper),
            futility_boundary=giving_up,
            futile=giving_up is not None and not crossed and towards <= giving_up,
        )
        self._shares.append(share)
        self._upper.append(upper)
        if crossed or last:
            look = self._concluded(look, towards)
        else:
            lower = -upper if self.sides == 2 else -np.inf
            self._paths = self._paths.carry(share, lower, upper)
        self.looks.append(look)
        return look

    def stop(self) -> LookResult:
        """End the trial after the last look, e.g. for futility, and estimate.

        Raises:
            ProtocolViolation: No look was taken, or the test has stopped already.
        """
        if not self.looks or self.stopped:
            raise ProtocolViolation("The test cannot be ended here: take a look first.")
        towards = self._towards(self.looks[-1].statistic)
        self.looks[-1] = self._concluded(self.looks[-1], towards)
        return self.looks[-1]

    def conditional_power(self, effect: float, planned: Sequence[float]) -> float:
        """Probability of crossing the boundary at later looks, given what was seen.

        Args:
            effect: The true effect assumed from here on, in the unit of the effect.
            planned: Shares of the information of the looks to come.
        """
        shares = [*self._shares, *planned]
        bounds = self.boundaries(shares)
        now = self._shares[-1] if self._shares else 0.0
        seen = self._towards(self.looks[-1].statistic) * np.sqrt(now) if self.looks else 0.0
        ahead = np.asarray(planned, float)
        steps = np.sqrt(ahead - now)
        rest = slice(len(self._shares), None)
        upper = (bounds.upper[rest] * np.sqrt(ahead) - seen) / steps
        lower = (bounds.lower[rest] * np.sqrt(ahead) - seen) / steps
        drift = self._towards(effect) * np.sqrt(self.max_information)
        return float(crossing_probabilities(ahead - now, upper, lower, drift=drift).upper.sum())

    def _check(self, share: float) -> None:
        if self.stopped:
            raise ProtocolViolation(
                "No further look can be taken: the test has ended. Its result stands."
            )
        if not share > (self._shares[-1] if self._shares else 0.0):
            raise ProtocolViolation(
                "This look cannot be taken: it holds no more information than the one before. "
                "Wait for more data."
            )

    def _allowed(self, share: float) -> float:
        return self.sides * float(self.spending(share, alpha=self.alpha / self.sides))

    def _towards(self, value: float) -> float:
        return -value if self.alternative == "less" else value

    def _planned_drift(self) -> float:
        if self.futility is None:
            return 0.0
        return futility_boundaries(self.boundaries(), self.futility, power=self.power)[1]

    def _futility_at(self, share: float, upper: float, last: bool) -> float | None:
        if self.futility is None:
            return None
        beta = 1 - self.power
        spent = beta if last else float(self.futility(share, alpha=beta))
        before = float(self.futility(self._shares[-1], alpha=beta)) if self._shares else 0.0
        lower = next_futility(self._followed, share, max(spent - before, 0.0))
        lower = min(lower, upper)
        self._followed = self._followed.carry(share, lower, upper)
        return lower

    def _repeated(self, information: float, statistic: float, upper: float) -> tuple[float, float]:
        root = np.sqrt(information)
        low, high = (statistic - upper) / root, (statistic + upper) / root
        if self.alternative == "greater":
            return float(low), np.inf
        if self.alternative == "less":
            return -np.inf, float(high)
        return float(low), float(high)

    def _concluded(self, look: LookResult, towards: float) -> LookResult:
        """Add the stage-wise p-value, the median-unbiased estimate and the interval."""
        p = self._beyond(towards, 0.0)
        if self.sides == 2:
            p = min(2 * min(p, 1 - p), 1.0)
        if not self.interval:
            return replace(look, p_value=p)
        tail = self.alpha / self.sides
        low, middle, high = (self._effect_at(towards, q) for q in (tail, 0.5, 1 - tail))
        if self.alternative == "less":
            low, middle, high = -high, -middle, -low
        return replace(look, p_value=p, estimate=middle, conf_int=(low, high))

    def _beyond(self, towards: float, drift: float) -> float:
        """Probability, under `drift`, of ending at least as far out in the stage-wise order."""
        t, upper = np.array(self._shares), np.array(self._upper)
        upper[-1] = towards
        lower = -np.array(self._upper) if self.sides == 2 else np.full(len(t), -np.inf)
        return float(crossing_probabilities(t, upper, lower, drift=drift).upper.sum())

    def _effect_at(self, towards: float, probability: float) -> float:
        """The effect under which something at least as far out has this probability."""

        def excess(drift: float) -> float:
            return self._beyond(towards, drift) - probability

        low = high = towards / np.sqrt(self._shares[-1])
        reach = 1 / np.sqrt(self._shares[-1])
        while excess(low) > 0:
            low, reach = low - reach, 2 * reach
        reach = 1 / np.sqrt(self._shares[-1])
        while excess(high) < 0:
            high, reach = high + reach, 2 * reach
        drift = low if low == high else optimize.brentq(excess, low, high, xtol=1e-9)
        return float(drift / np.sqrt(self.max_information))

"""The net present value of an effect, and what is not known about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from pochin.lab.money_models import DRAWS, CostModel, ValueModel, money
from pochin.lab.result import DataError, EffectResult, check_level, plain
from pochin.lab.value_of_information import evpi

BOUNDS = (0.9, 0.95, 0.975)
"""Levels of the one-sided bounds that fix the spread where no distribution is known."""
ENOUGH_PLACEBOS = 19
"""Units one is ranked among from which there is a bound at 95 %, and so money."""


@dataclass(frozen=True, eq=False)
class NetPresentValue:
    """The money of an effect with everything that is not known about it, in minor units.

    Attributes:
        p_positive: Probability that the NPV is above zero.
        low, median, high: 5, 50 and 95 % points.
        mean: Average over the draws.
        break_even: The effect at which NPV is zero, at the middle of every range, in the unit of
            the effect, improvement positive.
        evpi: What knowing everything would be worth.
        values: The draws, shape (n,).
    """

    currency: str
    p_positive: float
    low: float
    median: float
    high: float
    mean: float
    break_even: float
    evpi: float
    values: np.ndarray

    def lower(self, level: float = 0.95) -> float:
        """One-sided lower bound."""
        check_level(level)
        return float(np.quantile(self.values, 1 - level))

    def upper(self, level: float = 0.95) -> float:
        """One-sided upper bound."""
        check_level(level)
        return float(np.quantile(self.values, level))

    def to_dict(self) -> dict[str, Any]:
        """Without the draws: they follow from the seed. Money is whole minor units."""
        whole = ("low", "median", "high", "mean", "evpi")
        return {
            "currency": self.currency,
            "p_positive": self.p_positive,
            "break_even": plain(self.break_even),
            "draws": len(self.values),
        } | {name: round(getattr(self, name)) for name in whole}


def npv(
    effect: EffectResult,
    value: ValueModel,
    cost: CostModel,
    *,
    rng: np.random.Generator,
    sign: int = 1,
    draws: int = DRAWS,
) -> NetPresentValue:
    """The net present value of rolling out, by simulation.

    Args:
        effect: Estimated effect; its uncertainty is that of its t distribution, or of its own
            interval where the reference is by lot.
        value, cost: The registered models.
        rng: Its seed stands in the plan.
        sign: 1 where more of the metric is better, −1 where less is.
        draws: How many.

    Raises:
        ValueError: The effect is withheld.
        DataError: The currencies differ.

    Source:
        Brealey, R. & Myers, S. Principles of Corporate Finance, ch. 2 (present value);
        Metropolis, N. & Ulam, S. (1949). JASA 44, 335–341 (by draws).

    Example:
        >>> from pochin.lab.money_models import CostItem, Range
        >>> worth = ValueModel("RUB", Range.certain(10), Range.certain(100), 1.0,
        ...                    transport=Range.certain(1.0))
        >>> price = CostModel("RUB", (CostItem("all", "capex", Range.certain(500)),))
        >>> fit = EffectResult(2.0, 0.5, np.inf, 0.01, "demo")
        >>> answer = npv(fit, worth, price, rng=np.random.default_rng(1))
        >>> answer.break_even, round(answer.mean, -2), round(answer.p_positive, 2)
        (0.5, 1500.0, 1.0)
    """
    if effect.estimate is None:
        raise ValueError("the effect is withheld, but its money needs an estimate")
    model = money(value, cost, rng=rng, draws=draws)
    gain = sign * effect_draws(effect, draws, rng)
    values = model.slope * gain - model.cost
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
    return NetPresentValue(
        currency=model.currency,
        p_positive=float((values > 0).mean()),
        low=float(low),
        median=float(median),
        high=float(high),
        mean=float(values.mean()),
        break_even=model.break_even,
        evpi=evpi(values),
        values=values,
    )


def effect_draws(effect: EffectResult, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draws from the confidence distribution of an effect, shape (n,).

    Where the effect has bounds of its own (by lot, by placebos, of shares), the draws have the
    same one-sided bounds at 90, 95 and 97.5 %, so that money never says what the effect does not.
    """
    estimate = float(effect.estimate or 0.0)
    if effect.interval_inverter is not None:
        z = rng.standard_normal(n)
        away = np.abs(z)
        below, above = (
            _stretched([sign * (estimate - bound(level)) for level in BOUNDS], away)
            for sign, bound in ((1, effect.lower), (-1, effect.upper))
        )
        return estimate + np.where(z < 0, -below, above)
    if effect.std_error is None:
        raise DataError("The effect has no standard error, so the spread of its money is unknown.")
    df = np.inf if effect.df is None else effect.df
    t = rng.standard_normal(n) if np.isinf(df) else rng.standard_t(df, n)
    return estimate + effect.std_error * t


def _stretched(reach: list[float], away: np.ndarray) -> np.ndarray:
    """How far from the estimate draws lie that are `away` from the middle of a normal.

    Raises:
        DataError: The bound at 95 % is at no distance.
    """
    if not math.isfinite(reach[1]):
        raise DataError("The interval of the effect is unbounded, so its money is unknown.")
    known = [one for one in reach if math.isfinite(one)]
    at = np.concatenate([[0.0], stats.norm.ppf(BOUNDS[: len(known)])])
    far = np.maximum.accumulate(np.concatenate([[0.0], known]))
    # The last stretch goes on beyond the last bound that is known.
    step = (far[-1] - far[-2]) / (at[-1] - at[-2])
    return np.interp(away, at, far) + np.maximum(away - at[-1], 0.0) * step

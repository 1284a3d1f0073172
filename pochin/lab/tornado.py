"""What the money hangs on: each unknown moved alone, the widest first."""

from __future__ import annotations

from dataclasses import dataclass

from pochin.lab.money_models import CostModel, ValueModel, line, unknowns
from pochin.lab.result import EffectResult

LEVEL = 0.8
"""Of the interval over which the effect moves: about as likely as the ends of a range."""


@dataclass(frozen=True)
class Swing:
    """How far one unknown moves the NPV, everything else at its middle; minor units.

    Attributes:
        name: "effect", "per_unit", "volume", "transport", or the name of an item of cost.
        low, high: The ends between which it moves, in its own unit.
        at_low, at_high: The NPV at these ends.
        is_cost: Whether it is an item of cost.

    Example:
        >>> Swing("volume", 100, 300, -50.0, 150.0).turning
        150.0
    """

    name: str
    low: float
    high: float
    at_low: float
    at_high: float
    is_cost: bool = False

    @property
    def width(self) -> float:
        return abs(self.at_high - self.at_low)

    @property
    def turning(self) -> float | None:
        """The value of the unknown at which the NPV is zero, perhaps far beyond its ends."""
        if self.at_low == self.at_high:
            return None
        # The NPV is linear in every unknown by itself.
        return self.low - self.at_low * (self.high - self.low) / (self.at_high - self.at_low)

    @property
    def turns(self) -> bool:
        """Whether the sign of the NPV hangs on this unknown alone."""
        return min(self.at_low, self.at_high) < 0 < max(self.at_low, self.at_high)


def tornado(
    effect: EffectResult, value: ValueModel, cost: CostModel, *, sign: int = 1, level: float = LEVEL
) -> list[Swing]:
    """The unknowns ordered by how far each alone moves the NPV, widest first.

    The effect moves over its interval at `level`, every other over its range.
    """
    if effect.estimate is None:
        raise ValueError("the effect is withheld, but its money needs an estimate")
    return swings(effect.estimate, effect.conf_int(level), value, cost, sign=sign)


def at_middle(estimate: float, value: ValueModel, cost: CostModel, *, sign: int = 1) -> float:
    """The NPV of an effect where every unknown is at its middle, in minor units.

    Example:
        >>> from pochin.lab.money_models import CostItem, Range
        >>> one = Range.certain(1.0)
        >>> worth = ValueModel("RUB", Range(10, 20, 30), one, 1.0, transport=one)
        >>> at_middle(2.0, worth, CostModel("RUB", ()))
        40.0
    """
    slope, present = line(
        value, cost, {name: one.mid for name, one in unknowns(value, cost).items()}
    )
    return float(slope * sign * estimate - present)


def swings(
    estimate: float,
    interval: tuple[float, float],
    value: ValueModel,
    cost: CostModel,
    *,
    sign: int = 1,
) -> list[Swing]:
    """The same from the numbers a result keeps of its effect.

    Args:
        estimate: The effect, in the unit of the metric.
        interval: The ends between which it moves.
        value, cost: The registered models.
        sign: 1 where more of the metric is better, −1 where less is.

    Source:
        Clemen, R. T. & Reilly, T. (2013). Making Hard Decisions, 3rd ed., ch. 5.

    Example:
        >>> from pochin.lab.money_models import CostItem, Range
        >>> one = Range.certain(1.0)
        >>> worth = ValueModel("RUB", Range(10, 20, 30), one, 1.0, transport=one)
        >>> price = CostModel("RUB", (CostItem("all", "capex", Range(5, 10, 15)),))
        >>> [(each.name, each.width) for each in swings(2.0, (1.5, 2.5), worth, price)]
        [('per_unit', 40.0), ('effect', 20.0), ('all', 10.0), ('volume', 0.0), ('transport', 0.0)]
    """
    ranges = unknowns(value, cost)
    middle = {name: one.mid for name, one in ranges.items()}

    def at(effect: float, **moved: float) -> float:
        slope, present = line(value, cost, middle | moved)
        return float(slope * sign * effect - present)

    items = {f"cost[{i}]": item.name for i, item in enumerate(cost.items)}
    low, high = interval
    found = [Swing("effect", low, high, at(low), at(high))]
    for name, one in ranges.items():
        low, high = (at(estimate, **{name: end}) for end in (one.low, one.high))
        found.append(Swing(items.get(name, name), one.low, one.high, low, high, name in items))
    return sorted(found, key=lambda swing: -swing.width)

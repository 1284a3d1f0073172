"""What an improvement is worth to the network and what the roll-out costs, as a plan says it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pochin.lab.result import DataError

DRAWS = 10_000
YEARLY = ("licence", "running")
ONCE = ("capex", "integration", "training")
TRANSPORT = 0.8
"""Share of a pilot's effect expected in the network where nothing else is registered."""


@dataclass(frozen=True)
class Range:
    """A quantity known to lie between `low` and `high`, most likely at `mid`.

    Draws follow the triangular distribution; equal ends are a certain value.

    Raises:
        ValueError: The three are not in order.

    Example:
        >>> Range.certain(5.0).draw(3, np.random.default_rng(1))
        array([5., 5., 5.])
    """

    low: float
    mid: float
    high: float
    source: str = ""

    def __post_init__(self) -> None:
        if not self.low <= self.mid <= self.high:
            raise ValueError(
                f"range is {self.low}, {self.mid}, {self.high}, but low, mid, high must be in order"
            )

    @classmethod
    def certain(cls, value: float) -> Range:
        return cls(value, value, value)

    @classmethod
    def from_plan(cls, given: Mapping[str, Any]) -> Range:
        """From a plan's table of low, mid and high."""
        return cls(given["low"], given["mid"], given["high"], given.get("source", ""))

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Independent draws, shape (n,)."""
        if self.low == self.high:
            return np.full(n, float(self.mid))
        return rng.triangular(self.low, self.mid, self.high, n)


@dataclass(frozen=True)
class ValueModel:
    """What a unit of improvement is worth in the network, registered before the start.

    Attributes:
        currency: Code, e.g. "RUB"; money is in its minor units.
        per_unit: Worth of one metric unit of improvement in one piece of volume, minor units.
        volume: Pieces a year at full scale.
        horizon_years: Years that count; a part of a year counts as part.
        discount: Yearly rate.
        adoption: Share of full scale in each year; the last one goes on.
        transport: Share of the pilot's effect that remains in the network.
        wash_out_loss: Part of the effect lost once attention fades, in the unit of the metric.

    Raises:
        ValueError: Years, rate or adoption are out of range.
    """

    currency: str
    per_unit: Range
    volume: Range
    horizon_years: float
    discount: float = 0.0
    adoption: tuple[float, ...] = (1.0,)
    transport: Range = field(default_factory=lambda: Range.certain(TRANSPORT))
    wash_out_loss: float = 0.0

    def __post_init__(self) -> None:
        if not self.horizon_years > 0:
            raise ValueError(f"horizon_years is {self.horizon_years}, but it must be positive")
        if not self.adoption:
            raise ValueError("adoption is empty, but it must hold a share for the first year")

    @classmethod
    def from_plan(cls, given: Mapping[str, Any]) -> ValueModel:
        """From the table “value” of a plan."""
        optional = ("discount", "wash_out_loss")
        known: dict[str, Any] = {name: given[name] for name in optional if name in given}
        if "adoption" in given:
            known["adoption"] = tuple(given["adoption"])
        if "transport" in given:
            known["transport"] = Range.from_plan(given["transport"])
        return cls(
            currency=given["currency"],
            per_unit=Range.from_plan(given["per_unit"]),
            volume=Range.from_plan(given["volume"]),
            horizon_years=given["horizon_years"],
            **known,
        )

    @property
    def years(self) -> float:
        """Full-scale years within the horizon, discounted: adopted share times discount, summed.

        >>> one = Range.certain(1.0)
        >>> ValueModel("RUB", one, one, 2.5, adoption=(0.5, 1.0)).years
        2.0
        """
        whole = math.ceil(self.horizon_years)
        year = np.arange(1, whole + 1)
        share = np.array([self.adoption[min(int(y), len(self.adoption)) - 1] for y in year])
        part = np.minimum(float(self.horizon_years) - (year - 1), 1.0)
        return float((share * part / (1 + self.discount) ** year).sum())


@dataclass(frozen=True)
class CostItem:
    """One item of cost, in minor units of the currency: once, or a year at full scale.

    Attributes:
        kind: "capex", "integration" and "training" are paid once, at the start; "licence" and
            "running" every year, following adoption.
    """

    name: str
    kind: str
    amount: Range

    def __post_init__(self) -> None:
        if self.kind not in YEARLY + ONCE:
            raise ValueError(f"kind is {self.kind!r}, but it must be one of {YEARLY + ONCE}")


@dataclass(frozen=True)
class CostModel:
    """What the roll-out costs, registered before the start; the ledger replaces guesses later.

    Attributes:
        currency: Code, e.g. "RUB"; money is in its minor units.
        items: What is paid, and when.
    """

    currency: str
    items: tuple[CostItem, ...]

    @classmethod
    def from_plan(cls, given: Mapping[str, Any]) -> CostModel:
        """From the table “cost” of a plan."""
        items = (CostItem(one["name"], one["kind"], Range.from_plan(one)) for one in given["items"])
        return cls(given["currency"], tuple(items))

    def with_paid(self, paid: Mapping[str, float]) -> CostModel:
        """The same with guesses exchanged for what was paid, item by item.

        Args:
            paid: Minor units by the item's name; names that are no items play no part.

        Example:
            >>> guess = CostModel("RUB", (CostItem("all", "capex", Range(1.0, 2.0, 4.0)),))
            >>> guess.with_paid({"all": 3.0}).items[0].amount.high
            3.0
        """
        items = tuple(
            replace(one, amount=Range.certain(float(paid[one.name]))) if one.name in paid else one
            for one in self.items
        )
        return replace(self, items=items)


@dataclass(frozen=True, eq=False)
class Money:
    """NPV = slope · effect − cost, with the two as draws; the effect in the metric's unit.

    Attributes:
        currency: Code; all amounts are in its minor units.
        slope: Worth of one unit of effect, shape (n,).
        cost: Present cost, what wash-out loses included, shape (n,).
        mid_slope, mid_cost: The same at the middle of every range.
    """

    currency: str
    slope: np.ndarray
    cost: np.ndarray
    mid_slope: float
    mid_cost: float

    @property
    def break_even(self) -> float:
        """The effect at which the roll-out pays for itself, at the middle of every range."""
        if self.mid_slope == 0:
            raise DataError("An improvement is worth nothing here, so no effect breaks even.")
        return self.mid_cost / self.mid_slope


def money(
    value: ValueModel, cost: CostModel, *, rng: np.random.Generator, draws: int = DRAWS
) -> Money:
    """Draw the worth of a unit of effect and the cost.

    Raises:
        DataError: The currencies differ.
    """
    if value.currency != cost.currency:
        raise DataError(
            f"Value is in {value.currency} and cost in {cost.currency}; use one currency."
        )
    ranges = unknowns(value, cost)
    drawn = {name: one.draw(draws, rng) for name, one in ranges.items()}
    slope, present = line(value, cost, drawn)
    mid_slope, mid_cost = line(value, cost, {name: one.mid for name, one in ranges.items()})
    spread = np.broadcast_to(present, (draws,))
    return Money(value.currency, np.asarray(slope), spread, float(mid_slope), float(mid_cost))


def unknowns(value: ValueModel, cost: CostModel) -> dict[str, Range]:
    """Everything but the effect that the NPV hangs on; items of cost by their place."""
    items = {f"cost[{i}]": item.amount for i, item in enumerate(cost.items)}
    return {
        "per_unit": value.per_unit,
        "volume": value.volume,
        "transport": value.transport,
    } | items


def line(value: ValueModel, cost: CostModel, at: Mapping[str, Any]) -> tuple[Any, Any]:
    """Slope and cost of the NPV at given values of the `unknowns`."""
    slope = at["per_unit"] * at["volume"] * at["transport"] * value.years
    present = value.wash_out_loss * slope
    for i, item in enumerate(cost.items):
        present = present + at[f"cost[{i}]"] * (value.years if item.kind in YEARLY else 1.0)
    return slope, present


def break_even(value: ValueModel, cost: CostModel) -> float:
    """The improvement at which rolling out pays for itself, in the unit of the metric.

    Raises:
        DataError: The currencies differ, or an improvement is worth nothing.
    """
    return money(value, cost, rng=np.random.default_rng(0), draws=1).break_even

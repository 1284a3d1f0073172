"""What a roll-out is worth at the price of its contract, by the plan's own model of money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from pochin.deals.models import Deal, Realised
from pochin.lab.economics import NetPresentValue, npv
from pochin.lab.money_models import CostModel, ValueModel
from pochin.lab.quality import costs
from pochin.lab.result import EffectResult, LabError

BOUGHT = "capex"  # the item of a plan that a contract is about: bringing the solution in
MINOR = 100
WIDE = 2 * 1.959963984540054  # standard errors in an interval of 95 %


@dataclass(frozen=True, slots=True)
class Worth:
    """The money of the roll-out, planned costs exchanged for those of the contract.

    Attributes:
        money: Net present value with everything that is not known about it, in minor units.
        price: What the contract costs, in its currency.
        paid: How much of it is paid.
        over: The most the plan reckoned with, where the price is above it; else None.
        is_realised: By the effect after the pilot; else by the one the pilot measured.
    """

    money: NetPresentValue
    price: Decimal
    paid: Decimal
    over: Decimal | None
    is_realised: bool


def worth(deal: Deal, after: Sequence[Realised] = ()) -> Worth | None:
    """The worth of the roll-out; None where plan, effect or price leave it unknown.

    The same deal gives the same digits whenever it is asked: draws follow from the plan's hash.

    Args:
        deal: With what its plan promised.
        after: What was realised after the pilot, where anything was.
    """
    said = deal.promised or {}
    models = said.get("money") or {}
    price, paid = _price(deal)
    known = {"value", "cost"} <= models.keys() and said.get("scale", "absolute") == "absolute"
    if not known or price is None or models["cost"]["currency"] != deal.currency:
        return None
    planned = CostModel.from_plan(models["cost"])
    bought = {BOUGHT: float(price * MINOR)}
    most = {one.name: one.amount.high for one in planned.items}
    effect, is_realised = _effect(said, after)
    if effect is None or BOUGHT not in most:
        return None
    try:
        money = npv(
            effect,
            ValueModel.from_plan(models["value"]),
            planned.with_paid(bought),
            rng=np.random.default_rng(int(said["plan_sha256"], 16)),
            sign=-1 if said["direction"] == "lower" else 1,
        )
    except LabError:
        return None
    over = Decimal(round(most[BOUGHT])) / MINOR if costs(bought, most) else None
    return Worth(money, price, paid, over, is_realised)


def _price(deal: Deal) -> tuple[Decimal | None, Decimal]:
    """The sum of the payments, or of the contract where none are written; and what is paid."""
    payments = list(deal.payments.all())
    paid = sum((one.amount for one in payments if one.paid_on), Decimal(0))
    whole = sum((one.amount for one in payments), Decimal(0))
    return (whole or deal.amount, paid)


def _effect(said: dict[str, Any], after: Sequence[Realised]) -> tuple[EffectResult | None, bool]:
    """The effect after the pilot where it has an interval, else that of the pilot."""
    whole = next((one for one in after if one.is_whole and one.low is not None), None)
    measured = said.get("measured") or {}
    found = (whole.effect, whole.low, whole.high) if whole else tuple(
        measured.get(name) for name in ("estimate", "low", "high")
    )  # fmt: skip
    middle, low, high = (None if one is None else float(one) for one in found)
    if middle is None or low is None or high is None:
        return None, False
    error = (high - low) / WIDE
    return EffectResult(middle, error, np.inf, None, "interval"), whole is not None

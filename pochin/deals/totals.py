"""What deals come to: sums by programme, buyer and year, each with the list it was added from."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import ExtractYear
from django.urls import reverse

from pochin.deals.models import Deal, Payment
from pochin.ui.quick import told

ZERO = Decimal("0.00")
# What a line of the table adds up, and the answer of the list of payments that opens it.
STATES = ("paid", "overdue", "ahead")


@dataclass(frozen=True, slots=True)
class Total:
    """An amount with the address of exactly the rows it was added from."""

    amount: Decimal
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """The money of one programme, buyer or year in one currency."""

    name: str
    currency: str
    signed: Total
    paid: Total
    overdue: Total
    ahead: Total


def by(user: Any, what: str, *, on: date) -> list[Line]:
    """The money by `programme`, `buyer` or `year` of the signature, the greatest first."""
    deals = Deal.objects.visible_to(user).bound()
    if what == "year":
        # A zone of its own would move contracts of New Year's Eve to another year.
        deals = deals.annotate(group=ExtractYear("signed_at"))
    keys = {"programme": "programme__code", "buyer": "buyer__key", "year": "group"}[what]
    groups = deals.values_list(keys, "currency").distinct().order_by()
    names = _names(deals, what)
    lines = [_line(user, what, key, currency, names, on) for key, currency in groups]
    return sorted(lines, key=lambda line: (line.currency != "RUB", -line.signed.amount, line.name))


def _names(deals: QuerySet, what: str) -> dict[Any, str]:
    if what == "year":
        return {}
    found = deals.select_related(what)
    if what == "programme":
        return {deal.programme.code: str(deal.programme) for deal in found}
    return {deal.buyer.key: str(deal.buyer) for deal in found}


def _line(user: Any, what: str, key: Any, currency: str, names: dict[Any, str], on: date) -> Line:
    picked = {what: key, "currency": currency}
    deals = Deal.objects.visible_to(user).bound()
    payments = Payment.objects.visible_to(user).filter(deal__in=deals.values("pk"))
    field = {"programme": "programme__code", "buyer": "buyer__key", "year": "signed_at__year"}[what]
    own = {field: key, "currency": currency}
    lines = payments.filter(**{f"deal__{name}": value for name, value in own.items()})
    opened = {
        "paid": lines.paid(), "overdue": lines.overdue(on), "ahead": lines.ahead(on),
    }  # fmt: skip
    return Line(
        name=names.get(key, str(key)),
        currency=currency,
        signed=_sum(deals.filter(**own), "deals:index", {**picked, "bound": "yes"}),
        **{
            state: _sum(found, "deals:payments", {**picked, "state": state})
            for state, found in opened.items()
        },
    )


def _sum(things: QuerySet, name: str, picked: dict[str, Any]) -> Total:
    added = things.aggregate(all=Sum("amount"))["all"] or ZERO
    return Total(Decimal(added), things.count(), f"{reverse(name)}?{urlencode(picked)}")


@dataclass(frozen=True, slots=True)
class Speed:
    """Days from the decision to scale to the signature, over the contracts that had one."""

    median: int
    ninth: int
    count: int
    href: str


def by_days_to_sign(user: Any) -> QuerySet:
    """Contracts by the days from the decision to each: rows of (days or nothing, how many)."""
    found = Deal.objects.visible_to(user).bound().order_by()
    return found.values_list("days_to_sign").annotate(n=Count("pk"))


def speed(user: Any) -> Speed | None:
    """How fast decisions became contracts; nothing where none did."""
    found = Deal.objects.visible_to(user).bound().order_by()
    return speed_of(days for (days,) in told(found.values_list("days_to_sign")))


def speed_of(contracts: Iterable[int | None]) -> Speed | None:
    """The same of contracts whose `days_to_sign` are known."""
    days = sorted(one for one in contracts if one is not None)
    if not days:
        return None
    return Speed(
        median=round(statistics.median(days)),
        ninth=ninth_of(days),
        count=len(days),
        href=f"{reverse('deals:index')}?bound=yes&decided=yes",
    )


def ninth_of(days: Sequence[int]) -> int:
    """The days that nine contracts of ten did not exceed; `days` from the least up, not empty."""
    return days[math.ceil(0.9 * len(days)) - 1]

"""What the portfolio says of exports: how far projects have come, and what was sold where."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.urls import reverse

from pochin.exports.models import ACTIVE, Contract, Project, Shipped, State
from pochin.markets.models import country_name

ZERO = Decimal("0.00")
# So many countries stand on the page, those of the greatest sums.
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """How many projects stand at a stage, with their list."""

    words: Any
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Sold:
    """The contracts of a year or a country: how many, and their roubles; with their list."""

    name: str
    count: int
    signed: Decimal
    shipped: Decimal
    href: str


def stages(user: Any) -> list[Stage]:
    """The stages at which there are projects, in their order; those on hold last."""
    found = Project.objects.visible_to(user).order_by().values_list("state")
    counts = dict(found.annotate(n=Count("pk")))
    address = reverse("exports:index")
    return [
        Stage(State(state).label, counts[state], f"{address}?state={state}")
        for state in (*ACTIVE, State.ON_HOLD)
        if counts.get(state)
    ]


FIELDS = {"year": "signed_on__year", "country": "project__partner_country"}


def sold(user: Any, what: str) -> list[Sold]:
    """What was signed by `year`, the latest first, or by `country`, the greatest sums first."""
    contracts, field = Contract.objects.visible_to(user).order_by(), FIELDS[what]
    sent = Shipped.objects.filter(contract__in=contracts.values("pk")).order_by()
    shipped = dict(sent.values_list(f"contract__{field}").annotate(all=Sum("roubles")))
    lines = [
        Sold(
            name=country_name(key) if what == "country" else str(key),
            count=count,
            signed=signed,
            shipped=shipped.get(key, ZERO),
            href=f"{reverse('exports:contracts')}?{urlencode({what: key})}",
        )
        for key, count, signed in contracts.values_list(field).annotate(
            n=Count("pk"), signed=Sum("roubles")
        )
    ]
    if what == "year":
        return sorted(lines, key=lambda line: line.name, reverse=True)
    return sorted(lines, key=lambda line: (-line.signed, line.name))[:SHOWN]

"""What the portfolio says of exports: how far projects have come, and what was sold where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet, Sum
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


def by_state(user: Any) -> QuerySet:
    """How many projects the reader sees: rows of (state, how many)."""
    found = Project.objects.visible_to(user).order_by()
    return found.values_list("state").annotate(n=Count("pk"))


def stages(counts: Mapping[str, int]) -> list[Stage]:
    """The stages at which there are projects, in their order; those on hold last.

    Args:
        counts: What `by_state` said.
    """
    address = reverse("exports:index")
    return [
        Stage(State(state).label, counts[state], f"{address}?state={state}")
        for state in (*ACTIVE, State.ON_HOLD)
        if counts.get(state)
    ]


# What contracts are added up by, in this order.
FIELDS = {"year": "signed_on__year", "country": "project__partner_country"}


def sold(user: Any) -> dict[str, list[Sold]]:
    """What was signed by `year`, the latest first, and by `country`, the greatest sums first."""
    contracts = Contract.objects.visible_to(user).order_by()
    sent = Shipped.objects.filter(contract__in=contracts.values("pk")).order_by()
    signed = contracts.values_list(*FIELDS.values()).annotate(n=Count("pk"), all=Sum("roubles"))
    of_contract = [f"contract__{field}" for field in FIELDS.values()]
    # In one question: what was shipped is told from what was signed by counting nothing.
    shipped = sent.values_list(*of_contract).annotate(n=Count("pk") * 0, all=Sum("roubles"))
    added: dict[str, dict[Any, list[Any]]] = {what: {} for what in FIELDS}
    for *keys, count, roubles in signed.union(shipped, all=True):
        for what, key in zip(FIELDS, keys, strict=True):
            line = added[what].setdefault(key, [0, ZERO, ZERO])
            line[0] += count
            line[1 if count else 2] += roubles
    years, countries = (
        [_line(what, key, *line) for key, line in added[what].items()] for what in FIELDS
    )
    return {
        "year": sorted(years, key=lambda line: line.name, reverse=True),
        "country": sorted(countries, key=lambda line: (-line.signed, line.name))[:SHOWN],
    }


def _line(what: str, key: Any, count: int, signed: Decimal, shipped: Decimal) -> Sold:
    name = country_name(key) if what == "country" else str(key)
    href = f"{reverse('exports:contracts')}?{urlencode({what: key})}"
    return Sold(name, count, signed, shipped, href)

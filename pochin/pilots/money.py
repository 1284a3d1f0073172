"""The costs of the plan's money model: as guessed, and as they became known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.pilots.models import Pilot, Plan
from pochin.ui import formats

MINOR = 100  # a plan writes money in hundredths
# The names the form of the plan gives; a plan from a file may name others.
NAMES = {"capex": _("Cost of the roll-out"), "running": _("Running cost a year")}


@dataclass(frozen=True, slots=True)
class CostRow:
    """An item of cost in words: what the plan guessed, what is known and how."""

    name: str
    guess: str
    known: str
    source: str


def cost_items(plan: Plan | None) -> list[dict[str, Any]]:
    """Items of the cost model of a plan; none where it reckons no money."""
    return list(_model(plan).get("items", ()))


def cost_currency(plan: Plan | None) -> str:
    """The currency the plan reckons in."""
    return str(_model(plan).get("currency", ""))


def cost_name(item: str) -> str:
    """An item in the reader's language."""
    return str(NAMES.get(item, item))


def cost_rows(pilot: Pilot, plan: Plan | None) -> list[CostRow]:
    """Every item of the plan beside what became known of it."""
    items = cost_items(plan)
    paid_items = pilot.at_hand("paid", pilot.paid_items.all()) if items else []
    known = {one.item: one for one in paid_items}
    currency = cost_currency(plan)
    rows = []
    for one in items:
        paid = known.get(one["name"])
        ends = {
            "low": formats.money(one["low"] / MINOR, currency, short=True),
            "high": formats.money(one["high"] / MINOR, currency, short=True),
        }
        rows.append(
            CostRow(
                cost_name(one["name"]),
                _t("from %(low)s to %(high)s") % ends,
                formats.DASH if paid is None else formats.money(paid.amount, currency, short=True),
                "" if paid is None else paid.source,
            )
        )
    return rows


def paid_of(pilot: Pilot) -> dict[str, float]:
    """What became known, by item, in minor units of the plan's currency."""
    return {one.item: float(one.amount * MINOR) for one in pilot.paid_items.order_by("item")}


def _model(plan: Plan | None) -> dict[str, Any]:
    return dict(plan.protocol.document.get("cost", {})) if plan else {}

"""What the page of a deal shows of its deliveries: what was handed over, who accepted it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import pgettext

from pochin.deals.models import Deal, Delivery
from pochin.ui import parts


def lines(deal: Deal) -> list[tuple[Delivery, Any]]:
    """What is handed over, in its order, each with where it stands."""
    found = list(deal.deliveries.select_related("handed_by", "accepted_by").order_by("number"))
    for one in found:
        one.deal = deal
    return [(one, _standing(one)) for one in found]


def _standing(one: Delivery) -> Any:
    if one.accepted_on is not None:
        return parts.badge(pgettext("delivery", "accepted"), tone="quiet")
    if one.handed_on is not None:
        return parts.badge(pgettext("delivery", "waits for acceptance"), tone="waiting")
    if one.remarks:
        return parts.badge(pgettext("delivery", "returned with remarks"), tone="bad")
    if one.is_overdue:
        return parts.badge(_t("overdue"), tone="bad")
    return parts.badge(pgettext("delivery", "ahead"), tone="plain")


def idle(deal: Deal, offered: Iterable[str]) -> list[str]:
    """The moves on offer for which there is no delivery now."""
    held = deal.deliveries
    there = {
        "remove_delivery": held.all(), "hand_over": held.with_seller(),
        "accept_delivery": held.with_buyer(), "return_delivery": held.with_buyer(),
    }  # fmt: skip
    return [name for name, some in there.items() if name in offered and not some.exists()]

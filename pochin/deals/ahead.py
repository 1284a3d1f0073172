"""What each side of a contract that binds does next, in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t

from pochin.core import calendar
from pochin.deals.fields import line_of
from pochin.deals.lifecycle.due import TO_ACCEPT
from pochin.deals.models import Deal, Delivery, Payment, State
from pochin.ui import formats

NEVER = date.max


def of(
    deal: Deal, payments: Sequence[Payment], deliveries: Sequence[Delivery]
) -> list[tuple[Any, str]]:
    """The next step of the buyer and of the seller, who may owe something at the same time."""
    if deal.state not in (State.SIGNED, State.IN_FORCE):
        return []
    sides = (
        (deal.buyer, _buyer(deal, payments, deliveries)),
        (deal.seller, _seller(deal, deliveries)),
    )
    return [(side, words) for side, words in sides if words]


def _buyer(deal: Deal, payments: Sequence[Payment], deliveries: Sequence[Delivery]) -> str:
    """An answer to what was handed over or a payment, whichever is due first."""
    found = [(p.due_on, _t("pay: %(what)s") % {"what": line_of(p, deal.currency)})
             for p in payments if p.paid_on is None]  # fmt: skip
    for one in deliveries:
        if one.handed_at is not None and one.accepted_on is None:
            last = timezone.localdate(calendar.after(one.handed_at, TO_ACCEPT))
            said = {"what": one, "day": formats.day(last)}
            found.append((last, _t("accept or return: %(what)s, by %(day)s") % said))
    return min(found, default=(NEVER, ""))[1]


def _seller(deal: Deal, deliveries: Sequence[Delivery]) -> str:
    """What is to be handed over, first what came back with remarks."""
    owed = [one for one in deliveries if one.handed_on is None]
    owed.sort(key=lambda one: (not one.remarks, one.due_on or NEVER, one.number))
    for one in owed:
        what = {"what": line_of(one, deal.currency)}
        if one.remarks:
            return _t("put right and hand over again: %(what)s") % what
        return _t("hand over: %(what)s") % what
    return ""

"""What is read before a contract is signed: its terms, each payment and each delivery."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.deals import shown
from pochin.deals.fields import line_of
from pochin.deals.models import Deal
from pochin.ui import parts


def terms(deal: Deal) -> list[tuple[Any, Any]]:
    """All that is signed, one under another: pairs of a word and what stands there."""
    deliveries = deal.deliveries.order_by("number")
    delivery = _("Delivery")
    return [
        (_("What is bought"), parts.said(deal.subject)),
        *shown.facts(deal),
        *((_("Payment"), line_of(one, deal.currency)) for one in shown.payments(deal)),
        *((delivery, line_of(one, deal.currency)) for one in deliveries),
        (_("Contract"), deal.document and parts.said(str(deal.document))),
    ]

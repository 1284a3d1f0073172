"""How deals and their payments are listed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.deals.models import Deal, DealKind, Payment, State
from pochin.deals.money import Currency
from pochin.participants.listing import programmes_seen
from pochin.search.finding import seek
from pochin.ui import formats, parts
from pochin.ui.lists import Column, Days, Filter, Flag, Listing, Ranked
from pochin.ui.tones import labelled, state_badge


def buyers_seen(user: Any) -> list[tuple[str, str]]:
    """The buyers of the deals the reader may see."""
    deals = Deal.objects.visible_to(user).select_related("buyer").order_by("buyer__name_ru")
    return list({deal.buyer.key: str(deal.buyer) for deal in deals}.items())


def years_seen(user: Any) -> list[tuple[str, str]]:
    """The years in which contracts the reader may see were signed."""
    signed = Deal.objects.visible_to(user).filter(signed_at__isnull=False)
    years = signed.values_list("signed_at__year", flat=True).distinct().order_by()
    return [(str(year), str(year)) for year in sorted(years, reverse=True)]


class DealListing(Listing):
    name = "deals"
    columns = (
        Column(name="code", label=_("No."), sort="-number", css="num"),
        Column(
            name="title",
            label=_("Deal"),
            main=True,
            value=str,
            cell=lambda d: parts.under(d, f"{d.seller} → {d.buyer}"),
        ),
        Column(name="seller", label=_("Seller"), value=lambda d: str(d.seller), shown=False),
        Column(name="buyer", label=_("Buyer"), value=lambda d: str(d.buyer), shown=False),
        Column(name="kind", label=_("Type"), value=labelled("kind")),
        Column(
            name="amount",
            label=_("Sum with tax"),
            kind="money",
            sort="-amount",
            cell=lambda d: formats.money(d.amount, d.currency) if d.amount is not None else None,
        ),
        Column(name="currency", label=_("Currency"), shown=False),
        Column(
            name="state",
            label=_("State"),
            value=labelled("state"),
            cell=state_badge,
        ),
        Column(
            name="signed",
            label=_("Signed"),
            kind="day",
            value=lambda d: timezone.localdate(d.signed_at) if d.signed_at else None,
        ),
        Column(name="days_to_sign", label=_("Days from decision"), kind="number"),
    )
    filters = (
        Filter(name="state", label=_("State"), choices=State.choices),
        Filter(name="kind", label=_("Type"), choices=DealKind.choices),
        Filter(
            name="programme", label=_("Programme"), field="programme__code",
            choices=programmes_seen, rare=True,
        ),
        Filter(name="buyer", label=_("Buyer"), field="buyer__key", choices=buyers_seen),
        Filter(name="year", label=_("Year of signature"), field="signed_at__year",
               choices=years_seen),
        Filter(name="currency", label=_("Currency"), choices=Currency.choices, rare=True),
        Flag(name="bound", label=_("Contracts"), apply=lambda deals, _picked: deals.bound()),
        Flag(
            name="decided",
            label=_("After a decision to scale"),
            apply=lambda deals, _picked: deals.filter(days_to_sign__isnull=False),
            rare=True,
        ),
        Days(name="signed", label=_("Signed"), field="signed_at__date", rare=True),
    )  # fmt: skip
    empty_title = _("No deals yet")
    empty_text = _("A signed decision to scale opens a deal, and it appears here.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Deal) -> str:
        return thing.get_absolute_url()


PAYMENT_STATES = {
    "paid": _("paid"),
    "overdue": _("overdue"),
    "ahead": pgettext_lazy("payment", "due"),
}


def _of_states(payments: Any, states: list[str]) -> QuerySet:
    today = timezone.localdate()
    asked = {
        "paid": payments.paid,
        "overdue": lambda: payments.overdue(today),
        "ahead": lambda: payments.ahead(today),
    }
    found = payments.none()
    for state in states:
        found = found | asked[state]()
    return found


def payment_badge(payment: Payment) -> Any:
    """Whether a payment was made, is late or is still ahead."""
    if payment.paid_on:
        return parts.badge(PAYMENT_STATES["paid"], tone="quiet")
    if payment.is_overdue:
        return parts.badge(PAYMENT_STATES["overdue"], tone="bad")
    return parts.badge(PAYMENT_STATES["ahead"], tone="plain")


class PaymentListing(Listing):
    name = "payments"
    sort = "due_on"
    columns = (
        Column(name="due_on", label=_("Due"), kind="day", sort="due_on"),
        Column(
            name="words",
            label=_("For what"),
            main=True,
            cell=lambda p: parts.under(p.words, f"{p.deal.code} {p.deal}"),
        ),
        Column(name="deal", label=_("Deal"), value=lambda p: p.deal.code, shown=False),
        Column(name="buyer", label=_("Buyer"), value=lambda p: str(p.deal.buyer)),
        Column(
            name="amount",
            label=_("Sum with tax"),
            kind="money",
            sort="-amount",
            cell=lambda p: formats.money(p.amount, p.deal.currency),
        ),
        Column(name="currency", label=_("Currency"), value=lambda p: p.deal.currency, shown=False),
        Column(name="paid_on", label=_("Paid on"), kind="day"),
        Column(name="paper", label=_("Payment order"), shown=False),
        Column(
            name="state",
            label=_("State"),
            value=lambda p: str(
                PAYMENT_STATES["paid" if p.paid_on else "overdue" if p.is_overdue else "ahead"]
            ),
            cell=payment_badge,
        ),
    )
    filters = (
        Filter(
            name="state", label=_("State"), choices=PAYMENT_STATES.items(), apply=_of_states
        ),
        Filter(
            name="programme", label=_("Programme"), field="deal__programme__code",
            choices=programmes_seen, rare=True,
        ),
        Filter(name="buyer", label=_("Buyer"), field="deal__buyer__key", choices=buyers_seen),
        Filter(name="year", label=_("Year of signature"), field="deal__signed_at__year",
               choices=years_seen),
        Filter(name="currency", label=_("Currency"), field="deal__currency",
               choices=Currency.choices, rare=True),
        Days(name="due", label=_("Due"), field="due_on"),
    )  # fmt: skip
    empty_title = _("No payments")
    empty_text = _("The schedules of all contracts appear here together.")

    def search(self, things: QuerySet, words: str) -> Ranked:
        return seek(things, words)

    def href(self, thing: Payment) -> str:
        return thing.get_absolute_url()

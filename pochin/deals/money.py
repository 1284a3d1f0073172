"""Money: sums in a currency, the tax inside them, nothing ever as a binary fraction."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

CENT = Decimal("0.01")


class Currency(models.TextChoices):
    """The currencies a contract may name, by their ISO 4217 codes."""

    RUB = "RUB", _("Russian rouble")
    USD = "USD", _("US dollar")
    EUR = "EUR", _("euro")
    CNY = "CNY", _("Chinese yuan")
    BYN = "BYN", _("Belarusian rouble")
    KZT = "KZT", _("Kazakhstani tenge")
    AMD = "AMD", _("Armenian dram")
    KGS = "KGS", _("Kyrgyzstani som")
    UZS = "UZS", _("Uzbekistani sum")
    AED = "AED", _("UAE dirham")
    INR = "INR", _("Indian rupee")
    TRY = "TRY", _("Turkish lira")
    VND = "VND", _("Vietnamese dong")
    RSD = "RSD", _("Serbian dinar")


# The rates of value added tax that are met; none where a contract is outside of the tax.
VAT_RATES = ("0", "5", "7", "10", "20", "22")


def rounded(value: Decimal) -> Decimal:
    """The sum to the cent, halves up, as invoices are written.

    >>> rounded(Decimal("1.005"))
    Decimal('1.01')
    """
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def tax_inside(amount: Decimal, rate: Decimal | None) -> Decimal:
    """The value added tax inside a sum that includes it; nothing where there is no tax.

    >>> tax_inside(Decimal("122.00"), Decimal(22))
    Decimal('22.00')
    >>> tax_inside(Decimal("122.00"), None)
    Decimal('0.00')
    """
    if not rate:
        return Decimal("0.00")
    return rounded(amount * rate / (100 + rate))

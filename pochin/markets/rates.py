"""Sums in another currency at the rate of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from pochin.core.lifecycle import Refused
from pochin.markets.models import Rate
from pochin.ui import formats

ROUBLE = "RUB"
# A rate stands over weekends and holidays; an older one is no rate of the day.
STANDS = timedelta(days=14)
KOPECK = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Converted:
    """A sum in roubles, with the day and the rate it was counted at."""

    roubles: Decimal
    day: date
    rate: Decimal


def convert(amount: Decimal, currency: str, on: date) -> Converted:
    """Count a sum in roubles at the rate that stood on a day.

    Raises:
        Refused: No rate of this currency is known for the day.
    """
    if currency == ROUBLE:
        return Converted(amount, on, Decimal(1))
    known = Rate.objects.filter(currency=currency, day__lte=on, day__gt=on - STANDS)
    rate = known.order_by("-day").first()
    if rate is None:
        raise Refused(
            _(
                "There is no rate of %(currency)s for %(day)s. Import the rates of that day "
                "or give the sum in roubles."
            )
            % {"currency": currency, "day": formats.day(on)}
        )
    one = rate.roubles / rate.nominal
    roubles = (amount * one).quantize(KOPECK, rounding=ROUND_HALF_UP)
    return Converted(roubles, rate.day, one)


def currencies() -> list[str]:
    """The currencies a sum may be given in: the rouble and all whose rate was ever imported."""
    known = Rate.objects.values_list("currency", flat=True).distinct().order_by("currency")
    return [ROUBLE, *known]

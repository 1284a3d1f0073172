"""Sums are counted at the rate that stood on the day, and never at none."""

from datetime import date
from decimal import Decimal

import pytest

from pochin.core.lifecycle import Refused
from pochin.markets.rates import convert, currencies

RATES = "date,currency,nominal,rate\n2026-02-27,USD,1,90.1234\n2026-02-27,JPY,100,60\n"


def test_the_rate_of_friday_stands_on_monday(take_in):
    take_in("rates", RATES)

    counted = convert(Decimal("100.00"), "USD", date(2026, 3, 2))

    assert (counted.roubles, counted.day) == (Decimal("9012.34"), date(2026, 2, 27))


def test_a_rate_for_a_hundred_is_divided(take_in):
    take_in("rates", RATES)

    assert convert(Decimal(1000), "JPY", date(2026, 2, 27)).roubles == Decimal("600.00")


def test_roubles_stay_roubles(db):
    assert convert(Decimal("5.50"), "RUB", date(2026, 3, 2)).roubles == Decimal("5.50")


@pytest.mark.parametrize(
    ("currency", "on"),
    [("EUR", date(2026, 3, 2)), ("USD", date(2026, 2, 26)), ("USD", date(2026, 4, 1))],
)
def test_a_day_without_a_rate_is_refused(currency, on, take_in):
    take_in("rates", RATES)

    with pytest.raises(Refused, match=f"There is no rate of {currency} for {on.day}\xa0"):
        convert(Decimal(1), currency, on)


def test_currencies_are_those_with_a_rate(take_in):
    take_in("rates", RATES)

    assert currencies() == ["RUB", "JPY", "USD"]

"""What a roll-out is worth once the price of the contract is known."""

from datetime import date
from decimal import Decimal

import pytest

from pochin.deals.models import Deal, Realised, Way
from pochin.deals.worth import worth

MONEY = {
    "value": {
        "currency": "RUB",
        "per_unit": {"low": 90_000, "mid": 100_000, "high": 110_000},
        "volume": {"low": 1_000, "mid": 1_000, "high": 1_000},
        "horizon_years": 1,
    },
    "cost": {
        "currency": "RUB",
        "items": [{"name": "capex", "kind": "capex", "low": 1e7, "mid": 5e7, "high": 1e8}],
    },
}
PROMISED = {
    "plan_sha256": "ab" * 32, "metric": "delay", "unit": "min", "scale": "absolute",
    "direction": "lower", "threshold": 1.0, "money": MONEY,
    "measured": {"estimate": -4.0, "low": -4.5, "high": -3.5},
}  # fmt: skip


def _with(deal, **changes):
    Deal.objects.filter(pk=deal.pk).update(promised=PROMISED | changes)
    deal.refresh_from_db()
    return deal


def test_the_price_of_the_contract_takes_the_place_of_the_guess(terms):
    found = worth(_with(terms))

    assert found.price == Decimal(1_220_000)
    cheap = MONEY["cost"] | {"items": [MONEY["cost"]["items"][0] | {"low": 1, "mid": 1, "high": 1}]}
    again = worth(_with(terms, money=MONEY | {"cost": cheap}))
    assert again.money.median == found.money.median
    assert found.money.median == pytest.approx(0.8 * 4.0 * 1e8 - 1.22e8, rel=0.05)


def test_a_price_above_the_range_of_the_plan_is_told(terms):
    assert worth(_with(terms)).over == Decimal(1_000_000)

    dear = MONEY["cost"] | {"items": [MONEY["cost"]["items"][0] | {"mid": 1.5e8, "high": 2e8}]}
    assert worth(_with(terms, money=MONEY | {"cost": dear})).over is None


def test_the_effect_after_the_pilot_counts_before_that_of_the_pilot(terms):
    after = Realised(
        way=Way.BESIDE, is_whole=True, effect=Decimal(-1), low=Decimal("-1.5"), high=Decimal("-.5"),
        first_day=date(2026, 5, 1), last_day=date(2026, 5, 31),
    )  # fmt: skip

    found = worth(_with(terms), [after])

    assert found.is_realised
    assert found.money.median < worth(terms).money.median
    assert not worth(terms).is_realised


@pytest.mark.parametrize(
    "changes",
    [
        {"money": {}},
        {"measured": {}},
        {"scale": "relative"},
        {"money": MONEY | {"cost": MONEY["cost"] | {"currency": "CNY"}}},
    ],
)
def test_what_cannot_be_counted_has_no_worth(terms, changes):
    assert worth(_with(terms, **changes)) is None


@pytest.mark.parametrize(("money", "is_told"), [(MONEY, True), ({}, False)])
def test_the_page_of_the_deal_tells_it(terms, nikita, signed_in, money, is_told):
    page = signed_in(nikita).get(_with(terms, money=money).get_absolute_url()).content.decode()

    assert ("Worth of the roll-out at this price" in page) == is_told
    assert ("more than the plan reckoned with" in page) == is_told

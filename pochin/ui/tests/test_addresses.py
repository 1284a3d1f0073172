"""Addresses of things are those the router gives."""

import pytest
from django.urls import NoReverseMatch, reverse

from pochin.ui.addresses import address


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("home:page", ()),
        ("applications:page", (482915,)),
        ("participants:organisation", ("abc-2",)),
        ("participants:membership", ("k7", "city")),
        ("pilots:slot", (118, 101001)),
    ],
)
def test_an_address_is_the_one_of_the_router(name, args):
    assert address(name, *args) == reverse(name, args=args)
    assert address(name, *args) == reverse(name, args=args)  # what was learnt says the same


def test_a_route_that_is_not_there_has_no_address():
    with pytest.raises(NoReverseMatch):
        address("nowhere:page", 1)


def test_another_table_of_routes_has_addresses_of_its_own(settings):
    address("applications:page", 1)

    settings.ROOT_URLCONF = "pochin.ui.urls"

    with pytest.raises(NoReverseMatch):
        address("applications:page", 1)

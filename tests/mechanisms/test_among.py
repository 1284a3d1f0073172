"""A number too great for any column is looked for like any other: it is not found."""

import pytest

from pochin.participants.models import Programme

TOO_GREAT = [1 << 63, -(1 << 63) - 1, 10**40]


@pytest.mark.parametrize("number", TOO_GREAT)
def test_a_number_no_column_holds_is_in_no_row(city, number):
    assert not Programme.objects.filter(pk__in=[number]).exists()
    assert Programme.objects.exclude(pk__in=[number]).filter(pk=city.pk).exists()


def test_beside_others_it_changes_nothing(city, region):
    found = Programme.objects.filter(pk__in=[*TOO_GREAT, city.pk])

    assert list(found) == [city]
    assert set(Programme.objects.filter(pk__in=Programme.objects.all())) == {city, region}

"""A form refuses a last day before the first, in its own words, and nothing else."""

import pytest
from django import forms

from pochin.ui.order import in_order


class Licence(forms.Form):
    starts_on = forms.DateField(required=False)
    ends_on = forms.DateField(required=False)

    def clean(self):
        given = super().clean()
        in_order(self, "starts_on", "ends_on", "The licence must not end before it begins.")
        return given


def errors(starts, ends):
    return Licence({"starts_on": starts, "ends_on": ends}).errors


def test_a_last_day_before_the_first_is_said_at_the_last():
    assert errors("2026-03-02", "2026-03-01") == {
        "ends_on": ["The licence must not end before it begins."]
    }


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("2026-03-01", "2026-03-02"),
        ("2026-03-01", "2026-03-01"),
        ("", "2026-03-01"),
        ("2026-03-01", ""),
    ],
)
def test_days_that_follow_each_other_or_are_left_open_pass(starts, ends):
    assert errors(starts, ends) == {}


def test_a_day_that_is_none_is_said_once():
    assert list(errors("yesterday", "2026-03-01")) == ["starts_on"]

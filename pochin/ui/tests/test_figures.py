"""Numbers are taken as people type them, and shown as they read them."""

from decimal import Decimal

import pytest
from django import forms
from django.utils import translation

from pochin.ui.figures import FigureField


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("100 000", "100000"), ("1\u00a0200\u202f000,50", "1200000.50"), ("2,5", "2.5"),
        ("2.5", "2.5"), ("−3", "-3"), (" 7 ", "7"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_number_is_read_as_it_is_meant(typed, meant, language):
    with translation.override(language):
        assert FigureField().clean(typed) == Decimal(meant)


@pytest.mark.parametrize("typed", ["сто", "1,2,3", "1.2,3", "inf", "--3"])
def test_what_is_no_number_is_told_so(typed):
    with translation.override("en"), pytest.raises(forms.ValidationError, match=r"not a number"):
        FigureField().clean(typed)


@pytest.mark.parametrize(("language", "shown"), [("ru", "1200000,5"), ("en", "1200000.5")])
def test_the_box_shows_it_in_the_language_of_the_reader(language, shown):
    with translation.override(language):
        assert FigureField().prepare_value(Decimal("1200000.500")) == shown

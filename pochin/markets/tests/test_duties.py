"""Duties in the words of the page; the tariff's own forms, each of them."""

import pytest
from django.utils import translation

from pochin.markets.duties import duty_words, unit_words

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("written", "russian", "english"),
    [
        ("6.5%", "6,5_%", "6.5%"),
        ("0", "0_%", "0%"),
        ("8.0", "8_%", "8%"),
        ("0.03 EUR за 1 кг", "0,03_€ за 1 кг", "€0.03 per 1 kg"),
        ("250 USD за 1 т", "250_$ за 1 т", "$250 per 1 t"),
        (
            "3%, но не менее 0.015 EUR за 1 кг",
            "3_%, но не менее 0,015_€ за 1 кг",
            "3%, but at least €0.015 per 1 kg",
        ),
        ("5% плюс 0.2 EUR за 1 кг", "5_% плюс 0,2_€ за 1 кг", "5% plus €0.2 per 1 kg"),
        ("2 EUR за 1 000 шт", "2_€ за 1_000 шт", "€2 per 1,000 pcs"),
        ("как для кода 8703", "как для кода 8703", "как для кода 8703"),
        ("", "", ""),
    ],
)
def test_a_duty_reads_right_in_both_languages(written, russian, english):
    with translation.override("ru"):
        assert duty_words(written) == russian.replace("_", NBSP)
    with translation.override("en"):
        assert duty_words(written) == english


@pytest.mark.parametrize(
    ("written", "russian", "english"),
    [("шт", "шт", "pcs"), ("м 2", "м²", "m²"), ("–", "", ""), ("таможенной", "", "")],
)
def test_a_unit_reads_in_both_languages_and_what_is_none_is_left_out(written, russian, english):
    with translation.override("ru"):
        assert unit_words(written) == russian
    with translation.override("en"):
        assert unit_words(written) == english

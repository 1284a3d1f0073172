import datetime as dt
from decimal import Decimal

import pytest
from django import forms
from django.utils import timezone, translation

from pochin.ui import formats, parts

N = "\u00a0"


@pytest.mark.parametrize(
    ("value", "how", "ru", "en"),
    [
        (12345.6, {}, f"12{N}345,6", "12,345.6"),
        (1000, {}, f"1{N}000", "1,000"),
        (-0.2, {"places": 1}, "−0,2", "−0.2"),
        (-0.04, {"places": 1}, "0,0", "0.0"),
        (3.1, {"places": 1, "sign": True}, "+3,1", "+3.1"),
        (0, {"sign": True}, "0", "0"),
        (Decimal("2.50"), {}, "2,5", "2.5"),
        (None, {}, "—", "—"),
    ],
)
def test_a_number_reads_as_its_language_writes_it(value, how, ru, en):
    with translation.override("ru"):
        assert formats.number(value, **how) == ru
    with translation.override("en"):
        assert formats.number(value, **how) == en


@pytest.mark.parametrize(
    ("value", "short", "ru", "en"),
    [
        (1_200_000, False, f"1{N}200{N}000{N}₽", "₽1,200,000"),
        (Decimal("99.5"), False, f"99,50{N}₽", "₽99.50"),
        (-500, False, f"−500{N}₽", "−₽500"),
        (950, True, f"950{N}₽", "₽950"),
    ],
)
def test_money_carries_its_sign_and_its_currency(value, short, ru, en):
    with translation.override("ru"):
        assert formats.money(value, short=short) == ru
    with translation.override("en"):
        assert formats.money(value, short=short) == en


def test_short_money_counts_in_millions():
    with translation.override("en"):
        assert formats.money(1_234_567, short=True) == f"₽1.2{N}million"
        assert formats.money(310_000_000, short=True) == f"₽310{N}million"
        assert formats.money(845_911.53, short=True) == "₽845,912"
        assert formats.money(12.5, short=True) == "₽12.50"
        assert formats.money(5, "CHF") == f"5{N}CHF"


def test_a_share_becomes_a_percentage():
    with translation.override("ru"):
        assert formats.percent(0.042) == f"4,2{N}%"
    with translation.override("en"):
        assert formats.percent(0.042) == "4.2%"


def test_a_day_of_another_year_says_which():
    this = timezone.localdate().year
    with translation.override("ru"):
        assert formats.day(dt.date(this, 11, 23)) == f"23{N}ноября"
        assert formats.day(dt.date(2019, 11, 23)) == f"23{N}ноября 2019"


def test_a_moment_is_told_by_the_clock_of_the_reader():
    noon = dt.datetime(2019, 3, 2, 9, tzinfo=dt.UTC)
    with translation.override("en"):
        assert formats.moment(noon) == f"2{N}March 2019 at 12:00 Moscow time"
        with timezone.override("Asia/Yekaterinburg"):
            assert formats.moment(noon) == f"2{N}March 2019 at 14:00 (UTC+5)"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (5, "just now"),
        (-5, "in a moment"),
        (60, "1 minute ago"),
        (7200, "2 hours ago"),
        (-86400 * 3, "in 3 days"),
        (86400 * 60, "60 days ago"),
        (86400 * 61, f"31{N}December 2025"),
    ],
)
def test_a_distance_in_time_is_told_in_its_largest_unit(seconds, said):
    now = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    with translation.override("en"):
        assert formats.ago(now - dt.timedelta(seconds=seconds), now) == said


def test_a_file_size_keeps_two_digits():
    with translation.override("en"):
        assert formats.size(84_000_000) == f"84{N}MB"
        assert formats.size(2_400_000) == f"2.4{N}MB"
        assert formats.size(1) == "1 byte"


def test_the_day_of_a_moment_is_the_day_where_the_reader_is():
    late = dt.datetime(2020, 11, 29, 22, 49, tzinfo=dt.UTC)

    with timezone.override("Europe/Moscow"), translation.override("en"):
        assert formats.day(late) == "30\u00a0November 2020"
        assert 'datetime="2020-11-30"' in parts.day(late)
    with timezone.override("UTC"), translation.override("en"):
        assert formats.day(late) == "29\u00a0November 2020"


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("typed", ["04.05.2026", "2026-05-04", "4.5.2026"])
def test_a_day_is_typed_alike_in_both_languages(language, typed):
    with translation.override(language):
        assert forms.DateField().clean(typed) == dt.date(2026, 5, 4)


def test_the_month_never_stands_before_the_day():
    with translation.override("en"), pytest.raises(forms.ValidationError):
        forms.DateField().clean("12/31/2026")


def test_two_values_in_per_cent_lie_percentage_points_apart():
    for spoken, points in (("ru", "п. п."), ("en", "pp")):
        with translation.override(spoken):
            assert formats.unit_of_change("%") == points
            assert formats.unit_of_change("min") == "min"
            assert formats.unit_of_change("1") == ""

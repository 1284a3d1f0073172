"""A text may stand in one field in both languages, and each reader sees one of them."""

import pytest
from django.utils import translation

from pochin.core import tongue

BOTH = "Можно ли? // May we?"


@pytest.mark.parametrize(("page", "seen"), [("ru", "Можно ли?"), ("en", "May we?")])
def test_each_reader_sees_the_own_language(page, seen):
    with translation.override(page):
        assert tongue.own(BOTH) == seen
        assert tongue.own("May we? // Можно ли?") == seen


@pytest.mark.parametrize(
    "text",
    [
        "Можно ли?",
        "May we? // Or may we not?",
        "Можно ли? // Или нельзя?",
        "Смотрите https://example.org//may-we",
        "Покупаем с условием, что Оптика перенесёт данные прежней системы // API v2",
        "",
    ],
)
def test_what_stands_in_one_language_stays_whole(text):
    for page in ("ru", "en"):
        with translation.override(page):
            assert tongue.own(text) == text


def test_plain_data_is_told_throughout_in_one_language_and_drawings_are_left_alone():
    drawing = "<svg><text>Да // Yes</text></svg>"
    data = {"title": BOTH, "rows": [["Да. // Yes.", 3, None], (BOTH,)], "chart": drawing}

    with translation.override("en"):
        assert tongue.throughout(data) == {
            "title": "May we?",
            "rows": [["Yes.", 3, None], ["May we?"]],
            "chart": drawing,
        }

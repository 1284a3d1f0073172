"""The Russian catalogue is whole, fits its sentences and reads like a calm clerk."""

import gettext
import io
import re
from importlib import import_module

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from django.conf import settings
from django.utils.translation import override

from pochin.core.lifecycle import LIVES
from pochin.home.lives import title_of
from pochin.portfolio.terms import clock_names
from tools import messages

import_module(settings.ROOT_URLCONF)
# A copy: other tests make lives of their own.
LIVING = dict(LIVES)

# Words of formats, keys and columns; everything else is said in Russian.
KEPT = set(
    re.findall(
        r"\w+",
        "CSV XLSX XLS JSON JSONL Parquet PDF PNG JPEG WebP ZIP DOCX Word Excel UTF SHA RFC"
        " JavaScript SDID Enter Esc Asia Omsk RU II III IV api plan json sha sum unit at"
        " metric value event id true false holm low mid high ids start length log rate delay"
        " metrics threshold queue minutes new operation attribute place CN RB CB KZ KAZ BLR"
        " CHN DELTA BYTE ARRAY API UTC ETag Python Accept Language Allow Content Type detail where"
        " after next code lower higher tz Windows dBASE",
    )
)
OFFICIALESE = re.compile(
    r"\b(являет|являют|осуществ|в целях|в связи с|посредством|необходимо|надлежащ|вышеуказ"
    r"|нижеуказ|в рамках|на предмет|производится|произвести|в случае если|пожалуйста|вышеназ)"
)
BORROWED = re.compile(
    r"\b(дедлайн|матчинг|бейзлайн|логин|дашборд|фич[аи]|чек-?лист|тикет|токен|скоринг|вендор"
    r"|апрув|фидбек|юзер|аплоад|кликн|трекинг|репорт|онлайн)"
)
# Where the letter ё belongs and is most often left out.
WITHOUT_YO = re.compile(
    r"\b(еще|идет|ждет|берет|придет|найдет|отчет\w*|подсчет\w*|счет|объем\w*|прием\w*|партнер\w*"
    r"|закончен[аы]? ее|зеленый|желтый|черный|учет\w*|пройдет)\b"
)


@pytest.fixture(scope="module")
def russian() -> Catalog:
    return messages.load("ru")


@pytest.fixture(scope="module")
def told(russian):
    """The catalogue as the product reads it."""
    compiled = io.BytesIO()
    write_mo(compiled, russian)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def texts(catalog: Catalog) -> list[str]:
    found = []
    for message in catalog:
        if message.id:
            forms = message.string
            found += list(forms) if isinstance(forms, tuple | list) else [forms]
    return found


def latin(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", messages.PLACE.sub(" ", text)))


def test_nothing_is_missing_fuzzy_unused_or_misfilled():
    assert messages.faults() == []


@pytest.mark.parametrize(
    ("sentence", "words", "is_fault"),
    [
        ("%(n)d of %(all)d", "%(n)d из %(all)d", False),
        ("%(n)d of %(all)d", "%(all)d, из них %(n)d", False),
        ("%(n)d of %(all)d", "%(n)d из всех", True),
        ("%(share).1f %%", "%(share)d %%", True),
        ("Saved at {time}", "Сохранено в {time}", False),
        ("Saved at {time}", "Сохранено в {час}", True),
        ("{} or {}", "{} или", True),
        ("80% interval", "интервал 80 %", False),
        (("%(n)d day", "%(n)d days"), ("%(n)d день", "%(n)d дня", "%(n)d дней"), False),
        (("%(n)d day", "%(n)d days"), ("%(n)d день", "%(n)d дня", "дней"), True),
        (("%(n)d day", "%(n)d days"), ("%(n)d день", "%(n)d дней"), True),
    ],
)
def test_a_translation_that_fills_other_places_is_found(sentence, words, is_fault):
    assert messages.is_misfilled(Message(sentence, words)) == is_fault


def test_no_officialese(russian):
    assert [text for text in texts(russian) if OFFICIALESE.search(text.lower())] == []


def test_no_borrowed_words(russian):
    assert [text for text in texts(russian) if BORROWED.search(text.lower())] == []


def test_no_english_words_beyond_formats_and_columns(russian):
    found = {text: latin(text) - KEPT for text in texts(russian)}

    assert {text: words for text, words in found.items() if words} == {}


def test_no_shouting_and_russian_quotes(russian):
    assert [text for text in texts(russian) if re.search(r"[!\"“”]", text)] == []


def test_yo_stands_where_it_belongs(russian):
    assert [text for text in texts(russian) if WITHOUT_YO.search(text.lower())] == []


def test_the_reader_is_addressed_in_lower_case(russian):
    # A capital only where a sentence begins.
    polite = re.compile(r"(?<![.:?…»] )(?<!^)\b(Вы|Вас|Вам|Ваш[аеиу]?|Вашей|Ваших)\b")

    assert [text for text in texts(russian) if polite.search(text)] == []


@pytest.mark.parametrize(
    ("one", "many", "said"),
    [
        (
            "%(n)s day",
            "%(n)s days",
            {1: "1 день", 2: "2 дня", 5: "5 дней", 11: "11 дней", 21: "21 день", 112: "112 дней"},
        ),
        (
            "%(n)d minute ago",
            "%(n)d minutes ago",
            {1: "1 минуту назад", 2: "2 минуты назад", 5: "5 минут назад", 21: "21 минуту назад"},
        ),
        (
            "%(n)d row",
            "%(n)d rows",
            {1: "1 строка", 2: "2 строки", 5: "5 строк", 21: "21 строка"},
        ),
        (
            "%(n)s site for the pilot",
            "%(n)s sites for the pilot",
            {
                1: "1 площадка для пилота",
                2: "2 площадки для пилота",
                5: "5 площадок для пилота",
                21: "21 площадка для пилота",
            },
        ),
    ],
)
def test_counts_agree_with_their_nouns(told, one, many, said):
    assert {n: told.ngettext(one, many, n) % {"n": n} for n in said} == said


@pytest.mark.parametrize("name", sorted(LIVING))
def test_every_life_is_called_something_people_say(name):
    with override("ru"):
        assert title_of(name) != name


def test_every_clock_is_called_something_people_say():
    clocks = {wait.clock for life in LIVING.values() for wait in life.waiting.values()}

    assert clocks - {""} - set(clock_names()) == set()

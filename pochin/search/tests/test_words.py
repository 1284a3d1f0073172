"""Words: what counts as one, and how much of what people ask for is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochin.search import words
from pochin.search.finding import find

SENTENCES = [
    "В отделении стоит очередь из сорока человек",
    "Дети ждут посылку от бабушки",
    "Сортировочная линия остановилась ночью",
    "Почтальоны шли пешком через лес",
    "Каски выдали всем рабочим склада",
    "Заявки принимаются до пятнадцатого декабря",
    "Аккумуляторные тележки разряжаются на морозе",
    "Экспертная комиссия отложила решение",
    "Письма теряются из-за неточного адреса",
    "Возврат отправлений обходится дорого",
    "Водители объезжают пробки по карте",
    "Камера распознаёт повреждённую упаковку",
    "Датчики измеряют температуру в кузове",
    "Оператор печатает ярлыки вручную",
    "Окно выдачи закрыто на обед",
    "Поезд опоздал, и контейнеры простояли сутки",
    "Весы показывают неверную массу",
    "Роботы переносят коробки по цеху",
    "Курьер не дозвонился до получателя",
    "Пилотный проект длится двадцать один день",
    "Договор подписали обе стороны",
    "Электричество отключали трижды за неделю",
    "Пенсионеры получают выплаты на почте",
    "Мешки с газетами промокли под дождём",
    "Стоимость доставки выросла на четверть",
    "Собаки кусают почтальонов в деревнях",
    "Журнал событий ведётся на бумаге",
    "Покупатели жалуются на долгое ожидание",
    "Программа считает маршрут за минуту",
    "Машины моют раз в месяц",
]
QUERIES = {
    "очереди": [0],
    "люди": [0],
    "ребёнок": [1],
    "посылок": [1],
    "сортировка": [2],
    "идти": [3],
    "каска": [4],
    "касок": [4],
    "заявка": [5],
    "аккумулятор": [6],
    "эксперты": [7],
    "решения": [7],
    "адресами": [8],
    "письмо": [8],
    "возвраты": [9],
    "водитель": [10],
    "камеры": [11],
    "поврежденная упаковка": [11],
    "измерение температуры": [12],
    "печать ярлыков": [13],
    "окна": [14],
    "поезда": [15],
    "вес": [16],
    "роботизация": [17],
    "получатели": [18],
    "пилот": [19],
    "договоры": [20],
    "выплата пенсионерам": [22],
    "дождь": [23],
    "стоимость": [24],
    "доставить": [24],
    "почтальон": [3, 25],
    "собака": [25],
    "журналы": [26],
    "ожидания": [27],
    "маршруты": [28],
    "машина": [29],
    "месяцы": [29],
}


@pytest.mark.django_db
def test_what_people_ask_for_is_found(write, organisations):
    made = write(*SENTENCES)
    numbers = {thing.pk: number for number, thing in enumerate(made)}

    right = found_all = wanted_all = 0
    for asked, wanted in QUERIES.items():
        found = {numbers[one.pk] for one in find(organisations.objects.all(), asked)}
        right += len(found & set(wanted))
        found_all, wanted_all = found_all + len(found), wanted_all + len(wanted)

    assert right / wanted_all >= 0.95
    assert right / found_all >= 0.95


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Кол-во отделений", ["кол", "отделение"]),
        ("бу́дет мо́локо", ["быть", "молоко"]),
        ("Н-042, З-123456 и П‑7", ["н42", "з123456", "п7"]),
        ("N-042", ["н42"]),
        ("T-007, X-003", ["т7", "э3"]),
        ("101000", ["101000"]),
        ("007", ["7"]),
        ("3.5 %", ["3", "5"]),
        ("The parcels of it", ["parcel"]),
        ("COVID-19", ["covid", "19"]),
        ("日本 ελληνικά", ["日本", "ελληνικά"]),
        ("\0 \ud800 ' \" *", []),
        ("", []),
    ],
)
def test_what_counts_as_a_word(text, found):
    assert words.lemmas(text) == found


def test_a_form_of_two_words_stands_for_both():
    assert words.terms("стали ")[0].forms == ("стать", "сталь")


def test_only_the_last_word_may_be_unfinished():
    assert [term.beginning for term in words.terms("распозн адрес")] == ["", "адрес"]


@given(st.text())
def test_lemmas_are_words_of_bearable_length(text):
    for lemma in words.lemmas(text):
        assert lemma
        assert not any(sign in lemma for sign in "\0'\" *")
        lemma.encode()

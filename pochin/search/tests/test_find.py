"""Finding: every inflection, the best first, and nothing the reader may not see."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from pochin.search import finding, index, words
from pochin.search.finding import everywhere, find

pytestmark = pytest.mark.django_db


def titles(things) -> list[str]:
    return [thing.name_ru for thing in things]


def test_every_inflection_finds_every_other(write, organisations):
    write("Очереди в отделениях", "Каски для людей", "Зарядка")

    found = {
        asked: titles(find(organisations.objects.all(), asked))
        for asked in ("очередь отделение", "отделением", "человек", "касок", "вышка")
    }

    assert found == {
        "очередь отделение": ["Очереди в отделениях"],
        "отделением": ["Очереди в отделениях"],
        "человек": ["Каски для людей"],
        "касок": ["Каски для людей"],
        "вышка": [],
    }


def test_e_and_yo_are_one_letter(write, organisations):
    write("Учёт пчёл")

    assert titles(find(organisations.objects.all(), "учет пчел")) == ["Учёт пчёл"]


def test_english_finds_its_inflections_too(write, organisations):
    write("Sorting parcels by weight")

    assert titles(find(organisations.objects.all(), "sorted parcel")) == [
        "Sorting parcels by weight"
    ]


def test_kin_of_a_word_finds_it(write, organisations):
    write("Аккумуляторные тележки", "Экспертная оценка")

    assert titles(find(organisations.objects.all(), "аккумулятор")) == ["Аккумуляторные тележки"]
    assert titles(find(organisations.objects.all(), "эксперт")) == ["Экспертная оценка"]


def test_all_words_before_any_word(write, organisations):
    write("Очередь на складе", "Очередь в отделении", "Отделение на складе")

    assert titles(find(organisations.objects.all(), "очередь отделение")) == ["Очередь в отделении"]
    assert titles(find(organisations.objects.all(), "очередь дрон")) == [
        "Очередь в отделении",
        "Очередь на складе",
    ]


def test_a_title_weighs_more_than_a_text(write, organisations):
    write("Весы", about="Сортировка посылок по весу")
    write("Сортировка", about="Посылки")
    write("Ленты", about="Сортировка")

    assert titles(find(organisations.objects.all(), "сортировка")) == [
        "Сортировка",
        "Ленты",
        "Весы",
    ]


def test_an_unfinished_last_word_finds_what_it_begins(write, organisations):
    write("Распознавание адресов", "Домен", "Дом")

    assert titles(find(organisations.objects.all(), "распозн")) == ["Распознавание адресов"]
    assert titles(find(organisations.objects.all(), "распозн ")) == []
    assert titles(find(organisations.objects.all(), "дом")) == ["Дом"]


def test_a_number_jumps_to_its_thing(write, organisations):
    write("Первая", postcode="Н-042")
    write("Вторая", postcode="Н-142")
    write("Третья", about="42 места, дом Н-042")

    for asked in ("Н-042", "N-42", "н42", " Н 042 "):
        assert titles(find(organisations.objects.all(), asked))[0] == "Первая", asked
    assert titles(find(organisations.objects.all(), "42")) == ["Первая", "Третья"]


def test_words_of_service_are_not_missed(write, organisations):
    write("Доставка без очереди")

    assert titles(find(organisations.objects.all(), "доставка в очередях")) == [
        "Доставка без очереди"
    ]


def test_no_words_leave_the_list_as_it_is_and_signs_find_nothing(write, organisations):
    made = write("Весы", "Ленты")
    listed = organisations.objects.filter(pk__in=[one.pk for one in made]).order_by("pk")

    assert list(find(listed, "  ")) == made
    assert list(find(listed, "?!")) == []
    assert list(find(listed, "и в")) == []


def test_the_list_stays_narrowed_as_it_was_and_can_be_ordered_otherwise(write, organisations):
    write("Б весы", "А весы", "В весы")
    listed = organisations.objects.exclude(name_ru="В весы")

    assert titles(find(listed, "весы").order_by("name_ru")) == ["А весы", "Б весы"]
    assert find(listed, "весы").count() == 2


def test_what_one_may_not_see_is_not_found(write, organisations, vera, gleb):
    write("Тайные весы")

    assert titles(find(organisations.objects.visible_to(vera), "весы")) == ["Тайные весы"]
    assert titles(find(organisations.objects.visible_to(gleb), "весы")) == []


def test_a_hidden_thing_does_not_change_what_else_is_found(write, organisations, gleb, granite):
    organisations.objects.filter(pk=granite.pk).update(about_ru="Очередь")
    write("Очередь дронов")
    index.reindex(organisations)

    # The hidden one has both words; were it counted, what has one of them would be left out.
    assert titles(find(organisations.objects.visible_to(gleb), "очередь дронов")) == ["Granite"]


@pytest.mark.parametrize(
    ("asked", "queries"),
    # What the words can mean; what has them in its title, what has them, any of them; and the list.
    # What the vocabulary does not know nobody looks for.
    [("весы ленты ", 4), ("весы ленты", 4), ("весы дроны ", 3), ("весы дроны", 3), ("дроны", 1)],
)
def test_finding_asks_as_often_for_one_thing_as_for_three(write, organisations, asked, queries):
    for names in (["весы ленты"], ["весы ленты", "весы ленты краны"]):
        write(*names)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            list(find(organisations.objects.all(), asked))
        assert len(seen) == queries, [query["sql"] for query in seen]


def test_other_kinds_of_things_are_not_counted_in(write, organisations, cast):
    people = type(cast.anna)
    index.declare(people, title=lambda one: one.name_ru)
    write("Anna")
    index.index(cast.anna)

    assert titles(find(organisations.objects.all(), "anna")) == ["Anna"]
    assert list(find(people.objects.all(), "anna")) == [cast.anna]


def test_beyond_the_first_the_latest_are_ranked_and_the_others_follow(
    write, organisations, monkeypatch
):
    monkeypatch.setattr(finding, "FIRST", 3)
    write(*[f"Ленты {n}" for n in range(3)], about="Весы")
    write("Краны", about="Весы")
    write("Весы")
    found = find(organisations.objects.all(), "весы")

    # The best three of the latest; then those before, the latest first.
    assert titles(found) == ["Весы", "Краны", "Ленты 2", "Ленты 1", "Ленты 0"]
    best = finding.seek(organisations.objects.all(), "весы")
    assert (len(best.keys), best.has_more) == (3, True)
    assert find(organisations.objects.all(), "весы").count() == 5


def test_what_is_called_so_comes_first_however_long_ago_it_was_written(
    write, organisations, monkeypatch
):
    monkeypatch.setattr(finding, "FIRST", 3)
    write("Весы и ленты", "Весы для посылок")
    write("Ленты", about="Весы для посылок")
    write(*[f"Краны {n}" for n in range(5)], about="Весы для посылок")
    listed = organisations.objects.all()

    assert titles(find(listed, "весы"))[:4] == [
        "Весы для посылок", "Весы и ленты", "Краны 4", "Краны 3",
    ]  # fmt: skip
    # Where a word is only in the text, the title that has the other one comes no sooner.
    assert titles(find(listed, "весы посылка"))[:2] == ["Весы для посылок", "Краны 4"]
    assert [titles(best) for _model, best in finding.best({organisations: listed}, "весы", each=1)]\
        == [["Весы для посылок"]]  # fmt: skip


def test_of_more_titles_than_are_ranked_the_latest_come_first(write, organisations, monkeypatch):
    monkeypatch.setattr(finding, "FIRST", 2)
    write(*[f"Весы {n}" for n in range(4)])
    write("Краны", about="Весы")

    listed = organisations.objects.all()
    assert titles(find(listed, "весы")) == ["Весы 3", "Весы 2", "Краны", "Весы 1", "Весы 0"]
    assert finding.seek(listed, "весы").has_more


def test_whole_words_enough_leave_out_what_only_begins_so(write, organisations, monkeypatch):
    monkeypatch.setattr(finding, "FIRST", 2)
    write("Курск", "Курск и Орёл", "Курская магнитная")
    assert find(organisations.objects.all(), "курск").count() == 3

    write("Курск 3")
    assert titles(find(organisations.objects.all(), "курск")) == [
        "Курск 3",
        "Курск и Орёл",
        "Курск",
    ]


def test_several_lists_are_asked_at_once(write, organisations, cast):
    people = type(cast.anna)
    index.declare(people, title=lambda one: one.name_ru)
    index.index(cast.anna)
    write("Анна и сыновья", "Анна")
    lists = {organisations: organisations.objects.all(), people: people.objects.all()}
    with CaptureQueriesContext(
        connection,
    ) as seen:
        found = dict(finding.best(lists, f"{cast.anna.name_ru.split()[0]} ", each=5))

    assert found[people] == [cast.anna]
    # Once for what the words mean, once for all of them, in titles and elsewhere, and once for the
    # things of each list.
    assert len(seen) == 2 + len(found)


def test_everywhere_gives_the_best_of_each_kind(write, organisations, vera, gleb):
    write("Весы 1", "Весы 2", "Весы 3", "Ленты")

    ((model, best),) = everywhere(vera, "весы", each=2)
    assert (model, titles(best)) == (organisations, ["Весы 3", "Весы 2"])
    assert list(everywhere(gleb, "весы")) == []
    assert list(everywhere(vera, " ")) == []


WILD = st.text(max_size=60) | st.text(alphabet="\"'*():&|!<>-^~{}\\ \0ёЙаb1%_", max_size=40)


@profile(max_examples=200)
@given(text=WILD)
def test_no_text_breaks_the_search(text, write, organisations):
    clean = text.encode("utf-8", "ignore").decode().replace("\0", "")
    (thing,) = write(clean[:200] or "весы")

    list(find(organisations.objects.all(), text))
    wanted = words.lemmas(clean[:200])[: words.MOST_TERMS]
    if wanted:
        assert thing in find(organisations.objects.all(), clean[:200])

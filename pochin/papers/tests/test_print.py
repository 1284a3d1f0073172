"""Papers: what was handed in stands on the page, and nothing of it is run."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import typst
from django.utils.translation import gettext_lazy

from pochin.papers import drawings, pdf, printing
from pochin.papers.tests import reading
from pochin.ui import charts

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)


def printed(language: str = "ru", attached: dict | None = None, **data) -> bytes:
    said = {"title": "Протокол", **data}
    return pdf("papers/statement", said, language=language, at=NOON, attached=attached)


def test_the_words_survive_in_both_alphabets():
    data = printed(
        title="Протокол пилота П-118",
        centre="Центр инноваций",
        lead=["Очередь короче на 1,9 минуты — съёмка, ёж, «ёлочки».", "Queue shorter."],
    )

    said = reading.words(data)
    assert said.count("Протокол пилота П-118") == 1
    assert said.count("Очередь короче на 1,9 минуты — съёмка, ёж, «ёлочки».") == 1
    assert said.count("Queue shorter.") == 1
    assert said.count("Центр инноваций") == 1


@pytest.mark.parametrize(
    ("language", "seen", "other"),
    [("ru", "Подойдут.", "They will."), ("en", "They will.", "Подойдут.")],
)
def test_of_a_text_in_both_languages_a_paper_prints_the_half_it_is_asked_for(language, seen, other):
    both = "Подойдут. // They will."
    data = printed(
        language, lead=[both], sections=[{"facts": [[both, both]]}], attached={"a": both}
    )

    said = reading.words(data)
    assert said.count(seen) == 3
    assert other not in said
    assert reading.attached(data) == {"a": [both.encode()]}


@pytest.mark.parametrize(
    "hostile",
    [
        '#read("/settings.py")',
        "#import sys",
        "*not bold* _nor this_ $x^2$",
        '#image("/ui/static/ui/icon.svg")',
        "</script>]}#panic()",
        "\\ \\u{1F600} `raw` <label> @reference",
    ],
)
def test_what_looks_like_markup_is_printed_as_it_is(hostile):
    said = reading.words(printed(lead=[hostile], sections=[{"facts": [[hostile, "x"]]}]))

    plain = re.sub(r"\s+", " ", hostile)
    assert said.count(plain) == 2


def test_a_long_table_repeats_its_head_and_counts_its_pages():
    rows = [[f"10100{n}", "12,0"] for n in range(100)]
    table = {"head": ["Отделение", "Ожидание"], "align": ["left", "right"], "rows": rows}

    said = reading.words(printed(sections=[{"heading": "Числа", "table": table}]))

    assert said.count("Отделение") == 3
    assert said.count("1010099") == 1
    assert [said.count(f"Page {n} of 3") + said.count(f"Страница {n} из 3") for n in (1, 2, 3)] == [
        1,
        1,
        1,
    ]


def test_the_archive_format_is_claimed_with_date_title_and_language():
    data = printed()

    assert data.count(b"<pdfaid:part>3</pdfaid:part>") == 1
    assert data.count(b"<pdfaid:conformance>B</pdfaid:conformance>") == 1
    assert re.search(rb"/Lang ?\(ru\)", data) is not None
    assert data.count("Протокол".encode("utf-16-be").hex().upper().encode()) >= 1


def test_equal_papers_have_equal_bytes_and_others_do_not():
    assert printed(lead="a") == printed(lead="a")
    assert printed(lead="a") != printed(lead="b")


def test_texts_follow_the_language_of_the_paper():
    signatures = [{"name": "Кира", "role": gettext_lazy("Sunday")}]

    assert reading.words(printed("ru", signatures=signatures)).count("Воскресенье") == 1
    assert reading.words(printed("en", signatures=signatures)).count("Sunday") == 1


def test_signatures_are_shown_with_what_was_signed():
    said = reading.words(
        printed(
            signatures=[
                {"name": "Кира", "role": "директор", "at": "2 марта 2026", "sha256": "c0ffee"},
                {"name": "Анна", "role": "компания"},
            ]
        )
    )

    assert said.count("c0ffee") == 1
    assert said.count("2 марта 2026") == 1


def test_a_chart_is_printed_with_its_colours_and_its_sentence():
    scale = charts.Scale(-1, 4)
    estimate = charts.Estimate(1.9, 1.1, 2.7)
    (drawn,) = drawings(str(charts.interval(estimate, scale, threshold=1.2, label="Короче на 1,9")))

    assert drawn["alt"] == "Короче на 1,9"
    assert drawn["svg"].count(".k-with{ stroke: #075E60}") == 1
    assert drawn["svg"].count("var(") == 0
    assert printed(sections=[{"charts": [drawn]}]) != printed(sections=[{"charts": []}])


def test_a_page_without_charts_has_none():
    assert drawings("<p>no chart</p>") == []


def test_a_text_travels_inside_the_paper():
    plan = json.dumps({"threshold": "1.2"})

    data = printed(attached={"plan.json": plan})

    assert reading.attached(data) == {"plan.json": [plan.encode()]}
    assert data.count(b"/AFRelationship") == 1


def test_numbers_of_the_database_can_be_handed_in():
    assert reading.words(printed(lead=[Decimal("12.50")])).count("12.50") == 1


@pytest.mark.parametrize("name", ["statement", "papers/nothing", "../settings", "papers/../a"])
def test_a_paper_that_does_not_exist_is_named(name):
    with pytest.raises(LookupError, match="is no paper"):
        pdf(name, {}, language="ru")


def test_a_template_reads_nothing_outside_the_house(tmp_path, monkeypatch):
    house = tmp_path / "house"
    house.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (house / "spy.typ").write_text('#read("/../secret.txt")')
    monkeypatch.setattr(printing, "ROOT", house)
    monkeypatch.setattr(printing, "_path", lambda _name: house / "spy.typ")

    with pytest.raises(typst.TypstError, match=r"would escape|denied|outside"):
        pdf("papers/spy", {}, language="ru")

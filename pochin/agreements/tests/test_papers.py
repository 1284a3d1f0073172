"""Papers: PDF for archives and DOCX by a template that the centre may change."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn

from conftest import NOON
from pochin.agreements import lifecycle, printing
from pochin.agreements.models import PaperTemplate
from pochin.agreements.tests.conftest import CLAUSE
from pochin.core.lifecycle import Refused
from pochin.papers import word
from pochin.papers.tests.reading import words


@pytest.fixture
def written(draft, promise, cast):
    lifecycle.write_clause(draft, by=cast.vera, at=NOON, place=1, **CLAUSE)
    return lifecycle.send(draft, by=cast.vera, at=NOON)


def docx(*paragraphs: str) -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def text_of(data: bytes) -> str:
    document = Document(BytesIO(data))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([p.text for p in document.paragraphs] + cells)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ru", ["О пилоте", "Стороны проводят 20 пилотов в год", "Обязательства"]),
        ("en", ["On a pilot", "The parties hold 20 pilots a year", "Commitments"]),
    ],
)  # fmt: skip
def test_the_pdf_says_the_words_in_its_language(language, said, written):
    page = words(printing.print_pdf(written, language)).replace(" ", "")

    assert [one for one in said if one.replace(" ", "") not in page] == []


def test_the_pdf_is_for_archives(written):
    data = printing.print_pdf(written, "ru")

    assert data.startswith(b"%PDF-1.7")
    assert b"pdfaid:part" in data


def test_the_shipped_template_is_filled(written):
    text = text_of(printing.print_docx(written, "ru"))

    assert "О пилоте" in text
    assert "1. Пилоты" in text
    assert "Провести 20 пилотов участников кластера" in text
    assert "{" not in text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_shipped_template_passes_its_own_check(language):
    word.check(printing.shipped(language), printing.EXAMPLE)


@pytest.mark.parametrize(
    ("paragraphs", "why"),
    [
        (["{{ tittle }}"], "asks for “tittle”, which is not known here"),
        (["{% for c in clauses %}{{ c.titel }}{% endfor %}"], "asks for “c.titel”"),
        (["{{ title "], "cannot be read"),
        (["{{ title.upper() }}"], r"more than name fields, repeat and choose \(call\)"),
        (["{{ 'a' * 1000000000 }}"], r"more than name fields, repeat and choose \(mul\)"),
        (["{{ title.__class__.__mro__ }}"], "asks for “title.__class__”"),
        (["{% include 'x' %}"], r"\(include\)"),
        (["{% for i in range(9) %}{{ i }}{% endfor %}"], r"\(call\)"),
    ],
)
def test_a_template_that_cannot_be_filled_gets_one_sentence(paragraphs, why):
    with pytest.raises(Refused, match=why):
        word.check(docx(*paragraphs), printing.EXAMPLE)


def test_what_people_wrote_is_never_read_as_a_template():
    data = word.fill(docx("{{ title }}"), {"title": "{{ number }} <b>&"})

    assert text_of(data) == "{{ number }} <b>&"


def put(browser, data, kind="pilot"):
    file = SimpleUploadedFile("template.docx", data)
    given = {"kind": kind, "language": "ru", "document": file}
    return browser.post("/agreements/templates/city/", given)


def test_a_centre_puts_in_its_own_template_and_goes_back(written, cast, signed_in):
    vera = signed_in(cast.vera)
    assert put(vera, docx("Наш бланк: {{ title }}")).status_code == 302
    assert text_of(printing.print_docx(written, "ru")) == "Наш бланк: О пилоте"
    kept = vera.get("/agreements/templates/city/pilot/ru/")
    assert text_of(b"".join(kept.streaming_content)) == "Наш бланк: {{ title }}"

    vera.post("/agreements/templates/city/pilot/ru/")

    assert "1. Пилоты" in text_of(printing.print_docx(written, "ru"))


def test_a_wrong_template_changes_nothing(written, cast, signed_in):
    vera = signed_in(cast.vera)
    put(vera, docx("Наш бланк: {{ title }}"))

    page = put(vera, docx("{{ tittle }}"))

    assert page.status_code == 422
    assert "asks for “tittle”" in page.content.decode()
    assert PaperTemplate.objects.filter(is_in_use=True).count() == 1
    assert text_of(printing.print_docx(written, "ru")) == "Наш бланк: О пилоте"


def test_every_name_a_template_may_use_is_explained():
    named = set()
    for name, value in printing.EXAMPLE.items():
        rows = value[0] if isinstance(value, list) else {}
        named |= {f"{name}[].{field}" for field in rows} or {name}

    assert set(printing.MEANINGS) == named


@pytest.mark.parametrize(("name", "status"), [("vera", 200), ("kira", 403), ("ulyana", 403)])
def test_only_writers_keep_templates(name, status, cast, signed_in):
    browser = signed_in(getattr(cast, name))

    assert browser.get("/agreements/templates/city/").status_code == status


@pytest.mark.parametrize("name", ["ru.pdf", "en.pdf", "ru.docx", "en.docx"])
def test_papers_are_for_those_who_read_the_agreement(name, written, cast, signed_in):
    url = f"{written.get_absolute_url()}paper/{name}"

    statuses = [signed_in(p).get(url).status_code for p in (cast.anna, cast.vera, cast.gleb)]

    assert statuses == [200, 200, 404]


def test_a_paper_says_the_year_of_every_day_since_it_is_read_in_other_years(written, promise):
    this_year = timezone.localdate()
    type(promise).objects.filter(pk=promise.pk).update(due_on=this_year)

    said = printing.content(written, "en")

    assert said["commitments"][0]["due"].endswith(str(this_year.year))


@pytest.mark.parametrize(("language", "tongue"), [("ru", "ru-RU"), ("en", "en-GB")])
def test_a_word_processor_is_told_the_language_and_one_font(language, tongue, written):
    document = Document(BytesIO(printing.print_docx(written, language)))
    styles = document.styles.element

    assert {one.get(qn("w:val")) for one in styles.iter(qn("w:lang"))} == {tongue}
    for name in ("Normal", "Heading 1", "Heading 2"):
        fonts = document.styles[name].element.rPr.rFonts
        assert set(fonts.attrib.values()) == {"Times New Roman"}


def test_the_shipped_template_says_the_term(written):
    assert "Действует с" in text_of(printing.print_docx(written, "ru"))


def test_a_paper_in_english_has_its_name_in_english(written, vera, signed_in):
    answer = signed_in(vera).get(f"{written.get_absolute_url()}paper/en.docx")

    assert answer["Content-Disposition"].endswith(f"C-{written.number:03d}-en.docx")


@pytest.mark.parametrize("shown", [True, False])
def test_what_is_promised_only_to_show_the_product_says_so_on_paper(shown, written, promise):
    type(promise).objects.update(is_demonstration=shown)
    written.refresh_from_db()
    papers = [text_of(printing.print_docx(written, "ru")), words(printing.print_pdf(written, "ru"))]

    said = ["данныедляпоказа" in text.replace(" ", "").replace("\n", "") for text in papers]
    assert said == [shown, shown]


@pytest.mark.parametrize("shown", [True, False])
def test_an_agreement_made_up_to_show_the_product_says_so_in_word(shown, written):
    type(written).objects.update(is_demonstration=shown)
    written.refresh_from_db()

    assert ("demonstration data" in text_of(printing.print_docx(written, "en"))) is shown


def test_what_was_signed_on_paper_asks_for_no_signature_again(draft, cast, written):
    """It is signed at half past midnight in Moscow, when in Greenwich it is still yesterday."""
    at = datetime(2026, 2, 27, 21, 30, tzinfo=UTC)
    type(written).objects.update(is_on_paper=True, signed_at=at)
    written.refresh_from_db()
    said = printing.content(written, "en")

    day = "28\u00a0February 2026"
    assert said["day"] == day
    assert {party["signed"] for party in said["parties"]} == {f"on paper, {day}"}


def test_what_nobody_signed_leaves_the_line_for_the_hand(written):
    said = printing.content(written, "en")

    assert (said["day"], {party["signed"] for party in said["parties"]}) == ("", {""})

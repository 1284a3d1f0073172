"""Reading pages saved from other sites."""

from datetime import date

import pytest

from pochin.core.lifecycle import Refused
from pochin.news import saved_pages

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>Сайт — новость</title>
<link rel="canonical" href="https://example.org/news/7">
<meta property="og:site_name" content="Пример">
<style>p { color: red }</style></head><body>
<nav><p>Меню сайта</p></nav><div class="rubric">Соглашения</div>
<article><h1>Подписано <b>соглашение</b></h1><time datetime="2019-10-22T12:00">вчера</time>
<p>Стороны&nbsp;договорились о том, о чём давно думали, и записали это на бумаге,
в двух экземплярах.</p>
<script>alert("не текст")</script>
<p>Второй абзац <a href="/x">со ссылкой</a>, тоже довольно длинный,
чтобы статья была узнана как статья, а не как подпись под картинкой.</p>
</article><footer><p>Подвал</p></footer></body></html>"""


def test_a_page_gives_its_title_day_rubric_text_and_source():
    page = saved_pages.read(PAGE.encode())

    assert page.title == "Подписано соглашение"
    assert page.happened_on == date(2019, 10, 22)
    assert page.rubric == "agreements"
    assert (page.source, page.source_url) == ("Пример", "https://example.org/news/7")
    assert page.text.split("\n\n")[1].startswith("Второй абзац со ссылкой")
    assert all(word not in page.text for word in ("Меню", "Подвал", "alert", "color"))


def test_an_old_page_in_another_encoding_is_read_too():
    text = "<title>Новость</title><p>Опубликовано 5 мая 2020 года. Текст.</p>"

    page = saved_pages.read(text.encode("cp1251"))

    assert (page.title, page.happened_on) == ("Новость", date(2020, 5, 5))


def test_a_page_that_names_no_source_has_none():
    page = saved_pages.read("<h1>Новость</h1><p>Текст.</p>".encode())

    assert (page.source, page.source_url) == ("", "")


LONG = "Стороны договорились о том, о чём давно думали, и записали это на бумаге. " * 3
LD = """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
{"@type": "WebSite", "name": "Пример"}, {"@type": "NewsArticle", "headline": "Почта и город",
"datePublished": "2019-10-22T10:00:00+03:00", "articleSection": "Экспорт",
"publisher": {"@type": "Organization", "name": "Городская газета"},
"mainEntityOfPage": {"@id": "https://example.org/news/8"}}]}</script>"""


def test_what_a_page_tells_search_engines_is_read():
    page = saved_pages.read(f"<html><head>{LD}</head><body><p>{LONG}</p></body></html>".encode())

    assert (page.title, page.happened_on) == ("Почта и город", date(2019, 10, 22))
    assert (page.rubric, page.source) == ("export", "Городская газета")
    assert page.source_url == "https://example.org/news/8"


MUNICIPAL = f"""<html><head><meta charset="windows-1251"><title>Новости — Город Энск</title></head>
<body><div class="header"><p>Телефон приёмной 123</p></div><div class="news-detail">
<span class="news-date-time">22.10.2019</span><h3>Почта и город подписали соглашение</h3>
<div class="news-text">{LONG}<br><br>{LONG}</div><h3>Другие новости нашего города Энска</h3></div>
</body></html>"""


def test_a_page_whose_title_is_a_lower_heading_and_whose_day_stands_beside_it_is_read():
    page = saved_pages.read(MUNICIPAL.encode("cp1251"))

    assert page.title == "Почта и город подписали соглашение"
    assert page.happened_on == date(2019, 10, 22)


def test_a_heading_inside_the_text_is_not_its_title():
    page = saved_pages.read(
        f"<title>Почта и город</title><p>{LONG}</p><h3>Что будет дальше с соглашением</h3>".encode()
    )

    assert page.title == "Почта и город"


def test_a_page_of_old_with_open_cells_gives_its_text_once():
    old = (
        "<TITLE>Страница</TITLE><TABLE><TR><TD><A HREF=1.htm>Меню</A><TD><H1>Экспорт вырос</H1>"
        "<P>3 марта 2021 г. Завод сообщил об экспорте.<P>Покупатели &#8212; Сербия.</TABLE>"
    )
    page = saved_pages.read(b"<META CHARSET=koi8-r>" + old.encode("koi8-r"))

    assert page.title == "Экспорт вырос"
    assert page.text == "3 марта 2021 г. Завод сообщил об экспорте.\n\nПокупатели — Сербия."
    assert page.happened_on == date(2021, 3, 3)


def test_a_point_with_a_link_among_words_stays_and_a_menu_goes():
    points = "<ul><li><a href=/>Главная</a></li><li>Вырос <a href=/x>экспорт</a> весов</li></ul>"
    page = saved_pages.read(f"<h1>А</h1><p>{LONG}</p>{points}".encode())

    assert page.text.endswith("Вырос экспорт весов")
    assert "Главная" not in page.text


def test_a_page_in_utf_16_is_read():
    page = saved_pages.read(f"<h1>Почта</h1><p>{LONG}</p>".encode("utf-16"))

    assert (page.title, page.text) == ("Почта", LONG.strip())


def test_the_link_of_a_category_gives_the_rubric():
    link = '<a rel="category tag" href="/c">Pilots</a>'

    assert saved_pages.read(f"<h1>A</h1>{link}<p>{LONG}</p>".encode()).rubric == "pilots"
    assert saved_pages.read(f"<h1>A</h1><p>{LONG}</p>".encode()).rubric == "press"


@pytest.mark.parametrize(("text", "language"), [("Почта and robots", "ru"), ("The post", "en")])
def test_a_page_knows_its_language_by_its_letters(text, language):
    assert saved_pages.SavedPage(text=text * 9).language == language


@pytest.mark.parametrize("broken", ["{", "[1, null]", '"x"', '{"@type": ["NewsArticle"]}', "{}"])
def test_broken_words_for_search_engines_hinder_nothing(broken):
    data = f'<script type="application/ld+json">{broken}</script><h1>А</h1><p>{LONG}</p>'

    assert saved_pages.read(data.encode()).title == "А"


def test_the_name_of_the_site_is_not_taken_for_the_title():
    head = '<meta property="og:title" content="Почта и город — Газета">'
    page = saved_pages.read(f"{head}<h1>Газета</h1><h1>Почта и город</h1><p>{LONG}</p>".encode())

    assert page.title == "Почта и город"


def test_a_page_without_paragraphs_is_read_line_by_line():
    text = f"<div><div>Меню</div><div class=text>{LONG}<br><br>{LONG}<b>Жирно.</b></div></div>"
    page = saved_pages.read(f"<h1>А</h1><body>{text}</body>".encode())

    assert len(page.text.split("\n\n")) == 2
    assert page.text.endswith("Жирно.")
    assert "Меню" not in page.text


def test_where_the_browser_saved_it_from_is_its_source():
    comment = "<!-- saved from url=(0026)https://example.org/news/9 -->"
    page = saved_pages.read(f"{comment}<h1>А</h1><p>{LONG}</p>".encode())

    assert (page.source, page.source_url) == ("example.org", "https://example.org/news/9")


@pytest.mark.parametrize("written", ["October 22, 2019", "22nd October 2019", "22 Oct 2019"])
def test_a_day_written_in_english_is_read(written):
    assert saved_pages.day_in(f"Published on {written} by us") == date(2019, 10, 22)


def test_a_page_without_a_day_has_none():
    assert saved_pages.read(f"<h1>А</h1><p>{LONG}</p>".encode()).happened_on is None


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"]
)
def test_an_address_that_is_no_web_page_is_not_taken(address):
    page = saved_pages.read(f'<link rel=canonical href="{address}"><h1>А</h1><p>Б</p>'.encode())

    assert page.source_url == ""


@pytest.mark.parametrize("unclosed", ["<h1>А<p>Б", "<div><p>Б</h1></div><h1>А</h1>", "<p>Б<h1>А"])
def test_a_badly_written_page_is_read_as_far_as_it_goes(unclosed):
    assert "Б" in saved_pages.read(unclosed.encode() + "<title>А</title>".encode()).text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 \x00\x00", "not a saved page"),
        (b"plain words", "not a saved page"),
        (b"<h1>only a title</h1>", "no title or no text"),
        (b"<p>" + b"a" * saved_pages.LARGEST, "larger than 4 MB"),
    ],
)
def test_what_is_not_a_page_is_refused_with_a_sentence(data, words):
    with pytest.raises(Refused, match=words):
        saved_pages.read(data)

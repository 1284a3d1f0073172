"""What readers get: pages, feeds, the list of pages, the count of readers."""

import re
from datetime import timedelta
from struct import pack
from xml.etree.ElementTree import fromstring
from zlib import compress, crc32

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone, translation

from conftest import NOON
from pochin.news import lifecycle, tasks
from pochin.news.models import Piece, Reading
from pochin.news.tests.conftest import WORDS

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"


def guest(agent=BROWSER, **more):
    return Client(headers={"User-Agent": agent, **more})


def views(piece):
    return Piece.objects.values_list("views", flat=True).get(pk=piece.pk)


def test_a_guest_reads_published_news_in_both_languages(published):
    client = guest()
    russian = client.get(published.get_absolute_url()).content.decode()
    client.cookies["pochin_language"] = "en"
    english = client.get(published.get_absolute_url()).content.decode()

    assert "Второй абзац." in russian
    assert "Second paragraph." in english
    assert 'property="og:title" content="The centre takes applications"' in english


@pytest.mark.parametrize("state", ["draft", "in_review"])
def test_what_is_not_published_is_not_there_for_a_guest(state, request):
    piece = request.getfixturevalue(state)

    assert guest().get(piece.get_absolute_url()).status_code == 404
    assert guest().get(f"{piece.get_absolute_url()}picture/").status_code == 404


def test_reloading_counts_once_and_another_reader_once_more(published, cast, signed_in):
    client = guest()
    for _n in range(3):
        client.get(published.get_absolute_url())
    assert views(published) == 1

    anna = signed_in(cast.anna)
    anna.get(published.get_absolute_url(), headers={"User-Agent": BROWSER})
    anna.get(published.get_absolute_url(), headers={"User-Agent": "Mozilla/5.0 (another browser)"})
    assert views(published) == 2


@pytest.mark.parametrize(
    "client",
    [
        guest("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"),
        guest("Googlebot/2.1"),
        guest("TelegramBot (like TwitterBot)"),
        guest("curl/8.5.0"),
        guest(""),
        guest(**{"Sec-Purpose": "prefetch"}),
    ],
)
def test_robots_and_browsers_that_only_prepare_are_not_counted(client, published):
    client.get(published.get_absolute_url())

    assert views(published) == 0


def test_drafts_are_not_counted(draft, cast, signed_in):
    signed_in(cast.viktor).get(draft.get_absolute_url(), headers={"User-Agent": BROWSER})

    assert not Reading.objects.exists()


def test_who_read_is_forgotten_and_the_count_stays(published):
    guest().get(published.get_absolute_url())
    Reading.objects.update(day=timezone.localdate() - timedelta(days=2))

    assert tasks.forget_readers.func() == 1
    assert views(published) == 1


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_feeds_hold_what_is_published_in_one_language(kind, published, cast):
    lifecycle.begin(cast.city, by=cast.vera, at=NOON, **{**WORDS, "title_en": "Hidden"})

    answer = guest().get(f"/news/en/{kind}.xml")

    fromstring(answer.content)
    assert "The centre takes applications" in answer.content.decode()
    assert "Hidden" not in answer.content.decode()
    assert published.get_absolute_url() in answer.content.decode()


@pytest.mark.parametrize("address", ["/news/de/rss.xml", "/news/ru/json.xml"])
def test_there_are_no_other_feeds(address, published):
    assert guest().get(address).status_code == 404


def test_the_list_of_pages_names_published_news_only(published, cast):
    hidden = lifecycle.begin(cast.city, by=cast.vera, at=NOON, **WORDS)

    index = guest().get("/sitemap.xml").content.decode()
    files = re.findall(r"<loc>[^<]*?(/sitemap/[^<]+)</loc>", index)
    told = "".join(guest().get(file).getvalue().decode() for file in files)

    assert f"{published.get_absolute_url()}</loc><lastmod>2026-03-02" in told
    assert hidden.get_absolute_url() not in told
    assert "/sitemap.xml" in guest().get("/robots.txt").content.decode()


def test_the_first_page_shows_the_latest_news(published):
    assert published.get_absolute_url() in guest().get("/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_many_rows(rows, cast, django_assert_num_queries):
    for _n in range(rows):
        piece = lifecycle.begin(cast.city, by=cast.vera, at=NOON, **WORDS)
        lifecycle.submit(piece, by=cast.vera, at=NOON)
        lifecycle.publish(piece, by=cast.vera, at=NOON)

    with django_assert_num_queries(1):
        answer = guest().get("/news/")

    assert answer.content.decode().count("<tr>") == rows + 1


def test_linked_things_are_shown_to_those_who_may_open_them(cast, need, in_review, signed_in):
    hidden = lifecycle.begin(cast.city, by=cast.vera, at=NOON, **WORDS)
    vera = signed_in(cast.vera)
    vera.post(f"{in_review.get_absolute_url()}link/", {"things": f"N-{need.number:03}"})
    lifecycle.publish(in_review, by=cast.vera, at=NOON)

    page = guest().get(in_review.get_absolute_url()).content.decode()
    assert need.get_absolute_url() in page

    type(need).objects.filter(pk=need.pk).update(state="checking")
    page = guest().get(in_review.get_absolute_url()).content.decode()
    assert need.get_absolute_url() not in page
    assert hidden.get_absolute_url() not in page


def test_agreements_of_the_programme_are_linked_by_their_numbers(
    cast, agreement, in_review, signed_in
):
    vera, url = signed_in(cast.vera), in_review.get_absolute_url()
    vera.post(f"{url}link/", {"things": f"C-{agreement.number:03}"})

    assert [mention.thing for mention in in_review.mentions.all()] == [agreement]
    assert agreement.get_absolute_url() in vera.get(url).content.decode()


def test_a_number_one_cannot_see_is_not_linked(cast, draft, signed_in):
    answer = signed_in(cast.viktor).post(f"{draft.get_absolute_url()}link/", {"things": "N-999"})

    assert answer.status_code == 422
    assert not draft.mentions.exists()


def png() -> bytes:
    """A picture of one point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))

    head = chunk(b"IHDR", pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", compress(bytes(4))) + chunk(b"IEND", b"")


def test_a_picture_needs_words_in_both_languages(cast, draft, signed_in):
    viktor, address = signed_in(cast.viktor), f"{draft.get_absolute_url()}set_cover/"

    def send(**words):
        picture = SimpleUploadedFile("cover.png", png(), "image/png")
        return viktor.post(address, {"picture": picture, **words}).status_code

    assert send(alt_ru="Почтовый ящик") == 422
    assert send(alt_ru="Почтовый ящик", alt_en="A letter box") == 302
    shown = viktor.get(f"{draft.get_absolute_url()}picture/")
    assert shown["Content-Type"] == "image/png"
    assert 'alt="A letter box"' in viktor.get(draft.get_absolute_url()).content.decode()


def test_a_saved_page_becomes_a_draft_that_asks_for_its_source(cast, signed_in):
    vera = signed_in(cast.vera)
    saved = SimpleUploadedFile("page.html", "<h1>Новость</h1><p>Текст.</p>".encode(), "text/html")

    answer = vera.post("/news/import/city/", {"page": saved}, follow=True)

    piece = Piece.objects.get()
    assert (piece.state, piece.title_ru, piece.is_borrowed) == ("draft", "Новость", True)
    assert "give the address of its source" in answer.content.decode()
    vera.post(f"{piece.get_absolute_url()}submit/")
    piece.refresh_from_db()
    assert piece.state == "draft"


def test_an_english_page_becomes_an_english_draft(cast, signed_in):
    vera = signed_in(cast.vera)
    page = b"<h1>The post tries robots</h1><p>Ten offices measure time per parcel.</p>"
    saved = SimpleUploadedFile("page.html", page, "text/html")

    answer = vera.post("/news/import/city/", {"page": saved}, follow=True)

    piece = Piece.objects.get()
    assert (piece.title_en, piece.title_ru) == ("The post tries robots", "")
    assert piece.body_en == piece.lead_en == "Ten offices measure time per parcel."
    assert answer.status_code == 200
    assert vera.get("/news/").status_code == 200


def test_a_file_that_is_no_page_leaves_the_form_with_a_sentence(cast, signed_in):
    saved = SimpleUploadedFile("page.html", b"plain words", "text/html")
    answer = signed_in(cast.vera).post("/news/import/city/", {"page": saved})

    assert "This is not a saved page" in answer.content.decode()
    assert not Piece.objects.exists()


def test_a_rubric_is_a_word_of_its_own_and_no_button(cast, draft):
    draft.rubric = "export"

    with translation.override("ru"):
        assert draft.get_rubric_display() == "Экспорт"


def test_a_stranger_takes_no_page_in(cast, signed_in):
    assert signed_in(cast.boris).get("/news/import/city/").status_code == 403

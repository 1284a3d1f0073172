"""The first page, the search and the pages about the house."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from pochin.core.lifecycle import LIVES
from pochin.home import context, public
from pochin.participants.lifecycle import organisations
from pochin.participants.models import Person


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", ["anna", "vera", "kira", "boris", "nina", "viktor", "zakhar"])
def test_everybody_has_a_first_page(reviewed, cast, signed_in, name, language):
    assert signed_in(getattr(cast, name), language).get("/").status_code == 200


def test_what_waits_is_shown_to_whom_it_waits_for(submitted, cast, signed_in):
    cast.vera.roles.create(programme=cast.city, code="screener")
    waits = signed_in(cast.vera).get("/").content.decode()
    other = signed_in(cast.gleb).get("/").content.decode()

    assert submitted.get_absolute_url() in waits
    assert submitted.get_absolute_url() not in other


def test_a_newcomer_reads_where_their_request_stands(cast, signed_in):
    maria = Person.objects.create(email="maria@example.org", name_ru="Мария")
    browser = signed_in(maria)
    assert "Register an organisation" in browser.get("/").content.decode()

    asked = organisations.ask(
        cast.city, by=maria, name_ru="Базальт", inn="7728168971", kpp="772801001",
        ogrn="1027700067328", position="Директор", may_sign=True,
    )  # fmt: skip
    page = browser.get("/").content.decode()
    assert asked.get_absolute_url() in page
    assert "who answers by" in page
    assert "Register an organisation" not in page

    organisations.refuse(asked, by=cast.vera, reason="Нет доверенности")
    page = browser.get("/").content.decode()
    assert "the centre refused: Нет доверенности" in page
    assert "Register an organisation" in page


def _menu(browser, path="/needs/"):
    page = browser.get(path).content.decode()
    return page[page.index("<header") : page.index("</header>")]


def test_every_chapter_is_in_the_bar_or_behind_more(cast, signed_in):
    bar = _menu(signed_in(cast.vera))

    chapters = [e[0] for _words, entries in context.CHAPTERS for e in entries
                if e[2] != "administrator"]  # fmt: skip
    wanted = [url for name in chapters if (url := context._url(name))]
    assert [url for url in wanted if f'href="{url}"' not in bar] == []


def test_the_menu_marks_the_chapter_one_reads(cast, signed_in):
    browser = signed_in(cast.vera)

    assert "data-current" in _menu(browser, "/agreements/")
    assert "data-current" not in _menu(browser)


def test_who_runs_no_programme_is_not_offered_its_chapters(cast, signed_in):
    bar = _menu(signed_in(cast.gleb))

    assert 'href="/agreements/"' in bar
    assert f'href="{reverse("reviews:index")}"' not in bar


def test_background_work_is_offered_to_the_administrator_alone(cast, signed_in):
    link = f'href="{reverse("jobs:index")}"'

    assert link in _menu(signed_in(cast.zakhar))
    assert link not in _menu(signed_in(cast.vera))


def test_a_guest_has_no_chapters(db):
    assert "chapters" not in _menu(Client())


def test_a_number_leads_straight_to_the_thing(need, submitted, cast, signed_in):
    browser = signed_in(cast.vera)

    assert browser.get("/find/", {"q": f"Н-{need.number:03}"}).url == need.get_absolute_url()
    assert browser.get("/find/", {"q": f"a{submitted.number}"}).url == submitted.get_absolute_url()


def test_a_number_one_may_not_see_is_not_found(submitted, cast, signed_in):
    answer = signed_in(cast.gleb).get("/find/", {"q": str(submitted.number)})

    assert answer.status_code == 200
    assert submitted.title not in answer.content.decode()


@pytest.mark.parametrize("name", sorted(LIVES))
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_lifecycle_can_be_drawn(db, name, language):
    browser = Client()
    browser.cookies["pochin_language"] = language

    page = browser.get(reverse("home:lifecycle", args=[name])).content.decode()

    assert "<svg" in page


@pytest.mark.parametrize("name", ["page", "search", "lifecycles", "how", "limits", "accessibility"])
def test_guests_read_the_pages_about_the_house(db, name):
    assert Client().get(reverse(f"home:{name}")).status_code == 200


def test_the_language_is_switched_on_the_same_page(db):
    browser = Client()

    answer = browser.post(
        reverse("set_language"),
        {"language": "en"},
        headers={"Referer": "http://testserver/needs/?q=x"},
    )

    assert answer.url == "http://testserver/needs/?q=x"
    assert 'lang="en"' in browser.get("/needs/").content.decode()


def test_the_switch_does_not_lead_to_strangers(db):
    answer = Client().post(
        reverse("set_language"), {"language": "en", "next": "https://evil.example/"}
    )

    assert answer.url == "/"


def test_the_switch_takes_a_word_for_an_address_and_not_for_the_name_of_a_page(db):
    for word in ("nonsense", "account_logout"):
        answer = Client().post(reverse("set_language"), {"language": "en", "next": word})
        assert (answer.status_code, answer.url) == (302, word)


@pytest.mark.parametrize("state", ["scale", "closed"])
def test_each_figure_a_guest_reads_opens_a_list_of_as_many_rows(pilot_at, state):
    pilot_at(state)
    browser = Client(headers={"accept-language": "en"})
    page = browser.get("/").content.decode()

    figures = dict(re.findall(r'<dd><a href="(/pilots/[^"]*)">(\d+)</a>', page))
    assert list(figures.values()) == ["1", "1" if state == "scale" else "0"]
    for address, count in figures.items():
        listed = browser.get(html.unescape(address)).content.decode()
        assert listed.count("<tr") - ("<thead" in listed) == int(count), address


@pytest.mark.parametrize(
    ("took", "said"),
    [
        (3, "We try in practice and answer in time: 3\u00a0working days of the 5 promised."),
        (8, "We try in practice. An answer takes 8\u00a0working days; 5 were promised."),
    ],
)
def test_the_centre_calls_in_time_only_what_is_in_time(took, said):
    with translation.override("en"):
        assert public._answer_words([("screening", 5, took, took, 9)]) == said

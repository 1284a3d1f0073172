"""Two people who write one thing at once: in every room the second is told what the first wrote."""

import html
import re

import pytest

from conftest import NEED, NOON
from pochin.exports import lifecycle as exports
from pochin.needs import lifecycle as needs
from pochin.news import lifecycle as news
from pochin.news.tests.conftest import WORDS
from pochin.sites import lifecycle as sites
from pochin.solutions import lifecycle as solutions
from pochin.solutions.tests.conftest import SCALES

PLACE = {
    "kind": "office", "name_ru": "Отделение 1", "name_en": "Office 1", "postcode": "101000",
    "region": "77", "city": "Москва",
}  # fmt: skip


def _need(cast):
    return cast.nina, needs.begin(
        cast.city, by=cast.nina, at=NOON, unit=cast.post, owner=cast.nina, **NEED
    )


def _solution(cast):
    return cast.anna, solutions.begin(
        cast.amber, by=cast.anna, programme=cast.city, at=NOON, **SCALES
    )


def _project(cast):
    return cast.anna, exports.begin(
        cast.city, by=cast.anna, at=NOON, organisation=cast.amber, title_ru="Весы",
        title_en="Scales",
    )  # fmt: skip


def _piece(cast):
    return cast.viktor, news.begin(cast.city, by=cast.viktor, at=NOON, **WORDS)


def _site(cast):
    return cast.vera, sites.nominate(cast.city, by=cast.vera, at=NOON, owner=cast.post, **PLACE)


ROOMS = {
    "needs": (_need, "title_ru", "title_en"),
    "solutions": (_solution, "name_ru", "name_en"),
    "exports": (_project, "title_ru", "title_en"),
    "news": (_piece, "title_ru", "title_en"),
    "sites": (_site, "name_ru", "name_en"),
}


@pytest.fixture(params=ROOMS)
def written(request, cast):
    """Who writes, what, and two of its fields."""
    make, one, other = ROOMS[request.param]
    who, thing = make(cast)
    return who, thing, one, other


def opened(browser, url):
    """What the form says when it is opened, as a browser would send it back."""
    form = browser.get(url).context["form"]
    values = {name: form[name].value() for name in form.fields}
    said = {name: "" if value is None else value for name, value in values.items()}
    return {name: value for name, value in said.items() if value is not False}


def test_the_second_of_two_is_told_what_the_first_wrote(written, signed_in):
    who, thing, name, _other = written
    url = f"{thing.get_absolute_url()}edit/"
    first, second = signed_in(who), signed_in(who)
    one, two = opened(first, url), opened(second, url)
    assert first.post(url, {**one, name: "Первое слово"}).status_code == 302

    answer = second.post(url, {**two, name: "Второе слово"})
    page = html.unescape(answer.text)
    thing.refresh_from_db()

    assert "Somebody changed it while you were writing. Now it says: Первое слово" in page
    assert "Второе слово" in page
    assert getattr(thing, name) == "Первое слово"
    shown = html.unescape(re.search(r'name="seen" value="([^"]*)"', answer.text)[1])
    assert second.post(url, {**two, name: "Второе слово", "seen": shown}).status_code == 302
    thing.refresh_from_db()
    assert getattr(thing, name) == "Второе слово"


def test_who_sends_a_form_nobody_else_touched_saves_it(written, signed_in):
    who, thing, _name, other = written
    url = f"{thing.get_absolute_url()}edit/"
    browser = signed_in(who)

    assert browser.post(url, {**opened(browser, url), other: "Word"}).status_code == 302
    thing.refresh_from_db()
    assert getattr(thing, other) == "Word"

"""Clauses written and written anew; two people who write one thing at once."""

import html
import re

import pytest

from conftest import NOON
from pochin.agreements import lifecycle
from pochin.agreements.tests.conftest import CLAUSE


@pytest.fixture
def clause(draft, cast):
    lifecycle.write_clause(draft, by=cast.vera, at=NOON, place=1, **CLAUSE)
    return draft.clauses.get()


@pytest.fixture
def url(draft, clause):
    return f"{draft.get_absolute_url()}clauses/1/"


def opened(browser, url):
    """What the form says when it is opened, as a browser would send it back."""
    form = browser.get(url).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items()}


def test_a_clause_is_written_anew_at_its_place(draft, clause, url, cast, signed_in):
    browser = signed_in(cast.vera)
    said = opened(browser, url)

    assert said["place"] == 1
    assert browser.post(url, {**said, "text_ru": "Тридцать пилотов."}).status_code == 302
    assert [(c.place, c.text_ru) for c in draft.clauses.all()] == [(1, "Тридцать пилотов.")]


def test_its_place_cannot_be_sent_otherwise(draft, clause, url, cast, signed_in):
    browser = signed_in(cast.vera)
    browser.post(url, {**opened(browser, url), "place": 7, "text_ru": "Иначе."})

    assert [(c.place, c.text_ru) for c in draft.clauses.all()] == [(1, "Иначе.")]


def test_a_new_clause_stands_behind_the_last_and_takes_no_place_from_another(
    draft, clause, cast, signed_in
):
    browser, url = signed_in(cast.vera), f"{draft.get_absolute_url()}write_clause/"
    said = opened(browser, url)
    again = browser.post(url, {**said, **CLAUSE, "place": 1, "text_ru": "Вместо первого."})

    assert said["place"] == 2
    assert "Clause 1 is there already" in again.content.decode()
    assert "Вместо первого." in again.content.decode()
    assert browser.post(url, {**said, **CLAUSE}).status_code == 302
    assert [c.place for c in draft.clauses.order_by("place")] == [1, 2]


def test_the_second_of_two_is_told_what_the_first_wrote(draft, clause, url, cast, signed_in):
    vera, kira = signed_in(cast.vera), signed_in(cast.vera)
    first, second = opened(vera, url), opened(kira, url)
    vera.post(url, {**first, "text_ru": "Сорок пилотов."})

    answer = kira.post(url, {**second, "text_ru": "Пятьдесят пилотов."})
    page = html.unescape(answer.content.decode())

    assert "Somebody changed it while you were writing. Now it says: Сорок пилотов." in page
    assert "Пятьдесят пилотов." in page
    assert draft.clauses.get().text_ru == "Сорок пилотов."
    shown = re.search(r'name="seen" value="([^"]*)"', answer.content.decode())[1]
    kira.post(url, {**second, "text_ru": "Пятьдесят пилотов.", "seen": html.unescape(shown)})
    assert draft.clauses.get().text_ru == "Пятьдесят пилотов."


def test_who_wrote_the_same_or_sends_nothing_seen_is_not_stopped(
    draft, clause, url, cast, signed_in
):
    browser = signed_in(cast.vera)
    old = opened(browser, url)
    browser.post(url, {**old, "text_ru": "Сорок."})

    assert browser.post(url, {**old, "text_ru": "Сорок."}).status_code == 302
    for seen in ("", "no json", "[1]", '{"other": "x"}'):
        assert browser.post(url, {**old, "seen": seen, "text_ru": "Ещё."}).status_code == 302


def test_the_words_and_the_term_are_guarded_too(draft, cast, signed_in):
    browser, url = signed_in(cast.vera), f"{draft.get_absolute_url()}edit/"
    first, second = opened(browser, url), opened(browser, url)
    dates = {name: "" if not first[name] else str(first[name]) for name in ("starts_on", "ends_on")}
    browser.post(url, {**first, **dates, "ends_on": "2026-11-30"})
    answer = browser.post(url, {**second, **dates, "title_ru": "О двух пилотах"})
    draft.refresh_from_db()

    assert "Now it says: 30 November" in html.unescape(answer.content.decode()).replace("\xa0", " ")
    assert (str(draft.ends_on), draft.title_ru) == ("2026-11-30", "О пилоте")

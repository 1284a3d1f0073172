"""The server does not answer while somebody writes: nothing is lost, and it is said what to do."""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

WORDS = "Дым над сортировкой, всех вывели."
LOG = "/pilots/6/log/"
SEND = "main form[data-once] .btn.primary"


@pytest.fixture
def writing(enter):
    """The keeper of a site has written into the log, for longer than a minute."""
    page = enter("fomin", "ru")
    page.clock.install()
    page.goto(LOG)
    page.fill("[name=words]", WORDS)
    page.clock.fast_forward(61_000)
    return page


def test_a_form_that_does_not_reach_the_server_stays_and_says_what_to_do(writing):
    writing.context.set_offline(True)

    writing.click(SEND)

    with translation.override("ru"):
        said = gettext(
            "The server does not answer, and nothing was sent. What you wrote stays on this page "
            "and in this browser; press again in a minute."
        )
    expect(writing.locator("[data-unreached]")).to_have_text(said)
    assert writing.input_value("[name=words]") == WORDS


def test_pressed_again_it_is_sent_once(writing, ask):
    before = ask("SELECT count(*) FROM pilots_logentry")[0][0]
    writing.context.set_offline(True)
    writing.click(SEND)
    expect(writing.locator("[data-unreached]")).to_be_visible()

    writing.context.set_offline(False)
    writing.click(SEND)

    expect(writing.locator(".qa").first).to_contain_text(WORDS)
    assert ask("SELECT count(*) FROM pilots_logentry")[0][0] == before + 1
    expect(writing.get_by_role("button", name=re.compile("Вернуть"))).to_have_count(0)


def test_what_was_typed_and_left_is_offered_again(writing):
    writing.goto("/pilots/6/")
    writing.goto(LOG)
    assert writing.input_value("[name=words]") == ""

    writing.get_by_role("button", name=re.compile("Вернуть")).click()

    assert writing.input_value("[name=words]") == WORDS


def test_what_has_been_sent_is_not_offered_again(enter):
    page = enter("fomin", "ru")
    page.goto(LOG)
    page.fill("[name=words]", "Всё спокойно.")

    page.click(SEND)

    expect(page.locator(".qa").first).to_contain_text("Всё спокойно.")
    expect(page.get_by_role("button", name=re.compile("Вернуть"))).to_have_count(0)

"""A session that ends while somebody writes: no word is lost, and the way back is told."""

import pytest
from django.test import Client

WORDS = "Первое впечатление: решение сырое, и вот почему."
HERE = "http://testserver"


@pytest.fixture
def talk(cast, in_review, signed_in):
    """Where Vera writes a remark on an application, and the page she writes it on."""
    page = signed_in(cast.vera).get(in_review.get_absolute_url()).text
    start = page.index("/coordination/talk/")
    return page[start : page.index('"', start)], HERE + in_review.get_absolute_url()


def checked(**headers):
    """A browser whose tokens are checked, as they are outside of tests."""
    return Client(enforce_csrf_checks=True, headers={"origin": HERE, **headers})


def test_a_guest_who_sends_words_gets_them_back_and_learns_how_to_sign_in(talk):
    address, page = talk

    answer = Client(headers={"referer": page}).post(address, {"text": WORDS, "told": "7"})

    assert answer.status_code == 403
    assert WORDS in answer.text
    assert 'name="told" value="7"' in answer.text
    assert 'target="_blank"' in answer.text
    assert "/accounts/login/?next=/applications/" in answer.text
    # A page that the browser's own copy of the words is not thrown away for.
    assert "data-fault" in answer.text


def test_who_sends_no_words_signs_in_and_comes_back_to_the_page(talk):
    address, page = talk

    answer = Client(headers={"referer": page}).post(address, {"told": "7"})

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=/applications/")


def test_a_page_of_somebody_else_is_never_gone_back_to(talk):
    address, _page = talk

    answer = Client(headers={"referer": "https://evil.example/x"}).post(address, {"told": "7"})

    assert "evil" not in answer.url


def test_after_signing_in_again_elsewhere_the_words_come_back_with_a_token_that_fits(talk, cast):
    address, page = talk
    browser = checked(referer=page)
    browser.force_login(cast.vera)

    stale = browser.post(address, {"text": WORDS, "csrfmiddlewaretoken": "a" * 64})
    assert stale.status_code == 403
    assert WORDS in stale.text
    start = stale.text.index('name="csrfmiddlewaretoken" value="') + 34
    token = stale.text[start : start + 64]

    sent = browser.post(address, {"text": WORDS, "csrfmiddlewaretoken": token, "back": page})
    assert sent.status_code == 302


def test_without_a_session_and_without_a_token_the_words_come_back_too(talk):
    address, page = talk

    answer = checked(referer=page).post(address, {"text": WORDS})

    assert answer.status_code == 403
    assert WORDS in answer.text
    assert 'target="_blank"' in answer.text


def test_what_another_site_puts_into_a_form_is_not_shown(talk, cast):
    address, _page = talk
    browser = Client(enforce_csrf_checks=True, headers={"origin": "https://evil.example"})
    browser.force_login(cast.vera)

    answer = browser.post(address, {"text": WORDS})

    assert answer.status_code == 403
    assert WORDS not in answer.text


def test_a_password_never_comes_back(db):
    answer = checked(referer=f"{HERE}/accounts/login/").post(
        "/accounts/login/",
        {"login": "a person with a name", "password": "a long enough sentence"},
    )

    assert answer.status_code == 403
    assert "a long enough sentence" not in answer.text

"""Signing in with a password: how often it may be tried, and that all processes count together."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import caches
from django.test import Client

PASSWORD = "a long enough sentence"


@pytest.fixture
def known(anna):
    anna.set_password(PASSWORD)
    anna.save()
    EmailAddress.objects.create(user=anna, email=anna.email, verified=True, primary=True)
    return anna


def tries(who, password, address="10.0.0.1"):
    """Whether this password leads in."""
    browser = Client(REMOTE_ADDR=address)
    browser.post("/accounts/login/", {"login": who.email, "password": password})
    return "_auth_user_id" in browser.session


def test_the_right_password_leads_in_and_a_wrong_one_does_not(known):
    assert not tries(known, "wrong")
    assert tries(known, PASSWORD)


def test_after_five_wrong_passwords_the_right_one_waits_too_from_wherever_it_comes(known, gleb):
    for n in range(5):
        assert not tries(known, "wrong", address=f"10.0.0.{n}")

    caches.close_all()
    assert not tries(known, PASSWORD, address="10.0.1.1")


def test_attempts_are_counted_where_every_process_sees_them(db, settings):
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")
    caches["default"].set("attempts", 3)
    caches.close_all()
    assert caches["default"].get("attempts") == 3


@pytest.fixture
def guarded(settings, vera, signed_in):
    """A coordinator's browser where the staff must have a second factor."""
    settings.SECOND_FACTOR_REQUIRED = True
    return signed_in(vera)


@pytest.mark.parametrize("kind", ["", "recovery_codes"])
@pytest.mark.parametrize("way", ["get", "post"])
def test_staff_without_a_second_factor_are_led_to_set_one_up(guarded, vera, kind, way):
    """Recovery codes alone are none: sign-in does not ask for them."""
    if kind:
        Authenticator.objects.create(user=vera, type=kind, data={})

    answer = getattr(guarded, way)("/needs/")

    assert (answer.status_code, answer.url) == (302, "/accounts/2fa/")


@pytest.mark.parametrize("kind", ["totp", "webauthn"])
def test_staff_with_a_second_factor_work(guarded, vera, kind):
    Authenticator.objects.create(user=vera, type=kind, data={})

    assert guarded.get("/needs/").status_code == 200


ADD = {"action_add": "", "email": "other@example.org"}


def test_a_browser_left_open_does_not_give_the_account_away(known, signed_in):
    """Whoever finds it could add an address of their own and have the password sent there."""
    answer = signed_in(known).post("/accounts/email/", ADD)

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert mail.outbox == []


def test_with_the_password_the_address_is_changed(known, signed_in):
    browser = signed_in(known)
    asked = browser.post("/accounts/email/", ADD).url
    assert browser.get(asked).status_code == 200

    browser.post(asked, {"password": PASSWORD})
    browser.post("/accounts/email/", ADD)

    assert [ADD["email"]] in [letter.to for letter in mail.outbox]


@pytest.fixture
def newcomer(db, settings):
    """Somebody who has just registered and is asked for the code."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    browser = Client(headers={"accept-language": "en"})
    browser.cookies["pochin_language"] = "en"
    given = {"email": "new@example.org", "password1": PASSWORD}
    assert browser.post("/accounts/signup/", given).url == "/accounts/confirm-email/"
    return browser


def sent_code():
    return re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mail.outbox[-1].body, re.MULTILINE)[0]


def test_the_code_from_the_letter_leads_in(newcomer):
    letter = mail.outbox[-1]
    assert letter.subject == f"{sent_code()} is your code"
    assert "It works for fifteen minutes." in letter.body
    assert "Innovation centre" in letter.body

    newcomer.post("/accounts/confirm-email/", {"code": sent_code()})

    assert "_auth_user_id" in newcomer.session


def test_a_wrong_code_says_what_to_do_and_a_new_one_can_be_sent(newcomer):
    page = newcomer.post("/accounts/confirm-email/", {"code": "AAAA-AAAA"}).content.decode()
    assert "Look at the latest letter" in page
    assert "Send a new code" in page
    first = sent_code()
    at_once = newcomer.post("/accounts/confirm-email/", {"action": "resend"}, follow=True)
    assert at_once.status_code == 429
    assert "Wait a minute, go back and try again." in at_once.content.decode()
    caches["default"].clear()

    newcomer.post("/accounts/confirm-email/", {"action": "resend"})

    assert sent_code() != first
    newcomer.post("/accounts/confirm-email/", {"code": sent_code()})
    assert "_auth_user_id" in newcomer.session


def test_after_five_wrong_codes_the_way_back_is_told(newcomer):
    for _n in range(5):
        page = newcomer.post("/accounts/confirm-email/", {"code": "AAAA-AAAA"}, follow=True)

    assert "a new code will come" in page.content.decode()
    newcomer.post("/accounts/confirm-email/", {"code": sent_code()})
    assert "_auth_user_id" not in newcomer.session


def test_who_may_no_longer_sign_in_is_a_guest_with_the_next_page(known):
    browser = Client()
    browser.force_login(known)
    assert browser.get("/participants/me/").status_code == 200

    known.is_active = False
    known.save()

    assert browser.get("/participants/me/").status_code == 302
    assert "_auth_user_id" in browser.session


def test_a_session_of_nobody_reads_as_a_guest(known):
    browser = Client()
    browser.force_login(known)
    session = browser.session
    session["_auth_user_id"] = "1000000"
    session.save()

    assert browser.get("/").status_code == 200
    assert browser.get("/participants/me/").status_code == 302

"""Signing in with a password: how often it may be tried, and that all processes count together."""

import re
import time
from datetime import timedelta
from gettext import GNUTranslations
from pathlib import Path

import allauth
import django
import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import caches
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone, translation

from pochin.ui.library_words import SAID_ANEW

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


def test_who_signed_in_here_before_is_not_kept_out_by_the_guesses_of_others(known):
    """Guessing wrong on purpose would else lock anybody out whose address is known."""
    home = Client(REMOTE_ADDR="10.0.2.1")
    home.post("/accounts/login/", {"login": known.email, "password": PASSWORD})
    home.post("/accounts/logout/")
    for n in range(6):
        assert not tries(known, "wrong", address=f"10.0.3.{n}")

    home.post("/accounts/login/", {"login": known.email.upper(), "password": PASSWORD})

    assert "_auth_user_id" in home.session


def test_a_known_browser_has_no_more_attempts_than_others_and_none_for_somebody_else(known, gleb):
    home = Client(REMOTE_ADDR="10.0.2.1")
    home.post("/accounts/login/", {"login": known.email, "password": PASSWORD})
    mark = home.cookies["pochin_known"]
    assert mark["httponly"]
    assert known.email not in mark.value
    gleb.set_password(PASSWORD)
    gleb.save()
    EmailAddress.objects.create(user=gleb, email=gleb.email, verified=True, primary=True)
    assert tries(gleb, PASSWORD, address="10.0.6.1")

    def tried(who, n):
        browser = Client(REMOTE_ADDR=f"10.0.4.{n}")
        browser.cookies["pochin_known"] = mark.value
        password = "wrong" if n % 6 < 5 else PASSWORD
        browser.post("/accounts/login/", {"login": who.email, "password": password})
        return "_auth_user_id" in browser.session

    assert not any(tried(known, n) for n in range(6))
    for n in range(5):
        tries(gleb, "wrong", address=f"10.0.5.{n}")
    assert not tried(gleb, 11)


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


TOTP, CODES = "/accounts/2fa/totp/activate/", "/accounts/2fa/recovery-codes/"


@pytest.fixture
def entered(known):
    """The browser of somebody who has just given the password."""
    browser = Client()
    browser.post("/accounts/login/", {"login": known.email, "password": PASSWORD})
    return browser


def set_up(browser):
    """Type the code the app shows now."""
    secret = browser.session["mfa.totp.secret"]
    code = f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06}"
    return browser.post(TOTP, {"code": code})


def test_who_has_just_given_the_password_sets_up_a_second_factor_without_giving_it_again(entered):
    assert entered.get(TOTP).status_code == 200

    assert set_up(entered).url == CODES
    assert entered.get(CODES).status_code == 200


def test_some_minutes_later_the_password_is_asked_before_a_second_factor_is_set_up(entered):
    session = entered.session
    session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] -= 6 * 60
    session.save()

    assert entered.get(TOTP).url.startswith("/accounts/reauthenticate/")


def test_who_has_a_second_factor_is_asked_before_it_is_changed(known, entered):
    entered.get(TOTP)
    set_up(entered)
    Authenticator.objects.filter(user=known).update(created_at=timezone.now() - timedelta(days=1))

    assert "reauthenticate" in entered.get(CODES).url
    assert "reauthenticate" in entered.get("/accounts/2fa/totp/deactivate/").url
    assert "reauthenticate" in entered.post("/accounts/2fa/totp/deactivate/").url


def test_a_password_just_given_opens_nothing_but_the_first_second_factor(entered):
    assert entered.post("/accounts/email/", ADD).url.startswith("/accounts/reauthenticate/")


def test_a_session_without_a_password_is_asked_for_it(known, signed_in):
    assert signed_in(known).get(TOTP).url.startswith("/accounts/reauthenticate/")


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


def test_the_library_speaks_the_words_of_the_house():
    with translation.override("ru"):
        told = render_to_string("mfa/messages/totp_activated.txt").strip()

    assert told == "Коды из приложения включены."


def test_every_sentence_that_is_said_anew_is_one_of_the_libraries():
    """A new version may change a sentence; then ours would no longer be said."""
    known = set()
    for folder in (Path(allauth.__file__).parent, Path(django.__file__).parent / "conf"):
        with (folder / "locale/ru/LC_MESSAGES/django.mo").open("rb") as file:
            known |= set(GNUTranslations(file)._catalog)

    assert set(SAID_ANEW) <= known


def test_nothing_that_is_said_anew_keeps_the_words_of_the_library():
    theirs = Path(allauth.__file__).parent / "locale/ru/LC_MESSAGES/django.mo"
    with theirs.open("rb") as file, translation.override("ru"):
        words = GNUTranslations(file)
        kept = [one for one in SAID_ANEW if "утентифика" in translation.gettext(one)]

        assert any("утентифика" in words.gettext(one) for one in SAID_ANEW)
        assert kept == []


def test_whoever_knows_an_address_cannot_fill_its_letter_box(known, monkeypatch):
    began = time.time()
    for n in range(40):
        monkeypatch.setattr(time, "time", lambda n=n: began + 61 * n)
        browser = Client(REMOTE_ADDR=f"10.0.7.{n}")
        browser.post("/accounts/password/reset/", {"email": known.email})

    assert len(mail.outbox) == 5

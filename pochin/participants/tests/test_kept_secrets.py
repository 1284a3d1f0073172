"""Whoever reads the database, or a copy of it, signs in as nobody."""

import json
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.test import Client

from conftest import NOON
from pochin.participants import tokens
from pochin.participants.models import Token

PASSWORD = "a long enough sentence"
ASKED = "/accounts/2fa/authenticate/"


@pytest.fixture
def guarded(vera):
    """Vera signs in with a password, then with a code of her telephone."""
    vera.set_password(PASSWORD)
    vera.save()
    EmailAddress.objects.create(user=vera, email=vera.email, verified=True, primary=True)
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(vera, secret)
    return secret


def code_of(secret):
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def half_in(vera):
    """A browser in which the password was right, and the code is asked."""
    browser = Client()
    browser.post("/accounts/login/", {"login": vera.email, "password": PASSWORD})
    return browser


def is_in(browser):
    return "_auth_user_id" in browser.session


def test_a_code_leads_in_once_and_the_password_alone_does_not(guarded, vera):
    first, second = half_in(vera), half_in(vera)
    assert not is_in(first)
    assert first.get("/participants/tokens/").status_code == 302
    code = code_of(guarded)

    first.post(ASKED, {"code": code})
    second.post(ASKED, {"code": code})

    assert is_in(first)
    assert not is_in(second)


def test_codes_cannot_be_tried_without_end(guarded, vera):
    browser = half_in(vera)
    for _n in range(12):
        browser.post(ASKED, {"code": "000000"})

    browser.post(ASKED, {"code": code_of(guarded)})

    assert not is_in(browser)


def test_a_recovery_code_leads_in_once(guarded, vera):
    code = RecoveryCodes.activate(vera).get_unused_codes()[0]
    first, second = half_in(vera), half_in(vera)

    first.post(ASKED, {"code": code})
    second.post(ASKED, {"code": code})

    assert is_in(first)
    assert not is_in(second)


def test_a_copy_of_the_database_holds_no_second_factor(guarded, vera):
    RecoveryCodes.activate(vera)
    seen = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))

    assert guarded not in seen
    assert all(code not in seen for code in RecoveryCodes.activate(vera).get_unused_codes())


def test_a_factor_from_before_it_was_encrypted_still_works(guarded, vera):
    Authenticator.objects.filter(user=vera).update(data={"secret": guarded})
    browser = half_in(vera)

    browser.post(ASKED, {"code": code_of(guarded)})

    assert is_in(browser)


def test_under_another_key_no_code_fits_and_the_old_key_may_be_named(guarded, vera, settings):
    kept = Authenticator.objects.get(user=vera).data["secret"]
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    other = get_adapter().decrypt(kept)
    assert guarded != other
    assert other != get_adapter().decrypt(kept)

    settings.SECRET_KEY_FALLBACKS = [before]
    assert get_adapter().decrypt(kept) == guarded


def test_a_copy_of_the_database_opens_no_session(vera, signed_in):
    browser = signed_in(vera)
    row = Session.objects.get()
    thief = Client()

    thief.cookies["sessionid"] = row.session_key

    assert browser.get("/participants/tokens/").status_code == 200
    assert browser.cookies["sessionid"].value not in row.session_key
    assert thief.get("/participants/tokens/").status_code == 302


def test_a_session_is_written_over_and_taken_away_under_the_same_key(vera, signed_in):
    browser = signed_in(vera)
    key = browser.cookies["sessionid"].value
    session = browser.session
    session["more"] = 1
    session.save()

    assert Session.objects.count() == 1
    assert session.exists(key)
    assert browser.session["more"] == 1
    browser.post("/accounts/logout/")
    assert not session.exists(key)


def test_a_token_is_kept_as_a_hash_alone(vera):
    secret = tokens.issue(vera, name="report", at=NOON)[1]

    assert secret not in json.dumps(list(Token.objects.values()), default=str)

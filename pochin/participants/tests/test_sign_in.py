"""Signing in with a password: how often it may be tried, and that all processes count together."""

import pytest
from allauth.account.models import EmailAddress
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

"""Signing up and in while the mail server takes no letter."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from pochin.participants.models import Person

PASSWORD = "a rather long sentence nobody else should ever read"
SIGN_UP = {"email": "newcomer@example.org", "password1": PASSWORD}


@pytest.fixture
def down(monkeypatch, settings, db):
    """No letter leaves."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True

    def refuse(*_words, **_more):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(EmailMessage, "send", refuse)
    client = Client()
    client.cookies["pochin_language"] = "en"
    return client


def test_who_signs_up_learns_what_to_do_and_the_account_is_kept(down):
    answer = down.post("/accounts/signup/", SIGN_UP)

    assert answer.status_code == 409
    assert "the mail server does not take it" in answer.content.decode()
    assert Person.objects.filter(email="newcomer@example.org").exists()


def test_a_password_is_never_shown_again(down):
    answer = down.post("/accounts/signup/", SIGN_UP)

    assert PASSWORD not in answer.content.decode()

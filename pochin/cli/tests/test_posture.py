"""`pochin check` says which settings leave a door open, and is silent where none does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pochin.cli import main, posture

SAFE = {
    "DEMO": False,
    "DEBUG": False,
    "SITE_URL": "https://pochin.example.org",
    "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
    "SECRET_KEY": "vG3-Zq8LmT1xWc5RkYb7NhPd0JfSaUeQ2iOz4MtXwBnVrCyHg6",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}
GIVEN = {"POCHIN_PROXIES": "1"}


def told(given=GIVEN, **changes):
    return list(posture.warnings(SimpleNamespace(**{**SAFE, **changes}), given))


def test_a_safe_installation_is_not_warned():
    assert told() == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DEMO", True, "anybody signs in as anybody"),
        ("DEBUG", True, "POCHIN_DEBUG is on"),
        ("SITE_URL", "http://pochin.example.org", "in plain sight"),
        ("SITE_URL", "http://10.0.0.7:8000", "in plain sight"),
        ("ALLAUTH_TRUSTED_PROXY_COUNT", 0, "POCHIN_PROXIES is 0"),
        ("SECRET_KEY", "changeme", "short or known"),
        ("SECRET_KEY", "django-insecure-vG3-Zq8LmT1xWc5RkYb7NhPd0JfSaUeQ2iOz", "short or known"),
        ("SECRET_KEY", "ab" * 30, "short or known"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "to the console"),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", "into files"),
        ("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend", "thrown away"),
    ],
)
def test_each_open_door_is_one_sentence_that_says_what_to_do(name, value, words):
    (said,) = told(**{name: value})

    assert words in said
    assert said.endswith(".")


def test_a_number_of_proxies_that_nobody_gave_is_asked_for_where_one_stands_in_front():
    (said,) = told(given={})

    assert "POCHIN_PROXIES is not set" in said


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]"])
def test_on_one_s_own_machine_neither_https_nor_a_proxy_is_asked_for(address):
    assert told(given={}, SITE_URL=address, ALLAUTH_TRUSTED_PROXY_COUNT=0) == []


@pytest.mark.django_db
def test_the_command_prints_them_and_fails_for_them_only_where_asked(settings, capsys):
    settings.DEBUG = True

    assert main(["check"]) == 0
    assert "Warning: POCHIN_DEBUG is on" in capsys.readouterr().err
    assert main(["check", "--strict"]) == 1

"""Passkeys, tried with an authenticator of our own that says whatever it is told to say.

A browser keeps to the rules: it signs only for the page it shows. Whoever attacks does not.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

PASSWORD = "a long enough sentence"
OURS, HOST = "https://testserver", "testserver"
LOGIN, ADD = "/accounts/2fa/webauthn/login/", "/accounts/2fa/webauthn/add/"
AGAIN = "/accounts/2fa/webauthn/reauthenticate/"
STATE = "mfa.webauthn.state"
PRESENT_AND_VERIFIED, WITH_KEY = 0x05, 0x40


@dataclass
class Device:
    """An authenticator: one key, and what it says of the page, the site and the person."""

    origin: str = OURS
    host: str = HOST
    handle: str = ""
    flags: int = PRESENT_AND_VERIFIED
    name: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def made(self, challenge: str) -> str:
        """What it answers when a key is made."""
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        held = bytes(16) + len(self.name).to_bytes(2, "big") + self.name + public
        told = cbor.encode({"fmt": "none", "attStmt": {}, "authData": self._about(WITH_KEY) + held})
        return self._said({
            "clientDataJSON": self._client("webauthn.create", challenge),
            "attestationObject": websafe_encode(told),
        })  # fmt: skip

    def used(self, challenge: str) -> str:
        """What it answers when somebody signs in."""
        client, about = self._client("webauthn.get", challenge), self._about(0)
        words = about + hashlib.sha256(websafe_decode(client)).digest()
        return self._said({
            "clientDataJSON": client,
            "authenticatorData": websafe_encode(about),
            "signature": websafe_encode(self.key.sign(words, ec.ECDSA(SHA256()))),
            "userHandle": websafe_encode(self.handle.encode()),
        })  # fmt: skip

    def _about(self, more: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([self.flags | more, 0, 0, 0, 0])

    def _client(self, kind: str, challenge: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return websafe_encode(json.dumps(said).encode())

    def _said(self, response: dict[str, object]) -> str:
        name = websafe_encode(self.name)
        return json.dumps({
            "type": "public-key", "id": name, "rawId": name, "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        })  # fmt: skip


@pytest.fixture(autouse=True)
def guarded(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def entered(who) -> Client:
    """The browser of somebody who has just given the password."""
    who.set_password(PASSWORD)
    who.save()
    EmailAddress.objects.get_or_create(user=who, email=who.email, verified=True, primary=True)
    browser = Client()
    browser.post("/accounts/login/", {"login": who.email, "password": PASSWORD}, secure=True)
    return browser


def asked(browser, path) -> str:
    """The challenge of the page."""
    browser.get(path, headers={"X-Requested-With": "XMLHttpRequest"}, secure=True)
    return browser.session[STATE]["challenge"]


def adds(browser, device, challenge=None) -> int:
    """How many passkeys there are after this one was offered."""
    said = device.made(challenge or asked(browser, ADD))
    browser.post(ADD, {"name": "Phone", "passwordless": "on", "credential": said}, secure=True)
    return Authenticator.objects.filter(type="webauthn").count()


def enters(device, browser=None, said=None) -> bool:
    """Whether the passkey alone leads in."""
    browser = browser or Client()
    said = said or device.used(asked(browser, LOGIN))
    browser.post(LOGIN, {"credential": said}, secure=True)
    return "_auth_user_id" in browser.session


def confirms(browser, device) -> bool:
    """Whether the passkey, asked for once more, is taken."""
    said = device.used(asked(browser, AGAIN))
    browser.post(AGAIN, {"credential": said}, secure=True)
    return browser.get(ADD, secure=True).status_code == 200


@pytest.fixture
def device(vera):
    """Vera's telephone, with a passkey."""
    made = Device(handle=user_pk_to_url_str(vera))
    assert adds(entered(vera), made) == 1
    return made


def test_a_passkey_leads_a_coordinator_in_and_to_work(device, vera):
    browser = Client()

    assert enters(device, browser)
    assert browser.session["_auth_user_id"] == str(vera.pk)
    assert browser.get("/needs/", secure=True).status_code == 200


def test_what_was_signed_once_opens_nothing_again(device):
    first, second = Client(), Client()
    said = device.used(asked(first, LOGIN))
    assert enters(device, first, said)

    asked(second, LOGIN)
    assert not enters(device, second, said)
    first.post("/accounts/logout/", secure=True)
    assert not enters(device, first, said)


@pytest.mark.parametrize("site", ["https://evil.example", "http://testserver", "null"])
@pytest.mark.parametrize("address", ["https://testserver", "http://testserver"])
def test_what_was_signed_on_another_page_opens_nothing(site, address, device, settings):
    """Also where the address of the installation is one without TLS, as it is by default."""
    settings.SITE_URL = address
    device.origin = site
    assert not enters(device)

    device.origin = OURS
    assert enters(device)


def test_what_was_signed_for_another_site_opens_nothing(device):
    device.host = "evil.example"

    assert not enters(device)


@pytest.mark.parametrize("flags", [0x00, 0x01, 0x04])
def test_a_passkey_that_asked_its_owner_for_nothing_does_not_lead_in(flags, device):
    """Neither touched, nor unlocked by finger or code: whoever finds the telephone is not Vera."""
    device.flags = flags

    assert not enters(device)


def test_another_ones_passkey_does_not_lead_in_as_somebody_else(device, vera, kira):
    own = Device(handle=user_pk_to_url_str(kira))
    assert adds(entered(kira), own) == 2
    own.handle = device.handle
    assert not enters(own)

    own.name = device.name  # says that it is Vera's, and cannot sign as it
    assert not enters(own)


def test_who_was_shut_out_does_not_come_in_by_a_passkey(device, vera):
    type(vera).objects.filter(pk=vera.pk).update(is_active=False)

    assert not enters(device)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver"])
def test_a_passkey_is_made_only_on_our_page(origin, vera):
    browser = entered(vera)

    assert adds(browser, Device(origin=origin)) == 0
    assert adds(browser, Device()) == 1


def test_a_passkey_is_made_only_for_the_question_that_was_asked_last(vera):
    browser = entered(vera)
    first = asked(browser, ADD)
    asked(browser, ADD)

    assert adds(browser, Device(), challenge=first) == 0
    assert adds(browser, Device()) == 1


def test_before_a_passkey_is_added_or_taken_away_one_is_asked_once_more(device, vera):
    browser = Client()
    enters(device, browser)
    remove = f"/accounts/2fa/webauthn/keys/{Authenticator.objects.get(type='webauthn').pk}/remove/"
    for path in (ADD, remove):
        assert browser.post(path, secure=True).url.startswith("/accounts/reauthenticate/")

    assert not confirms(browser, Device(handle=device.handle))
    assert confirms(browser, device)
    challenge = asked(browser, ADD)
    session = browser.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= 6 * 60
    session.save()
    assert adds(browser, Device(), challenge=challenge) == 1  # that was six minutes ago
    assert browser.post(remove, secure=True).url.startswith("/accounts/reauthenticate/")

    assert confirms(browser, device)
    assert adds(browser, Device()) == 2


def test_nobody_takes_away_or_renames_the_passkey_of_another(device, anna):
    key, rival = Authenticator.objects.get(type="webauthn").pk, entered(anna)

    assert rival.post(f"/accounts/2fa/webauthn/keys/{key}/remove/", secure=True).status_code == 404
    answer = rival.post(f"/accounts/2fa/webauthn/keys/{key}/edit/", {"name": "Mine"}, secure=True)
    assert answer.status_code == 404
    assert Authenticator.objects.get(pk=key).wrap().name == "Phone"


def test_staff_who_took_their_last_factor_away_work_no_more(device):
    browser = Client()
    enters(device, browser)
    assert confirms(browser, device)
    key = Authenticator.objects.get(type="webauthn").pk

    browser.post(f"/accounts/2fa/webauthn/keys/{key}/remove/", secure=True)

    assert not Authenticator.objects.filter(pk=key).exists()
    for path in ("/needs/", "/participants/tokens/", "/api/"):
        for way in (browser.get, browser.post):
            assert way(path, secure=True).url == "/accounts/2fa/", path


def codes_of(browser) -> list[str]:
    page = browser.get("/accounts/2fa/recovery-codes/download/", secure=True)
    return page.content.decode().split()


def test_a_recovery_code_leads_in_once(device, vera):
    browser = Client()
    enters(device, browser)
    confirms(browser, device)
    code = codes_of(browser)[0]

    def leads(said: str) -> bool:
        other = Client()
        form = {"login": vera.email, "password": PASSWORD}
        other.post("/accounts/login/", form, secure=True)
        assert "_auth_user_id" not in other.session  # the password alone is not enough
        other.post("/accounts/2fa/authenticate/", {"code": said}, secure=True)
        return "_auth_user_id" in other.session

    assert not leads("00000000")
    assert leads(code)
    assert not leads(code)

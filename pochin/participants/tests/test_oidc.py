"""Signing in by the organisation's own provider, and what a hostile one or its guests may try."""

import json
import threading
from base64 import urlsafe_b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from pochin import settings as ours
from pochin.participants.models import Person

LOGIN, CALLBACK = "/accounts/oidc/oidc/login/", "/accounts/oidc/oidc/login/callback/"


@pytest.fixture
def provider(settings, monkeypatch):
    """A provider on this machine: it says of whoever comes what `said` holds."""
    held = SimpleNamespace(said={}, asked=[], id_token=None)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/.well-known/"):
                here = f"http://127.0.0.1:{self.server.server_port}"
                ends = ("authorization", "token", "userinfo")
                config = {f"{end}_endpoint": f"{here}/{end}" for end in ends}
                return self.tell({"issuer": here, "jwks_uri": f"{here}/keys", **config})
            return self.tell(held.said)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            held.asked.append(parse_qs(body))
            token = {"access_token": "a", "token_type": "Bearer"}
            return self.tell(token | ({"id_token": held.id_token} if held.id_token else {}))

        def tell(self, said):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_words):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    held.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("POCHIN_OIDC_CLIENT", "pochin")
    monkeypatch.setenv("POCHIN_OIDC_SECRET", "secret")
    settings.SOCIALACCOUNT_PROVIDERS = ours._identities(held.url)
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    yield held
    server.shutdown()
    server.server_close()


def sent_to(browser, **asked):
    """Where a browser that wants to sign in is sent, as the question it carries."""
    answer = browser.post(LOGIN, asked)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.url).query)


def back(browser, state):
    return browser.get(CALLBACK, {"code": "c", "state": state}, follow=True)


def come(provider, browser=None, **said):
    """Go to the provider and come back as who it says one is; who is signed in then."""
    browser = browser or Client()
    provider.said = {"sub": "77", "name": "Somebody", **said}
    back(browser, sent_to(browser)["state"][0])
    key = browser.session.get("_auth_user_id")
    return Person.objects.get(pk=key) if key else None


@pytest.fixture
def tied(anna):
    EmailAddress.objects.create(user=anna, email=anna.email, verified=True, primary=True)
    SocialAccount.objects.create(user=anna, provider="oidc", uid="77")
    return anna


def test_who_is_tied_to_the_identity_is_signed_in(provider, tied):
    assert come(provider, email=tied.email, email_verified=True) == tied
    assert come(provider, sub="78", email=tied.email, email_verified=True) is None


def test_a_newcomer_with_a_confirmed_address_is_let_in_and_one_without_must_confirm_it(
    provider, db
):
    new = come(provider, sub="5", email="new@example.org", email_verified=True)
    assert new is not None
    assert new.email == "new@example.org"

    assert come(provider, sub="6", email="other@example.org", email_verified=False) is None
    assert not EmailAddress.objects.get(email="other@example.org").verified


@pytest.mark.parametrize("verified", [True, False, "true", "false", None])
def test_a_provider_that_names_the_address_of_somebody_here_does_not_become_them(
    provider, vera, verified
):
    EmailAddress.objects.create(user=vera, email=vera.email, verified=True, primary=True)

    assert come(provider, email=vera.email, email_verified=verified) is None
    assert not SocialAccount.objects.filter(user=vera).exists()


def test_words_are_no_confirmation_of_an_address(provider, db):
    """Some providers write booleans as words, and the word “false” is not empty."""
    assert come(provider, sub="6", email="other@example.org", email_verified="false") is None
    assert not EmailAddress.objects.filter(email="other@example.org", verified=True).exists()


def test_an_answer_that_this_browser_did_not_ask_for_is_not_taken(provider, tied):
    """Else somebody could sign a stranger's browser in as themselves."""
    provider.said = {"sub": "77"}
    stolen = sent_to(Client())["state"][0]
    victim = Client()
    sent_to(victim)

    back(victim, stolen)

    assert "_auth_user_id" not in victim.session
    assert provider.asked == []


def test_an_answer_is_taken_once(provider, tied):
    browser, again = Client(), Client()
    provider.said = {"sub": "77"}
    state = sent_to(browser)["state"][0]
    back(browser, state)
    again.cookies["sessionid"] = browser.cookies["sessionid"].value
    browser.post("/accounts/logout/")

    back(browser, state)
    back(again, state)

    assert "_auth_user_id" not in browser.session
    assert "_auth_user_id" not in again.session
    assert len(provider.asked) == 1


def test_a_code_caught_on_its_way_is_bound_to_who_asked(provider, tied):
    browser = Client()
    provider.said = {"sub": "77"}
    asked = sent_to(browser)
    back(browser, asked["state"][0])

    word = provider.asked[0]["code_verifier"][0]
    challenge = urlsafe_b64encode(sha256(word.encode()).digest()).decode().rstrip("=")
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["code_challenge"] == [challenge]


@pytest.mark.parametrize(
    "wrong", [{"aud": "another"}, {"iss": "http://elsewhere.example"}, {"exp": 1}]
)
def test_a_token_for_somebody_else_from_elsewhere_or_long_over_is_not_taken(provider, tied, wrong):
    said = {"sub": "77", "aud": "pochin", "iss": provider.url, "exp": 4_000_000_000, "iat": 1}
    provider.id_token = jwt.encode(said, "k" * 32)
    assert come(provider) == tied

    provider.id_token = jwt.encode(said | wrong, "k" * 32)
    assert come(provider) is None


def test_the_second_factor_is_asked_after_the_provider_too(provider, tied):
    Authenticator.objects.create(user=tied, type="totp", data={"secret": "x"})

    assert come(provider) is None


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_elsewhere_afterwards(provider, tied, to):
    browser = Client()
    provider.said = {"sub": "77"}
    state = sent_to(browser, next=to)["state"][0]
    answer = browser.get(CALLBACK, {"code": "c", "state": state})

    assert answer.url == "/"


def test_a_session_from_before_is_not_the_session_afterwards(provider, tied):
    browser = Client()
    provider.said = {"sub": "77"}
    state = sent_to(browser)["state"][0]
    before = browser.cookies["sessionid"].value
    back(browser, state)

    assert browser.cookies["sessionid"].value != before
    fixed = Client()
    fixed.cookies["sessionid"] = before
    assert "_auth_user_id" not in fixed.session

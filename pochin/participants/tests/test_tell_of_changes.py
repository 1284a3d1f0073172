"""Whose account is changed learns of it by a letter, whatever was changed and by whom."""

import re
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from pochin.jobs import worker
from pochin.jobs.models import Job
from pochin.jobs.models import State as JobState
from pochin.ui import security

PASSWORD, OTHER = "a long enough sentence", "another sentence nobody would guess"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
TOTP = "/accounts/2fa/totp/activate/"


@pytest.fixture(autouse=True)
def _with_a_worker(django_capture_on_commit_callbacks, monkeypatch):
    """Notes of the library wait for the commit; here each request is one."""
    post = Client.post

    def committed(self, *args, **given):
        with django_capture_on_commit_callbacks(execute=True):
            return post(self, *args, **given)

    monkeypatch.setattr(Client, "post", committed)


@pytest.fixture
def anna_in(anna):
    """Anna has just given her password in a browser of hers."""
    anna.set_password(PASSWORD)
    anna.save()
    EmailAddress.objects.create(user=anna, email=anna.email, verified=True, primary=True)
    browser = Client(headers={"user-agent": FIREFOX}, REMOTE_ADDR="10.0.0.7")
    browser.post("/accounts/login/", {"login": anna.email, "password": PASSWORD})
    mail.outbox.clear()
    return browser


@pytest.fixture
def by_code(settings):
    """Addresses are confirmed by a code, as outside the demonstration."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True


def told():
    """The letters that leave now."""
    worker.run_due()
    return mail.outbox


def subjects():
    return [letter.subject for letter in told()]


def give_password(browser):
    """Give the password once more, as is asked before a change."""
    assert browser.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def set_up(browser):
    browser.get(TOTP)
    secret = browser.session["mfa.totp.secret"]
    code = f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06}"
    assert browser.post(TOTP, {"code": code}).status_code == 302


CHANGED = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}


def test_a_changed_password_is_told_with_when_and_from_where(anna, anna_in):
    anna_in.post("/accounts/password/change/", CHANGED)

    (letter,) = told()
    markup = letter.alternatives[0][0]

    assert letter.to == [anna.email]
    assert letter.subject == "Пароль изменён"
    assert letter.extra_headers["Message-ID"].startswith("<security-")
    for said in (letter.body, markup):
        assert "Пароль вашей учётной записи изменён." in said
        assert "по Москве" in said
        assert "10.0.0.7" in said
        assert "Firefox, Linux" in said
        assert "/accounts/password/reset/" in said
    assert "<h1>" in markup


def test_it_is_told_in_the_language_of_the_person_not_of_the_page(anna, anna_in):
    anna_in.cookies["pochin_language"] = "ru"
    anna.language = "en"
    anna.save()

    anna_in.post("/accounts/password/change/", CHANGED)

    assert subjects() == ["Your password was changed"]


def test_a_password_that_was_refused_is_not_told(anna_in):
    anna_in.post("/accounts/password/change/", {**CHANGED, "oldpassword": "wrong"})

    assert subjects() == []


def test_signing_in_is_no_change(anna_in):
    assert subjects() == []


def test_a_password_set_by_the_link_of_a_letter_is_told(anna_in, anna):
    guest = Client()
    guest.post("/accounts/password/reset/", {"email": anna.email})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)[0]
    form = guest.get(link).url
    mail.outbox.clear()

    guest.post(form, {"password1": OTHER, "password2": OTHER})

    assert subjects() == ["Задан новый пароль"]


def test_codes_of_an_app_are_told_of_when_they_begin_and_when_they_end(anna, anna_in):
    set_up(anna_in)
    assert subjects() == ["Вход теперь просит код из приложения"]
    mail.outbox.clear()

    anna_in.post("/accounts/2fa/totp/deactivate/")

    assert subjects() == ["Коды из приложения выключены"]


def test_new_recovery_codes_are_told(anna, anna_in):
    set_up(anna_in)
    told().clear()

    anna_in.post("/accounts/2fa/recovery-codes/generate/")

    assert subjects() == ["Новые запасные коды"]


def test_a_removed_passkey_is_told(anna, anna_in):
    give_password(anna_in)
    key = Authenticator.objects.create(user=anna, type="webauthn", data={"name": "x"})
    RecoveryCodes.activate(anna)

    anna_in.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/")

    assert not Authenticator.objects.filter(pk=key.pk).exists()
    assert subjects() == ["Ключ доступа удалён"]


def test_a_new_address_is_told_to_the_address_there_was_before(anna, anna_in):
    """Whoever took a session over would else move the account away unseen."""
    before = anna.email
    give_password(anna_in)
    new = EmailAddress.objects.create(user=anna, email="other@example.org", verified=True)

    anna_in.post("/accounts/email/", {"action_primary": "", "email": new.email})

    (letter,) = told()
    assert letter.to == [before]
    assert letter.subject == "Адрес почты изменён"
    assert "other@example.org" in letter.body
    assert "/accounts/password/reset/" not in letter.body
    assert "координатору" in letter.body


def code_in_letter():
    found = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mail.outbox[-1].body, re.MULTILINE)
    mail.outbox.clear()
    return found[0]


def test_an_address_that_was_added_is_told_to_the_one_there_is(anna, anna_in, by_code):
    give_password(anna_in)
    anna_in.post("/accounts/email/", {"action_add": "", "email": "other@example.org"})
    assert mail.outbox[-1].to == ["other@example.org"]

    anna_in.post("/accounts/confirm-email/", {"code": code_in_letter()})

    (letter,) = told()
    assert letter.to == [anna.email]
    assert letter.subject == "К учётной записи добавлен адрес почты"
    assert "other@example.org" in letter.body


def test_the_first_address_of_a_newcomer_is_confirmed_in_silence(db, by_code):
    browser = Client()
    browser.post("/accounts/signup/", {"email": "new@example.org", "password1": PASSWORD})

    browser.post("/accounts/confirm-email/", {"code": code_in_letter()})

    assert "_auth_user_id" in browser.session
    assert subjects() == []


def test_an_address_that_was_removed_is_told(anna, anna_in):
    give_password(anna_in)
    EmailAddress.objects.create(user=anna, email="other@example.org", verified=True)

    anna_in.post("/accounts/email/", {"action_remove": "", "email": "other@example.org"})

    (letter,) = told()
    assert letter.to == [anna.email]
    assert "other@example.org" in letter.body


def test_a_change_stands_while_no_letter_leaves_and_the_letter_leaves_later(
    anna, anna_in, monkeypatch
):
    def refuse(*_words, **_more):
        raise ConnectionRefusedError(111, "Connection refused")

    with monkeypatch.context() as down:
        down.setattr(EmailMessage, "send", refuse)
        anna_in.post("/accounts/password/change/", CHANGED)
        assert subjects() == []

    anna.refresh_from_db()
    assert anna.check_password(OTHER)
    job = Job.objects.get(task="pochin.ui.tasks.send_security_letter")
    assert job.state == JobState.WAITING
    assert worker.run_due(at=job.run_after) == 1
    assert len(mail.outbox) == 1


def test_every_change_the_library_tells_of_is_said_in_our_words():
    """A new version may tell of more; then its own words would be said."""
    theirs = Path(allauth.__file__).parent / "templates"
    told = {
        str(found.relative_to(theirs)).removesuffix("_message.txt")
        for found in theirs.rglob("*_message.txt")
        if "account/email/base_notification.txt" in found.read_text()
    }

    assert len(told) == 13
    assert told == set(security.CHANGES) - {security.ADDED, security.FACTOR_TAKEN_OFF}


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("change", sorted(security.CHANGES))
def test_each_letter_can_be_written_in_both_languages(change, language, anna):
    anna.language = language
    anna.save()
    facts = {name: f"<{name}>" for name in ("from_email", "to_email", "deleted_email", "provider")}

    assert security.send(anna.pk, change, anna.email, anna.joined_at, "k", facts)

    (letter,) = mail.outbox
    assert bool(re.search("[а-яё]", letter.subject)) == (language == "ru")
    assert "%(" not in letter.body
    assert re.search("<(from|to|deleted)_email>|<provider>", letter.alternatives[0][0]) is None

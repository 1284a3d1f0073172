"""Reading by programs: with a personal token, what its person may see."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from conftest import NOON
from pochin.participants import tokens
from pochin.participants.models import Token


def call(path, secret=""):
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return Client().get(f"/api{path}", headers=headers)


@pytest.fixture
def secret(vera):
    return tokens.issue(vera, name="report", at=timezone.now())[1]


def test_without_a_token_one_reads_what_is_public(need, need_in_check):
    assert [row["number"] for row in call("/needs").json()["items"]] == [need.number]


def test_a_token_reads_as_its_person(need, need_in_check, secret):
    numbers = [row["number"] for row in call("/needs", secret).json()["items"]]

    assert numbers == sorted([need.number, need_in_check.number])


def test_a_wrong_or_revoked_token_reads_nothing(need, secret):
    Token.objects.update(revoked_at=NOON)

    assert call("/needs", secret).status_code == 401
    assert call("/needs", "pochin_wrong").status_code == 401


def test_staff_without_a_second_factor_read_nothing_by_a_token_either(
    need_in_check, vera, anna, secret, settings
):
    settings.SECOND_FACTOR_REQUIRED = True
    assert call("/needs", secret).status_code == 401
    assert call("/needs", tokens.issue(anna, name="own", at=timezone.now())[1]).status_code == 200

    Authenticator.objects.create(user=vera, type="totp", data={})

    assert call("/needs", secret).status_code == 200


def test_a_cookie_is_not_asked(need_in_check, vera, signed_in):
    assert signed_in(vera).get("/api/needs").json()["items"] == []


def test_a_hidden_thing_and_none_look_the_same(need_in_check):
    hidden, absent = call(f"/needs/{need_in_check.number}"), call("/needs/9999")

    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
    assert hidden.status_code == 404


def test_the_secret_is_kept_as_a_hash_and_shown_once(vera, signed_in):
    browser = signed_in(vera)
    page = browser.post("/participants/tokens/", {"name": "report"}).content.decode()
    shown = page.partition('fingerprint">')[2].partition("<")[0]

    assert Token.objects.get().digest == tokens.digest(shown)
    assert shown not in browser.get("/participants/tokens/").content.decode()
    browser.post(f"/participants/tokens/{Token.objects.get().digest}/revoke/")
    assert call("/needs", shown).status_code == 401


@pytest.mark.parametrize(
    "path", ["/organisations", "/solutions", "/sites", "/pilots", "/results", "/openapi.json"]
)
def test_every_router_answers(path, cast, secret):
    assert call(path, secret).status_code == 200


@pytest.mark.parametrize("path", ["/needs/9999", "/nothing-of-the-kind", "/needs?sought=1"])
def test_a_program_is_given_no_cookie_where_nothing_is_found(db, path):
    assert not call(path).cookies


def test_a_person_is_given_the_cookie_their_forms_need(db):
    assert "csrftoken" in Client().get("/accounts/login/").cookies


def test_the_company_of_a_pilot_is_named_in_english_too(running, secret):
    company = running.organisation
    type(company).objects.filter(pk=company.pk).update(name_ru="Янтарь", name_en="Amber Ltd")
    answer = Client().get(
        f"/api/pilots/{running.number}",
        headers={"Authorization": f"Bearer {secret}", "Accept-Language": "ru"},
    )

    assert (answer.json()["vendor"], answer.json()["vendor_en"]) == ("Янтарь", "Amber Ltd")


@pytest.mark.parametrize("body", ["{", "[" * 200_000, "\x00", '{"a":' * 100_000])
@pytest.mark.parametrize(("language", "words"), [("en", "not JSON"), ("ru", "не JSON")])
def test_a_body_that_is_no_json_is_one_fault_like_any_other(body, language, words, secret):
    answer = Client().post(
        "/api/measurements/1/uploads", body, content_type="application/json",
        headers={"Authorization": f"Bearer {secret}", "Accept-Language": language},
    )  # fmt: skip

    assert answer.status_code == 400
    assert set(answer.json()) == {"detail", "where"}
    assert words in answer.json()["detail"]

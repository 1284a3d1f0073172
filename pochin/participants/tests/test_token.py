"""Tokens have a last day: chosen when they are made, told beforehand, kept afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pochin.core.lifecycle import Refused
from pochin.participants import tasks, tokens
from pochin.participants.models import Person, Token

ADDRESS = "/participants/tokens/"


def call(secret):
    return Client().get("/api/needs", headers={"Authorization": f"Bearer {secret}"})


def made(who, *, ago=0, ends_in=None):
    """A token issued so many days ago that ends in so many days."""
    now = timezone.now()
    ends_at = None if ends_in is None else now + timedelta(days=ends_in)
    return tokens.issue(who, name="report", at=now - timedelta(days=ago), ends_at=ends_at)


def test_a_token_lasts_a_year_where_no_day_was_chosen(vera):
    token, secret = made(vera)

    assert token.ends_at - token.issued_at == timedelta(days=365)
    assert call(secret).status_code == 200


@pytest.mark.parametrize(("days", "taken"), [(0, False), (1, True), (731, True), (732, False)])
def test_a_token_lasts_two_years_at_most(vera, days, taken):
    now = timezone.now()
    given = {"name": "report", "at": now, "ends_at": now + timedelta(days=days)}

    if taken:
        assert tokens.issue(vera, **given)[0].pk
    else:
        with pytest.raises(Refused, match="two years at most"):
            tokens.issue(vera, **given)


def test_a_token_that_ended_is_turned_away_with_one_sentence(vera):
    _token, secret = made(vera, ago=400, ends_in=-1)
    answer = call(secret)

    assert answer.status_code == 401
    assert "invalid_token" in answer["WWW-Authenticate"]
    assert Client().get("/api/needs", headers={
        "Authorization": f"Bearer {secret}", "Accept-Language": "en"
    }).json()["detail"].startswith("This token has ended.")  # fmt: skip
    assert Token.objects.get().used_at is None


def test_the_day_is_chosen_on_the_page_which_says_when_it_ends_and_was_used(vera, signed_in):
    browser, today = signed_in(vera), timezone.localdate()
    soon, late = today + timedelta(days=9), today + timedelta(days=800)

    refused = browser.post(ADDRESS, {"name": "report", "ends_on": late.isoformat()})
    page = browser.post(ADDRESS, {"name": "report", "ends_on": soon.isoformat()}).text

    assert "two years at most" in refused.text
    assert "ends soon" in page
    assert "never used" in page
    assert timezone.localdate(Token.objects.get().ends_at) == soon
    secret = page.partition('fingerprint">')[2].partition("<")[0]
    call(secret)
    assert "last used" in browser.get(ADDRESS).text


def test_the_page_says_which_tokens_have_ended(vera, signed_in):
    made(vera, ago=400, ends_in=-1)
    made(vera)

    assert signed_in(vera).get(ADDRESS).text.count("programs that use it are turned away") == 1


def test_who_chose_a_near_day_gets_no_letter(vera):
    made(vera, ends_in=10)

    assert tasks.tell_of_tokens_that_end.call() == 0


def test_the_token_of_somebody_who_was_shut_out_opens_nothing(vera):
    _token, secret = made(vera)
    Person.objects.filter(pk=vera.pk).update(is_active=False)
    assert call(secret).status_code == 401

    Person.objects.filter(pk=vera.pk).update(is_active=True)
    assert call(secret).status_code == 200


def test_each_sees_and_revokes_their_own_tokens_alone(vera, gleb, signed_in):
    token, secret = tokens.issue(vera, name="quarterly", at=timezone.now())
    revoke = f"{ADDRESS}{token.digest}/revoke/"
    rival = signed_in(gleb)

    assert "quarterly" not in rival.get(ADDRESS).text
    assert rival.post(revoke).status_code == 404
    assert signed_in(vera).get(revoke).status_code == 405
    assert call(secret).status_code == 200

    assert "quarterly" in signed_in(vera).get(ADDRESS).text
    assert signed_in(vera).post(revoke).status_code == 302
    assert call(secret).status_code == 401


def test_a_token_sends_only_where_that_was_ticked(vera, signed_in):
    browser = signed_in(vera)
    browser.post(ADDRESS, {"name": "reads"})
    browser.post(ADDRESS, {"name": "sends", "may_send": "on"})

    assert dict(Token.objects.values_list("name", "may_send")) == {"reads": False, "sends": True}


def test_a_guest_is_sent_to_sign_in_and_makes_no_token(db):
    assert Client().post(ADDRESS, {"name": "report"}).status_code == 302
    assert not Token.objects.exists()

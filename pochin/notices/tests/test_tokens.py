"""A letter before a token for programs ends."""

from __future__ import annotations

from datetime import timedelta

from django.core import mail
from django.utils import timezone

from pochin.notices.models import Notice
from pochin.notices.tasks import send_letters
from pochin.participants import tasks, tokens
from pochin.participants.models import Person, Token


def made(who, *, ago, ends_in):
    """A token issued so many days ago that ends in so many days."""
    now = timezone.now()
    ends_at = now + timedelta(days=ends_in)
    return tokens.issue(who, name="report", at=now - timedelta(days=ago), ends_at=ends_at)


def test_its_owner_alone_gets_one_letter_two_weeks_before(
    vera, anna, django_capture_on_commit_callbacks
):
    made(vera, ago=352, ends_in=13)
    made(anna, ago=300, ends_in=20)
    ended, _secret = made(anna, ago=400, ends_in=-1)
    revoked, _secret = made(anna, ago=352, ends_in=13)
    Token.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        told = tasks.tell_of_tokens_that_end.call(), tasks.tell_of_tokens_that_end.call()

    send_letters.call()

    assert told == (1, 0)
    assert [notice.person for notice in Notice.objects.all()] == [vera]
    (letter,) = mail.outbox
    assert letter.to == [vera.email]
    assert "/participants/tokens/" in letter.body
    assert ended.digest not in letter.body


def test_of_the_token_of_who_was_shut_out_nothing_is_written(vera):
    """Nor counted as told: whoever is let in again is told then."""
    made(vera, ago=352, ends_in=13)
    Person.objects.filter(pk=vera.pk).update(is_active=False)
    assert tasks.tell_of_tokens_that_end.call() == 0

    Person.objects.filter(pk=vera.pk).update(is_active=True)
    assert tasks.tell_of_tokens_that_end.call() == 1

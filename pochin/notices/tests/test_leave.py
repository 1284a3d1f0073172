"""How letters leave when the mail server does not do as it should."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from conftest import NOON
from pochin.core.models import Entry
from pochin.notices import leaving, letters, tasks
from pochin.notices.models import Letter, Notice

MINUTE = timedelta(minutes=1)


@pytest.fixture
def two(submitted, vera):
    """Two letters about a submitted application that are still to leave."""
    entry = Entry.objects.filter(verb="applications.submit").latest("pk")
    notice = Notice.objects.create(person=vera, entry=entry, group="turn", way="now", at=NOON)
    Letter.objects.all().delete()
    return [letters.write(vera, [notice], at=NOON + n * MINUTE) for n in range(2)]


@pytest.fixture
def server(monkeypatch):
    """A mail server that answers each letter as `says` tells."""
    told: dict[int, Exception] = {}
    tried: list[int] = []

    def send(letter):
        tried.append(letter.pk)
        if error := told.get(letter.pk, told.get(0)):
            raise error
        return True

    monkeypatch.setattr(letters, "send", send)
    return told, tried


def test_a_server_that_is_down_costs_no_letter_an_attempt(two, server):
    told, tried = server
    told[0] = ConnectionRefusedError(111, "Connection refused")

    for _minute in range(40):
        tasks.send_letters.func()

    first = Letter.objects.get(pk=two[0].pk)
    assert tried == [two[0].pk] * 40, "one letter knocks for all"
    assert (first.attempts, first.problem) == (0, "Connection refused")
    assert Letter.objects.filter(sent_at__isnull=True).count() == len(two)

    told.clear()
    tasks.send_letters.func()
    assert not Letter.objects.filter(sent_at__isnull=True).exists()
    assert Letter.objects.get(pk=two[0].pk).problem == ""


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"no such user")}),
        smtplib.SMTPDataError(552, b"too large"),
        ValueError("Header values can't contain newlines"),
    ],
)
def test_a_letter_that_is_refused_holds_no_other_up(two, server, error):
    told, _tried = server
    told[two[0].pk] = error

    tasks.send_letters.func()

    refused = Letter.objects.get(pk=two[0].pk)
    assert (refused.sent_at, refused.attempts) == (None, 1)
    assert refused.problem
    assert Letter.objects.filter(sent_at__isnull=True).count() == 1


def test_a_refused_letter_rests_longer_each_time_and_is_given_up_after_days(two, server):
    told, _tried = server
    told[0] = smtplib.SMTPDataError(552, b"too large")
    letter, now, tries = two[0], timezone.now(), []
    Letter.objects.exclude(pk=letter.pk).delete()

    for minute in range(6 * 24 * 60):
        at = now + minute * MINUTE
        if leaving.due(at=at).exists():
            leaving.begin(letter, at=at)
            leaving.fail(letter, told[0])
            tries.append(minute)

    assert tries[:5] == [0, 1, 3, 7, 15]
    assert tries[-1] > 3 * 24 * 60
    assert len(tries) == leaving.MOST_ATTEMPTS
    assert [one.pk for one in leaving.given_up()] == [letter.pk]


def test_what_was_given_up_can_be_tried_again(two):
    Letter.objects.update(attempts=leaving.MOST_ATTEMPTS, tried_at=timezone.now(), problem="550 no")

    assert leaving.again() == len(two)

    tasks.send_letters.func()
    assert not Letter.objects.filter(sent_at__isnull=True).exists()
    assert len(mail.outbox) == len(two)


def test_a_clock_that_ran_ahead_holds_no_letter_up(two):
    tomorrow = timezone.now() + timedelta(days=400)
    Letter.objects.update(written_at=tomorrow, tried_at=tomorrow, attempts=3)

    assert leaving.due(at=timezone.now()).count() == len(two)


def test_an_attempt_that_kills_the_worker_is_counted(two, monkeypatch):
    def die(_letter):
        raise KeyboardInterrupt

    monkeypatch.setattr(letters, "send", die)
    with pytest.raises(KeyboardInterrupt):
        tasks.send_letters.func()

    assert Letter.objects.get(pk=two[0].pk).attempts == 1

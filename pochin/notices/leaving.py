"""How letters leave: which are due, what became of an attempt, which were given up."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from pochin.notices.models import Letter

# With pauses of up to four hours this is more than three days.
MOST_ATTEMPTS = 26
LONGEST_PAUSE = timedelta(hours=4)
DOUBLING = 9  # from this attempt on the pause is the longest
# What is said of one letter; anything else is said of the server, and so of all.
OF_THE_LETTER = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, ValueError)


def pause(attempts: int) -> timedelta:
    """How long a letter rests after so many attempts: doubling, up to four hours.

    >>> [pause(n) // timedelta(minutes=1) for n in (1, 2, 3, 8, 9, 26)]
    [1, 2, 4, 128, 240, 240]
    """
    return min(timedelta(minutes=2 ** min(attempts - 1, 20)), LONGEST_PAUSE)


def due(*, at: datetime) -> QuerySet[Letter]:
    """What is to leave now, the oldest first; a clock that ran ahead holds nothing up."""
    rested = Q(attempts=0) | Q(tried_at__isnull=True) | Q(tried_at__gt=at)
    for attempts in range(1, DOUBLING):
        rested |= Q(attempts=attempts, tried_at__lte=at - pause(attempts))
    rested |= Q(attempts__gte=DOUBLING, tried_at__lte=at - LONGEST_PAUSE)
    return waiting().filter(rested).select_related("person")


def waiting() -> QuerySet[Letter]:
    """What was written, has not left and is still tried, the oldest first."""
    unsent = Letter.objects.filter(sent_at__isnull=True, attempts__lt=MOST_ATTEMPTS)
    return unsent.order_by("written_at")


def given_up() -> QuerySet[Letter]:
    """What is tried no more until somebody says so, the latest first."""
    over = Letter.objects.filter(sent_at__isnull=True, attempts__gte=MOST_ATTEMPTS)
    return over.order_by("-written_at")


def begin(letter: Letter, *, at: datetime) -> None:
    """Count the attempt before it is made: one that kills the worker is not made for ever."""
    Letter.objects.filter(pk=letter.pk).update(attempts=F("attempts") + 1, tried_at=at)


def fail(letter: Letter, error: Exception) -> bool:
    """Write down why a letter did not leave; True where the server is at fault, not the letter."""
    is_of_all = not isinstance(error, OF_THE_LETTER)
    counted = {"attempts": F("attempts") - 1} if is_of_all else {}
    Letter.objects.filter(pk=letter.pk).update(problem=said(error), **counted)
    return is_of_all


def end(letter: Letter, *, at: datetime) -> None:
    """The mail server has it."""
    Letter.objects.filter(pk=letter.pk).update(sent_at=at, problem="")


def again() -> int:
    """Try anew what was given up; returns how many letters."""
    return given_up().update(attempts=0, tried_at=None)


def said(error: Exception) -> str:
    """What the mail server said, in one line.

    >>> said(smtplib.SMTPDataError(552, b"too large"))
    '552 too large'
    >>> said(ConnectionRefusedError(111, "Connection refused"))
    'Connection refused'
    """
    return " ".join(" ".join(_parts(error)).split())[:300] or type(error).__name__


def _parts(error: Exception) -> Iterator[str]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = error.recipients.values()
        yield from (f"{code} {_text(words)}" for code, words in answers)
    elif isinstance(error, smtplib.SMTPResponseException):
        yield f"{error.smtp_code} {_text(error.smtp_error)}"
    else:
        yield getattr(error, "strerror", None) or str(error)


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return text.replace("\0", "")

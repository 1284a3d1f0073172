"""Personal tokens: a program reads as its person; some may send readings too, and no more."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pochin.core import journal
from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM
from pochin.participants.models import Person, Token

START = "pochin_"
USUAL = timedelta(days=365)
LONGEST = timedelta(days=731)  # two years, of which one may be a leap year
WARNED = timedelta(days=14)  # before its end the owner is told
ENDS = "participants.token.ends"


class Ended(Exception):
    """The token was right once; its last day is over."""


def issue(
    person: Person,
    *,
    name: str,
    at: datetime,
    may_send: bool = False,
    ends_at: datetime | None = None,
) -> tuple[Token, str]:
    """A new token and its secret, which is shown once and kept only as a hash.

    Raises:
        Refused: It would have ended already, or last longer than two years.
    """
    ends_at = ends_at or at + USUAL
    if not at < ends_at <= at + LONGEST:
        raise Refused(_("A token lasts two years at most. Choose a day between tomorrow and then."))
    secret = START + secrets.token_urlsafe(32)
    token = Token.objects.create(
        person=person, name=name, digest=digest(secret), may_send=may_send, issued_at=at,
        ends_at=ends_at,
        # Who has just chosen a day so near need not be told of it.
        warned_at=at if ends_at <= at + WARNED else None,
    )  # fmt: skip
    return token, secret


def reader(secret: str, *, at: datetime) -> Any:
    """The person whose token this is, with today's rights; None where there is none.

    Raises:
        Ended: The token is theirs, but its last day is over.
    """
    token = (
        Token.objects.select_related("person")
        .filter(digest=digest(secret), revoked_at__isnull=True, person__is_active=True)
        .first()
    )
    if token is None:
        return None
    if token.ends_at <= at:
        raise Ended
    if token.used_at is None or (at - token.used_at).total_seconds() > 60:
        Token.objects.filter(pk=token.pk).update(used_at=at)
    token.person.may_send = token.may_send
    return token.person


def warn(*, at: datetime) -> int:
    """Note of each token that ends soon that its owner is to be told, once; returns how many."""
    told = 0
    for token in Token.objects.ending(at, WARNED).order_by("pk"):
        with transaction.atomic():
            if Token.objects.filter(pk=token.pk, warned_at__isnull=True).update(warned_at=at):
                journal.write(ENDS, token, by=SYSTEM, at=at)
                told += 1
    return told


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

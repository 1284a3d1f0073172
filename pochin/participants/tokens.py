"""Personal tokens: a program reads as its person; some may send readings too, and no more."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from pochin.participants.models import Person, Token

START = "pochin_"


def issue(person: Person, *, name: str, at: datetime, may_send: bool = False) -> tuple[Token, str]:
    """A new token and its secret, which is shown once and kept only as a hash."""
    secret = START + secrets.token_urlsafe(32)
    token = Token.objects.create(
        person=person, name=name, digest=digest(secret), may_send=may_send, issued_at=at
    )
    return token, secret


def reader(secret: str, *, at: datetime) -> Any:
    """The person whose token this is, with today's rights; None where there is none."""
    token = (
        Token.objects.select_related("person")
        .filter(digest=digest(secret), revoked_at__isnull=True, person__is_active=True)
        .first()
    )
    if token is None:
        return None
    if token.used_at is None or (at - token.used_at).total_seconds() > 60:
        Token.objects.filter(pk=token.pk).update(used_at=at)
    token.person.may_send = token.may_send
    return token.person


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

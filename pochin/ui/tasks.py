"""Letters of sign-in that leave in the background."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django_tasks import task

from pochin.ui import security

# A letter rests up to an hour between attempts: two days and more.
ATTEMPTS = 60


def tell_of_change(person: Any, change: str, *, at: datetime, email: str = "", **told: str) -> None:
    """Have a person told of a change to their account.

    The letter leaves in the background: what was changed stays changed while no mail leaves.

    Args:
        person: Whose account it is.
        change: A key of `security.CHANGES`.
        at: When it was done.
        email: Where to write, if not to the address the person has now.
        told: What the sentence names; `ip` and `agent` say from where it was done.
    """
    send_security_letter.enqueue(
        person.pk, change, email or person.email, at.isoformat(), uuid.uuid4().hex, told
    )


@task(attempts=ATTEMPTS)
def send_security_letter(
    person_id: int, change: str, email: str, at: str, key: str, told: dict[str, str]
) -> bool:
    """Tell a person that the security of their account was changed."""
    return security.send(person_id, change, email, datetime.fromisoformat(at), key, told)

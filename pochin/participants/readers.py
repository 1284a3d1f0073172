"""Who reads a page that only those who have signed in are shown."""

from __future__ import annotations

from django.http import HttpRequest

from pochin.core.policy import Forbidden
from pochin.participants.models import Person


def person_of(request: HttpRequest) -> Person:
    """The person who reads; a guest is nobody."""
    if not isinstance(request.user, Person):
        raise Forbidden
    return request.user

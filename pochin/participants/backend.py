"""Who a session is of; read with every page, so without the long way of the framework."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from pochin.participants.models import Person
from pochin.ui.quick import asked


@dataclass(frozen=True, slots=True)
class _WithKey:
    """The person with this key."""

    key: int

    def __call__(self, people: QuerySet) -> QuerySet:
        return people.filter(pk=self.key)


class Backend(AuthenticationBackend):
    """Signs people in as allauth does."""

    def get_user(self, user_id: int) -> Person | None:
        """The person of a session, unless they may no longer sign in."""
        found = asked(Person.objects.all(), _WithKey(user_id))
        return found[0] if found and self.user_can_authenticate(found[0]) else None

"""What a person changes about themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from pochin.core import journal
from pochin.core.policy import Forbidden
from pochin.participants.models import Person


@transaction.atomic
def edit_profile(person: Person, *, by: Any, at: datetime, **fields: Any) -> Person:
    """Change one's own name, phone, language of letters and time zone."""
    if by.pk != person.pk:
        raise Forbidden
    before = {name: getattr(person, name) for name in fields}
    for name, value in fields.items():
        setattr(person, name, value)
    person.save(update_fields=list(fields))
    changes = {n: [before[n], fields[n]] for n in fields if before[n] != fields[n]}
    if changes:
        journal.write("participants.edit_profile", person, by=by, at=at, changes=changes)
    return person

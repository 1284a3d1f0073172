"""Working groups: founded, and people seated in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from pochin.coordination.models import GroupSeat, WorkingGroup
from pochin.coordination.policy import organiser
from pochin.core import journal, numbers
from pochin.participants.models import Organisation, Person, Programme


@transaction.atomic
def found(
    programme: Programme, *, by: Any, at: datetime | None = None, **fields: Any
) -> WorkingGroup:
    """Found a working group of people of several organisations."""
    organiser.demand(by, programme)
    number = numbers.following(f"group@{programme.pk}")
    group = WorkingGroup.objects.create(programme=programme, number=number, **fields)
    journal.write("coordination.group.found", group, by=by, at=at or timezone.now())
    return group


@transaction.atomic
def seat(
    group: WorkingGroup,
    *,
    by: Any,
    person: Person,
    organisation: Organisation,
    is_chair: bool = False,
    at: datetime | None = None,
) -> GroupSeat:
    """Seat a person in the group, and note whom they speak for there."""
    organiser.demand(by, group)
    given = {"organisation": organisation, "is_chair": is_chair}
    made, _new = GroupSeat.objects.update_or_create(group=group, person=person, defaults=given)
    facts = {"person": person.pk, "organisation": organisation.pk}
    journal.write("coordination.group.seat", group, by=by, at=at or timezone.now(), facts=facts)
    return made

"""Working groups: founded, and people seated in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.coordination.models import GroupSeat, WorkingGroup
from pochin.coordination.policy import organiser
from pochin.core import journal, numbers
from pochin.core.lifecycle import Refused
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


@transaction.atomic
def unseat(group: WorkingGroup, *, by: Any, person: Person, at: datetime | None = None) -> None:
    """Let a person leave the group; to what was held before they stay invited."""
    organiser.demand(by, group)
    gone, _kinds = group.seats.filter(person=person).delete()
    if not gone:
        raise Refused(_("%(person)s is not in the group.") % {"person": person})
    facts = {"person": person.pk}
    journal.write("coordination.group.unseat", group, by=by, at=at or timezone.now(), facts=facts)


@transaction.atomic
def edit(group: WorkingGroup, *, by: Any, at: datetime | None = None, **fields: Any) -> None:
    """Give the group another name or purpose."""
    organiser.demand(by, group)
    changes = {}
    for name, value in fields.items():
        if getattr(group, name) != value:
            changes[name] = [getattr(group, name), value]
            setattr(group, name, value)
    if changes:
        group.save(update_fields=list(changes))
        when = at or timezone.now()
        journal.write("coordination.group.edit", group, by=by, at=when, changes=changes)

"""The life of a declared conflict of interest.

proposed → confirmed | rejected; confirmed → ended, on a day that may lie ahead
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import NOW, Lifecycle, guard
from pochin.participants.models import Conflict, ConflictState, Organisation, RoleHeld
from pochin.participants.policy import Role, coordinator_of_person, signed_in

life: Lifecycle[Conflict] = Lifecycle(
    "participants.conflict",
    ConflictState,
    ends=frozenset({ConflictState.REJECTED, ConflictState.ENDED}),
    rests={ConflictState.CONFIRMED: _("The tie keeps the person from judging.")},
)


def _coordinators(conflict: Conflict) -> list[str]:
    held = RoleHeld.objects.held().filter(person=conflict.person_id)
    programmes = sorted(set(held.values_list("programme_id", flat=True)))
    return [f"{Role.COORDINATOR}@{programme}" for programme in programmes]


life.waits(
    ConflictState.PROPOSED,
    on=_coordinators,
    owner=Role.COORDINATOR.label,
    clock="conflict",
    days=3,
    words=_("Confirm or reject the declared tie"),
)


@guard(_("Somebody else answers your own declaration."))
def is_not_own(conflict: Conflict, *, by: Any) -> bool:
    return conflict.person_id != by.pk


@life.birth(
    ConflictState.PROPOSED,
    who=signed_in,
    label=_("Declare a conflict of interest"),
    done=_("A conflict of interest was declared"),
)
def declare(
    organisation: Organisation, *, by: Any, ground: str, at: datetime = NOW, **fields: Any
) -> Conflict:
    """Say what ties you to an organisation; it counts at once, until it is rejected."""
    return Conflict(organisation=organisation, person_id=by.pk, ground=ground, **fields)


@life.move(
    ConflictState.PROPOSED,
    to=ConflictState.CONFIRMED,
    who=coordinator_of_person,
    label=_("Confirm"),
    done=_("The conflict of interest was confirmed"),
    guards=[is_not_own],
)
def confirm(conflict: Conflict, *, by: Any, at: datetime = NOW) -> None:
    """Agree that the tie keeps the person from judging this organisation."""


@life.move(
    ConflictState.PROPOSED,
    to=ConflictState.REJECTED,
    who=coordinator_of_person,
    label=_("Reject"),
    done=_("The conflict of interest was not confirmed"),
    guards=[is_not_own],
)
def reject(conflict: Conflict, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Find that this is no tie that could bend a judgement."""


@life.move(
    ConflictState.CONFIRMED,
    to=ConflictState.ENDED,
    who=coordinator_of_person,
    label=_("Note its last day"),
    done=_("The last day of the tie was noted"),
    guards=[is_not_own],
)
def end(conflict: Conflict, *, by: Any, until: date, at: datetime = NOW) -> None:
    """Say until when the tie lasts; after that day the person may judge again."""
    conflict.until = until

"""The life of a programme, of a change of its clocks and of the roles held in it.

programme: in preparation → open → closed → archived
change of clocks: proposed → approved | rejected, by two people
role: held → ended
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import journal, numbers
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.models import Entry
from pochin.core.policy import SYSTEM, system
from pochin.participants.models import (
    ClockChange,
    ClockChangeState,
    HeldState,
    Person,
    Programme,
    ProgrammeState,
    RoleHeld,
)
from pochin.participants.policy import (
    Role,
    administrator,
    coordinator,
    director,
    role_hat,
)

life: Lifecycle[Programme] = Lifecycle(
    "participants.programme",
    ProgrammeState,
    ends=frozenset({ProgrammeState.ARCHIVED}),
    rests={
        ProgrammeState.OPEN: _("Needs and applications are taken."),
        ProgrammeState.CLOSED: _("What was begun is brought to its end."),
    },
)
life.waits(
    ProgrammeState.DRAFT,
    on=lambda p: role_hat(Role.DIRECTOR, p),
    owner=Role.DIRECTOR.label,
    clock="draft",
    days=60,
    words=_("Set the criteria and open the programme"),
)


@guard(_("The weights of the criteria do not add up to 100."))
def criteria_add_up(programme: Programme) -> bool:
    return sum(criterion["weight"] for criterion in programme.criteria) == 100


@guard(_("Nobody holds the role of coordinator."))
def has_coordinator(programme: Programme) -> bool:
    return programme.roles.held().filter(code=Role.COORDINATOR).exists()


@life.birth(
    ProgrammeState.DRAFT,
    who=administrator,
    label=_("Add a programme"),
    done=_("The programme was added"),
)
def begin(*, by: Any, at: datetime = NOW, **fields: Any) -> Programme:
    """Prepare a programme; its decision owner sets its rules and opens it."""
    return Programme(**fields)


@life.move(
    ProgrammeState.DRAFT,
    to=STAY,
    who=coordinator | director,
    label=_("Edit"),
    done=_("The rules of the programme were changed"),
)
def edit(programme: Programme, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Set names, dates, criteria and quorum before the programme opens."""
    for name, value in fields.items():
        setattr(programme, name, value)


@life.move(
    ProgrammeState.DRAFT,
    to=ProgrammeState.OPEN,
    who=director,
    label=_("Open the programme"),
    done=_("The programme was opened"),
    guards=[criteria_add_up, has_coordinator],
    is_final=True,
)
def open_programme(programme: Programme, *, by: Any, at: datetime = NOW) -> None:
    """Show the programme to everybody and let organisations join it."""


@guard(_("The criteria were set before; nobody changes them any more."), is_lasting=True)
def has_no_criteria(programme: Programme) -> bool:
    return not programme.criteria


@guard(_("The weights of the criteria do not add up to 100."))
def weights_add_up(programme: Programme, *, criteria: list[dict[str, Any]]) -> bool:
    return sum(criterion["weight"] for criterion in criteria) == 100


@life.move(
    ProgrammeState.OPEN,
    ProgrammeState.CLOSED,
    to=STAY,
    who=coordinator | director,
    label=_("Set the missing criteria"),
    done=_("The criteria were set after the programme had opened"),
    guards=[has_no_criteria, weights_add_up],
)
def set_criteria(
    programme: Programme,
    *,
    by: Any,
    criteria: list[dict[str, Any]],
    reason: str,
    at: datetime = NOW,
) -> None:
    """Give criteria, once, to a programme that was opened without any; everybody reads since when.

    Nobody could hand in a review before, so no score stands under other criteria.
    """
    programme.criteria = criteria


def set_late(programme: Programme) -> Entry | None:
    """When criteria were set after the opening, by whom and why; nothing in any other programme."""
    late = journal.of(programme).filter(verb="participants.programme.set_criteria")
    return late.select_related("by", "text").first()


@life.move(
    ProgrammeState.OPEN,
    to=ProgrammeState.CLOSED,
    who=director,
    label=_("Close the programme"),
    done=_("The programme was closed"),
    is_final=True,
)
def close(programme: Programme, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Take nothing new; what was begun goes on."""


@life.move(
    ProgrammeState.CLOSED,
    to=ProgrammeState.OPEN,
    who=director,
    label=_("Open again"),
    done=_("The programme was opened again"),
)
def reopen(programme: Programme, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Take needs and applications again."""


@life.move(
    ProgrammeState.CLOSED,
    to=ProgrammeState.ARCHIVED,
    who=director,
    label=_("Archive"),
    done=_("The programme was put into the archive"),
    is_final=True,
)
def archive(programme: Programme, *, by: Any, at: datetime = NOW) -> None:
    """Keep the programme to be read only."""


clocks: Lifecycle[ClockChange] = Lifecycle(
    "participants.clocks",
    ClockChangeState,
    ends=frozenset({ClockChangeState.APPROVED, ClockChangeState.REJECTED}),
)
clocks.waits(
    ClockChangeState.PROPOSED,
    on=lambda c: role_hat(Role.DIRECTOR, c),
    owner=Role.DIRECTOR.label,
    clock="clock change",
    days=5,
    words=_("Approve or reject the change of clocks"),
)


@guard(_("Who proposed the change does not approve it."))
def is_another_person(change: ClockChange, *, by: Any) -> bool:
    return change.proposed_by_id != by.pk


@guard(_("The clocks were changed meanwhile: propose again from what holds now."))
def nothing_changed(change: ClockChange) -> bool:
    return change.programme.clocks == change.was


@clocks.birth(
    ClockChangeState.PROPOSED,
    who=coordinator,
    label=_("Propose other clocks"),
    done=_("Other clocks were proposed"),
)
def propose(
    programme: Programme, *, by: Any, clocks: dict[str, int], why: str, at: datetime = NOW
) -> ClockChange:
    """Propose how many working days each clock gives; a decision owner approves."""
    if clocks == programme.clocks:
        raise Refused(_t("Nothing is different from the clocks that hold now."))
    number = numbers.following(f"clocks@{programme.pk}")
    return ClockChange(
        programme=programme,
        number=number,
        was=programme.clocks,
        clocks=clocks,
        why=why,
        proposed_by_id=by.pk,
    )


@clocks.move(
    ClockChangeState.PROPOSED,
    to=ClockChangeState.APPROVED,
    who=director,
    label=_("Approve"),
    done=_("The new clocks were approved"),
    guards=[is_another_person, nothing_changed],
)
def approve(change: ClockChange, *, by: Any, at: datetime = NOW) -> None:
    """Let the new days hold for every turn that begins from now on."""
    change.decided_by_id = by.pk
    adopt(change.programme, by=SYSTEM, clocks=change.clocks, at=at)


@clocks.move(
    ClockChangeState.PROPOSED,
    to=ClockChangeState.REJECTED,
    who=director | coordinator,
    label=_("Reject"),
    done=_("The new clocks were not approved"),
)
def reject(change: ClockChange, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Leave the clocks as they are."""
    change.decided_by_id, change.reasons = by.pk, reason


@life.move(
    ProgrammeState.DRAFT,
    ProgrammeState.OPEN,
    ProgrammeState.CLOSED,
    to=STAY,
    who=system,
    label=_("Adopt the clocks"),
    done=_("The new clocks came into force"),
)
def adopt(programme: Programme, *, by: Any, clocks: dict[str, int], at: datetime = NOW) -> None:
    """Give the clocks of the programme these days; only by an approved change."""
    programme.clocks = clocks


roles: Lifecycle[RoleHeld] = Lifecycle(
    "participants.role",
    HeldState,
    ends=frozenset({HeldState.ENDED}),
    rests={HeldState.HELD: _("The person holds the role.")},
)


@guard(_("Nobody gives a role to oneself or takes it from oneself."))
def is_somebody_else(thing: Any, *, by: Any, person: Person) -> bool:
    return person.pk != by.pk


@guard(_("Nobody gives a role to oneself or takes it from oneself."))
def is_not_ones_own(held: RoleHeld, *, by: Any) -> bool:
    return held.person_id != by.pk


@roles.birth(
    HeldState.HELD,
    # An administrator names the first decision owner, nobody else.
    who=director | administrator,
    label=_("Give a role"),
    done=_("The role was given"),
    guards=[is_somebody_else],
)
def grant(
    programme: Programme, *, by: Any, person: Person, code: str, at: datetime = NOW
) -> RoleHeld:
    """Let a person act in this role in the programme."""
    held = RoleHeld.objects.filter(programme=programme, until__isnull=True)
    if held.filter(person=person, code=code).exists():
        raise Refused(_t("%(person)s already holds this role.") % {"person": person})
    is_first = code == Role.DIRECTOR and not held.filter(code=Role.DIRECTOR).exists()
    if administrator(by, programme) and not director(by, programme) and not is_first:
        raise Refused(
            _t("An administrator names only the first decision owner, who gives all other roles.")
        )
    return RoleHeld(programme=programme, person=person, code=code, since=timezone.localdate(at))


@roles.move(
    HeldState.HELD,
    to=HeldState.ENDED,
    who=director,
    label=_("End the role"),
    done=_("The role was ended"),
    guards=[is_not_ones_own],
    is_final=True,
)
def end(held: RoleHeld, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """From now on the person does not act in this role; the history keeps it."""
    held.until = timezone.localdate(at)

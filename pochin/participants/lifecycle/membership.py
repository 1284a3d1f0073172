"""The life of a membership.

draft → submitted → checking ↔ clarification
                    checking → admitted (an anchor: → second look → admitted) | refused
admitted ↔ suspended, admitted → due → admitted | lapsed, admitted → left | excluded
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import system
from pochin.participants.models import (
    OVER_STATES,
    Membership,
    MembershipKind,
    Organisation,
    Programme,
    ProgrammeState,
    State,
)
from pochin.participants.policy import (
    Role,
    coordinator,
    director,
    disinterested,
    editor,
    organisation_hat,
    role_hat,
    signatory,
)

life: Lifecycle[Membership] = Lifecycle(
    "participants",
    State,
    ends=frozenset({State.REFUSED, State.LEFT, State.EXCLUDED, State.LAPSED}),
    rests={
        State.ADMITTED: _("The organisation is a member."),
        State.SUSPENDED: _("The reason is named."),
    },
)
life.waits(
    State.DRAFT,
    on=lambda m: organisation_hat(m.organisation_id, "sign"),
    owner=_("who signs for the organisation"),
    clock="draft",
    days=60,
    words=_("Finish and submit the request"),
)
life.waits(
    State.SUBMITTED,
    on=lambda m: role_hat(Role.COORDINATOR, m),
    owner=Role.COORDINATOR.label,
    clock="admission",
    days=5,
    words=_("Take the request up for checking"),
)
life.waits(
    State.CHECKING,
    on=lambda m: role_hat(Role.COORDINATOR, m),
    owner=Role.COORDINATOR.label,
    clock="admission",
    days=5,
    words=_("Check the organisation"),
)
life.waits(
    State.CLARIFICATION,
    on=lambda m: organisation_hat(m.organisation_id),
    owner=_("the organisation"),
    clock="answer",
    days=10,
    pauses=[State.CHECKING],
    words=_("Answer the question"),
)
life.waits(
    State.SECOND_LOOK,
    on=lambda m: role_hat(Role.DIRECTOR, m),
    owner=Role.DIRECTOR.label,
    clock="admission",
    days=5,
    words=_("Confirm the admission of an anchor company"),
)
life.waits(
    State.DUE,
    on=lambda m: organisation_hat(m.organisation_id, "sign"),
    owner=_("who signs for the organisation"),
    clock="confirmation",
    days=20,
    words=_("Confirm that the profile is up to date"),
)


# Who checks a company keeps away from those they are tied to.
checker = coordinator & disinterested


@guard(_("The programme is not open."))
def programme_is_open(thing: Any) -> bool:
    programme = thing if isinstance(thing, Programme) else thing.programme
    return programme.state == ProgrammeState.OPEN


@guard(_("The INN and OGRN of the organisation are missing."))
def is_identified(membership: Membership) -> bool:
    organisation = membership.organisation
    return organisation.country != "RU" or bool(organisation.inn and organisation.ogrn)


@guard(_("By the state register this organisation is closed."))
def is_not_closed(membership: Membership) -> bool:
    return not membership.organisation.is_closed


@guard(_("An anchor company is admitted by two people: propose it first."))
def is_not_anchor(membership: Membership) -> bool:
    return membership.kind != MembershipKind.ANCHOR


@guard(_("Only an anchor company needs a second person: admit this one at once."))
def is_anchor(membership: Membership) -> bool:
    return membership.kind == MembershipKind.ANCHOR


@guard(_("The second person must not be the one who proposed the admission."))
def is_another_person(membership: Membership, *, by: Any) -> bool:
    return membership.proposed_by_id != by.pk


@life.birth(
    State.DRAFT,
    who=editor | system,
    label=_("Join the programme"),
    done=_("The request to join was begun"),
    guards=[programme_is_open],
)
def begin(
    programme: Programme, *, by: Any, organisation: Organisation, kind: str, at: datetime = NOW
) -> Membership:
    """Start a request to join a programme."""
    open_ones = Membership._base_manager.filter(organisation=organisation, programme=programme)
    if open_ones.exclude(state__in=OVER_STATES).exists():
        raise Refused(
            _t("%(company)s already has a request or a place in “%(programme)s”.")
            % {"company": organisation, "programme": programme}
        )
    return Membership(programme=programme, organisation=organisation, kind=kind)


@life.move(
    State.DRAFT,
    to=State.SUBMITTED,
    who=signatory,
    label=_("Submit"),
    done=_("The request to join was submitted"),
    guards=[programme_is_open, is_identified],
)
def submit(membership: Membership, *, by: Any, at: datetime = NOW) -> None:
    """Ask the centre to admit the organisation."""


@life.move(
    State.SUBMITTED,
    to=State.CHECKING,
    who=checker,
    label=_("Take up for checking"),
    done=_("The centre began to check the request"),
)
def check(membership: Membership, *, by: Any, at: datetime = NOW) -> None:
    """Begin to check who the organisation is."""


@life.move(
    State.CHECKING,
    to=State.CLARIFICATION,
    who=checker,
    label=_("Ask"),
    done=_("The centre asked for clarification"),
)
def ask(membership: Membership, *, by: Any, question: str, at: datetime = NOW) -> None:
    """Ask the organisation for what is missing; the clock of the check stands still."""
    membership.question, membership.answer = question, ""


@life.move(
    State.CLARIFICATION,
    to=State.CHECKING,
    who=editor,
    label=_("Answer"),
    done=_("The organisation answered the question"),
)
def answer(membership: Membership, *, by: Any, answer: str, at: datetime = NOW) -> None:
    """Answer the question of the centre."""
    membership.answer = answer


@life.move(
    State.CHECKING,
    to=State.ADMITTED,
    who=checker,
    label=_("Admit"),
    done=_("The organisation was admitted to the programme"),
    guards=[is_not_closed, is_not_anchor],
)
def admit(membership: Membership, *, by: Any, at: datetime = NOW) -> None:
    """Admit the organisation: it gets its number and may apply."""
    _enter(membership, at)


@life.move(
    State.CHECKING,
    to=State.SECOND_LOOK,
    who=checker,
    label=_("Propose to admit"),
    done=_("It was proposed to admit the organisation"),
    guards=[is_not_closed, is_anchor],
)
def propose(membership: Membership, *, by: Any, at: datetime = NOW) -> None:
    """Propose to admit an anchor company; another person confirms it."""
    membership.proposed_by_id = by.pk


@life.move(
    State.SECOND_LOOK,
    to=State.ADMITTED,
    who=(director | coordinator) & disinterested,
    label=_("Confirm the admission"),
    done=_("The admission was confirmed by a second person"),
    guards=[is_another_person],
)
def confirm_admission(membership: Membership, *, by: Any, at: datetime = NOW) -> None:
    """Admit an anchor company, as the second person."""
    _enter(membership, at)


@life.move(
    State.CHECKING,
    State.SECOND_LOOK,
    to=State.REFUSED,
    who=(coordinator | director) & disinterested,
    label=_("Refuse"),
    done=_("The organisation was not admitted"),
    is_final=True,
)
def refuse(membership: Membership, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Refuse, with the reasons the organisation will read."""
    membership.reasons = reason


@life.move(
    State.ADMITTED,
    to=State.SUSPENDED,
    who=coordinator,
    label=_("Suspend"),
    done=_("The participation was suspended"),
)
def suspend(membership: Membership, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Stop new applications for a time; running pilots go on."""
    membership.reasons = reason


@life.move(
    State.SUSPENDED,
    to=State.ADMITTED,
    who=checker,
    label=_("Resume"),
    done=_("The participation was resumed"),
)
def resume(membership: Membership, *, by: Any, at: datetime = NOW) -> None:
    """Let the organisation apply again."""
    membership.reasons = ""


@life.move(
    State.ADMITTED,
    to=State.DUE,
    who=system,
    label=_("Ask for a yearly confirmation"),
    done=_("It is time to confirm the profile"),
)
def fall_due(membership: Membership, *, by: Any, at: datetime = NOW) -> None:
    """A year has passed since the profile was confirmed."""


@life.move(
    State.DUE,
    to=State.ADMITTED,
    who=signatory,
    label=_("Confirm the profile"),
    done=_("The profile was confirmed"),
)
def confirm(membership: Membership, *, by: Any, at: datetime = NOW) -> None:
    """Say that the profile is up to date."""
    membership.confirmed_at = at


@life.move(
    State.DUE,
    to=State.LAPSED,
    who=system | coordinator,
    label=_("Let lapse"),
    done=_("The participation lapsed: the profile was not confirmed in time"),
)
def lapse(membership: Membership, *, by: Any, at: datetime = NOW) -> None:
    """The profile was not confirmed in time."""


@life.move(
    State.ADMITTED,
    State.SUSPENDED,
    to=State.LEFT,
    who=signatory,
    label=_("Leave"),
    done=_("The organisation left the programme"),
    is_final=True,
)
def leave(membership: Membership, *, by: Any, at: datetime = NOW) -> None:
    """Leave the programme of one's own will; the history is kept."""


@life.move(
    State.ADMITTED,
    State.SUSPENDED,
    to=State.EXCLUDED,
    who=director,
    label=_("Exclude"),
    done=_("The organisation was excluded from the programme"),
)
def exclude(membership: Membership, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Exclude the organisation, with reasons."""
    membership.reasons = reason


@life.move(
    State.DRAFT,
    to=STAY,
    who=editor,
    label=_("Change the kind"),
    done=_("The kind of participation was changed"),
)
def edit(membership: Membership, *, by: Any, kind: str, at: datetime = NOW) -> None:
    """Ask to join in another capacity."""
    membership.kind = kind


def _enter(membership: Membership, at: datetime) -> None:
    membership.number = membership.number or numbers.following(f"member@{membership.programme_id}")
    membership.admitted_at = membership.confirmed_at = at

"""The life of an organisation's record, and of a person's request to speak for one.

organisation: registered ↔ closed by the state register
request: asked → confirmed | refused | withdrawn
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import SYSTEM, rule, system
from pochin.participants.lifecycle import membership, seats
from pochin.participants.models import (
    OVER_STATES,
    Membership,
    MembershipKind,
    Organisation,
    OrganisationState,
    Programme,
    ProgrammeState,
    Registration,
    RegistrationState,
    Seat,
)
from pochin.participants.policy import (
    Role,
    any_coordinator,
    coordinator,
    editor,
    role_hat,
    signed_in,
)

life: Lifecycle[Organisation] = Lifecycle(
    "participants.organisation",
    OrganisationState,
    rests={
        OrganisationState.REGISTERED: _("The organisation looks after its profile."),
        OrganisationState.CLOSED: _("The state register says that it has ceased."),
    },
)


@life.birth(
    OrganisationState.REGISTERED,
    who=any_coordinator,
    label=_("Add an organisation"),
    done=_("The organisation was added to the register"),
)
def enrol(
    *, by: Any, name_ru: str, inn: str = "", kpp: str = "", at: datetime = NOW, **fields: Any
) -> Organisation:
    """Put an organisation into the register of participants."""
    if inn and Organisation._base_manager.filter(inn=inn, kpp=kpp).exists():
        raise Refused(_t("An organisation with this INN and KPP is already in the register."))
    return Organisation(name_ru=name_ru, inn=inn, kpp=kpp, **fields)


@life.move(
    OrganisationState.REGISTERED,
    to=STAY,
    who=editor | any_coordinator,
    label=_("Edit the profile"),
    done=_("The profile was changed"),
)
def edit(
    organisation: Organisation,
    *,
    by: Any,
    kinds: Iterable[str] | None = None,
    at: datetime = NOW,
    **fields: Any,
) -> None:
    """Change what the organisation says of itself."""
    for name, value in fields.items():
        setattr(organisation, name, value)
    if kinds is not None:
        organisation.kinds.exclude(code__in=kinds).delete()
        for code in sorted(set(kinds)):
            organisation.kinds.get_or_create(code=code)


@life.move(
    OrganisationState.REGISTERED,
    to=OrganisationState.CLOSED,
    who=any_coordinator | system,
    label=_("Note that it has ceased"),
    done=_("It was noted that the organisation has ceased"),
)
def note_closed(organisation: Organisation, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """The state register says that the organisation exists no more."""
    organisation.standing = reason[:300]


@life.move(
    OrganisationState.CLOSED,
    to=OrganisationState.REGISTERED,
    who=any_coordinator,
    label=_("Note that it exists"),
    done=_("It was noted that the organisation exists"),
)
def note_existing(organisation: Organisation, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """It was noted as closed by mistake."""
    organisation.standing = reason[:300]


registrations: Lifecycle[Registration] = Lifecycle(
    "participants.registration",
    RegistrationState,
    ends=frozenset(
        {RegistrationState.CONFIRMED, RegistrationState.REFUSED, RegistrationState.WITHDRAWN}
    ),
)
registrations.waits(
    RegistrationState.ASKED,
    on=lambda r: role_hat(Role.COORDINATOR, r),
    owner=Role.COORDINATOR.label,
    clock="registration",
    days=3,
    words=_("Check who speaks for the organisation"),
)


@guard(_("The programme is not open."))
def programme_is_open(programme: Programme) -> bool:
    return programme.state == ProgrammeState.OPEN


@rule(_("who asked"))
def asker(user: Any, registration: Registration) -> bool:
    return registration.person_id == user.pk


@guard(_("Somebody else answers your own request."))
def is_not_own(registration: Registration, *, by: Any) -> bool:
    return registration.person_id != by.pk


@registrations.birth(
    RegistrationState.ASKED,
    who=signed_in,
    label=_("Register my organisation"),
    done=_("The request to register was sent"),
    guards=[programme_is_open],
)
def ask(
    programme: Programme, *, by: Any, inn: str, kpp: str = "", at: datetime = NOW, **fields: Any
) -> Registration:
    """Ask to speak for an organisation; the centre checks who it is and who you are there."""
    mine = Registration._base_manager.filter(person_id=by.pk, inn=inn, kpp=kpp)
    if mine.filter(state=RegistrationState.ASKED).exists():
        raise Refused(_t("Your request for this organisation is already with the centre."))
    return Registration(
        programme=programme, person_id=by.pk, inn=inn, kpp=kpp, asked_at=at, **fields
    )


@registrations.move(
    RegistrationState.ASKED,
    to=RegistrationState.CONFIRMED,
    who=coordinator,
    label=_("Confirm"),
    done=_("The registration was confirmed"),
    guards=[is_not_own],
    is_final=True,
)
def confirm(registration: Registration, *, by: Any, at: datetime = NOW) -> None:
    """Let the person speak for the organisation, which enters the register if it is new.

    Its request to join the programme that was named begins, too, for its people to submit.
    """
    organisation = known(registration) or enrol(
        by=by,
        at=at,
        **{
            name: getattr(registration, name)
            for name in ("name_ru", "name_en", "inn", "kpp", "ogrn")
        },
    )
    seats.begin(
        organisation,
        by=SYSTEM,
        person=registration.person,
        at=at,
        position=registration.position,
        may_edit=True,
        may_sign=registration.may_sign,
        attorney=registration.attorney,
    )
    registration.organisation = organisation
    _begin_to_join(registration.programme, organisation, at)


def known(registration: Registration) -> Organisation | None:
    """The organisation of the register that a request means, if there is one."""
    same = Organisation._base_manager.filter(inn=registration.inn, kpp=registration.kpp)
    return same.first()


def speaking_for(organisation: Organisation) -> int:
    """How many people hold a seat in it now."""
    return Seat.objects.held().filter(organisation=organisation).count()


def _begin_to_join(programme: Programme, organisation: Organisation, at: datetime) -> None:
    asked = Membership._base_manager.filter(organisation=organisation, programme=programme)
    if asked.exclude(state__in=OVER_STATES).exists() or programme.state != ProgrammeState.OPEN:
        return
    membership.begin(
        programme, by=SYSTEM, organisation=organisation, kind=MembershipKind.MEMBER, at=at
    )


@registrations.move(
    RegistrationState.ASKED,
    to=RegistrationState.REFUSED,
    who=coordinator,
    label=_("Refuse"),
    done=_("The registration was refused"),
)
def refuse(registration: Registration, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Not let the person speak for the organisation, and say why."""
    registration.reasons = reason


@registrations.move(
    RegistrationState.ASKED,
    to=RegistrationState.WITHDRAWN,
    who=asker,
    label=_("Withdraw"),
    done=_("The request to register was withdrawn"),
    is_final=True,
)
def withdraw(registration: Registration, *, by: Any, at: datetime = NOW) -> None:
    """Take one's request back: it held a mistake, or somebody else asks."""

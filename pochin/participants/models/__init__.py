"""Who takes part: people, organisations, seats, programmes, roles, membership, conflicts."""

from pochin.participants.models.conflicts import (
    Conflict,
    ConflictState,
    Ground,
    any_conflicted,
    conflicted,
)
from pochin.participants.models.organisations import (
    HeldState,
    Invitation,
    InvitationState,
    Kind,
    Organisation,
    OrganisationKind,
    OrganisationState,
    Seat,
)
from pochin.participants.models.people import (
    SECOND_FACTOR,
    Guest,
    Person,
    own,
)
from pochin.participants.models.programmes import (
    ClockChange,
    ClockChangeState,
    Membership,
    Programme,
    ProgrammeState,
    RoleHeld,
    _clocks,
    _criteria,
    is_member,
    programmes_by_name,
    programmes_named,
)
from pochin.participants.models.registers import (
    ImportRun,
    RegisterRead,
    Token,
)
from pochin.participants.models.registrations import (
    Registration,
    RegistrationState,
)
from pochin.participants.models.words import (
    MEMBER_STATES,
    OVER_STATES,
    MembershipKind,
    State,
    in_reader_language,
    new_key,
)

__all__ = [
    "MEMBER_STATES",
    "OVER_STATES",
    "SECOND_FACTOR",
    "ClockChange",
    "ClockChangeState",
    "Conflict",
    "ConflictState",
    "Ground",
    "Guest",
    "HeldState",
    "ImportRun",
    "Invitation",
    "InvitationState",
    "Kind",
    "Membership",
    "MembershipKind",
    "Organisation",
    "OrganisationKind",
    "OrganisationState",
    "Person",
    "Programme",
    "ProgrammeState",
    "RegisterRead",
    "Registration",
    "RegistrationState",
    "RoleHeld",
    "Seat",
    "State",
    "Token",
    "_clocks",
    "_criteria",
    "any_conflicted",
    "conflicted",
    "in_reader_language",
    "is_member",
    "new_key",
    "own",
    "programmes_by_name",
    "programmes_named",
]

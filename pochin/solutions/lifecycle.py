"""The life of a solution in the catalogue.

draft → submitted → listed ↔ needs refresh; back to draft with reasons; archived
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.core import numbers
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused, guard
from pochin.core.policy import system
from pochin.participants.models import Organisation, Programme, is_member
from pochin.participants.policy import (
    Role,
    coordinator,
    disinterested,
    editor,
    organisation_hat,
    role_hat,
)
from pochin.solutions.models import PUBLIC_STATES, Solution, State

life: Lifecycle[Solution] = Lifecycle(
    "solutions",
    State,
    ends=frozenset({State.ARCHIVED}),
    rests={State.LISTED: _("The solution is in the catalogue.")},
)
life.waits(
    State.DRAFT,
    on=lambda s: organisation_hat(s.organisation_id),
    owner=_("the organisation of the solution"),
    clock="draft",
    days=60,
    words=_("Finish and submit the solution"),
)
life.waits(
    State.SUBMITTED,
    on=lambda s: role_hat(Role.COORDINATOR, s),
    owner=Role.COORDINATOR.label,
    clock="listing",
    days=5,
    words=_("Put the solution in the catalogue or return it"),
)
life.waits(
    State.STALE,
    on=lambda s: organisation_hat(s.organisation_id),
    owner=_("the organisation of the solution"),
    clock="confirmation",
    days=20,
    words=_("Confirm or refresh the description"),
)


@guard(_("The organisation is not a member of the programme."))
def company_is_member(solution: Solution) -> bool:
    return is_member(solution.organisation_id, solution.programme_id)


@guard(_("The description says nothing of what the solution is and changes."))
def is_described(solution: Solution) -> bool:
    return bool(solution.about_ru and solution.change_ru)


@guard(_("The level of readiness, the price model or the use of personal data is missing."))
def is_classified(solution: Solution) -> bool:
    return bool(solution.trl and solution.price_model and solution.personal_data)


@life.birth(
    State.DRAFT, who=editor, label=_("Describe a solution"), done=_("The solution was begun")
)
def begin(
    organisation: Organisation,
    *,
    by: Any,
    programme: Programme,
    at: datetime = NOW,
    **fields: Any,
) -> Solution:
    """Start to describe what the organisation offers."""
    if not is_member(organisation.pk, programme.pk):
        raise Refused(
            _t("%(company)s is not a member of “%(programme)s” yet: join it first.")
            % {"company": organisation, "programme": programme}
        )
    number = numbers.random(Solution)
    return Solution(organisation=organisation, programme=programme, number=number, **fields)


@life.move(
    State.DRAFT,
    State.LISTED,
    State.STALE,
    to=STAY,
    who=editor,
    label=_("Edit"),
    done=_("The description of the solution was changed"),
)
def edit(solution: Solution, *, by: Any, at: datetime = NOW, **fields: Any) -> None:
    """Change the description; what stood in the catalogue becomes a new version."""
    before = solution.fingerprint()
    for name, value in fields.items():
        setattr(solution, name, value)
    if solution.state in PUBLIC_STATES and solution.fingerprint() != before:
        solution.version += 1


@life.move(
    State.DRAFT,
    to=State.SUBMITTED,
    who=editor,
    label=_("Submit to the catalogue"),
    done=_("The solution was submitted to the catalogue"),
    guards=[company_is_member, is_described, is_classified],
)
def submit(solution: Solution, *, by: Any, at: datetime = NOW) -> None:
    """Ask the centre to show the solution in the catalogue."""


@life.move(
    State.SUBMITTED,
    to=State.DRAFT,
    who=editor,
    label=_("Take back"),
    done=_("The solution was taken back before it was checked"),
)
def take_back(solution: Solution, *, by: Any, at: datetime = NOW) -> None:
    """Go on writing before the centre has answered."""


@life.move(
    State.SUBMITTED,
    to=State.LISTED,
    who=coordinator & disinterested,
    label=_("Put in the catalogue"),
    done=_("The solution was put in the catalogue"),
    guards=[company_is_member],
)
def put_in_catalogue(solution: Solution, *, by: Any, at: datetime = NOW) -> None:
    """Show the solution to everybody."""
    solution.listed_at = solution.listed_at or at
    solution.confirmed_at, solution.reasons = at, ""


@life.move(
    State.SUBMITTED,
    State.LISTED,
    State.STALE,
    to=State.DRAFT,
    who=coordinator,
    label=_("Return for completion"),
    done=_("The solution was returned for completion"),
)
def give_back(solution: Solution, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Take the solution out of the catalogue, with the reason its company will read."""
    if solution.state in PUBLIC_STATES:
        solution.version += 1
    solution.reasons = reason


@life.move(
    State.LISTED,
    to=State.STALE,
    who=system,
    label=_("Ask for a refresh"),
    done=_("It is time to refresh the description"),
)
def fall_due(solution: Solution, *, by: Any, at: datetime = NOW) -> None:
    """Half a year has passed since the description was confirmed."""


@life.move(
    State.LISTED,
    State.STALE,
    to=State.LISTED,
    who=editor,
    label=_("Confirm the description"),
    done=_("The description of the solution was confirmed"),
)
def confirm(solution: Solution, *, by: Any, at: datetime = NOW) -> None:
    """Say that the description is up to date."""
    solution.confirmed_at = at


@life.move(
    State.DRAFT,
    State.SUBMITTED,
    State.LISTED,
    State.STALE,
    to=State.ARCHIVED,
    who=editor,
    label=_("Archive"),
    done=_("The solution was put into the archive"),
    is_final=True,
)
def archive(solution: Solution, *, by: Any, at: datetime = NOW) -> None:
    """Offer it no more; what was applied for with it stays."""

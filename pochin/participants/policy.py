"""Who is who: the words every room above uses in its rules."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pochin.core.policy import Rule, rule


class Role(models.TextChoices):
    """What a person may be in a programme; nobody is anything everywhere."""

    COORDINATOR = "coordinator", _("coordinator")
    SCREENER = "screener", _("screener")
    EXPERT = "expert", _("expert")
    COMMITTEE = "committee", _("committee member")
    DIRECTOR = "director", _("decision owner")
    PILOT_MANAGER = "manager", _("pilot manager")
    METHODOLOGIST = "methodologist", _("methodologist")
    LAWYER = "lawyer", _("lawyer")
    EXPORT_MANAGER = "export", _("export manager")
    NEED_OWNER = "owner", _("need owner")
    SITE_KEEPER = "site", _("site keeper")
    OBSERVER = "observer", _("observer of the department")
    AUDITOR = "auditor", _("auditor")


STAFF = frozenset(set(Role) - {Role.EXPERT, Role.OBSERVER, Role.AUDITOR})
# Who takes part in the work of a programme; an expert judges it from outside.
WORKING_ROLES = frozenset(set(Role) - {Role.EXPERT})


def programmes(user: Any, *roles: str) -> frozenset[int]:
    """The programmes in which the user holds one of these roles (any, where none is named)."""
    return _programmes(user.hats, roles)


@lru_cache(maxsize=2048)
def _programmes(hats: frozenset[str], roles: tuple[str, ...]) -> frozenset[int]:
    wanted = set(roles) or set(Role)
    held = (hat.partition("@") for hat in hats)
    return frozenset(int(where) for role, _at, where in held if role in wanted and where.isdigit())


def organisations(user: Any, right: str = "view") -> frozenset[int]:
    """The organisations in which the user's seat gives this right: view, edit or sign."""
    return _organisations(user.hats, right)


@lru_cache(maxsize=2048)
def _organisations(hats: frozenset[str], right: str) -> frozenset[int]:
    start = f"{right}@org-"
    return frozenset(int(hat[len(start) :]) for hat in hats if hat.startswith(start))


def ties(user: Any) -> frozenset[int]:
    """The organisations the user may not judge: by a seat in them or by a declared conflict."""
    return organisations(user) | organisations(user, "tie")


def may_have(user: Any, name: str) -> bool:
    """Whether a rule must ask each row if it is the user's own, as `own` declared under a name.

    False only while a page is read by somebody who has no such thing at all.
    """
    asked = getattr(user, "has", None)
    return asked is None or bool(asked(name))


def either(one: Q | None, other: Q | None) -> Q | None:
    """What meets one condition or the other; None stands for one that nothing can meet.

    A list that is asked for often does not ask the database what is known to be empty.
    """
    return one | other if one and other else one or other


def holds(role: str, words: Any) -> Rule:
    """The rule that passes whoever holds `role` in the programme of the thing."""
    return Rule(words, lambda user, thing: f"{role}@{thing.programme_id}" in user.hats)


coordinator = holds(Role.COORDINATOR, _("a coordinator of the programme"))
screener = holds(Role.SCREENER, _("a screener of the programme"))
committee = holds(Role.COMMITTEE, _("a member of the committee"))
director = holds(Role.DIRECTOR, _("a decision owner of the programme"))
pilot_manager = holds(Role.PILOT_MANAGER, _("a pilot manager of the programme"))
methodologist = holds(Role.METHODOLOGIST, _("a methodologist of the programme"))
lawyer = holds(Role.LAWYER, _("a lawyer of the programme"))
need_owner = holds(Role.NEED_OWNER, _("a need owner of the programme"))


@rule(_("somebody who has signed in"))
def signed_in(user: Any, thing: Any) -> bool:
    return user.is_authenticated


@rule(_("the staff of a programme"))
def staff(user: Any, thing: Any) -> bool:
    return bool(programmes(user, *STAFF))


@rule(_("an auditor"))
def auditor(user: Any, thing: Any) -> bool:
    return bool(programmes(user, Role.AUDITOR))


@rule(_("an administrator"))
def administrator(user: Any, thing: Any) -> bool:
    return "administrator" in user.hats


@rule(_("those who edit for the organisation"))
def editor(user: Any, thing: Any) -> bool:
    return f"edit@org-{thing.organisation_id}" in user.hats


@rule(_("those who sign for the organisation"))
def signatory(user: Any, thing: Any) -> bool:
    return f"sign@org-{thing.organisation_id}" in user.hats


@rule(_("people without a conflict of interest"))
def disinterested(user: Any, thing: Any) -> bool:
    return thing.organisation_id not in ties(user)


@rule(_("a coordinator of any programme"))
def any_coordinator(user: Any, thing: Any) -> bool:
    return bool(programmes(user, Role.COORDINATOR))


@rule(_("a coordinator of a programme in which the person has a role"))
def coordinator_of_person(user: Any, thing: Any) -> bool:
    mine = programmes(user, Role.COORDINATOR)
    return bool(mine) and thing.person.roles.filter(programme__in=mine).exists()


@rule(_("the person to whom the invitation was sent"))
def addressee(user: Any, invitation: Any) -> bool:
    return user.is_authenticated and user.email.lower() == invitation.email


@rule(_("the person themselves"))
def oneself(user: Any, thing: Any) -> bool:
    return user.pk is not None and thing.person_id == user.pk


def person_hat(person_id: int | None) -> list[str]:
    """The hat of one person, as a turn's holder; nothing where there is nobody."""
    return [f"person@{person_id}"] if person_id else []


def role_hat(role: str, thing: Any) -> list[str]:
    """The hat of a role in the programme of the thing, as a turn's holder."""
    return [f"{role}@{thing.programme_id}"]


def organisation_hat(organisation_id: int, right: str = "edit") -> list[str]:
    """The hat of those with a right in an organisation, as a turn's holder."""
    return [f"{right}@org-{organisation_id}"]

"""Who is who around an export project. Every rule takes a project or what belongs to one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import Rule, rule
from pochin.participants.policy import Role


@rule(_("those who edit for the company"))
def company(user: Any, thing: Any) -> bool:
    return f"edit@org-{thing.project.organisation_id}" in user.hats


@rule(_("those who sign for the company"))
def signatory(user: Any, thing: Any) -> bool:
    return f"sign@org-{thing.project.organisation_id}" in user.hats


@rule(_("an export manager of the programme"))
def export_manager(user: Any, thing: Any) -> bool:
    return f"{Role.EXPORT_MANAGER}@{thing.project.programme_id}" in user.hats


worker = company | export_manager


def held_from(state: str) -> Rule:
    """The rule that passes while a project is on hold from this state."""
    return Rule(_("those who work on it"), lambda _user, project: project.held_from == state)

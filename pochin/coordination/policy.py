"""Who is who around meetings, tasks and conversations."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pochin.core.policy import rule
from pochin.participants.policy import Role, committee, coordinator, director, pilot_manager

observer = rule(_("an observer of the programme"))(
    lambda user, thing: f"{Role.OBSERVER}@{thing.programme_id}" in user.hats
)
organiser = coordinator | committee | director | pilot_manager | observer


@rule(_("the chair of the meeting"))
def chair(user: Any, meeting: Any) -> bool:
    return user.pk is not None and meeting.chair_id == user.pk


@rule(_("those who are invited"))
def invited(user: Any, meeting: Any) -> bool:
    return user.pk is not None and meeting.invitees.filter(person_id=user.pk).exists()


@rule(_("who answers for the task"))
def responsible(user: Any, task: Any) -> bool:
    return user.pk is not None and task.responsible_id == user.pk


@rule(_("the controller of the task"))
def controller(user: Any, task: Any) -> bool:
    return user.pk is not None and task.controller_id == user.pk

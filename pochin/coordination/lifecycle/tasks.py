"""The life of a task.

given → in work → done → accepted by the controller, or returned; cancelled from anywhere
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.coordination.models import Helper, Resolution, Task, TaskState
from pochin.coordination.policy import controller, organiser, responsible
from pochin.core import numbers
from pochin.core.lifecycle import NOW, STAY, Lifecycle, Refused
from pochin.core.policy import system
from pochin.participants.models import Person, Programme
from pochin.participants.policy import person_hat

OPEN = (TaskState.NEW, TaskState.IN_WORK, TaskState.RETURNED)

life: Lifecycle[Task] = Lifecycle(
    "coordination.task", TaskState, ends=frozenset({TaskState.ACCEPTED, TaskState.CANCELLED})
)
for _state, _words in (
    (TaskState.NEW, _("Take the task")),
    (TaskState.IN_WORK, _("Do the task and report on it")),
    (TaskState.RETURNED, _("Put right what the controller asks for")),
):
    life.waits(
        _state,
        on=lambda task: person_hat(task.responsible_id),
        owner=_("who answers for the task"),
        clock="task",
        days=10,
        until=lambda task: task.due_at,
        words=_words,
    )
life.waits(
    TaskState.DONE,
    on=lambda task: person_hat(task.controller_id),
    owner=_("the controller of the task"),
    clock="task acceptance",
    days=5,
    words=_("Accept the task or return it"),
)


@life.birth(
    TaskState.NEW, who=organiser | system, label=_("Give a task"), done=_("The task was given")
)
def give(
    programme: Programme,
    *,
    by: Any,
    due_on: date,
    responsible: Person,
    controller: Person,
    resolution: Resolution | None = None,
    about: models.Model | None = None,
    at: datetime = NOW,
    **fields: Any,
) -> Task:
    """Ask a person to do something by a day; another one accepts it."""
    if responsible == controller:
        raise Refused(_t("Nobody accepts their own task. Choose another controller."))
    if due_on < timezone.localdate(at):
        raise Refused(_t("The day it is due has passed already. Choose a later one."))
    return Task(
        programme=programme, number=numbers.following(f"task@{programme.pk}"),
        responsible=responsible, controller=controller, due_on=due_on, first_due_on=due_on,
        resolution=resolution, thing=about, **fields,
    )  # fmt: skip


@life.move(
    *OPEN,
    to=STAY,
    who=organiser | controller,
    label=_("Name who helps"),
    done=_("A helper was named"),
)
def add_helper(task: Task, *, by: Any, person: Person, at: datetime = NOW) -> None:
    """Name a person who works on it beside the one who answers for it."""
    Helper.objects.get_or_create(task=task, person=person)


@life.move(
    *OPEN,
    to=TaskState.NEW,
    who=organiser | controller,
    label=_("Hand over to somebody else"),
    done=_("The task was handed over"),
)
def hand_over(task: Task, *, by: Any, person: Person, at: datetime = NOW) -> None:
    """Let another person answer for it; who had it keeps seeing it as one who helps."""
    if person.pk == task.controller_id:
        raise Refused(_t("Nobody accepts their own task. Choose somebody else."))
    if person.pk == task.responsible_id:
        raise Refused(_t("%(person)s answers for it already.") % {"person": person})
    Helper.objects.filter(task=task, person=person).delete()
    Helper.objects.get_or_create(task=task, person_id=task.responsible_id)
    task.responsible = person


@life.move(
    TaskState.NEW,
    to=TaskState.IN_WORK,
    who=responsible,
    label=_("Take the task"),
    done=_("The task was taken up"),
)
def take(task: Task, *, by: Any, at: datetime = NOW) -> None:
    """Say that the work has begun."""


@life.move(
    *OPEN,
    to=TaskState.DONE,
    who=responsible,
    label=_("Report that it is done"),
    done=_("The task was reported done"),
)
def report(task: Task, *, by: Any, words: str, at: datetime = NOW) -> None:
    """Say what was done; the controller accepts it."""
    task.outcome = words


@life.move(
    TaskState.DONE,
    to=TaskState.ACCEPTED,
    who=controller,
    label=_("Accept"),
    done=_("The task was accepted as done"),
)
def accept(task: Task, *, by: Any, at: datetime = NOW) -> None:
    """Agree that it is done."""


@life.move(
    TaskState.DONE,
    to=TaskState.RETURNED,
    who=controller,
    label=_("Return"),
    done=_("The task was returned"),
)
def give_back(task: Task, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Say what is still missing."""


@life.move(
    *OPEN, to=STAY, who=controller, label=_("Move the day"), done=_("The day of the task was moved")
)
def move_due(task: Task, *, by: Any, due_on: date, reason: str, at: datetime = NOW) -> None:
    """Give it another day, with the reason; how often it moved stays to be seen."""
    if due_on < timezone.localdate(at):
        raise Refused(_t("The day it is due has passed already. Choose a later one."))
    task.due_on, task.moved = due_on, task.moved + 1


@life.move(
    *OPEN,
    to=STAY,
    who=responsible,
    label=_("Ask for another day"),
    done=_("Another day was asked for"),
)
def ask_to_move(task: Task, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Ask the controller for more time; the day stays until they move it."""


@life.move(
    *OPEN,
    TaskState.DONE,
    to=TaskState.CANCELLED,
    who=controller | organiser,
    label=_("Cancel"),
    done=_("The task was cancelled"),
    is_final=True,
)
def cancel(task: Task, *, by: Any, reason: str, at: datetime = NOW) -> None:
    """Give it up, with the reason."""

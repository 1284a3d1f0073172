"""Tasks: who answers for them, who helps, who accepts them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.coordination.models.common import READERS, About
from pochin.coordination.models.meetings import Resolution
from pochin.core import imprints, numbers
from pochin.core.calendar import MOSCOW
from pochin.participants.models import (
    Person,
    Programme,
    in_reader_language,
)
from pochin.participants.policy import programmes
from pochin.search import index
from pochin.ui.addresses import address
from pochin.ui.seen import written_once


class TaskState(models.TextChoices):
    """The life of a task."""

    NEW = "new", _("given")
    IN_WORK = "in_work", _("in work")
    DONE = "done", _("done, waits for the controller")
    RETURNED = "returned", _("returned")
    ACCEPTED = "task_accepted", _("accepted")
    CANCELLED = "task_cancelled", _("cancelled")


class Priority(models.IntegerChoices):
    HIGH = 1, _("high")
    USUAL = 2, _("usual")
    LOW = 3, _("low")


class TaskQuerySet(models.QuerySet):
    @written_once
    def visible_to(self, user: Any) -> TaskQuerySet:
        """Those of one's programmes, and those one takes part in."""
        if not user.is_authenticated:
            return self.none()
        helps = Helper.objects.filter(person_id=user.pk).values("task")
        mine = Q(responsible_id=user.pk) | Q(controller_id=user.pk) | Q(pk__in=helps)
        return self.filter(mine | Q(programme__in=programmes(user, *READERS)))


class Task(About):
    """Something one person answers for, and another one accepts."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="tasks")
    number = models.PositiveIntegerField(editable=False)
    title_ru = models.CharField(_("what is to be done, in Russian"), max_length=300)
    title_en = models.CharField(_("what is to be done, in English"), max_length=300, blank=True)
    words = models.TextField(_("in detail"), max_length=6000, blank=True)
    resolution = models.OneToOneField(
        Resolution, models.PROTECT, null=True, related_name="task", editable=False
    )
    responsible = models.ForeignKey(
        Person, models.PROTECT, related_name="+", verbose_name=_("responsible")
    )
    controller = models.ForeignKey(
        Person, models.PROTECT, related_name="+", verbose_name=_("controller")
    )
    due_on = models.DateField(_("due"))
    first_due_on = models.DateField(editable=False)
    moved = models.PositiveSmallIntegerField(default=0, editable=False)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.USUAL
    )
    state = models.CharField(
        max_length=16, choices=TaskState, default=TaskState.NEW, editable=False
    )
    outcome = models.TextField(_("what was done"), max_length=4000, blank=True, editable=False)
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects: ClassVar[models.Manager] = TaskQuerySet.as_manager()
    shown_with = ("programme",)

    class Meta:
        verbose_name = pgettext_lazy("coordination", "task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="task_number_once"),
            models.CheckConstraint(
                name="task_is_accepted_by_another", condition=~Q(responsible=F("controller"))
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "state", "due_on"]),
            models.Index(fields=["responsible", "state"]),
        ]

    def __str__(self) -> str:
        return in_reader_language(self.title_ru, self.title_en)

    @property
    def code(self) -> str:
        """The number as people read it."""
        return numbers.written("task", self.number)

    @property
    def due_at(self) -> datetime:
        """The last moment of the due day, in Moscow."""
        return datetime.combine(self.due_on, time(23, 59, 59), MOSCOW)

    def get_absolute_url(self) -> str:
        return address("coordination:task", self.programme.code, self.number)


class Helper(models.Model):
    """Somebody who works on a task beside the one who answers for it."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="helpers")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "person"], name="helper_once")]

    def __str__(self) -> str:
        return str(self.person)


index.declare(
    Task,
    title=lambda t: f"{t.title_ru} {t.title_en}",
    text=lambda t: t.words,
    number=lambda t: f"Т-{t.number}",
)
imprints.keep(Task, along=lambda t: [t.helpers])

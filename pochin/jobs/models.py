"""The queue's tables: jobs, and when each periodic task was last due."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """waiting → running → done; a failure waits again until its attempts are used up."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


LIVE = [State.WAITING, State.RUNNING]
OVER = [State.DONE, State.FAILED, State.CANCELLED]


def short(task: str) -> str:
    """The room and the name of a task.

    >>> short("pochin.measurements.tasks.take_in")
    'measurements.take_in'
    """
    return task.removeprefix("pochin.").replace(".tasks.", ".")


class JobQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> JobQuerySet:
        """Those who keep the installation running; others see the progress of their own thing."""
        return self if "administrator" in user.hats else self.none()

    def due(self, at: datetime, queues: tuple[str, ...] = ()) -> JobQuerySet:
        """What may be begun now, the most pressing first; no queues named means all."""
        waiting = self.filter(state=State.WAITING, run_after__lte=at)
        chosen = waiting.filter(queue__in=queues) if queues else waiting
        return chosen.order_by("-priority", "run_after", "enqueued_at")

    def expired(self, at: datetime) -> JobQuerySet:
        """What a worker began and, as it seems, died over."""
        return self.filter(state=State.RUNNING, lease_until__lt=at)


class Job(models.Model):
    """One piece of work, from the moment it is asked for until its result is forgotten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.CharField(_("task"), max_length=200)
    queue = models.CharField(_("queue"), max_length=40, default="default")
    priority = models.SmallIntegerField(_("priority"), default=0)
    arguments = models.JSONField(default=dict)
    # Two live jobs never share a key; `asked` counts how often the one was asked for.
    unique_key = models.CharField(max_length=250, blank=True)
    asked = models.PositiveIntegerField(default=1)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    run_after = models.DateTimeField(_("not before"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    attempts_allowed = models.PositiveSmallIntegerField(default=5)
    enqueued_at = models.DateTimeField(_("asked for"))
    started_at = models.DateTimeField(_("first begun"), null=True)
    attempted_at = models.DateTimeField(_("last begun"), null=True)
    finished_at = models.DateTimeField(_("ended"), null=True)
    # A worker holds the job by this word until that moment; each beat of its heart moves it on.
    lease = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    workers = models.JSONField(default=list)
    share = models.FloatField(_("share done"), null=True)
    message = models.CharField(_("what it is doing"), max_length=200, blank=True)
    is_cancel_asked = models.BooleanField(default=False)
    result = models.JSONField(null=True)
    errors = models.JSONField(default=list)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        constraints = [
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=Q(state__in=["waiting", "running"]) & ~Q(unique_key=""),
                name="job_one_live_per_key",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True)),
                name="job_runs_under_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gte=0, share__lte=1),
                name="job_share_is_a_share",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-priority", "run_after", "enqueued_at"],
                condition=Q(state="waiting"),
                name="job_next",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="job_running"),
            models.Index(fields=["state", "finished_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.task} ({self.get_state_display()})"

    @property
    def name(self) -> str:
        """The room and the task, as people speak of them."""
        return short(self.task)


class Schedule(models.Model):
    """The last slot of a periodic task that was put into the queue."""

    task = models.CharField(primary_key=True, max_length=200)
    last = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.task} {self.last:%Y-%m-%d %H:%M}"

"""The task API of Django on our own queue: what `@task` may say, and how work is asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import InvalidTaskError, TaskResultDoesNotExist
from django_tasks.signals import task_enqueued
from django_tasks.utils import normalize_json

from pochin.jobs import cron
from pochin.jobs.models import LIVE, Job, State

STATUS = {
    State.WAITING: TaskResultStatus.READY,
    State.RUNNING: TaskResultStatus.RUNNING,
    State.DONE: TaskResultStatus.SUCCESSFUL,
    State.FAILED: TaskResultStatus.FAILED,
    State.CANCELLED: TaskResultStatus.FAILED,
}
# Periodic tasks by path; filled as the rooms' `tasks` modules are imported.
periodic: dict[str, QueuedTask] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedTask(Task):
    """A task with what our queue knows beyond the common API.

    Args:
        attempts: How often it is begun before it counts as failed.
        unique: Asking for it twice leaves one job; ``True`` compares all arguments, a
            function of the arguments names the key.
        rerun: Asked for once more while it runs, it runs once more afterwards.
        cron: When it is due by itself, as ``minute hour day month weekday``.
    """

    attempts: int = 5
    unique: bool | Callable[..., str] = False
    rerun: bool = False
    cron: str = ""

    def __post_init__(self) -> None:
        # Not super(): a dataclass with slots is a second class, and super() knows the first.
        Task.__post_init__(self)
        if self.cron:
            cron.parse(self.cron)
            periodic.setdefault(self.module_path, self)

    def key(self, args: Any, kwargs: Any) -> str:
        """The name two equal requests share; empty where each counts."""
        if not (self.unique or self.cron):
            return ""
        if callable(self.unique):
            return f"{self.module_path}:{self.unique(*args, **kwargs)}"
        said = json.dumps([args, kwargs], sort_keys=True).encode()
        return f"{self.module_path}:{hashlib.sha256(said).hexdigest()[:24]}"


class DatabaseBackend(BaseTaskBackend):
    """Keeps jobs beside the data they are about, so that both commit together."""

    task_class = QueuedTask
    supports_defer = True
    supports_get_result = True
    supports_priority = True

    def validate_task(self, task: Task) -> None:
        super().validate_task(task)
        if getattr(task, "attempts", 1) < 1:
            raise InvalidTaskError("attempts must be 1 or more.")

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        self.validate_task(task)
        job = ask(task, normalize_json(args), normalize_json(kwargs), at=timezone.now())
        result = as_result(job, task)
        task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> TaskResult:
        try:
            return as_result(Job.objects.get(pk=result_id))
        except (Job.DoesNotExist, ValidationError) as no_such:
            raise TaskResultDoesNotExist(result_id) from no_such


def ask(task: Any, args: list[Any], kwargs: dict[str, Any], *, at: datetime) -> Job:
    """Put the work into the queue, or find the live job that already stands for it."""
    job = Job(
        task=task.module_path,
        queue=task.queue_name,
        priority=task.priority,
        arguments=storable({"args": args, "kwargs": kwargs}),
        unique_key=task.key(args, kwargs),
        attempts_allowed=task.attempts,
        enqueued_at=at,
        run_after=task.run_after or at,
    )
    if not job.unique_key:
        job.save(force_insert=True)
        return job
    live = Job.objects.filter(unique_key=job.unique_key, state__in=LIVE)
    for _attempt in range(100):
        Job.objects.bulk_create([job], ignore_conflicts=True)
        # The row stays locked until we commit: nobody begins the job before our data are there.
        live.exclude(pk=job.pk).update(asked=F("asked") + 1)
        if found := live.first():
            return found
        # The job we met ended in between: ask again.
    raise RuntimeError(f"{job.unique_key} could not be put into the queue")


def storable(value: Any) -> Any:
    """The value as both databases can keep it: PostgreSQL's JSON knows no NUL."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {storable(key): storable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [storable(one) for one in value]
    return value


def task_of(job: Job) -> Any:
    """The function behind a job.

    Raises:
        ImportError: It was renamed or removed since the job was asked for.
    """
    task = import_string(job.task)
    if not isinstance(task, Task):
        raise ImportError(f"{job.task} is no task")
    return task


def as_result(job: Job, task: Task | None = None) -> TaskResult:
    """A job in the words of the common API."""
    result: TaskResult = TaskResult(
        task=task or task_of(job),
        id=str(job.pk),
        status=STATUS[State(job.state)],
        enqueued_at=job.enqueued_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_attempted_at=job.attempted_at,
        args=job.arguments["args"],
        kwargs=job.arguments["kwargs"],
        backend="default",
        errors=[_error(told) for told in job.errors],
        worker_ids=list(job.workers),
    )
    object.__setattr__(result, "_return_value", job.result)
    return result


def _error(told: dict[str, str]) -> TaskError:
    return TaskError(exception_class_path=told["kind"], traceback=told["traceback"])

"""What the staff page asks of the queue: how long it is, how old, what failed, what comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.module_loading import autodiscover_modules

from pochin.jobs import backend, cron
from pochin.jobs.models import Job, JobQuerySet, Schedule, State, short


@dataclass(frozen=True, slots=True)
class Figures:
    """The queue at a glance; ages are counted from when a job could first have been begun."""

    waiting: int
    due: int
    running: int
    oldest_due: timedelta | None
    done_last_day: int
    failed_last_day: int
    failed: int

    @property
    def later(self) -> int:
        """What waits for its time."""
        return self.waiting - self.due


def figures(*, at: datetime) -> Figures:
    """The numbers on top of the page, in one query."""
    due = Q(state=State.WAITING, run_after__lte=at)
    recent = Q(finished_at__gt=at - timedelta(days=1))
    counts = Job.objects.aggregate(
        waiting=Count("pk", filter=Q(state=State.WAITING)),
        due=Count("pk", filter=due),
        running=Count("pk", filter=Q(state=State.RUNNING)),
        oldest=Min("run_after", filter=due),
        done_last_day=Count("pk", filter=Q(state=State.DONE) & recent),
        failed_last_day=Count("pk", filter=Q(state=State.FAILED) & recent),
        failed=Count("pk", filter=Q(state=State.FAILED)),
    )
    oldest = counts.pop("oldest")
    return Figures(**counts, oldest_due=at - oldest if oldest else None)


@dataclass(frozen=True, slots=True)
class Line:
    """The jobs of one task that wait."""

    task: str
    queue: str
    count: int
    oldest: datetime

    @property
    def name(self) -> str:
        return short(self.task)


def lines() -> list[Line]:
    """What waits, by task, the oldest first."""
    groups = Job.objects.filter(state=State.WAITING).values("task", "queue")
    counted = groups.annotate(count=Count("pk"), oldest=Min("run_after")).order_by("oldest")
    return [Line(**group) for group in counted]


def running() -> JobQuerySet:
    """What is being done now, the longest first."""
    return Job.objects.filter(state=State.RUNNING).order_by("attempted_at")


def failures() -> JobQuerySet:
    """What failed for good, the latest first."""
    return Job.objects.filter(state=State.FAILED).order_by("-finished_at")


def why(job: Job) -> str:
    """Why a job failed, in one line: the last of what it said."""
    told = job.errors[-1]["traceback"].strip().splitlines() if job.errors else []
    return str(told[-1])[:300] if told else ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A periodic task: when it was last due."""

    task: str
    cron: str
    last: datetime | None
    due: datetime

    @property
    def name(self) -> str:
        return short(self.task)

    @property
    def is_late(self) -> bool:
        return self.last is not None and self.last < self.due


def slots(*, at: datetime) -> list[Slot]:
    """All periodic tasks; one that is late for minutes means that no worker runs."""
    autodiscover_modules("tasks")
    last: dict[str, Any] = dict(Schedule.objects.values_list("task", "last"))
    return [
        Slot(path, task.cron, last.get(path), cron.parse(task.cron).latest(at))
        for path, task in sorted(backend.periodic.items())
    ]

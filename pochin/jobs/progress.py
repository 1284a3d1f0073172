"""What a long task says of itself while it runs, and where it learns that it should stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from pochin.jobs import queue
from pochin.jobs.models import OVER, Job

TICK_S = 1.0  # how often news of progress is written down


class Halt(BaseException):
    """The task must not go on. Not an Exception, so that tasks do not catch it by accident."""


class Cancelled(Halt):
    """Somebody asked to stop this job."""


class Stopping(Halt):
    """The worker is shutting down; the job will be begun again elsewhere."""


class Lost(Halt):
    """Another worker has the job: our heart stood still for too long."""


@dataclass
class Running:
    """A job in this worker's hands: what it last said, and whether it may go on."""

    job: Job
    lease: timedelta
    is_stopping: Callable[[], bool] = lambda: False
    news: dict[str, Any] = field(default_factory=dict)
    halt: type[Halt] | None = None
    has_heart: bool = False

    def beat(self) -> None:
        """Write the news down, keep the lease, learn whether to stop."""
        news, self.news = self.news, {}
        if not queue.beat(self.job, timezone.now() + self.lease, **news):
            self.halt = Lost
        elif Job.objects.filter(pk=self.job.pk, is_cancel_asked=True).exists():
            self.halt = Cancelled


_running: ContextVar[Running | None] = ContextVar("running", default=None)


def report(share: float | None = None, message: str = "") -> None:
    """Say how far the work is, from 0 to 1, and what is being done; stop here if asked to.

    Costs nothing to call often. Outside a worker it does nothing.
    """
    running = _running.get()
    if running is None:
        return
    bounded = None if share is None else min(max(float(share), 0.0), 1.0)
    running.news = {"share": bounded, "message": message[:200]}
    if not running.has_heart:
        running.beat()
    if running.is_stopping():
        raise Stopping
    if running.halt is not None:
        raise running.halt


@contextmanager
def held(running: Running, *, heart: bool) -> Iterator[Running]:
    """Within, `report` speaks of this job, and its lease is kept while it runs."""
    token = _running.set(running)
    try:
        if heart:
            with _heart(running):
                yield running
        else:
            yield running
    finally:
        _running.reset(token)


@contextmanager
def _heart(running: Running) -> Iterator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=_keep_beating, args=(running, ended), daemon=True)
    running.has_heart = True
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _keep_beating(running: Running, ended: threading.Event) -> None:
    """Beat thrice a lease, and sooner when there is news; on a connection of its own."""
    tick_s = min(TICK_S, running.lease.total_seconds() / 4)
    rest_s = running.lease.total_seconds() / 3
    last = time.monotonic()
    try:
        while not ended.wait(tick_s):
            if running.news or time.monotonic() - last >= rest_s:
                last = time.monotonic()
                try:
                    running.beat()
                except DatabaseError:
                    # A busy or restarting database: the next beat may reach it.
                    connection.close()
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Progress:
    """What a page may show of a job."""

    state: str
    share: float | None
    message: str
    since: datetime
    is_over: bool
    is_cancel_asked: bool


def of(job_id: Any) -> Progress | None:
    """How far a job is; None once its result is forgotten.

    Whoever shows it answers for who may see it: the job belongs to a thing of theirs.
    """
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        return None
    since = job.attempted_at or job.enqueued_at
    is_over = job.state in OVER
    return Progress(job.state, job.share, job.message, since, is_over, job.is_cancel_asked)

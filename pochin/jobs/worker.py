"""The worker: takes jobs one after another in this very process, and leaves cleanly when told to.

It never forks: the native libraries that some tasks use do not survive a fork. Several workers
are several processes, each started anew.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from django.utils import timezone, translation
from django.utils.crypto import get_random_string
from django.utils.module_loading import autodiscover_modules
from django_tasks.base import TaskContext

from pochin.jobs import backend, cron, progress, queue
from pochin.jobs.models import Job, Schedule

log = logging.getLogger(__name__)

LEASE_S = 30.0
POLL_S = 0.5
LOOK_ROUND_S = 2.0


class Stop:
    """Whether the worker was told to leave. A plain flag: it is set from a signal."""

    def __init__(self) -> None:
        self.is_asked = False

    def __call__(self) -> bool:
        return self.is_asked

    def ask(self, *_signal: Any) -> None:
        if self.is_asked:
            raise KeyboardInterrupt  # told twice: leave at once
        self.is_asked = True


def run(
    *,
    queues: tuple[str, ...] = (),
    lease_s: float = LEASE_S,
    poll_s: float = POLL_S,
    is_burst: bool = False,
    stop: Callable[[], bool] | None = None,
) -> int:
    """Work until told to stop by SIGTERM or SIGINT; returns how many jobs were run.

    The job in hand is finished first, or given back at its next `progress.report`. With
    `is_burst` the worker leaves as soon as nothing is due. Give `stop` to run outside the
    main thread, where no signal arrives.
    """
    autodiscover_modules("tasks")
    name = f"{socket.gethostname()}-{os.getpid()}-{get_random_string(4)}"
    count, looked_round = 0, -LOOK_ROUND_S
    with _told_by_signal(stop) as is_asked:
        while not is_asked():
            try:
                if time.monotonic() - looked_round >= LOOK_ROUND_S:
                    look_round(at=timezone.now())
                    looked_round = time.monotonic()
                is_idle = not _work_once(name, queues, lease_s, is_asked)
            except (OperationalError, InterfaceError):
                log.exception("The database does not answer; the worker waits for it.")
                is_idle = True
            count += not is_idle
            close_old_connections()
            if is_idle and is_burst:
                break
            if is_idle and not is_asked():
                time.sleep(poll_s)
    return count


def run_due(*, at: datetime | None = None, limit: int = 1000) -> int:
    """Run what is due, here and now, in the caller's own thread: for tests and commands."""
    count = 0
    lease = timedelta(seconds=LEASE_S)
    while count < limit:
        moment = at or timezone.now()
        job = queue.take("here", at=moment, lease=lease)
        if job is None:
            break
        carry_out(progress.Running(job, lease), heart=False, at=at)
        count += 1
    return count


def look_round(*, at: datetime) -> None:
    """Do what no job does: take back lost jobs, put periodic tasks into the queue."""
    queue.collect_lost(at=at)
    queue.bring_back_from_tomorrow(at=at)
    for path, task in backend.periodic.items():
        _put_in_when_due(path, task, at)


def _put_in_when_due(path: str, task: Any, at: datetime) -> None:
    slot = cron.parse(task.cron).latest(at)
    known, is_new = Schedule.objects.get_or_create(task=path, defaults={"last": slot})
    # A mark that lies ahead was made by a clock that ran ahead: it would stop the task until then.
    is_ahead = known.last > at + queue.SKEW
    if is_new or (known.last >= slot and not is_ahead):
        return
    with transaction.atomic():
        # Whoever moves the mark puts the task in; of two workers the second finds it moved.
        if Schedule.objects.filter(task=path, last=known.last).update(last=slot):
            task.enqueue()


def _work_once(
    name: str, queues: tuple[str, ...], lease_s: float, is_stopping: Callable[[], bool]
) -> bool:
    lease = timedelta(seconds=lease_s)
    job = queue.take(name, at=timezone.now(), lease=lease, queues=queues)
    if job is None:
        return False
    running = progress.Running(job, lease, is_stopping)
    try:
        carry_out(running, heart=True)
    except KeyboardInterrupt:
        queue.give_back(job, at=timezone.now())
        raise
    return True


def carry_out(running: progress.Running, *, heart: bool, at: datetime | None = None) -> None:
    """Run one job and write down how it ended."""
    job = running.job

    def now() -> datetime:
        return at or timezone.now()

    try:
        task = backend.task_of(job)
    except ImportError as gone:
        queue.failed(job, gone, at=now(), is_final=True)
        return
    try:
        with translation.override(settings.LANGUAGE_CODE), progress.held(running, heart=heart):
            result = _call(task, job)
        queue.done(job, result, at=now(), rerun=task.rerun)
    except progress.Cancelled:
        queue.cancelled(job, at=now())
    except progress.Stopping:
        queue.give_back(job, at=now())
    except progress.Lost:
        log.warning("Job %s was taken by another worker; its lease had ended.", job.pk)
    except Exception as error:
        log.exception("Job %s (%s) failed, attempt %d.", job.pk, job.task, job.attempts)
        queue.failed(job, error, at=now())


def _call(task: Any, job: Job) -> Any:
    args, kwargs = job.arguments["args"], job.arguments["kwargs"]
    if task.takes_context:
        return task.call(TaskContext(task_result=backend.as_result(job, task)), *args, **kwargs)
    return task.call(*args, **kwargs)


@contextmanager
def _told_by_signal(stop: Callable[[], bool] | None) -> Iterator[Callable[[], bool]]:
    if stop is not None:
        yield stop
        return
    told = Stop()
    before = {number: signal.signal(number, told.ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

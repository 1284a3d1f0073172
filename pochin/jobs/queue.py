"""Taking jobs and giving them back: only the holder of a lease can close its job."""

from __future__ import annotations

import secrets
import traceback
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django_tasks.utils import get_module_path, normalize_json

from pochin.core.lifecycle import Refused
from pochin.jobs.backend import storable
from pochin.jobs.models import LIVE, Job, JobQuerySet, State

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
# Clocks of several machines differ by less; a moment further ahead was written by a wrong clock.
SKEW = timedelta(hours=1)
ERRORS_KEPT = 5
TRACEBACK_KEPT = 10_000
FREE = {"lease": "", "lease_until": None}
BEGUN = ["state", "lease", "lease_until", "started_at", "attempted_at", "attempts", "workers"]
BEGUN += ["share", "message"]


def pause(attempts: int) -> timedelta:
    """How long a job rests after so many failures: doubling, up to an hour.

    >>> [pause(n).seconds for n in (1, 2, 3, 20)]
    [5, 10, 20, 3600]
    """
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)


def take(
    worker: str, *, at: datetime, lease: timedelta, queues: tuple[str, ...] = ()
) -> Job | None:
    """Begin the most pressing job, so that no other worker begins it too."""
    due = Job.objects.due(at, queues)
    # Where there are no row locks the transaction below stops every writer: look first.
    if not connection.features.has_select_for_update and not due.exists():
        return None
    with transaction.atomic():
        job = due.select_for_update(skip_locked=True).first()
        if job is not None:
            _begin(job, worker, at, lease)
    return job


def _begin(job: Job, worker: str, at: datetime, lease: timedelta) -> None:
    job.state = State.RUNNING
    job.lease, job.lease_until = secrets.token_hex(16), at + lease
    job.started_at, job.attempted_at = job.started_at or at, at
    job.attempts += 1
    job.workers = [*job.workers, worker][-20:]
    job.share, job.message = None, ""
    job.save(update_fields=BEGUN)


def held(job: Job) -> JobQuerySet:
    """The job's row, as long as it is still ours."""
    return Job.objects.filter(pk=job.pk, state=State.RUNNING, lease=job.lease)


def beat(job: Job, until: datetime, **progress: Any) -> bool:
    """Keep the job; False when it was taken from us meanwhile."""
    return bool(held(job).update(lease_until=until, **progress))


def done(job: Job, result: Any, *, at: datetime, rerun: bool = False) -> None:
    """Close the job with its result, or begin again what was asked for once more meanwhile."""
    ended = {
        **FREE,
        "state": State.DONE,
        "finished_at": at,
        "share": 1.0,
        "result": storable(normalize_json(result)),
    }
    mine = held(job)
    if (mine.filter(asked=job.asked) if rerun else mine).update(**ended) == 0:
        mine.update(**FREE, state=State.WAITING, run_after=at, attempts=0)


def failed(job: Job, error: BaseException, *, at: datetime, is_final: bool = False) -> None:
    """Let the job rest and try again, or close it when its attempts are used up."""
    told = {
        "kind": get_module_path(type(error)),
        "traceback": "".join(traceback.format_exception(error))[-TRACEBACK_KEPT:],
        "at": at.isoformat(),
    }
    errors = [*job.errors, storable(told)][-ERRORS_KEPT:]
    if is_final or job.attempts >= job.attempts_allowed:
        held(job).update(**FREE, state=State.FAILED, finished_at=at, errors=errors)
    else:
        again_at = at + pause(job.attempts)
        held(job).update(**FREE, state=State.WAITING, run_after=again_at, errors=errors)


def cancelled(job: Job, *, at: datetime) -> None:
    """Close a job that stopped because it was asked to."""
    held(job).update(**FREE, state=State.CANCELLED, finished_at=at)


def give_back(job: Job, *, at: datetime) -> None:
    """Leave the job to another worker; the attempt does not count."""
    held(job).update(**FREE, state=State.WAITING, run_after=at, attempts=F("attempts") - 1)


class WorkerLost(Exception):
    """The worker stopped answering: it was killed, or its machine was."""


def collect_lost(*, at: datetime) -> int:
    """Take jobs back whose worker died; returns how many."""
    count = 0
    for job in Job.objects.expired(at):
        # Conditional on the lease we saw: a heart that beats again keeps its job.
        with transaction.atomic():
            if not held(job).filter(lease_until__lt=at).update(lease_until=at):
                continue
            if job.is_cancel_asked:
                cancelled(job, at=at)
            elif job.attempts >= job.attempts_allowed:
                failed(job, WorkerLost(job.workers[-1]), at=at, is_final=True)
            else:
                held(job).update(**FREE, state=State.WAITING, run_after=at)
        count += 1
    return count


def bring_back_from_tomorrow(*, at: datetime) -> int:
    """Make due now what a clock that ran ahead put off; returns how much there was.

    Else it would wait until that moment really comes, be it a day or a year.
    """
    ahead = at + SKEW
    begun = Job.objects.filter(state=State.RUNNING, lease_until__gt=ahead)
    freed = begun.update(lease_until=at)
    asked = Q(enqueued_at__gt=ahead) | Q(attempted_at__gt=ahead)
    waiting = Job.objects.filter(asked, state=State.WAITING)
    return freed + waiting.update(run_after=at, enqueued_at=at, attempted_at=None)


def cancel(job: Job, *, at: datetime) -> None:
    """Take a waiting job out of the queue; ask a running one to stop at its next step."""
    waiting = Job.objects.filter(pk=job.pk, state=State.WAITING)
    if waiting.update(state=State.CANCELLED, finished_at=at):
        return
    running = Job.objects.filter(pk=job.pk, state=State.RUNNING)
    if not running.update(is_cancel_asked=True):
        raise Refused(_("This work has already ended. There is nothing to stop."))


def again(job: Job, *, at: datetime) -> None:
    """Put a failed or cancelled job back into the queue, with all its attempts."""
    if job.unique_key and Job.objects.filter(unique_key=job.unique_key, state__in=LIVE).exists():
        raise Refused(_("The same work is already in the queue. Wait until it ends."))
    over = Job.objects.filter(pk=job.pk, state__in=[State.FAILED, State.CANCELLED])
    fresh = {"attempts": 0, "is_cancel_asked": False, "finished_at": None}
    if not over.update(state=State.WAITING, run_after=at, **fresh):
        raise Refused(_("Only work that failed or was stopped can be begun again."))


def forget(*, before: datetime) -> int:
    """Remove jobs that ended before that moment, with their results."""
    return Job.objects.filter(finished_at__lt=before).exclude(state__in=LIVE).delete()[0]

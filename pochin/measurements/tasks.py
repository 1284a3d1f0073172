"""What happens to batches in the background: taking in, leaving out, repairing after a crash."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_tasks import task

from pochin.core.models import Entry
from pochin.core.reactions import reacts_to
from pochin.jobs import progress
from pochin.jobs.models import Job
from pochin.measurements import lifecycle, taking, upkeep
from pochin.measurements.models import Batch

STALE = timedelta(days=1)


@task(unique=True, rerun=True)
def take_in(batch_id: int) -> str:
    """Check the rows of a batch and bring the good ones into the store."""
    return lifecycle.take_in(Batch.objects.select_related("pilot").get(pk=batch_id)).state


@task(unique=True, rerun=True)
def tidy(batch_id: int) -> str:
    """Make a version of the store without the rows of a batch that does not count."""
    return lifecycle.tidy(Batch.objects.select_related("pilot").get(pk=batch_id)).state


@task(cron="*/10 * * * *")
def reconcile() -> int:
    """Ask again for work that was lost, and clear away what crashed workers left behind."""
    now = timezone.now()
    waiting = upkeep.lost_work()
    for batch_id in waiting:
        take_in.enqueue(batch_id)
    taking.sweep(before=(now - STALE).timestamp())
    return len(waiting)


@task(cron="15 2 * * *")
def keep_stores() -> None:
    """Every night: repair, compare and tidy the store of each pilot that has readings."""
    for pilot_id in upkeep.stores():
        keep_store.enqueue(pilot_id)


@task(unique=True, attempts=2)
def keep_store(pilot_id: int) -> dict[str, Any]:
    """Bring store and database together, compare moments with all rows, join small files.

    Raises:
        upkeep.MomentsDiffer: The moments are not those of the rows; the administrator sees it.
    """
    return upkeep.keep(pilot_id, at=timezone.now())


@reacts_to("measurements.check", "measurements.reopen")
def begin(entry: Entry) -> None:
    """Somebody gave the go-ahead."""
    take_in.enqueue(entry.thing_id)


@reacts_to("measurements.withdraw", "measurements.reject")
def clear(entry: Entry) -> None:
    """The rows of the batch do not count any more."""
    tidy.enqueue(entry.thing_id)


def progress_of(batch: Batch) -> Any:
    """How far the work on a batch is; None where there is none."""
    named: Any = take_in
    key = named.key([batch.pk], {})
    job = Job.objects.filter(unique_key=key).order_by("-enqueued_at").first()
    return progress.of(job.pk) if job is not None else None

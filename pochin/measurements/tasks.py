"""What happens to batches in the background: taking in, leaving out, repairing after a crash."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_tasks import task

from pochin.core.models import Entry
from pochin.core.reactions import reacts_to
from pochin.jobs import progress, queue
from pochin.jobs.models import LIVE, Job
from pochin.measurements import feeding, lifecycle, parts, taking, upkeep, watching
from pochin.measurements.models import Batch
from pochin.pilots.models import Pilot

STALE = timedelta(days=1)


@task(unique=True, rerun=True)
def take_in(batch_id: int) -> str:
    """Check the rows of a batch and bring the good ones into the store."""
    batch = lifecycle.take_in(Batch.objects.select_related("pilot").get(pk=batch_id))
    if upkeep.is_scattered(batch.pilot):
        join_files.enqueue(batch.pilot_id)
    return batch.state


@task(unique=True)
def join_files(pilot_id: int) -> int:
    """Join the small files of a pilot, so that the next questions are quick; the version then."""
    return upkeep.join(Pilot.objects.get(pk=pilot_id))


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
    parts.sweep(at=now)
    taking.sweep(before=(now - STALE).timestamp())
    return len(waiting)


@task(cron="15 2 * * *")
def keep_stores() -> None:
    """Every night: repair, compare and tidy the store of each pilot that has readings."""
    for pilot_id in upkeep.stores():
        keep_store.enqueue(pilot_id)


@task(cron="40 3 * * *")
def watch_all() -> None:
    """Every night: look over each pilot under way, because periods end without any file."""
    for pilot_id in watching.under_way():
        look_over.enqueue(pilot_id)


@task(unique=True, rerun=True)
def look_over(pilot_id: int) -> int:
    """Look over the readings of a pilot under way; returns how much was noticed."""
    return watching.look_over_again(pilot_id, at=timezone.now())


@task(unique=True, attempts=2)
def keep_store(pilot_id: int) -> dict[str, Any]:
    """Bring store and database together, compare moments with all rows, join small files.

    Raises:
        upkeep.MomentsDiffer: The moments are not those of the rows; the administrator sees it.
    """
    return upkeep.keep(pilot_id, at=timezone.now())


@task(cron="*/5 * * * *")
def look_into_folders() -> None:
    """Look into every watched folder."""
    for feed_id in feeding.watched():
        look_into.enqueue(feed_id)


@task(unique=True)
def look_into(feed_id: int) -> int:
    """Send the new files of one watched folder; returns how many."""
    return len(feeding.look(feed_id, at=timezone.now()))


@reacts_to("measurements.check", "measurements.reopen")
def begin(entry: Entry) -> None:
    """Somebody gave the go-ahead."""
    take_in.enqueue(entry.thing_id)


@reacts_to("measurements.stop")
def halt(entry: Entry) -> None:
    """Nobody waits for this work any more."""
    job = _job(entry.thing_id)
    if job is not None and job.state in LIVE:
        queue.cancel(job, at=timezone.now())


@reacts_to("measurements.withdraw", "measurements.reject", "measurements.stop")
def clear(entry: Entry) -> None:
    """The rows of the batch do not count any more."""
    tidy.enqueue(entry.thing_id)


@reacts_to(
    "measurements.accept", "measurements.renew", "measurements.confirm", "measurements.withdraw"
)
def see(entry: Entry) -> None:
    """Other readings count now: look them over."""
    for pilot_id in watching.pilot_of_batch(entry.thing_id):
        look_over.enqueue(pilot_id)


def _job(batch_id: int | None) -> Job | None:
    """The last job that takes a batch in."""
    named: Any = take_in
    jobs = Job.objects.filter(unique_key=named.key([batch_id], {}))
    return jobs.order_by("-enqueued_at").first()


def progress_of(batch: Batch) -> Any:
    """How far the work on a batch is; None where there is none."""
    job = _job(batch.pk)
    return progress.of(job.pk) if job is not None else None

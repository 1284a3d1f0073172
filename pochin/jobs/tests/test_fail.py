"""Work that fails: it rests, tries again, and in the end stays failed for people to see."""

from datetime import UTC, datetime, timedelta

import pytest
from django_tasks import TaskResultStatus

from pochin.core.lifecycle import Refused
from pochin.jobs import queue, readings, worker
from pochin.jobs.models import Job
from pochin.jobs.tests import sample

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEASE = timedelta(seconds=30)
pytestmark = pytest.mark.django_db


def asked(task, *args) -> Job:
    """A job that may be begun from noon on."""
    return Job.objects.get(pk=task.using(run_after=NOON).enqueue(*args).id)


def after(**delta) -> datetime:
    return NOON + timedelta(**delta)


def test_failed_work_rests_twice_as_long_each_time_and_then_stays_failed(paper):
    job = asked(sample.fail, paper)

    ran = [worker.run_due(at=after(seconds=s)) for s in (0, 4, 5, 14, 15, 9999)]

    job.refresh_from_db()
    assert ran == [1, 0, 1, 0, 1, 0]
    assert (job.state, job.attempts) == ("failed", 3)
    assert sample.fail.get_result(str(job.pk)).status == TaskResultStatus.FAILED


def test_what_went_wrong_is_kept_for_each_attempt(paper):
    job = asked(sample.fail, paper)
    for s in (0, 5, 15):
        worker.run_due(at=after(seconds=s))

    errors = sample.fail.get_result(str(job.pk)).errors
    assert [e.exception_class for e in errors] == [ValueError] * 3
    assert errors[0].traceback.splitlines()[-1] == "ValueError: the file said � nothing"


def test_a_task_that_no_longer_exists_fails_at_once():
    job = asked(sample.answer)
    Job.objects.update(task="pochin.jobs.tests.sample.renamed")

    worker.run_due(at=NOON)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 1)


def test_a_failed_job_can_be_begun_again_by_hand(paper):
    job = asked(sample.fail, paper)
    for s in (0, 5, 15):
        worker.run_due(at=after(seconds=s))
    assert list(readings.failures()) == [job]

    queue.again(job, at=after(hours=1))

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("waiting", 0)
    assert worker.run_due(at=after(hours=1)) == 1


def test_work_that_ended_well_is_not_begun_again(paper):
    job = asked(sample.write, paper, "x")
    worker.run_due(at=NOON)

    with pytest.raises(Refused, match="Only work that failed or was stopped"):
        queue.again(job, at=NOON)


def test_stopped_work_is_not_begun_again_beside_its_twin(paper):
    job = asked(sample.count, paper)
    queue.cancel(job, at=NOON)
    sample.count.enqueue(paper)

    with pytest.raises(Refused, match="already in the queue"):
        queue.again(job, at=NOON)


def test_a_lost_job_is_taken_again_once_its_lease_is_over():
    job = asked(sample.answer)
    queue.take("a", at=NOON, lease=LEASE)

    assert queue.collect_lost(at=after(seconds=30)) == 0
    assert queue.take("b", at=after(seconds=30), lease=LEASE) is None
    assert queue.collect_lost(at=after(seconds=31)) == 1
    assert queue.take("b", at=after(seconds=31), lease=LEASE).workers == ["a", "b"]
    assert Job.objects.get(pk=job.pk).attempts == 2


def test_a_job_that_kills_every_worker_is_failed_in_the_end():
    job = asked(sample.fail, "x")

    for hour in range(3):
        queue.take("a", at=after(hours=hour), lease=LEASE)
        queue.collect_lost(at=after(hours=hour, minutes=1))

    job.refresh_from_db()
    assert job.state == "failed"
    assert job.errors[-1]["kind"] == "pochin.jobs.queue.WorkerLost"


def test_a_beating_heart_keeps_the_job():
    asked(sample.answer)
    job = queue.take("a", at=NOON, lease=LEASE)

    assert queue.beat(job, after(minutes=5)) is True
    assert queue.collect_lost(at=after(minutes=4)) == 0


def test_a_worker_that_lost_its_job_can_no_longer_close_it():
    asked(sample.answer)
    slow = queue.take("slow", at=NOON, lease=LEASE)
    queue.collect_lost(at=after(minutes=1))
    quick = queue.take("quick", at=after(minutes=1), lease=LEASE)

    queue.done(slow, "from the slow one", at=after(minutes=2))
    queue.failed(slow, ValueError(), at=after(minutes=2))
    assert queue.beat(slow, after(minutes=9)) is False
    queue.done(quick, "from the quick one", at=after(minutes=3))

    job = Job.objects.get()
    assert (job.state, job.result) == ("done", "from the quick one")


def test_a_job_given_back_has_lost_no_attempt():
    asked(sample.answer)
    job = queue.take("a", at=NOON, lease=LEASE)

    queue.give_back(job, at=NOON)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_until) == ("waiting", 0, None)

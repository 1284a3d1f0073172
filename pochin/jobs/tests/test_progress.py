"""What a page may read of work under way, and how it asks to stop."""

from datetime import UTC, datetime, timedelta

import pytest

from pochin.core.lifecycle import Refused
from pochin.jobs import progress, queue, readings, worker
from pochin.jobs.models import Job
from pochin.jobs.tests import sample

LATER = datetime(2036, 3, 2, 9, tzinfo=UTC)
LEASE = timedelta(seconds=30)
pytestmark = pytest.mark.django_db


def begun(paper, steps=3) -> progress.Running:
    sample.climb.enqueue(paper, steps)
    return progress.Running(queue.take("a", at=LATER, lease=LEASE), LEASE)


def test_a_page_reads_the_share_and_what_is_being_done(paper):
    running = begun(paper)

    with progress.held(running, heart=False):
        progress.report(0.25, "reading 12 of 48 files")

    shown = progress.of(running.job.pk)
    assert (shown.state, shown.share, shown.message) == ("running", 0.25, "reading 12 of 48 files")
    assert shown.is_over is False


def test_a_share_beyond_the_whole_is_the_whole(paper):
    running = begun(paper)

    with progress.held(running, heart=False):
        progress.report(1.2)

    assert progress.of(running.job.pk).share == 1.0


def test_outside_a_worker_a_task_may_report_too(paper):
    assert sample.climb.call(paper, 2) == 2


def test_running_work_stops_at_its_next_step(paper):
    running = begun(paper)
    queue.cancel(running.job, at=LATER)

    worker.carry_out(running, heart=False)

    assert sample.lines(paper) == []
    assert progress.of(running.job.pk).state == "cancelled"


def test_waiting_work_is_taken_out_of_the_queue(paper):
    asked = sample.climb.enqueue(paper, 3)

    queue.cancel(Job.objects.get(pk=asked.id), at=LATER)

    assert worker.run_due(at=LATER) == 0
    assert progress.of(asked.id).is_over is True


def test_what_has_ended_cannot_be_stopped(paper):
    asked = sample.climb.enqueue(paper, 3)
    worker.run_due(at=LATER)

    with pytest.raises(Refused, match="already ended"):
        queue.cancel(Job.objects.get(pk=asked.id), at=LATER)


def test_a_worker_told_to_leave_gives_the_work_back_at_its_next_step(paper):
    running = begun(paper)
    running.is_stopping = lambda: len(sample.lines(paper)) == 1

    worker.carry_out(running, heart=False, at=LATER)

    job = Job.objects.get()
    assert sample.lines(paper) == ["0"]
    assert (job.state, job.attempts) == ("waiting", 0)


def test_work_taken_by_another_worker_is_dropped(paper):
    running = begun(paper)
    queue.collect_lost(at=LATER + timedelta(minutes=1))
    queue.take("b", at=LATER + timedelta(minutes=1), lease=LEASE)

    worker.carry_out(running, heart=False)

    job = Job.objects.get()
    assert sample.lines(paper) == []
    assert (job.state, job.workers) == ("running", ["a", "b"])


def test_a_forgotten_job_has_no_progress():
    assert progress.of("6f9c1f0e-0000-4000-8000-000000000000") is None


def test_the_staff_page_counts_the_queue(paper, django_assert_num_queries):
    for line in "abc":
        sample.write.enqueue(paper, line)
    sample.write.using(run_after=LATER + timedelta(days=1)).enqueue(paper, "d")
    queue.take("a", at=LATER, lease=LEASE)
    Job.objects.filter(state="waiting", run_after__lt=LATER).update(run_after=LATER)

    with django_assert_num_queries(1):
        shown = readings.figures(at=LATER + timedelta(minutes=7))

    assert (shown.waiting, shown.due, shown.running, shown.failed) == (3, 2, 1, 0)
    assert shown.oldest_due == timedelta(minutes=7)
    assert [(line.task, line.count) for line in readings.lines()] == [(sample.write.module_path, 3)]
    assert [job.workers for job in readings.running()] == [["a"]]


@pytest.mark.parametrize(("who", "seen"), [("zakhar", 1), ("vera", 0), ("gleb", 0)])
def test_only_the_administrator_sees_the_queue(who, seen, cast, paper):
    sample.write.enqueue(paper, "secret")

    assert Job.objects.visible_to(getattr(cast, who)).count() == seen

"""Asking for work: it commits with the data, and twice may be once."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django_tasks import TaskResultStatus
from django_tasks.exceptions import InvalidTaskError, TaskResultDoesNotExist

from pochin.jobs import queue, worker
from pochin.jobs.models import Job
from pochin.jobs.tests import sample

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class Torn(Exception):
    pass


def test_a_job_is_run_once_and_its_result_is_kept(paper):
    asked = sample.write.enqueue(paper, "hello")

    assert asked.status == TaskResultStatus.READY
    assert worker.run_due() == 1

    asked.refresh()
    assert asked.status == TaskResultStatus.SUCCESSFUL
    assert asked.return_value == "hello"
    assert asked.attempts == 1
    assert sample.lines(paper) == ["hello"]
    assert worker.run_due() == 0


def test_work_asked_for_in_a_broken_transaction_was_never_asked_for(paper):
    with contextlib.suppress(Torn), transaction.atomic():
        sample.write.enqueue(paper, "hello")
        raise Torn

    assert Job.objects.count() == 0


def test_asked_for_twice_a_unique_task_runs_once(paper):
    first, second = sample.count.enqueue(paper), sample.count.enqueue(paper)

    assert first.id == second.id
    assert worker.run_due() == 1
    assert sample.lines(paper) == ["counted"]


def test_a_plain_task_asked_for_twice_runs_twice(paper):
    sample.write.enqueue(paper, "a")
    sample.write.enqueue(paper, "a")

    assert worker.run_due() == 2


def test_other_arguments_are_other_work(paper):
    assert sample.count.enqueue(paper).id != sample.count.enqueue(paper + "2").id


def test_a_key_may_leave_arguments_out(paper):
    first = sample.count_number.enqueue(paper, 7)

    assert sample.count_number.enqueue(paper + "2", 7).id == first.id
    assert sample.count_number.enqueue(paper, 8).id != first.id


def test_once_it_has_ended_unique_work_may_be_asked_for_again(paper):
    sample.count.enqueue(paper)
    worker.run_due()
    sample.count.enqueue(paper)
    worker.run_due()

    assert sample.lines(paper) == ["counted", "counted"]


def test_unique_work_asked_for_while_it_runs_is_not_run_again(paper):
    sample.count_slowly.enqueue(paper)
    worker.run_due()

    assert sample.lines(paper) == ["counted"]


def test_work_that_reruns_runs_once_more_when_asked_for_while_it_runs(paper):
    sample.recount.enqueue(paper)
    worker.run_due()

    assert sample.lines(paper) == ["recounted", "recounted"]
    assert Job.objects.get().state == "done"


def test_deferred_work_waits_for_its_time(paper):
    sample.write.using(run_after=NOON + timedelta(hours=1)).enqueue(paper, "late")

    assert worker.run_due(at=NOON + timedelta(minutes=59)) == 0
    assert worker.run_due(at=NOON + timedelta(hours=1)) == 1


def test_pressing_work_comes_first_then_the_older(paper):
    sample.write.enqueue(paper, "first")
    sample.write.enqueue(paper, "second")
    sample.press.enqueue(paper)
    worker.run_due()

    assert sample.lines(paper) == ["pressing", "first", "second"]


def test_a_worker_of_one_queue_leaves_the_others_alone(paper):
    sample.write.using(queue_name="heavy").enqueue(paper, "heavy")
    now, lease = NOON + timedelta(days=9999), timedelta(seconds=9)

    assert queue.take("a", at=now, lease=lease, queues=("default",)) is None
    assert queue.take("a", at=now, lease=lease, queues=("heavy",)).queue == "heavy"


def test_what_json_cannot_say_is_refused_when_asked_for(paper):
    with pytest.raises(TypeError):
        sample.write.enqueue(paper, NOON)

    assert Job.objects.count() == 0


def test_a_result_keeps_what_both_databases_can_keep():
    asked = sample.answer.enqueue()
    worker.run_due()
    asked.refresh()

    assert asked.return_value == {"number": 42, "words": ["a", "b�"]}


@pytest.mark.parametrize("unknown", ["nothing", "6f9c1f0e-0000-4000-8000-000000000000"])
def test_a_result_nobody_knows_does_not_exist(unknown):
    with pytest.raises(TaskResultDoesNotExist):
        sample.write.get_backend().get_result(unknown)


def test_a_task_is_begun_at_least_once():
    backend = sample.write.get_backend()

    with pytest.raises(InvalidTaskError, match="1 or more"):
        backend.task_class(func=sample.lines, attempts=0)

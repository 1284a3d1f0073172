"""Real worker processes: killed, raced and told to leave."""

import os
import random
import signal
import time

import pytest

from pochin.jobs.tests import sample
from pochin.jobs.tests.conftest import wait_until


def test_a_worker_killed_in_the_middle_of_a_task_leaves_it_to_be_run_exactly_once_more(
    house, paper
):
    job = house.ask("sleep_once", paper)
    first = house.worker(lease_s=2, poll_s=0.1)
    wait_until(lambda: sample.lines(paper) == ["begin 1"])

    os.kill(first.pid, signal.SIGKILL)
    house.worker(lease_s=2, poll_s=0.1)
    wait_until(lambda: "end 2" in sample.lines(paper))
    time.sleep(3)  # longer than a lease: a third run would have begun by now

    assert sample.lines(paper) == ["begin 1", "begin 2", "end 2"]
    assert (house.job(job)["state"], house.job(job)["attempts"]) == ("done", 2)


def test_a_long_task_keeps_its_lease_while_another_worker_looks_on(house, paper):
    job = house.ask("climb", paper, 700)  # seven seconds and more
    for _worker in range(2):
        house.worker(lease_s=5, poll_s=0.1)

    wait_until(lambda: house.job(job)["state"] == "done")

    assert sample.lines(paper) == [str(step) for step in range(700)]


def test_two_workers_share_two_hundred_tasks_and_do_each_once(house, paper):
    house.python(
        "from pochin.jobs.tests import sample; from django.db import transaction\n"
        "with transaction.atomic():\n"
        f"    for n in range(200): sample.write.enqueue({paper!r}, str(n))"
    )
    workers = [house.worker(is_burst=True) for _ in range(2)]
    shares = [int(worker.communicate(timeout=240)[0]) for worker in workers]

    assert sorted(sample.lines(paper), key=int) == [str(n) for n in range(200)]
    assert sum(shares) == 200
    assert house.count("state = 'done' AND attempts = 1") == 200


def test_a_worker_told_to_leave_finishes_what_it_does_and_exits_cleanly(house, paper):
    house.ask("write", paper, "one")
    worker = house.worker(poll_s=0.1)
    wait_until(lambda: sample.lines(paper) == ["one"])

    worker.send_signal(signal.SIGTERM)

    assert worker.communicate(timeout=240)[0].strip() == "1"
    assert worker.returncode == 0


def test_a_worker_told_to_leave_gives_a_long_task_back(house, paper):
    job = house.ask("climb", paper, 100_000)
    worker = house.worker(poll_s=0.1)
    wait_until(lambda: len(sample.lines(paper)) > 5)

    worker.send_signal(signal.SIGINT)
    worker.wait(timeout=240)

    assert (house.job(job)["state"], house.job(job)["attempts"]) == ("waiting", 0)


def test_told_twice_a_worker_leaves_a_task_that_does_not_report(house, paper):
    job = house.ask("sleep_once", paper)
    worker = house.worker(poll_s=0.1)
    wait_until(lambda: sample.lines(paper) == ["begin 1"])

    worker.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert worker.poll() is None
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=240)

    assert house.job(job)["state"] == "waiting"


def test_a_page_sees_progress_and_stops_work_in_another_process(house, paper):
    job = house.ask("climb", paper, 100_000)
    house.worker(lease_s=4, poll_s=0.1)
    wait_until(lambda: house.job(job)["share"] is not None)

    house.python(
        "from pochin.jobs import queue; from pochin.jobs.models import Job; "
        "from django.utils import timezone; "
        f"queue.cancel(Job.objects.get(pk={job!r}), at=timezone.now())"
    )

    wait_until(lambda: house.job(job)["state"] == "cancelled")
    assert len(sample.lines(paper)) < 100_000


def test_three_processes_put_a_due_slot_in_once(house):
    seen = (
        "from pochin.jobs.models import Job, Schedule; from pochin.jobs.tests import sample; "
        "from datetime import timedelta; from django.utils import timezone; now = timezone.now(); "
    )
    yesterday = "Schedule.objects.update(last=now - timedelta(days=1))"
    house.python(seen + "worker.look_round(at=now); " + yesterday)
    lookers = [house.start(seen + "worker.look_round(at=now)") for _ in range(3)]
    assert [looker.wait(timeout=240) for looker in lookers] == [0, 0, 0]

    put_in = "print(Job.objects.filter(task=sample.tick.module_path).count())"
    assert house.python(seen + put_in) == "1"


def test_a_job_asked_for_again_is_not_begun_before_the_asker_commits(house, paper):
    """Else the run could miss the change for which it was asked."""
    if house.url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time: nothing can be begun meanwhile")
    house.ask("recount", paper)

    begun = house.python(
        "import threading; from datetime import timedelta; from django.db import transaction\n"
        "from django.utils import timezone; from pochin.jobs import queue\n"
        "from pochin.jobs.tests import sample\n"
        "def look(): print(queue.take('a', at=timezone.now(), lease=timedelta(9)) is not None)\n"
        "with transaction.atomic():\n"
        f"    sample.recount.enqueue({paper!r})\n"
        "    other = threading.Thread(target=look); other.start(); other.join()\n"
        "look()"
    )

    assert begun.split() == ["False", "True"]


@pytest.mark.slow
def test_workers_killed_at_random_moments_lose_no_task(house, paper):
    """Each task runs; one more run for each kill at most, for a worker holds one task at a time."""
    house.python(
        "from pochin.jobs.tests import sample; from django.db import transaction\n"
        "with transaction.atomic():\n"
        f"    for n in range(300): sample.rest.enqueue({paper!r}, str(n))"
    )
    rng, kills = random.Random(7), 0
    while len(set(sample.lines(paper))) < 300 and kills < 60:
        worker = house.worker(lease_s=1, poll_s=0.05)
        time.sleep(rng.uniform(1.5, 4))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        kills += 1
    house.worker(lease_s=1, is_burst=True, poll_s=0.05).wait(timeout=240)
    time.sleep(1.2)
    house.worker(lease_s=1, is_burst=True, poll_s=0.05).wait(timeout=240)

    written = sample.lines(paper)
    assert sorted(set(written), key=int) == [str(n) for n in range(300)]
    assert len(written) - 300 <= kills
    assert house.count("state <> 'done'") == 0

"""Periodic tasks: one job for each slot, however many workers look."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochin.jobs import cron, queue, readings, worker
from pochin.jobs.models import Job, Schedule
from pochin.jobs.tests import sample

NOON = datetime(2026, 3, 2, 9, 3, tzinfo=UTC)  # 12:03 in Moscow, a Monday
TICK = sample.tick.module_path


def ticks() -> int:
    return Job.objects.filter(task=TICK).count()


def test_the_first_look_only_remembers_where_the_clock_stands(db):
    worker.look_round(at=NOON)

    assert ticks() == 0


def test_each_slot_is_put_in_once_though_many_look(db):
    worker.look_round(at=NOON)
    for minutes in (5, 7, 7, 9, 11):
        worker.look_round(at=NOON + timedelta(minutes=minutes))

    assert ticks() == 1


def test_the_next_slot_waits_for_no_slow_twin(db):
    worker.look_round(at=NOON)
    worker.look_round(at=NOON + timedelta(minutes=10))
    worker.look_round(at=NOON + timedelta(minutes=20))
    assert ticks() == 1, "a twin still waits: one run does for both"

    worker.run_due()
    worker.look_round(at=NOON + timedelta(minutes=30))
    assert ticks() == 2


def test_slots_missed_while_no_worker_ran_are_made_up_for_once(db):
    worker.look_round(at=NOON)
    worker.look_round(at=NOON + timedelta(days=3))

    assert ticks() == 1


def test_a_late_slot_shows_that_no_worker_runs(db):
    worker.look_round(at=NOON)
    later = NOON + timedelta(minutes=10)

    def slot(at):
        return next(slot for slot in readings.slots(at=at) if slot.task == TICK)

    assert slot(NOON).is_late is False
    assert slot(later).is_late is True
    assert slot(later).due == datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "latest"),
    [
        ("* * * * *", datetime(2026, 3, 2, 12, 3)),
        ("0 9 * * *", datetime(2026, 3, 2, 9, 0)),
        ("4 12 * * *", datetime(2026, 3, 1, 12, 4)),
        ("*/15 * * * *", datetime(2026, 3, 2, 12, 0)),
        ("30 8-10 * * 5", datetime(2026, 2, 27, 10, 30)),
        ("0 0 1 * *", datetime(2026, 3, 1, 0, 0)),
        ("0 0 29 2 *", datetime(2024, 2, 29, 0, 0)),
        ("0 0 1 * 7", datetime(2026, 3, 1, 0, 0)),
        ("0 0 26 * 6", datetime(2026, 2, 28, 0, 0)),
    ],
)
def test_the_latest_slot_is_counted_in_moscow_time(text, latest):
    moscow = latest.replace(tzinfo=UTC) - timedelta(hours=3)

    assert cron.parse(text).latest(NOON) == moscow


@pytest.mark.parametrize("text", ["* * * *", "60 * * * *", "5-1 * * * *", "x * * * *"])
def test_a_schedule_that_cannot_be_is_named(text):
    with pytest.raises(ValueError, match=r"has 4 fields|must lie between|invalid literal"):
        cron.parse(text)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1)), st.integers(1, 59))
def test_a_slot_is_never_in_the_future_nor_older_than_its_step(moment, step):
    at = moment.replace(tzinfo=UTC)
    slot = cron.parse(f"*/{step} * * * *").latest(at)

    assert timedelta() <= at - slot < timedelta(minutes=60)
    assert (slot.minute % step, slot.second) == (0, 0)


def test_old_results_are_forgotten_and_live_jobs_are_not(db, paper):
    sample.write.enqueue(paper, "old")
    worker.run_due(at=NOON + timedelta(days=9999))
    sample.write.enqueue(paper, "new")

    assert queue.forget(before=NOON + timedelta(days=9999)) == 0
    assert queue.forget(before=NOON + timedelta(days=10_000)) == 1
    assert Job.objects.get().state == "waiting"


def test_a_clock_that_ran_ahead_does_not_stop_a_periodic_task(db):
    worker.look_round(at=NOON)
    worker.look_round(at=NOON + timedelta(days=400))
    Job.objects.all().delete()

    worker.look_round(at=NOON + timedelta(minutes=7))

    assert ticks() == 1
    assert Schedule.objects.get(task=TICK).last <= NOON + timedelta(minutes=7)


def test_a_clock_a_little_ahead_makes_no_slot_twice(db):
    worker.look_round(at=NOON)
    worker.look_round(at=NOON + timedelta(minutes=10))
    Job.objects.all().delete()

    worker.look_round(at=NOON + timedelta(minutes=8))

    assert ticks() == 0


def test_work_asked_for_by_a_clock_that_ran_ahead_is_done_now(db, paper):
    sample.write.enqueue(paper, "from tomorrow")
    Job.objects.update(enqueued_at=NOON + timedelta(days=400), run_after=NOON + timedelta(days=400))

    worker.look_round(at=NOON)

    assert worker.run_due(at=NOON) == 1


def test_work_begun_by_a_clock_that_ran_ahead_is_taken_back_from_the_dead(db, paper):
    sample.write.enqueue(paper, "begun")
    ahead = NOON + timedelta(days=400)
    Job.objects.update(run_after=NOON, enqueued_at=NOON)
    job = queue.take("a worker that was killed", at=ahead, lease=timedelta(seconds=30))
    assert job is not None

    worker.look_round(at=NOON)
    worker.look_round(at=NOON + timedelta(seconds=2))

    assert Job.objects.get(pk=job.pk).state == "waiting"
    assert worker.run_due(at=NOON + timedelta(seconds=3)) == 1


def test_work_put_off_on_purpose_keeps_its_moment(db, paper):
    sample.write.using(run_after=NOON + timedelta(days=3)).enqueue(paper, "later")
    Job.objects.update(enqueued_at=NOON)

    worker.look_round(at=NOON)

    assert worker.run_due(at=NOON) == 0

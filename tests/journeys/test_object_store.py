"""A pilot whose readings lie in an S3-compatible store, from the watched prefix to the recheck."""

from __future__ import annotations

import os
from datetime import date, timedelta

import boto3
import pytest

from conftest import on, readings_csv
from pochin.core.policy import SYSTEM
from pochin.evaluations import lifecycle as evaluations
from pochin.jobs.worker import run_due
from pochin.measurements import feeding, lifecycle, slices, upkeep
from pochin.measurements.lake import Store
from pochin.measurements.models import Batch, State
from pochin.pilots import lifecycle as pilots

LATE = on(4, 28)


@pytest.fixture
def objects(bucket, settings):
    """What lies in the bucket, by its key."""
    settings.INBOX = f"s3://{bucket}/inbox"
    client = boto3.client("s3", endpoint_url=os.environ["POCHIN_S3_ENDPOINT"])

    class Objects:
        def put(self, key: str, content: bytes) -> None:
            client.put_object(Bucket=bucket, Key=key, Body=content)

        def keys(self, prefix: str) -> list[str]:
            found = client.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
            return [one["Key"] for one in found]

    return Objects()


def week(number: int) -> bytes:
    """One week of the readings, as a file of its own."""
    monday = date(2026, 3, 16) + timedelta(weeks=number)
    days = {str(monday + timedelta(days=i)) for i in range(7)}
    head, *rows = readings_csv().decode().splitlines()
    kept = [row for row in rows if row.split(";")[1][:10] in days]
    return "\n".join([head, *kept, ""]).encode()


@pytest.mark.timeout(600)
def test_a_pilot_is_measured_judged_and_rechecked_on_an_object_store(
    running, cast, objects, django_capture_on_commit_callbacks
):
    feed = feeding.watch(running, by=cast.lev, at=on(4, 27))
    for number in range(6):
        objects.put(f"inbox/{running.number}/week-{number}.csv", week(number))
    wrong = week(5).replace(b";30", b";99")
    objects.put(f"inbox/{running.number}/wrong.csv", wrong)

    assert feeding.look(feed.pk, at=LATE) == []  # they may still grow
    with django_capture_on_commit_callbacks(execute=True):
        sent = feeding.look(feed.pk, at=LATE)
    run_due()

    assert len(sent) == 7
    assert set(Batch.objects.values_list("state", flat=True)) <= {State.ACCEPTED, State.REJECTED}
    store = Store(running.number)
    assert all(file.startswith("s3://lake/pochin/") for file in store.files(store.version()))
    assert objects.keys("pochin/readings/")

    # One file too many: withdrawn, and the rest is as if it had never come.
    extra = Batch.objects.get(file__name="wrong.csv")
    if extra.state == State.ACCEPTED:
        with django_capture_on_commit_callbacks(execute=True):
            lifecycle.withdraw(extra, by=cast.lev, reason="Лишний.", at=LATE)
        run_due()
    assert extra.number not in store.batches(version=store.version())

    running.refresh_from_db()
    pilots.life.make("reach_end", running, by=SYSTEM, at=on(4, 29))
    pilots.close_data(running, by=SYSTEM, at=on(4, 29))
    pilot = pilots.begin_evaluation(running, by=cast.mila, at=on(4, 30))
    evaluation = evaluations.compute(pilot, by=cast.mila, at=on(4, 30))
    cited = evaluation.snapshot.version

    # The nightly work joins small files and removes what nobody cites; the cited version stays.
    assert upkeep.compare(pilot).is_equal
    upkeep.keep_house(pilot, at=on(6, 30), young=timedelta(0))
    assert len(store.files(store.version())) >= 1
    found = evaluations.recheck(evaluation)
    assert found.is_equal, found
    assert sum(store.batches(version=cited).values()) == 432  # 12 offices, 18 days, 2 metrics

    # And its rows are taken out.
    seen = slices.sight(pilot, cast.vera, at=on(4, 30), plan=pilot.locked_plan())
    wanted = slices.Wanted(unit="101001", metric="delay")
    text = b"".join(slices.take_out(pilot, seen, wanted, "csv", by=cast.vera, at=on(4, 30)))
    assert len(text.decode().splitlines()) == 1 + 18

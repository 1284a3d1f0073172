"""What the keeper is told: who works, what waits, what failed, how old the copies are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from conftest import NOON
from pochin.core import checkpoints
from pochin.core.models import Entry
from pochin.jobs.models import Job, Schedule
from pochin.keeping import health, readings
from pochin.keeping.models import Backup
from pochin.notices import leaving, letters
from pochin.notices.models import Letter, Notice

INDEX = reverse("keeping:index")
AGAIN = reverse("keeping:letters_again")
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.CHECKPOINTS = tmp_path / "checkpoints"


def looked(minutes: int = 0) -> None:
    """A worker looked round so many minutes ago."""
    Schedule.objects.all().delete()
    Schedule.objects.create(task="every minute", last=timezone.now() - minutes * MINUTE)


def running(minutes: int, lease: timedelta = MINUTE) -> Job:
    then = timezone.now() - minutes * MINUTE
    return Job.objects.create(
        task="pochin.measurements.tasks.take_in", arguments={"args": [], "kwargs": {}},
        state="running", enqueued_at=then, run_after=then, attempted_at=then, lease="a",
        lease_until=timezone.now() + lease,
    )  # fmt: skip


def failed() -> Job:
    now = timezone.now()
    return Job.objects.create(
        task="pochin.measurements.tasks.take_in", arguments={"args": [], "kwargs": {}},
        state="failed", enqueued_at=now, run_after=now, finished_at=now,
        errors=[{"kind": "OSError", "traceback": "Trace\nOSError: the disk is full", "at": "x"}],
    )  # fmt: skip


def letter(person, **fields) -> Letter:
    notice = Notice.objects.filter(person=person).latest("pk")
    made = letters.write(person, [notice], at=timezone.now())
    Letter.objects.filter(pk=made.pk).update(**fields)
    return made


@pytest.fixture
def noticed(submitted, elena):
    """Elena was told something."""
    entry = Entry.objects.filter(verb="applications.submit").latest("pk")
    Notice.objects.create(person=elena, entry=entry, group="turn", way="now", at=NOON)
    Letter.objects.all().delete()
    return elena


def told(title: str) -> dict[str, str]:
    """The sentences of one subject with their tones."""
    found = health.health(at=timezone.now())
    [group] = [group for group in found.groups if str(group.title) == title]
    return {str(check.text): check.tone for check in group.checks}


@pytest.fixture
def english(settings):
    with translation.override("en"):
        yield


def test_no_worker_ever(db, english):
    assert told("Background work")["No worker has ever run here"] == "bad"


def test_a_worker_that_is_there(db, english):
    looked(1)

    assert next(iter(told("Background work").items())) == (
        "A worker is there; it last ended a piece of work never", "good",
    )  # fmt: skip


def test_a_worker_that_went_away(db, english):
    looked(30)

    [words, tone] = next(iter(told("Background work").items()))
    assert words.startswith("No worker has run since ")
    assert tone == "bad"


def test_a_worker_with_a_long_job_in_hand_looks_round_for_nothing_else_and_is_there(db, english):
    looked(30)
    running(29)

    [words, tone] = next(iter(told("Background work").items()))
    assert words == "A worker is at work: measurements.take_in, begun 29 minutes ago"
    assert tone == "good"


def test_a_job_that_lasts_all_day_is_said(db, english):
    looked(600)
    running(599)

    assert next(iter(told("Background work").values())) == "waiting"


def test_a_worker_killed_over_a_job_is_not_there(db, english):
    looked(30)
    running(29, lease=-MINUTE)

    assert next(iter(told("Background work").values())) == "bad"


def test_a_mark_of_a_clock_that_ran_ahead_hides_no_standstill(db):
    looked(30)
    Schedule.objects.create(task="ahead", last=timezone.now() + timedelta(days=400))

    assert readings.worker(at=timezone.now()).is_standing


def test_letters_that_wait_are_told_with_what_the_server_said(noticed, english):
    letter(noticed, written_at=timezone.now() - 45 * MINUTE, problem="Connection refused",
           tried_at=timezone.now())  # fmt: skip

    [check] = health.health(at=timezone.now()).groups[1].checks
    assert check.text.startswith("1 letter waits, the oldest since ")
    assert (check.note, check.tone) == ("The mail server said: Connection refused", "bad")


def test_letters_that_just_were_written_trouble_nobody(noticed, english):
    letter(noticed)

    assert told("Letters") == {"Letters leave in time": "good"}


@pytest.mark.parametrize("content", ["{", "[]", '{"time": "soon", "count": 1}', "\0"])
def test_a_checkpoint_cut_in_half_is_told_and_breaks_no_page(db, settings, english, content):
    Path(settings.CHECKPOINTS).mkdir()
    (Path(settings.CHECKPOINTS) / "00000001.json").write_text(content)

    assert told("Copies")["The last checkpoint of the journal cannot be read"] == "bad"


def test_a_fresh_checkpoint_and_a_fresh_backup_are_good(need, english):
    checkpoints.write(at=timezone.now())
    Backup.objects.create(made_at=timezone.now() - timedelta(hours=3), size=84_000_000)

    found = told("Copies")
    assert set(found.values()) == {"good"}
    assert "The last backup was made 3 hours ago, 84\N{NO-BREAK SPACE}MB" in found


def test_an_old_backup_and_none_at_all_are_said(db, english):
    assert told("Copies")["No backup was ever made"] == "waiting"

    Backup.objects.create(made_at=timezone.now() - timedelta(days=9), size=1)

    assert told("Copies")["The last backup was made 9 days ago, 1 byte"] == "waiting"


def test_a_disk_that_is_nearly_full_is_said(db, monkeypatch, english):
    disk = readings.Disk((Path("/data"),), 1_000_000, 10_000_000_000, is_closed=False)
    monkeypatch.setattr(readings, "disks", lambda: [disk])

    [full, size] = health.health(at=timezone.now()).groups[3].checks
    assert (full.tone, size.tone) == ("bad", "good")
    assert full.note == "/data: make room before nothing can be written."


def test_a_folder_nobody_can_write_to_is_said(db, monkeypatch, english):
    disk = readings.Disk((Path("/data"),), 10**10, 10**11, is_closed=True)
    monkeypatch.setattr(readings, "disks", lambda: [disk])

    assert health.health(at=timezone.now()).groups[3].checks[0].tone == "bad"


def test_the_database_has_a_size(db):
    assert readings.database_size() >= 0
    assert readings.disks()[0].total > 0


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_administrator_reads_why_it_failed_and_tries_again(noticed, cast, signed_in, language):
    job = failed()
    letter(noticed, attempts=leaving.MOST_ATTEMPTS, problem="550 no such user")
    browser = signed_in(cast.zakhar, language)

    shown = browser.get(INDEX).content.decode()

    assert "OSError: the disk is full" in shown
    assert "550 no such user" in shown
    assert reverse("jobs:again", args=[job.pk]) in shown
    assert browser.post(AGAIN).status_code == 302
    assert Letter.objects.get().attempts == 0
    assert "given_up" not in browser.get(INDEX).content.decode()


@pytest.mark.parametrize("name", ["vera", "anna", "lev", "rita", "boris"])
def test_nobody_else_reads_it(cast, noticed, signed_in, name):
    letter(noticed, attempts=leaving.MOST_ATTEMPTS)
    browser = signed_in(getattr(cast, name))

    assert browser.get(INDEX).status_code == 404
    assert browser.post(AGAIN).status_code == 404
    assert Letter.objects.get().attempts == leaving.MOST_ATTEMPTS
    assert INDEX not in browser.get("/").content.decode()


def test_the_coordinator_is_told_that_work_stands_still(cast, signed_in):
    looked(30)
    words = "Background work has stood still since"

    assert words in signed_in(cast.vera, "en").get("/").content.decode()
    assert words not in signed_in(cast.anna, "en").get("/").content.decode()

    running(20)
    assert words not in signed_in(cast.vera, "en").get("/").content.decode()


def test_the_coordinator_is_not_troubled_while_a_worker_is_there(cast, signed_in):
    looked(1)

    assert "stood still" not in signed_in(cast.vera, "en").get("/").content.decode()

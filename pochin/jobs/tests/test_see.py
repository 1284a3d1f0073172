"""The page of background work, for those who keep the installation running."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pochin.jobs.models import Job

INDEX = reverse("jobs:index")


def job(state="waiting", minutes=0, **more) -> Job:
    """A job of the samples, so many minutes old."""
    then = timezone.now() - timedelta(minutes=minutes)
    over = {"finished_at": then} if state in ("done", "failed", "cancelled") else {}
    told = {"errors": [{"kind": "ValueError", "traceback": "the disk is full", "at": str(then)}]}
    running = {"lease": "a", "lease_until": then + timedelta(hours=1), "attempted_at": then}
    return Job.objects.create(
        task="pochin.jobs.tests.sample.write", arguments={"args": [], "kwargs": {}},
        state=state, enqueued_at=then, run_after=then, **over,
        **(told if state == "failed" else {}), **(running if state == "running" else {}), **more,
    )  # fmt: skip


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_administrator_sees_the_queue_its_age_and_what_failed(cast, signed_in, language):
    job(minutes=25)
    failed, running = job("failed"), job("running", share=0.5, message="checking")
    browser = signed_in(cast.zakhar, language)

    answer = browser.get(INDEX)

    assert answer.status_code == 200
    figures = answer.context["figures"]
    assert (figures.due, figures.running, figures.failed) == (1, 1, 1)
    assert "25" in answer.context["age"]
    assert list(answer.context["failures"]) == [failed]
    told = browser.get(reverse("jobs:job", args=[failed.pk])).content.decode()
    assert "the disk is full" in told
    assert browser.get(reverse("jobs:job", args=[running.pk])).context["share"] == 50


@pytest.mark.parametrize("name", ["vera", "anna", "lev", "rita", "boris"])
def test_nobody_else_sees_or_stops_anything(cast, signed_in, name):
    found, failed = job(), job("failed")
    browser = signed_in(getattr(cast, name))

    assert browser.get(INDEX).status_code == 404
    assert browser.get(reverse("jobs:job", args=[found.pk])).status_code == 404
    assert browser.post(reverse("jobs:stop", args=[found.pk])).status_code == 404
    assert browser.post(reverse("jobs:again", args=[failed.pk])).status_code == 404
    assert INDEX not in browser.get("/").content.decode()
    assert set(Job.objects.values_list("state", flat=True)) == {"waiting", "failed"}


def test_a_guest_is_asked_to_sign_in(client, db):
    assert client.get(INDEX).status_code == 302


def test_waiting_work_is_stopped_and_begun_again(cast, signed_in):
    found, browser = job(), signed_in(cast.zakhar)
    page = reverse("jobs:job", args=[found.pk])

    assert browser.get(page).context["may_stop"]
    assert browser.post(f"{page}stop/").url == page
    found.refresh_from_db()
    assert found.state == "cancelled"

    assert browser.get(page).context["may_begin_again"]
    browser.post(f"{page}again/")
    found.refresh_from_db()
    assert (found.state, found.attempts) == ("waiting", 0)


def test_running_work_is_asked_to_stop(cast, signed_in):
    found, browser = job("running"), signed_in(cast.zakhar)
    page = reverse("jobs:job", args=[found.pk])

    browser.post(f"{page}stop/")

    found.refresh_from_db()
    assert (found.state, found.is_cancel_asked) == ("running", True)
    assert not browser.get(page).context["may_stop"]


def test_work_that_ended_is_neither_stopped_nor_begun_again(cast, signed_in):
    found, browser = job("done"), signed_in(cast.zakhar)
    page = reverse("jobs:job", args=[found.pk])

    assert not browser.get(page).context["may_stop"]
    assert not browser.get(page).context["may_begin_again"]
    for act in ("stop", "again"):
        browser.post(f"{page}{act}/", headers={"referer": page})
    found.refresh_from_db()
    assert found.state == "done"


def test_failed_work_that_is_in_the_queue_again_is_not_begun_twice(cast, signed_in):
    failed = job("failed", unique_key="k")
    job(unique_key="k")
    page = reverse("jobs:job", args=[failed.pk])

    signed_in(cast.zakhar).post(f"{page}again/", headers={"referer": page})

    failed.refresh_from_db()
    assert failed.state == "failed"


def test_more_jobs_take_no_more_queries(cast, signed_in):
    browser = signed_in(cast.zakhar)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(INDEX).status_code == 200
        return len(queries)

    for state in ("waiting", "running", "failed", "done"):
        job(state)
    browser.get(INDEX)
    few = asked()
    for state in ("waiting", "running", "failed", "done") * 2:
        job(state)

    assert asked() == few

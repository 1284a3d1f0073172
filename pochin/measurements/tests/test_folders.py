"""Folders that are watched: a file in one is sent by itself, once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.urls import reverse

from conftest import on
from pochin.core.lifecycle import Refused
from pochin.jobs.worker import run_due
from pochin.measurements import feeding, tasks
from pochin.measurements.models import Batch, Feed
from pochin.measurements.tests.test_ways_in import CONTENT, work


@pytest.fixture
def inbox(running):
    found = Path(feeding.place(running))
    found.mkdir(parents=True)
    return found


def test_a_file_in_the_folder_is_sent_once_it_stands_still(running, lev, inbox):
    feed = feeding.watch(running, by=lev, at=on(4, 27))
    (inbox / "march.csv").write_bytes(CONTENT[:200])
    (inbox / "april.csv.part").write_bytes(b"half")
    os.symlink("/etc/passwd", inbox / "link.csv")

    assert feeding.look(feed.pk, at=on(4, 27)) == []
    (inbox / "march.csv").write_bytes(CONTENT)
    assert feeding.look(feed.pk, at=on(4, 27)) == []
    [batch] = feeding.look(feed.pk, at=on(4, 27))
    assert feeding.look(feed.pk, at=on(4, 27)) == []

    work()
    batch.refresh_from_db()
    assert (batch.accepted, batch.source, batch.sent_by) == (24, "folder", lev)
    assert [one.name for one in feed.seen.all()] == ["march.csv"]


def test_a_file_the_folder_should_not_hold_is_named_with_its_reason(running, lev, inbox):
    feed = feeding.watch(running, by=lev, at=on(4, 27))
    (inbox / "x.csv").write_bytes(b"not;readings\n1;2\n")

    for _look in range(3):
        assert feeding.look(feed.pk, at=on(4, 27)) == []

    assert feed.seen.get().problem.startswith("The table lacks columns")


def test_a_folder_of_somebody_who_may_no_longer_send_rests(running, lev, vera, inbox):
    feed = feeding.watch(running, by=lev, at=on(4, 27))
    Feed.objects.filter(pk=feed.pk).update(sent_by=vera)
    (inbox / "march.csv").write_bytes(CONTENT)

    for _look in range(2):
        feeding.look(feed.pk, at=on(4, 27))

    assert Batch.objects.count() == 0
    assert "only by" in feed.seen.get().problem


def test_nobody_takes_a_folder_that_is_watched_in_the_name_of_another(running, lev, mila, vera):
    feed = feeding.watch(running, by=lev, at=on(4, 27))
    with pytest.raises(Refused, match="in the name of Lev"):
        feeding.watch(running, by=mila, at=on(4, 27))

    Feed.objects.filter(pk=feed.pk).update(sent_by=vera)  # who may not send

    assert feeding.watch(running, by=mila, at=on(4, 27)).sent_by == mila


@pytest.mark.parametrize(
    ("name", "status"),
    [("lev", 302), ("vera", 403), ("anna", 403), ("semyon", 403), ("gleb", 404)],
)
def test_the_posts_own_people_switch_the_folder_on_and_off(
    running, signed_in, name, status, request
):
    browser = signed_in(request.getfixturevalue(name))
    address = reverse("measurements:folder", args=[running.number])

    assert browser.post(address, {"watch": "yes"}).status_code == status
    assert Feed.objects.filter(is_on=True).count() == (status == 302)
    if status == 302:
        assert browser.get(address).status_code == 200
        browser.post(address, {"rest": "yes"})
        assert Feed.objects.get().is_on is False


def test_folders_are_looked_into_by_themselves(running, lev, inbox):
    feeding.watch(running, by=lev, at=on(4, 27))
    (inbox / "march.csv").write_bytes(CONTENT)

    for _look in range(2):
        tasks.look_into_folders.call()
        run_due()
    work()

    assert Batch.objects.get().accepted == 24

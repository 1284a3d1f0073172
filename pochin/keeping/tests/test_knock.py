"""What a load balancer is told: one word, whoever asks and by whatever name."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

STRANGE = {"headers": {"host": "10.0.0.7:8000"}}


def test_a_process_is_alive_whatever_the_database_does():
    # No database is open to this test: asking it anything fails.
    answer = Client().get("/alive/", **STRANGE)

    assert (answer.status_code, answer.content) == (200, b"alive")


def test_it_is_ready_where_the_database_is_of_this_version(db):
    answer = Client().get("/ready/", **STRANGE)

    assert (answer.status_code, answer.content) == (200, b"ready")
    assert set(answer.headers) == {"Content-Type", "Cache-Control"}


def test_once_it_is_ready_only_the_database_is_asked_for_a_word(db, django_assert_num_queries):
    browser = Client()
    browser.get("/ready/")

    with django_assert_num_queries(1):
        browser.get("/ready/")


def test_it_is_not_ready_while_migrations_wait(db, monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_a: ["one"])

    answer = Client().get("/ready/", **STRANGE)

    assert (answer.status_code, answer.content) == (503, b"not ready")


@pytest.mark.parametrize(
    ("room", "step", "status"),
    [
        ("notices", "9999_of_tomorrow", 503),
        # What was joined into another step since, and what another program keeps beside us.
        ("notices", "0002_as_it_was_called_before", 200),
        ("strangers", "9999_of_tomorrow", 200),
    ],
)
def test_a_process_of_an_older_version_is_not_ready_for_newer_tables(db, room, step, status):
    MigrationRecorder(connection).record_applied(room, step)

    assert Client().get("/ready/", **STRANGE).status_code == status


def test_it_is_not_ready_without_its_database_and_says_no_more(db, monkeypatch):
    def cursor(*_args):
        raise OperationalError("connection to server at 10.1.1.1 failed: password")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", cursor)
        answer = Client().get("/ready/", **STRANGE)

    assert (answer.status_code, answer.content) == (503, b"not ready")


@pytest.mark.parametrize("path", ["/alive", "/ready", "/alive/x/", "/ready/x/"])
def test_other_addresses_are_as_absent_as_ever(db, path):
    assert Client().get(path).status_code in (301, 404)

"""The queue's own housekeeping."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone
from django_tasks import default_task_backend, task

from pochin.jobs import queue

KEEP_DAYS = 30


@task(cron="40 3 * * *")
def forget_old() -> int:
    """Remove results older than the `keep_days` of the settings."""
    days = default_task_backend.options.get("keep_days", KEEP_DAYS)
    return queue.forget(before=timezone.now() - timedelta(days=days))


@task(cron="20 3 * * *")
def count_rows_for_the_planner() -> None:
    """Let SQLite know how its tables are filled, so that it takes the fitting index.

    A connection reads the figures when it is opened. PostgreSQL looks after itself.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

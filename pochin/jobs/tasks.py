"""The queue's own housekeeping."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import default_task_backend, task

from pochin.jobs import queue

KEEP_DAYS = 30


@task(cron="40 3 * * *")
def forget_old() -> int:
    """Remove results older than the `keep_days` of the settings."""
    days = default_task_backend.options.get("keep_days", KEEP_DAYS)
    return queue.forget(before=timezone.now() - timedelta(days=days))

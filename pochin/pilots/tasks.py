"""What pilots do in the background."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from pochin.pilots import lifecycle


@task(cron="*/5 * * * *")
def keep_time() -> int:
    """Make the moves of pilots whose day has come."""
    return lifecycle.keep_time(timezone.now())

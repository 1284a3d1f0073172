"""What the portfolio counts because a day has passed."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from pochin.portfolio import counters


@task(cron="20 0 * * *")
def recount() -> int:
    """Count every commitment that counts itself; returns how many figures changed."""
    return counters.recount(at=timezone.now())

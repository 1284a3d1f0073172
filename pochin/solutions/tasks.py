"""What happens to solutions because time passes."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from pochin.core.policy import SYSTEM
from pochin.solutions import lifecycle
from pochin.solutions.models import Solution, State

FRESH_DAYS = 182  # half a year


@task(cron="10 4 * * *")
def ask_for_refresh() -> int:
    """Ask for a confirmation of what was confirmed half a year ago; returns of how many."""
    now = timezone.now()
    old = Solution.objects.filter(
        state=State.LISTED, confirmed_at__lt=now - timedelta(days=FRESH_DAYS)
    )
    return len([lifecycle.fall_due(solution, by=SYSTEM, at=now) for solution in old])

"""What happens to needs because time passes."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from pochin.core.policy import SYSTEM
from pochin.needs import lifecycle
from pochin.needs.models import Need, State


@task(cron="* * * * *")
def keep_windows() -> int:
    """Open and close intakes at their minute; returns how many."""
    now = timezone.now()
    due = Need.objects.filter(state=State.PUBLISHED, opens_at__lte=now, closes_at__gt=now)
    over = Need.objects.filter(state=State.COLLECTING, closes_at__lte=now)
    opened = [lifecycle.open_intake(need, by=SYSTEM, at=now) for need in due]
    closed = [lifecycle.close_intake(need, by=SYSTEM, at=now) for need in over]
    return len(opened) + len(closed)

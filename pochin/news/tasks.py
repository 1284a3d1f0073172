"""What happens to news because time passes."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from pochin.core.policy import SYSTEM
from pochin.news import lifecycle
from pochin.news.models import Piece, Reading, State


@task(cron="* * * * *")
def send_out() -> int:
    """Publish what is due at this minute; returns how many."""
    now = timezone.now()
    due = Piece.objects.filter(state=State.SCHEDULED, publish_at__lte=now)
    return len([lifecycle.publish(piece, by=SYSTEM, at=now) for piece in due])


@task(cron="40 3 * * *")
def forget_readers() -> int:
    """Forget who read what; the counts stay. Returns how many rows went."""
    yesterday = timezone.localdate() - timedelta(days=1)
    count, _kinds = Reading.objects.filter(day__lt=yesterday).delete()
    return count

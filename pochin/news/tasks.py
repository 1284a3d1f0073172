"""What happens to news because time passes."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import task

from pochin.core.lifecycle import Refused
from pochin.core.policy import SYSTEM
from pochin.news import lifecycle
from pochin.news.models import Piece, Reading, State

log = logging.getLogger(__name__)


@task(cron="* * * * *")
def send_out() -> int:
    """Publish what is due at this minute; returns how many."""
    now = timezone.now()
    due = Piece.objects.filter(state=State.SCHEDULED, publish_at__lte=now)
    return sum(_publish(piece, now) for piece in due)


def _publish(piece: Piece, now: datetime) -> bool:
    """Publish one; what cannot go out yet waits for its editor and holds up no other."""
    try:
        lifecycle.publish(piece, by=SYSTEM, at=now)
    except Refused as refusal:
        log.warning("News %s did not go out: %s", piece.number, refusal)
        return False
    return True


@task(cron="40 3 * * *")
def forget_readers() -> int:
    """Forget who read what; the counts stay. Returns how many rows went."""
    yesterday = timezone.localdate() - timedelta(days=1)
    count, _kinds = Reading.objects.filter(day__lt=yesterday).delete()
    return count

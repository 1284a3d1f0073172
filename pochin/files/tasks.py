"""The store's own housekeeping."""

from __future__ import annotations

import logging

from django.utils import timezone
from django_tasks import task

from pochin.files import checking, intake, store
from pochin.files.models import File, State

log = logging.getLogger(__name__)


@task(cron="*/5 * * * *")
def scan_waiting() -> int:
    """Ask the virus scanner about files that came while it did not answer."""
    waiting = File.objects.filter(state=State.WAITING).order_by("uploaded_at")
    for file in waiting[:200]:
        intake.look_again(file)
    return waiting.count()


@task(cron="10 4 * * *")
def sweep() -> int:
    """Remove what broken uploads left behind, and report what does not agree."""
    found = checking.check()
    if not found.is_clean:
        log.error("Files and store disagree: missing %s, strange %s", found.missing, found.strange)
    return store.sweep(at=timezone.now())

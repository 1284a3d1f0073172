"""The house's own rounds: lateness, missed reactions, checkpoints of the journal."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from pochin.core import checkpoints, reactions, tallies, turns


@task(cron="*/5 * * * *")
def look_at_clocks() -> int:
    """Record every step of lateness that was reached."""
    return turns.escalate(at=timezone.now())


@task(cron="* * * * *")
def catch_up() -> int:
    """Make up for reactions that a crash left out."""
    return reactions.catch_up(at=timezone.now())


@task(cron="0 * * * *")
def keep_checkpoint() -> str:
    """Write the head of the journal outside the database, signed."""
    file = checkpoints.write(at=timezone.now())
    return file.name if file else ""


@task(cron="*/10 * * * *")
def gather_tallies() -> int:
    """Add up what the moves since the last time changed in the kept counts."""
    return tallies.gather()

"""What happens to agreements because time passes."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from pochin.agreements import lifecycle
from pochin.agreements.models import Agreement, State
from pochin.core.policy import SYSTEM


@task(cron="5 0 * * *")
def keep_terms() -> int:
    """Let terms begin and end on their days; returns how many did."""
    now = timezone.now()
    today = timezone.localdate(now)
    begun = Agreement.objects.filter(state=State.SIGNED, starts_on__lte=today)
    entered = [lifecycle.enter_into_force(a, by=SYSTEM, at=now) for a in begun]
    over = Agreement.objects.filter(state=State.IN_FORCE, ends_on__lt=today)
    return len(entered) + len([lifecycle.expire(a, by=SYSTEM, at=now) for a in over])

"""What happens to deals because time passes."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from pochin.core.policy import SYSTEM
from pochin.deals import lifecycle
from pochin.deals.models import Deal, Payment, State


@task(cron="10 0 * * *")
def keep_terms() -> int:
    """Let terms begin on their days; returns how many did."""
    now = timezone.now()
    begun = Deal.objects.filter(state=State.SIGNED, starts_on__lte=timezone.localdate(now))
    return len([lifecycle.enter_into_force(deal, by=SYSTEM, at=now) for deal in begun])


@task(cron="20 6 * * *")
def tell_late_payments() -> int:
    """Let both sides hear of payments whose day has passed; returns of how many deals."""
    now = timezone.now()
    late = Payment.objects.overdue(timezone.localdate(now)).filter(late_told_at__isnull=True)
    deals = Deal.objects.filter(pk__in=late.values("deal"))
    return len([lifecycle.note_late(deal, by=SYSTEM, at=now) for deal in deals])

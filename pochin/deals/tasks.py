"""What happens to deals because time passes."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from pochin.core.models import Entry
from pochin.core.policy import SYSTEM
from pochin.core.reactions import reacts_to
from pochin.deals import lifecycle, receiving
from pochin.deals.models import Deal, FollowUp, Payment, State


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


@task(unique=True, rerun=True)
def take_in_readings(follow_up_id: int) -> str:
    """Check the rows of a file of readings after the pilot; returns what became of it."""
    found = FollowUp.objects.select_related("roll_out__deal", "file")
    receiving.take_in(found.get(pk=follow_up_id), at=timezone.now())
    return str(FollowUp.objects.get(pk=follow_up_id).state)


@reacts_to("deals.rollout.send_readings")
def begin(entry: Entry) -> None:
    """A file was sent whose rows are still to be checked."""
    waiting = FollowUp.objects.filter(roll_out=entry.thing_id).waiting()
    for follow_up_id in waiting.values_list("pk", flat=True):
        take_in_readings.enqueue(follow_up_id)

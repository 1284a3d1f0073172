"""What happens to memberships and invitations because time passes."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from pochin.core.policy import SYSTEM
from pochin.participants import lifecycle, tokens
from pochin.participants.lifecycle import seats
from pochin.participants.models import Invitation, InvitationState, Membership, State

YEAR_DAYS = 365
PATIENCE_DAYS = 60  # after the year, before a membership lapses
INVITED_DAYS = 30


@task(cron="20 4 * * *")
def keep_memberships() -> int:
    """Ask for the yearly confirmation, and let lapse what was not confirmed."""
    now = timezone.now()
    year_ago = now - timedelta(days=YEAR_DAYS)
    old = Membership.objects.filter(state=State.ADMITTED, confirmed_at__lt=year_ago)
    asked = [lifecycle.fall_due(membership, by=SYSTEM, at=now) for membership in old]
    patient = year_ago - timedelta(days=PATIENCE_DAYS)
    silent = Membership.objects.filter(state=State.DUE, confirmed_at__lt=patient)
    silent = silent.exclude(pk__in=[membership.pk for membership in asked])
    return len(asked) + len([lifecycle.lapse(m, by=SYSTEM, at=now) for m in silent])


@task(cron="40 4 * * *")
def tell_of_tokens_that_end() -> int:
    """Tell the owners of tokens that end within two weeks; returns how many were told."""
    return tokens.warn(at=timezone.now())


@task(cron="30 4 * * *")
def let_invitations_expire() -> int:
    """Take back invitations that nobody has answered."""
    now = timezone.now()
    old = Invitation.objects.filter(
        state=InvitationState.SENT, sent_at__lt=now - timedelta(days=INVITED_DAYS)
    )
    return len([seats.expire(invitation, by=SYSTEM, at=now) for invitation in old])

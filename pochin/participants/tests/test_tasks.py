"""What time does to memberships and invitations."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pochin.participants.lifecycle import seats
from pochin.participants.models import Membership, State
from pochin.participants.tasks import (
    INVITED_DAYS,
    PATIENCE_DAYS,
    YEAR_DAYS,
    keep_memberships,
    let_invitations_expire,
)


@pytest.mark.parametrize(("days", "state"), [(-1, State.ADMITTED), (1, State.DUE)])
def test_after_a_year_a_member_is_asked_to_confirm(days, state, amber):
    confirmed = timezone.now() - timedelta(days=YEAR_DAYS + days)
    Membership.objects.filter(organisation=amber).update(confirmed_at=confirmed)

    keep_memberships.func()

    assert Membership.objects.get(organisation=amber).state == state


@pytest.mark.parametrize(("days", "state"), [(-1, State.DUE), (1, State.LAPSED)])
def test_who_does_not_confirm_for_long_lapses(days, state, amber):
    confirmed = timezone.now() - timedelta(days=YEAR_DAYS + PATIENCE_DAYS + days)
    Membership.objects.filter(organisation=amber).update(confirmed_at=confirmed, state=State.DUE)

    keep_memberships.func()

    assert Membership.objects.get(organisation=amber).state == state


def test_who_is_asked_late_still_gets_time(amber):
    long_ago = timezone.now() - timedelta(days=YEAR_DAYS * 2)
    Membership.objects.filter(organisation=amber).update(confirmed_at=long_ago)

    keep_memberships.func()

    assert Membership.objects.get(organisation=amber).state == State.DUE


@pytest.mark.parametrize(("days", "state"), [(-1, "sent"), (1, "expired")])
def test_an_old_invitation_expires(days, state, cast):
    sent_at = timezone.now() - timedelta(days=INVITED_DAYS + days)
    invitation = seats.invite(cast.amber, by=cast.anna, email="x@example.org", at=sent_at)

    let_invitations_expire.func()

    invitation.refresh_from_db()
    assert invitation.state == state

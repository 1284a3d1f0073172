"""Letters leave in the background."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from pochin.coordination.models import TakenOff
from pochin.core.models import Entry
from pochin.core.reactions import reacts_to
from pochin.notices import leaving, letters
from pochin.notices.models import Notice, Way
from pochin.participants.models import Invitation, InvitationState, Person

log = logging.getLogger(__name__)

# An invitation rests up to an hour between attempts: two days and more.
INVITATION_ATTEMPTS = 60


@task(cron="* * * * *")
def send_letters() -> int:
    """Send what was written; a letter that fails is tried again, with longer pauses.

    Where the mail server itself does not answer, no letter is to blame: all wait for it.
    """
    sent = 0
    for letter in leaving.due(at=timezone.now())[:500]:
        leaving.begin(letter, at=timezone.now())
        try:
            letters.send(letter)
        except (OSError, ValueError) as error:
            log.warning("Letter %s did not leave: %s", letter.pk, error)
            if leaving.fail(letter, error):
                break
            continue
        leaving.end(letter, at=timezone.now())
        sent += 1
    return sent


@task(unique=True, attempts=INVITATION_ATTEMPTS)
def send_invitation(invitation_id: int) -> bool:
    """Send the letter of an invitation that still stands."""
    found = Invitation.objects.filter(pk=invitation_id, state=InvitationState.SENT)
    invitation = found.select_related("organisation", "invited_by").first()
    if invitation is None:
        return False
    letters.invite(invitation)
    return True


@reacts_to("participants.invitation.invite")
def invite(entry: Entry) -> None:
    """Somebody who has no account yet can only be reached by a letter."""
    send_invitation.enqueue(entry.thing_id)


@task(unique=True, attempts=INVITATION_ATTEMPTS)
def send_taken_off(taken_id: int) -> bool:
    """Send the letter that takes a meeting out of somebody's calendar."""
    found = TakenOff.objects.filter(pk=taken_id)
    taken = found.select_related("meeting__programme", "meeting__chair", "person").first()
    return taken is not None and letters.take_off(taken)


@reacts_to("coordination.meeting.remove_invitee")
def take_off(entry: Entry) -> None:
    """Who is not invited any more does not see the meeting, and so is told by a letter alone."""
    taken = TakenOff.objects.filter(meeting=entry.thing_id, at=entry.at)
    for key in taken.values_list("pk", flat=True):
        send_taken_off.enqueue(key)


@task(cron="0 8 * * *")
def write_digests() -> int:
    """Write each person one letter about what waited for the digest."""
    written, now = 0, timezone.now()
    waiting = Notice.objects.filter(way=Way.DIGEST, letters__isnull=True, read_at__isnull=True)
    for person in Person.objects.filter(pk__in=waiting.values("person"), is_active=True):
        mine = list(waiting.filter(person=person, at__gte=now - timedelta(days=14)).order_by("at"))
        if mine:
            letters.write(person, mine, at=now, is_digest=True)
            written += 1
    return written

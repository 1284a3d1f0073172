"""Every entry is told to those it concerns, exactly once."""

from __future__ import annotations

from pochin.core.models import Entry
from pochin.core.reactions import ANY, reacts_to
from pochin.notices import letters, tasks


@reacts_to(ANY)
def tell(entry: Entry) -> None:
    """Note down who is told; the worker sends the letters."""
    letters.note(entry)


@reacts_to("participants.invitation.invite")
def invite(entry: Entry) -> None:
    """Somebody who has no account yet can only be reached by a letter."""
    tasks.send_invitation.enqueue(entry.thing_id)

"""What follows from an entry about an agreement: signed by all, it is concluded."""

from __future__ import annotations

from pochin.agreements import lifecycle
from pochin.agreements.models import Agreement, State
from pochin.core.models import Entry
from pochin.core.policy import SYSTEM
from pochin.core.reactions import reacts_to


@reacts_to("agreements.sign")
def conclude(entry: Entry) -> None:
    """Once the last party has signed, note it; the term may have begun already."""
    agreement = Agreement.objects.get(pk=entry.thing_id)
    if agreement.state != State.NEGOTIATION or not lifecycle.all_have_signed.holds(agreement):
        return
    lifecycle.conclude(agreement, by=SYSTEM, at=entry.at)
    if lifecycle.term_has_begun.holds(agreement, at=entry.at):
        lifecycle.enter_into_force(agreement, by=SYSTEM, at=entry.at)

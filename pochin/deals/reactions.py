"""What deals do because something was written in another room."""

from __future__ import annotations

from pochin.core.models import Entry
from pochin.core.policy import SYSTEM
from pochin.core.reactions import reacts_to
from pochin.deals import lifecycle
from pochin.decisions.models import Decision


@reacts_to("decisions.sign", "decisions.countersign")
def open_a_deal(entry: Entry) -> None:
    """A signed decision to scale opens a deal with the terms the plan promised."""
    decision = Decision.objects.select_related("pilot__need__unit", "evaluation__plan")
    lifecycle.open_for(decision.get(pk=entry.thing_id), by=SYSTEM, at=entry.at)

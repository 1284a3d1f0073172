"""What the portfolio counts anew because something happened."""

from __future__ import annotations

from pochin.core.models import Entry
from pochin.core.reactions import reacts_to
from pochin.portfolio import counters


@reacts_to(*counters.MOVED_BY)
def count_anew(entry: Entry) -> None:
    """Commitments that count themselves follow the registers at once."""
    moved = counters.MOVED_BY[entry.verb]
    programme = getattr(entry.thing, "programme_id", None)
    counters.recount(at=entry.at, counters=moved, programme=programme)

"""Every entry is told to those it concerns, exactly once."""

from __future__ import annotations

from pochin.core.models import Entry
from pochin.core.reactions import ANY, reacts_to
from pochin.notices import letters


@reacts_to(ANY)
def tell(entry: Entry) -> None:
    """Note down who is told; the worker sends the letters."""
    letters.note(entry)

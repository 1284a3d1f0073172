"""In which tone a state is shown: the normal one is quiet, colour is for exceptions."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString

from pochin.ui import parts

# By the word of the state, the same in every room.
TONES = {
    "draft": "plain",
    "nominated": "plain",
    "has_status": "quiet",
    "collecting": "primary",
    "open": "primary",
    "running": "primary",
    "clarification": "waiting",
    "suspended": "waiting",
    "due": "waiting",
    "awaiting": "seal",
    "locked": "seal",
    "signed": "seal",
    "accepted": "good",
    "admitted": "quiet",
    "listed": "quiet",
    "in_force": "quiet",
    "satisfied": "good",
    "scaled": "good",
    "refused": "bad",
    "excluded": "bad",
    "stopped": "bad",
    "rejected": "bad",
    "withdrawn": "plain",
    "cancelled": "plain",
    "closed": "plain",
}


def state_badge(thing: Any) -> SafeString:
    """The state of a thing as a badge in its tone."""
    return parts.badge(thing.get_state_display(), tone=TONES.get(thing.state, "neutral"))

"""In which tone a state is shown: the normal one is quiet, colour is for exceptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.utils.safestring import SafeString

from pochin.ui import formats, parts

# By the word of the state, the same in every room; what means something else there has its own.
TONES = {
    "assignment.accepted": "primary",  # an expert took the review on: it is in work
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
    "refused": "neutral",
    "excluded": "bad",
    "stopped": "bad",
    "rejected": "bad",
    "withdrawn": "plain",
    "ended": "plain",
    "not_concluded": "plain",
    "cancelled": "plain",
    "closed": "plain",
}


def state_badge(thing: Any) -> SafeString:
    """The state of a thing as a badge in its tone."""
    is_kept = isinstance(thing, models.Model)
    if not is_kept:
        return _drawn(thing)
    # A list shows the same few states in row after row.
    key = (type(thing), thing.state, formats.language())
    badge = _BADGES.get(key)
    if badge is None:
        badge = _BADGES[key] = _drawn(thing)
    return badge


# By model, state and language.
_BADGES: dict[tuple[type, str, str], SafeString] = {}


def label(model: type[models.Model], field: str, value: Any) -> str:
    """What a choice is called in the language of the page, as `get_…_display` says it.

    For lists: the framework looks through all choices anew for every row.
    """
    key = (model, field, formats.language())
    labels = _LABELS.get(key)
    if labels is None:
        choices: Any = model._meta.get_field(field).flatchoices  # type: ignore[union-attr]
        labels = _LABELS[key] = {one: str(words) for one, words in choices}
    return labels.get(value, value)


def labelled(field: str) -> Callable[[Any], str]:
    """The same as the value of a column: what the choice in this field is called."""
    return lambda thing: label(type(thing), field, getattr(thing, field))


# By model, field and language.
_LABELS: dict[tuple[type, str, str], dict[Any, str]] = {}


def _drawn(thing: Any) -> SafeString:
    own = f"{type(thing).__name__.lower()}.{thing.state}"
    tone = TONES.get(own) or TONES.get(thing.state, "neutral")
    return parts.badge(thing.get_state_display(), tone=tone)

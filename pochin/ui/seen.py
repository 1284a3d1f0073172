"""What a reader may see of a kind of thing, and what is picked of it: such a condition is written
once for all pages that ask.

What is kept is a question that was never asked, nothing of its answer: the database says anew
what meets the condition. What a reader may see is kept only for readers of pages, whose rights
follow from their hats and from what they have of their own, and these are read anew with every
page.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from threading import local
from typing import Any

from pochin.ui.written import Things, Unlike, again, alike

MOST = 2048  # conditions kept by a thread; the oldest go first
_kept = local()


def written_once(visible_to: Callable[[Things, Any], Things]) -> Callable[[Things, Any], Things]:
    """Let `visible_to`, or another method that takes the reader alone, write once for all who see
    the same.

    It may ask only for the reader's hats and for what `may_have` tells, never for the day or the
    hour, and read no table itself.
    """

    @wraps(visible_to)
    def narrowed(things: Things, user: Any) -> Things:
        reader = getattr(user, "sees_as", None)
        if reader is None:
            return visible_to(things, user)
        return made_once(things, (visible_to, reader), lambda things: visible_to(things, user))

    return narrowed


def made_once(things: Things, by: Hashable, make: Callable[[Things], Things]) -> Things:
    """What `make` makes of the things, made once for all who make the same of the same.

    Args:
        things: What it is made of.
        by: All that `make` goes by besides the things; equal for another who makes the same.
        make: Reads no table.
    """
    if not _is_untouched(things):
        return make(things)
    known: dict[Hashable, Things] = _kept.__dict__.setdefault("made", {})
    try:
        key = (by, type(things), things.db, alike(things))
    except Unlike:
        return make(things)
    found = known.get(key)
    if found is None:
        if len(known) >= MOST:
            known.pop(next(iter(known)))
        found = known[key] = make(things)
    return again(found)


def _is_untouched(things: Any) -> bool:
    """Whether nothing hangs on the queryset that its question does not say."""
    return not (things._known_related_objects or things._prefetch_related_lookups or things._hints)

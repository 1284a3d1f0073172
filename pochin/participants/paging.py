"""Pages of the API: from one thing to the next, so that the last page costs what the first does."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import QuerySet
from ninja import Query

LIMIT = 100
# What every list of the API is asked with, beside its filters.
_BEFORE = "The `next` of the page before; without it, the first page."
After = Annotated[int, Query(ge=0, le=2**31 - 1, description=_BEFORE)]
AfterKey = Annotated[str, Query(max_length=64, description=_BEFORE)]
Limit = Annotated[int, Query(ge=1, le=LIMIT, description="How many at most.")]
NEXT = "Given as `after`, it leads to the following page; null on the last."


def read_page(things: QuerySet, *, after: Any, limit: int, key: str = "number") -> dict[str, Any]:
    """The next things in the order of `key`, and the key to go on after; None at the end."""
    size = max(1, min(limit, LIMIT))
    if after:
        things = things.filter(**{f"{key}__gt": after})
    found = list(things.order_by(key)[: size + 1])
    more = len(found) > size
    return {"items": found[:size], "next": getattr(found[size - 1], key) if more else None}

"""Pages of the API: from one thing to the next, so that the last page costs what the first does."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

LIMIT = 100


def read_page(things: QuerySet, *, after: Any, limit: int, key: str = "number") -> dict[str, Any]:
    """The next things in the order of `key`, and the key to go on after; None at the end."""
    size = max(1, min(limit, LIMIT))
    if after:
        things = things.filter(**{f"{key}__gt": after})
    found = list(things.order_by(key)[: size + 1])
    more = len(found) > size
    return {"items": found[:size], "next": getattr(found[size - 1], key) if more else None}

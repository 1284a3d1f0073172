"""Icons drawn into the page: lucide's lines, read once and kept."""

from __future__ import annotations

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from lucide import _render_icon  # the wheel's one drawing function; its tag only wraps it


@lru_cache(maxsize=256)
def icon(name: str, *, size: int = 18) -> SafeString:
    """Draw a lucide icon; it says nothing aloud, the words beside it do."""
    drawn = _render_icon(
        name, size, **{"class": "icon", "aria-hidden": "true", "focusable": "false"}
    )
    return mark_safe(" ".join(drawn.split()).replace("> <", "><").replace(" />", "/>"))

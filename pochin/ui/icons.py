"""Icons drawn into the page: lucide's lines, read once and kept."""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from lucide import _render_icon  # the wheel's one drawing function; its tag only wraps it

# What all icons share stands once in the style sheet (`.icon`), not in each of fifty rows.
SHARED = re.compile(r' (?:fill|stroke|stroke-width|stroke-linecap|stroke-linejoin)="[^"]*"')
SIZE = re.compile(r' (?:width|height)="[^"]*"')


@lru_cache(maxsize=256)
def icon(name: str, *, size: int = 18) -> SafeString:
    """Draw a lucide icon; it says nothing aloud, the words beside it do.

    Without a `size` it has the one the style sheet gives it where it stands.
    """
    drawn = _render_icon(name, size, **{"class": "icon", "aria-hidden": "true"})
    start, end, lines = " ".join(drawn.split()).partition(">")
    lines = lines.strip().replace("> <", "><").replace(" />", "/>")
    if not size:
        start = SIZE.sub("", start)
    return mark_safe(f"{SHARED.sub('', start)}{end}{lines}")

"""Sample words in both languages."""

from __future__ import annotations

from pochin.ui import formats


def two(ru: str, en: str) -> str:
    """Sample words stand here in both languages: nobody translates an invented company."""
    return en if formats.language() == "en" else ru

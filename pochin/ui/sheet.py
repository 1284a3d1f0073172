"""The rules of the look as text, for papers and for pages that leave as one file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders

NAME = "ui/pochin.css"


@lru_cache
def sheet() -> str:
    """The style sheet.

    Raises:
        FileNotFoundError: The house was taken down without it.
    """
    found = finders.find(NAME)
    if found is None:
        raise FileNotFoundError(f"the style sheet {NAME} is missing")
    return Path(found).read_text(encoding="utf-8")

"""The connection. The framework writes `%s` where SQLite wants `?`, and goes through the whole text
for it whenever it asks: with fifty keys that takes longer than to find what has them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base

LONGEST = 20_000  # letters; longer questions carry many rows, and nobody asks them twice
MOST = 1024


class CursorWrapper(base.SQLiteCursorWrapper):
    """A cursor that knows the questions it was given before."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        """The question with the marks of SQLite."""
        if param_names is None and len(query) <= LONGEST:
            return _marked(query)
        converted: str = super().convert_query(query, param_names=param_names)
        return converted


@lru_cache(maxsize=MOST)
def _marked(query: str) -> str:
    """As the framework does it: a mark that is itself marked is a per cent sign and an s."""
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class DatabaseWrapper(base.DatabaseWrapper):
    """The framework's own in all but its cursors."""

    def create_cursor(self, name: str | None = None) -> Any:  # noqa: ARG002 - the framework's
        return self.connection.cursor(factory=CursorWrapper)

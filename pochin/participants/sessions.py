"""Sessions in the database, read with every page, so by hand.

The table holds the hash of a session's key, so that a copy of the database opens no session.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends import db
from django.db import connections, router
from django.utils import timezone

READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


def kept(key: str) -> str:
    """What the table holds of a session's key: as much of its hash as fits the column."""
    return sha256(key.encode(errors="surrogatepass")).hexdigest()[:40]


class SessionStore(db.SessionStore):
    """The framework's own, but for how it is read and under what it is kept."""

    def load(self) -> dict[str, Any]:
        connection = connections[router.db_for_read(self.model)]
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(READ, [kept(self.session_key or ""), now])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])

    def exists(self, session_key: str) -> bool:
        return super().exists(kept(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of the session as it is now."""
        row = super().create_model_instance(data)
        row.session_key = kept(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Take the session out of the table."""
        key = session_key or self.session_key
        if key is not None:
            super().delete(kept(key))

"""What the machine refuses to keep, in a sentence for the person who wrote it."""

from __future__ import annotations

import errno

from django.db import DatabaseError
from django.utils.translation import gettext as _

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
# How the two databases say it.
FULL = ("disk is full", "readonly database", "no space left", "read-only transaction")
BUSY = ("database is locked", "deadlock detected", "could not serialize access")


def sentence(error: Exception) -> str:
    """Why nothing could be kept; empty for a fault of another kind."""
    said = str(error).lower() if isinstance(error, DatabaseError) else ""
    is_closed = isinstance(error, OSError) and error.errno in NO_ROOM
    if is_closed or any(words in said for words in FULL):
        return _(
            "Nothing can be kept at this moment: there is no room left or it is closed. What was"
            " confirmed to you is kept. Keep what you wrote and send it again later."
        )
    # By its name: the library is loaded only where an object store is used.
    if type(error).__module__.startswith("botocore."):
        return _(
            "The store of files does not answer at this moment. Nothing is lost; try again later."
        )
    if any(words in said for words in BUSY):
        return _("Others were writing at the same moment, so this was not kept. Send it again.")
    return ""

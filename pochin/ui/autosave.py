"""What a draft's address answers while somebody types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.http import JsonResponse

from pochin.ui import formats


def saved(version: int | str, at: dt.datetime) -> JsonResponse:
    """The draft is kept; the page shows when and remembers the version."""
    return JsonResponse({"version": version, "time": formats.clock(at)})


def conflict(version: int | str, at: dt.datetime, theirs: Mapping[str, str]) -> JsonResponse:
    """Somebody else wrote meanwhile; the page puts their text beside the reader's own.

    Args:
        version: The version that is saved now.
        at: When it was saved.
        theirs: The saved text of each field of the form.
    """
    answer = {"version": version, "time": formats.clock(at), "theirs": dict(theirs)}
    return JsonResponse(answer, status=409)

"""What a load balancer asks: is the process alive, may people be sent to it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from pochin.keeping.tables import tables

log = logging.getLogger(__name__)
ALIVE, READY = "/alive/", "/ready/"


class HealthMiddleware:
    """Answers “/alive/” and “/ready/” before anything else is asked.

    A load balancer knocks by an address that is no name of ours, over plain http and without a
    session. It learns one word: what is wrong stands in our log and on the page of the keeper.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.has_tables = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == ALIVE:
            return _word("alive", 200)
        if request.path_info == READY:
            return _word("ready", 200) if self._is_ready() else _word("not ready", 503)
        return self.get_response(request)

    def _is_ready(self) -> bool:
        """Whether the database answers and is of this version; the latter is asked until it is."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            if not self.has_tables:
                self.has_tables = tables().are_of_this_version
                if not self.has_tables:
                    log.warning("Not ready: the database is not of this version.")
        except DatabaseError as error:
            log.warning("Not ready: the database does not answer: %s", error)
            connection.close()
            return False
        return self.has_tables


def _word(word: str, status: int) -> HttpResponse:
    answer = HttpResponse(word, status=status, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer

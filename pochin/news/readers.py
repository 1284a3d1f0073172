"""Counting readers: each once a day, no robots, and without keeping who they were."""

from __future__ import annotations

import re
from datetime import date

from django.db import connection
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from pochin.news.models import Piece, Reading, State

# What programs call themselves; a browser never does.
ROBOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|monitor|scan|fetch|feed|archiv|curl|wget|python|java/"
    r"|okhttp|go-http|httpclient|headless|lighthouse|facebookexternal|telegram|whatsapp|vkshare",
    re.IGNORECASE,
)


def is_robot(request: HttpRequest) -> bool:
    """Whether a program asks, or a browser that only prepares for a reader."""
    agent = request.headers.get("User-Agent", "")
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return not agent or bool(ROBOT.search(agent)) or "prefetch" in purpose


def note(request: HttpRequest, piece: Piece) -> None:
    """Count this reader, unless they have read it today or are no reader at all."""
    if request.method != "GET" or piece.state != State.PUBLISHED or is_robot(request):
        return
    day = timezone.localdate()
    who = request.user.pk or f"{request.META.get('REMOTE_ADDR')} {request.headers['User-Agent']}"
    # The day is part of what is hashed, so that nobody can be followed from day to day.
    reader = salted_hmac("pochin.news.readers", f"{day} {piece.pk} {who}").hexdigest()[:32]
    if _keep(piece, day, reader):
        Piece.objects.filter(pk=piece.pk).update(views=F("views") + 1)


def _keep(piece: Piece, day: date, reader: str) -> bool:
    """Remember the reading; answers whether it is the first of the day."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Reading._meta.db_table} (piece_id, day, reader) VALUES (%s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            [piece.pk, connection.ops.adapt_datefield_value(day), reader],
        )
        return cursor.rowcount == 1

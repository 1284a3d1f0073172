"""What a pilot does by itself when a day has come; the worker winds this clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from pochin.core.lifecycle import obstacles
from pochin.core.policy import SYSTEM
from pochin.pilots.lifecycle.course import life
from pochin.pilots.models import Pilot


def keep_time(at: datetime) -> int:
    """Make every move whose day has come; returns how many were made. May be run at any time."""
    today = timezone.localdate(at)
    open_ = Pilot.objects
    due: list[tuple[str, QuerySet[Pilot]]] = [
        ("reach_start", open_.filter(starts_on__lte=today, start_reached_at__isnull=True)),
        ("reach_end", open_.filter(ends_on__lt=today, end_reached_at__isnull=True)),
        ("close_data", open_.filter(end_reached_at__isnull=False)),
        ("agree_results", open_.filter(comments_until__lt=at)),
        (
            "reach_decision_day",
            open_.filter(decision_date__lt=today, decision_day_reached_at__isnull=True),
        ),
    ]
    return sum(_make(name, found, at) for name, found in due)


def _make(name: str, found: QuerySet[Pilot], at: datetime) -> int:
    move, made = life.moves[name], 0
    given: dict[str, Any] = {"at": at, "by": SYSTEM}
    for pilot in found.filter(state__in=move.starts).order_by("pk"):
        if not obstacles(move, pilot, given):
            life.make(name, pilot, **given)
            made += 1
    return made

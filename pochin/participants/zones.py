"""Time zones by the names of their cities, in the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location
from django.utils.translation import get_language

# The hours from UTC are those of this winter day: what they are called must not change by season.
WINTER = datetime(2026, 1, 15, 12)


def offset(zone: str) -> timedelta:
    """How far the zone is from UTC in winter."""
    return ZoneInfo(zone).utcoffset(WINTER) or timedelta()


def name(zone: str) -> str:
    """The zone as people say it: “Москва, UTC+3”."""
    return _name(zone, (get_language() or "ru")[:2])


@lru_cache(maxsize=2000)
def _name(zone: str, language: str) -> str:
    if zone == "UTC":
        return zone
    minutes = round(offset(zone).total_seconds() / 60)
    sign = "+" if minutes >= 0 else "−"
    hours, rest = divmod(abs(minutes), 60)
    city = get_timezone_location(zone, locale=language, return_city=True)
    return f"{city}, UTC{sign}{hours}" + (f":{rest:02}" if rest else "")

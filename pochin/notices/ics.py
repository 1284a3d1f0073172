"""Calendars as RFC 5545 wants them: lines of 75 octets, escaped texts, times in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

END = "\r\n"
PRODUCT = "-//Pochin//Calendar//RU"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry: a meeting with its times, or a day on which something is due."""

    uid: str
    title: str
    stamp: datetime
    starts: datetime | date
    ends: datetime | None = None
    place: str = ""
    words: str = ""
    url: str = ""
    sequence: int = 0
    is_cancelled: bool = False
    organiser: tuple[str, str] | None = None
    attendees: tuple[tuple[str, str], ...] = ()


def calendar(events: Iterable[Event], *, name: str = "", method: str = "PUBLISH") -> str:
    """The calendar as text; `method` is PUBLISH for a feed, REQUEST or CANCEL for an invitation."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN",
             f"METHOD:{method}"]  # fmt: skip
    if name:
        # Both words for “ask again in an hour”: RFC 7986, and what Outlook reads.
        lines += [f"X-WR-CALNAME:{escaped(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
                  "X-PUBLISHED-TTL:PT1H"]  # fmt: skip
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}{END}" for line in lines)


def _event(event: Event) -> list[str]:
    lines = ["BEGIN:VEVENT", f"UID:{event.uid}", f"DTSTAMP:{_utc(event.stamp)}"]
    if isinstance(event.starts, datetime):
        lines += [f"DTSTART:{_utc(event.starts)}", f"DTEND:{_utc(event.ends or event.starts)}"]
    else:
        after = event.starts + timedelta(days=1)
        lines += [f"DTSTART;VALUE=DATE:{event.starts:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}",
                  "TRANSP:TRANSPARENT"]  # fmt: skip
    lines += [f"SUMMARY:{escaped(event.title)}", f"SEQUENCE:{event.sequence}"]
    lines.append("STATUS:CANCELLED" if event.is_cancelled else "STATUS:CONFIRMED")
    if event.place:
        lines.append(f"LOCATION:{escaped(event.place)}")
    if event.words:
        lines.append(f"DESCRIPTION:{escaped(event.words)}")
    if event.url:
        lines.append(f"URL:{event.url}")
    if event.organiser:
        name, email = event.organiser
        lines.append(f'ORGANIZER;CN="{quoted(name)}":mailto:{email}')
    for name, email in event.attendees:
        lines.append(
            f'ATTENDEE;CN="{quoted(name)}";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE'
            f":mailto:{email}"
        )
    lines.append("END:VEVENT")
    return lines


def escaped(text: str) -> str:
    r"""Write a text so that it stays one value.

    >>> print(escaped("Пилоты; сроки, итоги"))
    Пилоты\; сроки\, итоги
    """
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def quoted(text: str) -> str:
    """Write a text so that it may stand in quotation marks."""
    return text.replace('"', "'").replace("\n", " ").replace("\r", " ")


def folded(line: str) -> str:
    """Break a line after at most 75 octets, never within a letter."""
    pieces: list[str] = []
    piece = ""
    for letter in line:
        room = 75 if not pieces else 74
        if len((piece + letter).encode()) > room:
            pieces.append(piece)
            piece = letter
        else:
            piece += letter
    return f"{END} ".join([*pieces, piece])


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")

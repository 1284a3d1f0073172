"""Addresses and tokens that open something stay out of every log."""

from __future__ import annotations

import logging
import re

HIDDEN = "…"
# Parts of an address by which alone something is opened: links of letters, feeds of calendars,
# invitations, new passwords; also what is only long and random, such as an id.
_PART = re.compile(r"(?<![\w%-])(?=[\w%:.~=-]*\d)[\w%:.~=-]{20,}(?![\w%-])")
_TOKEN = re.compile(r"(?i)(bearer\s+|pochin_)[\w.~+/=-]+")
_QUERY = re.compile(r"(?i)([?&](?:key|token|code|state|sig|signature|next)=)[^&\s\"']+")
# What follows these is a secret however short it is.
_AFTER = re.compile(
    r"(/(?:check|calendar|off|invitations?|reset/key|confirm-email)/)[^/\s\"'?]+", re.IGNORECASE
)


def masked(text: str) -> str:
    """A line of a log without what would open something.

    >>> masked("Not Found: /notices/calendar/kQ3vX0aZ81bYw7Lr5tUe2NcM4pSdFgHj.ics")
    'Not Found: /notices/calendar/…'
    >>> masked("Not Found: /needs/42/edit/")
    'Not Found: /needs/42/edit/'
    """
    for pattern, instead in (
        (_TOKEN, rf"\1{HIDDEN}"),
        (_QUERY, rf"\1{HIDDEN}"),
        (_AFTER, rf"\1{HIDDEN}"),
    ):
        text = pattern.sub(instead, text)
    return "/".join(_PART.sub(HIDDEN, part) for part in text.split("/")) if "/" in text else text


class Masked(logging.Filter):
    """Takes them out of whatever passes this handler: words, their values and the trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = "\n".join(_of_trace(line) for line in record.exc_text.split("\n"))
        return True


def _of_trace(line: str) -> str:
    """Where the code stands is no secret, and is what the trace is for."""
    return line if line.lstrip().startswith('File "') else masked(line)

"""Numbers, money, days and moments as people read them, in the language of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import lru_cache

from django.utils import dates, timezone, translation
from django.utils.translation import gettext, gettext_noop, ngettext

from pochin.core.tongue import language

NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "\u2014"
SYMBOLS = {"RUB": "₽", "USD": "$", "EUR": "€", "CNY": "¥", "KZT": "₸", "BYN": "Br"}
MOSCOW = "Europe/Moscow"
THOUSAND = 1000
SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"))

Number = int | float | Decimal


def number(value: Number | None, *, places: int | None = None, sign: bool = False) -> str:
    """Write 12345.6 as “12 345,6” in Russian and “12,345.6” in English; `sign` adds the plus.

    >>> with translation.override("en"): number(-12345.60, places=1)
    '−12,345.6'
    """
    if value is None:
        return DASH
    text = _digits(value.__abs__(), places)
    whole, _, part = text.partition(".")
    russian = language() == "ru"
    whole = f"{int(whole):,}".replace(",", NBSP if russian else ",")
    if part:
        whole = f"{whole}{',' if russian else '.'}{part}"
    if not text.strip("0."):
        return whole
    if value < 0:
        return MINUS + whole
    return f"+{whole}" if sign else whole


def bounded(value: int, limit: int) -> str:
    """Write a count that went no further than just past its limit: “1 000+”."""
    return f"{number(limit)}+" if value > limit else number(value)


def _digits(value: Number, places: int | None) -> str:
    if places is not None:
        return f"{value:.{places}f}"
    if isinstance(value, int):
        return str(value)
    text = f"{value:f}" if isinstance(value, Decimal) else f"{value:.6f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: Number | None, *, places: int = 1, sign: bool = False) -> str:
    """Write the share 0.042 as “4,2 %” in Russian and “4.2%” in English."""
    if value is None:
        return DASH
    text = number(value * 100, places=places, sign=sign)
    return f"{text}{NBSP}%" if language() == "ru" else f"{text}%"


def numbered(paper: object) -> str:
    """The number of a paper with its sign, once, on one line: “№ 77/26”, “No. 77/26”.

    >>> with translation.override("en"): numbered("№ 77/26")
    'No.\\xa077/26'
    """
    bare = str(paper).strip().removeprefix("№").removeprefix("No.").strip()
    return (gettext("No. %(number)s") % {"number": bare}).replace(" ", NBSP) if bare else ""


def with_unit(value: Number | None, unit: str, **how: object) -> str:
    """Write a number and its unit so that the line never breaks between them."""
    text = number(value, **how)  # type: ignore[arg-type]
    if not unit or value is None:
        return text
    tight = unit == "%" and language() == "en"
    return f"{text}{'' if tight else NBSP}{unit.replace(' ', NBSP)}"


def unit_of_change(unit: str) -> str:
    """The unit of a difference: two values in per cent lie percentage points apart."""
    if unit == "%":
        return "п. п." if language() == "ru" else "pp"
    return "" if unit == "1" else unit


def money(
    value: Number | None, currency: str = "RUB", *, short: bool = False, exact: bool = False
) -> str:
    """Write a sum: “1 200 000 ₽”; `short` makes it “1,2 млн ₽”, `exact` keeps every digit."""
    if value is None:
        return DASH
    text, word = _scaled(value) if short else (number(value) if exact else _sum(value), "")
    symbol = SYMBOLS.get(currency, currency)
    if language() == "ru" or currency not in SYMBOLS:
        return NBSP.join(part for part in (text, word, symbol) if part)
    front = f"{MINUS}{symbol}{text[1:]}" if text.startswith(MINUS) else f"{symbol}{text}"
    return f"{front}{NBSP}{word}" if word else front


def _sum(value: Number) -> str:
    whole = value == int(value)
    return number(value, places=0 if whole else 2)


def _scaled(value: Number) -> tuple[str, str]:
    for scale, name in SCALES:
        if value.__abs__() >= scale:
            share = Decimal(str(value)) / scale
            return number(share, places=0 if abs(share) >= 100 or share == int(share) else 1), (
                scale_word(name)
            )
    # A sum told in short has no kopecks beside its thousands.
    return (number(value, places=0) if value.__abs__() >= THOUSAND else _sum(value)), ""


def scale_word(name: str) -> str:
    """Answer the short word for a million, a billion or a trillion."""
    return {
        "million": gettext("million"),
        "billion": gettext("billion"),
        "trillion": gettext("trillion"),
    }[name]


@lru_cache(maxsize=8)
def _months(code: str) -> tuple[str, ...]:
    with translation.override(code):
        return tuple(str(dates.MONTHS_ALT[month]) for month in range(1, 13))


@lru_cache(maxsize=8)
def _short_months(code: str) -> tuple[str, ...]:
    with translation.override(code):
        return (
            gettext("Jan"), gettext("Feb"), gettext("Mar"), gettext("Apr"),
            gettext("May"), gettext("Jun"), gettext("Jul"), gettext("Aug"),
            gettext("Sep"), gettext("Oct"), gettext("Nov"), gettext("Dec"),
        )  # fmt: skip


def calendar_day(value: dt.date) -> dt.date:
    """The day itself, or the day of a moment in the reader's zone."""
    return timezone.localtime(value).date() if isinstance(value, dt.datetime) else value


def day(value: dt.date | None, *, short: bool = False) -> str:
    """Write a day: “23 ноября”, with the year when it is not this one; `short` makes “23 ноя”.

    Of a moment it is the day where the reader is.
    """
    if value is None:
        return DASH
    value = calendar_day(value)
    is_plain = value.year == this_year() and not _kept.get()
    return _day(value.day, value.month, 0 if is_plain else value.year, language(), short)


@lru_cache(maxsize=4096)
def _day(day: int, month: int, year: int, code: str, short: bool) -> str:
    months = _short_months(code) if short else _months(code)
    text = f"{day}{NBSP}{months[month - 1]}"
    return f"{text} {year}" if year else text


_kept: ContextVar[bool] = ContextVar("kept", default=False)


@contextmanager
def kept() -> Iterator[None]:
    """Write for paper and files: every day with its year, for they are read in other years too.

    >>> with translation.override("en"), kept(): day(dt.date.today())[-4:] == str(this_year())
    True
    """
    token = _kept.set(True)
    try:
        yield
    finally:
        _kept.reset(token)


def this_year() -> int:
    """Answer the year by the server's clock: a day of this year is written without it."""
    # An hour more or less around New Year does not matter, the speed of lists does.
    return dt.date.today().year


def clock(value: dt.datetime) -> str:
    """Write the hour and minute in the reader's zone: “17:42”."""
    return f"{timezone.localtime(value):%H:%M}"


def moment(value: dt.datetime | None, *, zone: bool = True) -> str:
    """Write a moment in the reader's zone: “23 ноября в 17:42 по Москве”."""
    if value is None:
        return DASH
    here = timezone.localtime(value)
    text = gettext("%(day)s at %(time)s") % {"day": day(here.date()), "time": f"{here:%H:%M}"}
    return f"{text} {zone_words(here)}" if zone else text


def short_moment(value: dt.datetime | None) -> str:
    """Write a moment for a table: “23 ноя, 17:42”."""
    if value is None:
        return DASH
    here = timezone.localtime(value)
    return f"{day(here.date(), short=True)}, {here:%H:%M}"


def zone_words(here: dt.datetime) -> str:
    """Say whose clock this is: “по Москве” or “(UTC+5)”."""
    if timezone.get_current_timezone_name() in {MOSCOW, "MSK"}:
        return gettext("Moscow time")
    minutes = int((here.utcoffset() or dt.timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = MINUS if minutes < 0 else "+"
    return f"(UTC{sign}{hours}{f':{rest:02d}' if rest else ''})"


# Seconds from now beyond which a moment is told by its day: sixty days.
FAR = 60 * 86_400


def ago(value: dt.datetime, now: dt.datetime | None = None) -> str:
    """Say how far a moment is from now: “2 часа назад”, “через 3 дня”."""
    seconds = ((now or timezone.now()) - value).total_seconds()
    past, length = seconds >= 0, abs(seconds)
    if length < 60:
        return gettext("just now") if past else gettext("in a moment")
    if length < 3600:
        return _minutes(int(length // 60), past)
    if length < 86400:
        return _hours(int(length // 3600), past)
    if length > FAR:
        # Nobody reckons in hundreds of days.
        return day(timezone.localdate(value))
    return _days(int(length // 86400), past)


def _minutes(n: int, past: bool) -> str:
    if past:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", n) % {"n": n}
    return ngettext("in %(n)d minute", "in %(n)d minutes", n) % {"n": n}


def _hours(n: int, past: bool) -> str:
    if past:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", n) % {"n": n}
    return ngettext("in %(n)d hour", "in %(n)d hours", n) % {"n": n}


def _days(n: int, past: bool) -> str:
    if past:
        return ngettext("%(n)d day ago", "%(n)d days ago", n) % {"n": n}
    return ngettext("in %(n)d day", "in %(n)d days", n) % {"n": n}


def days(n: int) -> str:
    """Write a count of days: “22 дня”."""
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": number(n)}


def size(octets: int) -> str:
    """Write the size of a file: “84 МБ”."""
    for scale, unit in ((10**9, gettext("GB")), (10**6, gettext("MB")), (10**3, gettext("KB"))):
        if octets >= scale:
            share = octets / scale
            return f"{number(share, places=0 if share >= 10 else 1)}{NBSP}{unit}"
    return ngettext("%(n)d byte", "%(n)d bytes", octets) % {"n": octets}


# Django's own words for a day it cannot read; in Russian they say how it is written.
DAY_REFUSED = gettext_noop("Enter a valid date.")


def date_pattern() -> str:
    """Say how a day is typed here, for help texts: “ДД.ММ.ГГГГ”."""
    return gettext("DD.MM.YYYY")

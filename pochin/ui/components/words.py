"""Words and numbers inside a sentence."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pochin.ui import digits, formats, icons, parts

register = template.Library()


@register.simple_tag
def badge(text: Any, *, tone: str = "neutral", icon: str | None = None) -> SafeString:
    """A word on a coloured ground; for the tones see `parts.badge`."""
    return parts.badge(text, tone=tone, icon_name=icon)


@register.simple_tag
def icon(name: str, *, size: int = 18) -> SafeString:
    """A lucide icon."""
    return icons.icon(name, size=size)


@register.simple_tag
def index_number(text: str, *, aloud: bool = True) -> SafeString:
    """A number in the digits of the postal index."""
    return digits.index_number(str(text), aloud=aloud)


@register.simple_tag
def fingerprint(value: str) -> SafeString:
    """A long fingerprint by its two ends; opened, or on paper, the whole of it."""
    return format_html(
        '<details class="fingerprint"><summary>{}\u2009…\u2009{}</summary>{}</details>',
        value[:8], value[-8:], value,
    )  # fmt: skip


@register.simple_tag
def number(value: Any, *, places: int | None = None, sign: bool = False, unit: str = "") -> str:
    """A number in the language of the page, with its unit."""
    return formats.with_unit(value, unit, places=places, sign=sign)


@register.simple_tag
def percent(value: Any, *, places: int = 1, sign: bool = False) -> str:
    """A share as a percentage."""
    return formats.percent(value, places=places, sign=sign)


@register.simple_tag
def money(value: Any, *, currency: str = "RUB", short: bool = False) -> str:
    """A sum of money."""
    return formats.money(value, currency, short=short)


@register.simple_tag
def day(value: dt.date | None, *, short: bool = False) -> SafeString:
    """A calendar day."""
    return parts.day(value, short=short)


@register.simple_tag
def moment(value: dt.datetime | None, *, relative: bool = False, kept: bool = False) -> SafeString:
    """A moment in full, or how long ago with the exact moment on hover and focus.

    `kept`: with its year always, for what is evidence and read in other years, too.
    """
    if kept:
        with formats.kept():
            return parts.exact_time(value)
    return parts.relative_time(value) if relative else parts.exact_time(value)


@register.simple_tag
def said(text: str, *, lang: str = "") -> SafeString:
    """Words a person wrote, marked when they are in the other language."""
    return parts.said(text, lang)


@register.simple_tag
def pair_of(thing: Any, field: str) -> SafeString:
    """The text `<field>_ru` or `<field>_en` of a thing, whichever the page speaks."""
    return parts.pair_of(thing, field)


register.filter("number", lambda value: formats.number(value))
register.filter("percent", lambda value: formats.percent(value))
register.filter("money", lambda value: formats.money(value))
register.filter("day", lambda value: formats.day(value))
register.filter("moment", lambda value: formats.moment(value))
register.filter("numbered", lambda value: formats.numbered(value))
register.filter("size", lambda value: formats.size(value))
register.filter("own", lambda value: parts.own(value))
register.filter("said", lambda value: parts.said(value))
register.filter("initials", lambda value: parts.initials(str(value)))

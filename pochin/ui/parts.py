"""Small parts of pages, the same from Python (cells of a list) and from templates."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.core import tongue
from pochin.ui import formats
from pochin.ui.icons import icon

TONES = {
    "neutral": "",
    "good": "check",
    "waiting": "triangle-alert",
    "bad": "triangle-alert",
    "seal": "lock",
    "primary": "",
    "quiet": "check",
    "plain": "",
}
CYRILLIC = re.compile("[А-яЁё]")
LATIN = re.compile("[A-Za-z]")
WORDS = re.compile(r"[^\W\d_]+")
SENTENCE = 4  # words from which on a text is read and not only recognised
# Finds in most texts that there is nothing to escape.
_telling = re.compile("""[&<>"']""").search


def escaped(value: Any) -> SafeString:
    """Escape what is not marked safe; several times quicker than the framework's own."""
    text = value if isinstance(value, str) else str(value)
    if isinstance(text, SafeString):
        return text
    return SafeString(escape(text) if _telling(text) else text)


def plain(value: Any) -> str:
    """The same for who puts it into more markup and marks the whole."""
    text = value if isinstance(value, str) else str(value)
    return escape(text) if _telling(text) and not isinstance(text, SafeString) else text


def badge(text: Any, *, tone: str = "neutral", icon_name: str | None = None) -> SafeString:
    """A word on a coloured ground.

    Tones: neutral, good, waiting, bad, seal (locked, signed, promised), primary, quiet (all is
    well: a tick and plain words), plain (muted words). `icon_name` replaces the tone's own sign.
    """
    name = TONES[tone] if icon_name is None else icon_name
    drawn = icon(name, size=0) if name else ""
    return SafeString(f'<span class="tag {tone}">{drawn}{escaped(text)}</span>')


def link(text: Any, href: str, *, css: str = "title") -> SafeString:
    """A link, by default the strong one that names a row."""
    start = f'<a class="{css}" href="'
    return SafeString("".join((start, plain(href), '">', plain(text), "</a>")))


def under(text: Any, note: Any) -> SafeString:
    """Words and, on the line below, a quieter note."""
    if not note:
        return own(text)
    return SafeString("".join((own(text), '<span class="cap">', plain(note), "</span>")))


def clip(text: Any) -> SafeString:
    """One line of text; what does not fit is cut by the browser and shown whole when printed."""
    return SafeString('<span class="clip">' + plain(text) + "</span>")


def language_of(text: str) -> str:
    """Guess the language a person wrote in: "ru", "en", or "" where there are no letters."""
    if CYRILLIC.search(text):
        return "ru"
    return "en" if LATIN.search(text) else ""


def own(text: Any) -> SafeString:
    """Words without a mark; of those in both languages the ones of the page."""
    return escaped(text if isinstance(text, SafeString) else tongue.own(str(text)))


def said(text: str, lang: str = "") -> SafeString:
    """Words a person wrote, marked when they are in the other language of the page.

    Of words in both languages, “… // …”, only those of the page are shown. The mark can be seen
    where there are words enough to be read, and not at a name.
    """
    text = tongue.own(str(text))
    lang = lang or language_of(text)
    html = escaped(text)
    if not lang or lang == formats.language():
        return html
    marked = f'<span lang="{lang}">{html}</span>'
    if len(WORDS.findall(text)) < SENTENCE:
        return SafeString(marked)
    note = _("in Russian") if lang == "ru" else _("in English")
    return SafeString(f'{marked} <span class="muted small">{escaped(note)}</span>')


def pair(ru: str, en: str) -> SafeString:
    """Of a pair of texts the one in the language of the page, or the other one, marked."""
    mine, other = (ru, en) if formats.language() == "ru" else (en, ru)
    return said(mine or other)


def pair_of(thing: Any, field: str) -> SafeString:
    """The same for a thing that keeps `<field>_ru` and `<field>_en`."""
    return pair(getattr(thing, f"{field}_ru"), getattr(thing, f"{field}_en"))


def exact_time(value: dt.datetime | None) -> SafeString:
    """A moment in full, in the reader's zone."""
    if value is None:
        return SafeString(formats.DASH)
    return SafeString(f'<time datetime="{_iso(value)}">{escaped(formats.moment(value))}</time>')


def relative_time(value: dt.datetime | None, *, now: dt.datetime | None = None) -> SafeString:
    """How long ago or how soon; the exact moment shows on hover and on focus."""
    if value is None:
        return SafeString(formats.DASH)
    return format_html(
        '<time datetime="{}" data-exact="{}" tabindex="0">{}</time>',
        _iso(value), formats.moment(value), formats.ago(value, now),
    )  # fmt: skip


def day(value: dt.date | None, *, short: bool = False) -> SafeString:
    """A calendar day."""
    if value is None:
        return SafeString(formats.DASH)
    value = formats.calendar_day(value)
    words = escaped(formats.day(value, short=short))
    return SafeString(f'<time datetime="{value.isoformat()}">{words}</time>')


def _iso(value: dt.datetime) -> str:
    return timezone.localtime(value).isoformat(timespec="seconds")


def minibar(now: int, total: int, *, tone: str = "primary", label: str = "") -> SafeString:
    """A row of small bars: stages behind, the present one, stages ahead.

    Args:
        now: The present stage, counted from 0.
        total: How many stages there are.
        tone: primary, seal (a decision is due) or bad (stopped).
        label: Words said aloud; empty where words already stand beside it.
    """
    cells = []
    for k in range(total):
        css, y, height = ("past", 4, 6) if k < now else ("", 4, 6)
        if k == now:
            css, y, height = f"now {tone}", 2, 10
        cells.append(
            f'<rect class="{css}" x="{21 * k}" y="{y}" width="18" height="{height}" rx="2"/>'
        )
    role = f'role="img" aria-label="{escaped(label)}"' if label else 'aria-hidden="true"'
    return SafeString(
        f'<svg class="minibar" {role} width="{21 * total}" height="14">{"".join(cells)}</svg>'
    )


def person(name: str, *, note: str = "") -> SafeString:
    """Initials in a circle with the name beside them."""
    return format_html(
        '<span class="row"><span class="ava" aria-hidden="true">{}</span><span>{}</span></span>',
        initials(name), under(said(name), note),
    )  # fmt: skip


def initials(name: str) -> str:
    """Take the first letters of the first two words of a name.

    >>> initials("Мария Котова")
    'МК'
    """
    words = [word for word in re.split(r"[\s.]+", str(name)) if word]
    return "".join(word[0] for word in words[:2]).upper()


def joined(parts: Sequence[Any], glue: str = " · ") -> SafeString:
    """Put the parts that are there beside each other."""
    return SafeString(glue.join([plain(part) for part in parts if part]))

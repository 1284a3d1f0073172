"""The frame of every page: the bar on top, the foot, the look and the language."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pochin.ui import formats, parts

register = template.Library()

THEMES = ("system", "light", "dark")


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The look the reader chose: system, light or dark."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else "system"


@register.simple_tag(takes_context=True)
def top_bar(context: template.Context) -> SafeString:
    """The bar over every page: sections, search, language, the reader's menu."""
    request, plain = context.get("request"), bool(context.get("plain"))
    reader = getattr(request, "user", None) if not plain else None
    name = parts.said(reader) if reader is not None and reader.is_authenticated else ""
    given = {
        "menus": context.get("menus"),
        "demo": context.get("demo"),
        "reader": name,
        "initials": parts.initials(str(reader)) if name else "",
        "plain": plain,
    }
    return _framed(context, "ui/top.html", given)


@register.simple_tag(takes_context=True)
def page_foot(context: template.Context) -> SafeString:
    """What stands under every page: further links, the colours, who publishes, words of scripts."""
    menus = context.get("menus")
    given = {
        "footer": menus.footer if menus else (),
        "imprint": menus.imprint if menus else (),
        "chosen": theme(context),
        "theme_url": "" if context.get("plain") else _url("ui:theme"),
    }
    return _framed(context, "ui/foot.html", given)


@register.simple_tag
def theme_choices() -> list[tuple[str, str, str]]:
    """The looks to choose from: value, words, icon."""
    return [
        ("system", _("As in the system"), "monitor"),
        ("light", _("Light"), "sun"),
        ("dark", _("Dark"), "moon"),
    ]


@register.simple_tag(takes_context=True)
def language_switch(context: template.Context) -> SafeString:
    """Two buttons that show this same page in the other language."""
    choices = (("ru", "Рус", "Русский"), ("en", "Eng", "English"))
    given = {"choices": choices, "chosen": formats.language(), "url": _url("set_language")}
    return _framed(context, "ui/language.html", given)


# Stands for the token of the forms while a piece of the frame is kept.
TOKEN = "token-of-this-reading"


def _framed(context: template.Context, name: str, given: dict[str, Any]) -> SafeString:
    """A piece of the frame, drawn once for all pages that have the same in it.

    Everything it shows is in `given`; only the token of its forms is put in for each reading.
    """
    drawn = _drawn(name, formats.language(), get_urlconf(), tuple(given.items()))
    if TOKEN not in drawn:
        return drawn
    token = context.get("csrf_token")
    return SafeString(drawn.replace(TOKEN, str(token) if token else ""))


@lru_cache(maxsize=1024)
def _drawn(
    name: str, language: str, urlconf: str | None, given: tuple[tuple[str, Any], ...]
) -> SafeString:
    return SafeString(render_to_string(name, {**dict(given), "csrf_token": TOKEN}))


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""

"""What a page is built of: its head, banners, tabs, cards, facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.contrib.messages import constants
from django.template.loader import render_to_string
from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe

from pochin.ui import digits, parts

register = template.Library()

# Letters of a title that would fill a screen of a phone by itself.
LONG = 110

MESSAGE_TONES = {
    constants.DEBUG: "neutral",
    constants.INFO: "primary",
    constants.SUCCESS: "good",
    constants.WARNING: "waiting",
    constants.ERROR: "bad",
}
BANNER_ICONS = {
    "neutral": "info", "primary": "info", "good": "check", "waiting": "triangle-alert",
    "bad": "triangle-alert", "seal": "award",
}  # fmt: skip


@register.inclusion_tag("ui/banner.html")
def banner(
    text: Any, *, tone: str = "primary", title: Any = "", href: str = "", action: Any = ""
) -> dict[str, Any]:
    """A message over a page. Tones: primary, good, waiting, bad, seal, neutral."""
    return {"text": text, "tone": tone, "title": title, "href": href, "action": action,
            "icon_name": BANNER_ICONS[tone]}  # fmt: skip


@register.inclusion_tag("ui/banner.html")
def message_banner(message: Any) -> dict[str, Any]:
    """A message of the framework as a banner."""
    return banner(message, tone=MESSAGE_TONES.get(message.level, "primary"))


@register.inclusion_tag("ui/crumbs.html")
def crumbs(links: Sequence[Any]) -> dict[str, Any]:
    """The way here: links (`pieces.Link`), the last one without an address."""
    return {"links": links}


@register.simple_block_tag
def page_head(
    content: SafeString, *, title: Any, number: str = "", sub: Any = "", meta: Sequence[Any] = ()
) -> SafeString:
    """The head of a page; inside stand its buttons.

    Args:
        title: What the page is called.
        number: The number of the thing, drawn in postal digits.
        sub: A quiet line under the title.
        meta: Facts in one line: pairs of a word and a value, or ready parts.
    """
    title = parts.own(title)
    size = ' class="long"' if len(title) > LONG else ""
    stamp = f'<div class="stamp">{digits.index_number(str(number))}</div>' if number else ""
    quiet = f'<p class="sub">{parts.own(sub)}</p>' if sub else ""
    facts = "".join(f"<span>{_fact(fact)}</span>" for fact in meta)
    facts = f'<div class="meta">{facts}</div>' if facts else ""
    buttons = content.strip()
    buttons = f'<div class="btns">{buttons}</div>' if buttons else ""
    return SafeString(
        f'<div class="head"><div class="grow">{stamp}<h1{size}>{title}</h1>{quiet}{facts}'
        f"</div>{buttons}</div>\n"
    )


def _fact(fact: Any) -> str:
    label, value = fact if isinstance(fact, tuple) else ("", fact)
    said = parts.escaped(localize(value))
    return f"{parts.escaped(label)} <b>{said}</b>" if label else said


@register.inclusion_tag("ui/tabs.html")
def tabs(links: Sequence[Any], *, label: Any) -> dict[str, Any]:
    """Views of one thing side by side; `label` says aloud what they are."""
    return {"links": links, "label": label}


@register.simple_block_tag
def card(
    content: SafeString,
    *,
    title: Any = "",
    href: str = "",
    note: Any = "",
    end: Any = "",
    foot: Any = "",
    flush: bool = False,
    css: str = "",
    anchor: str = "",
) -> SafeString:
    """A framed block.

    Args:
        title: Its heading; `href` makes it a link.
        note: A quiet line under the heading.
        end: What stands at the right end of the heading: words, a tag, a link.
        foot: A quiet line at the bottom.
        flush: Without inner space: for tables and rows.
        css: Place in the grid: ``c8``, ``c4 eq`` (as high as its neighbour).
        anchor: Name by which an address leads here.
    """
    inside = SafeString(content.strip())
    context = {"content": inside, "title": title, "href": href, "note": note, "end": end,
               "foot": foot, "flush": flush, "css": css, "anchor": anchor}  # fmt: skip
    return render_to_string("ui/card.html", context)


@register.simple_block_tag
def empty_state(
    content: SafeString, *, title: Any, text: Any = "", icon: str = "", level: int = 3
) -> SafeString:
    """What stands where there is nothing: why, and what to do; inside stand buttons.

    Its heading is of the third level, as in a card; under the head of a page say the second.
    """
    context = {
        "content": mark_safe(content.strip()),
        "title": title,
        "text": text,
        "icon_name": icon,
        "level": level,
    }
    return render_to_string("ui/empty.html", context)


@register.inclusion_tag("ui/part.html")
def part(url: str, *, title: Any, css: str = "") -> dict[str, Any]:
    """A part of a page that loads by itself; without scripts it is a link to the same."""
    return {"url": url, "title": title, "css": css}


@register.inclusion_tag("ui/definitions.html")
def definitions(pairs: Any) -> dict[str, Any]:
    """Words and what they stand for, one under another."""
    return {"pairs": pairs.items() if isinstance(pairs, Mapping) else pairs}


@register.inclusion_tag("ui/facts.html")
def facts(pairs: Sequence[tuple[Any, Any]], *, css: str = "") -> dict[str, Any]:
    """Large numbers, each with the words it needs: pairs of a number and words."""
    return {"pairs": pairs, "css": css}

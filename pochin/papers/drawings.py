"""Charts of the pages for paper: the same SVG, with the light colours written into it."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

from pochin.ui.sheet import sheet

# Text of 13 px then prints at about 10 points on a sheet of A4.
WIDTH = 640
CHART = re.compile(r'<svg class="chart[^"]*"([^>]*)>')
EDGE = re.compile(r"<svg\b|</svg>")
# Selectors that drawings use and typst understands: classes, elements, one inside another.
PLAIN = re.compile(r"[\w\s.-]+")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
UNKNOWN = re.compile(r"(?:font-family|font-variant-numeric|vector-effect|display|overflow)\s*:")


def drawings(markup: str) -> list[dict[str, str]]:
    """Every chart in a piece of a page, as ``{"svg", "alt"}`` for a template."""
    found = []
    for opening in CHART.finditer(markup):
        body = markup[opening.end() : _end(markup, opening.end())]
        said = re.search(r'aria-label="([^"]*)"', opening[1])
        height = re.search(r'height="([\d.]+)"', opening[1])
        if height:
            svg = _standing_alone(body, float(height[1]))
            found.append({"svg": svg, "alt": unescape(said[1]) if said else ""})
    return found


def _end(markup: str, place: int) -> int:
    depth = 1
    for edge in EDGE.finditer(markup, place):
        depth += 1 if edge[0] == "<svg" else -1
        if depth == 0:
            return edge.start()
    return len(markup)


# A colour says its shade by day and its shade by night; paper is the day.
TOKEN = re.compile(r"(--[\w-]+):\s*(?:var\(--l,)?([^;)]+)")
NARROW = re.compile(r'<text class="[^"]*\bshow-s\b[^"]*"[^>]*>.*?</text>', re.DOTALL)


def _standing_alone(body: str, height: float) -> str:
    body = NARROW.sub("", body)  # Words for narrow screens only.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="{WIDTH}" '
        f'height="{height:g}"><style>{style()}</style>{body}</svg>'
    )


@lru_cache
def style() -> str:
    """The rules of the charts with their tokens replaced by the colours that are printed."""
    text = sheet()
    tokens = dict(TOKEN.findall(_block(text, ":root {")))
    rules = RULE.findall(_block(text, "@layer charts {"))
    return "".join(
        f"{selector}{{{_resolved(declarations, tokens)}}}"
        for selectors, declarations in rules
        if (selector := _understood(selectors))
    )


def _block(sheet: str, opening: str) -> str:
    """What stands between the braces that this opens."""
    start = sheet.index(opening) + len(opening)
    depth = 1
    for found in re.compile(r"[{}]").finditer(sheet, start):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return sheet[start : found.start()]
    raise ValueError(f"{opening!r} is not closed in the style sheet")


def _understood(selectors: str) -> str:
    kept = (one.strip() for one in selectors.split(","))
    return ",".join(one for one in kept if PLAIN.fullmatch(one))


def _resolved(declarations: str, tokens: dict[str, str]) -> str:
    kept = [one for one in declarations.split(";") if one.strip() and not UNKNOWN.search(one)]
    return re.sub(r"var\((--[\w-]+)\)", lambda named: tokens[named[1]], ";".join(kept))


MARK = re.compile(r"<[^>]*>")
OVER = re.compile(r'<p class="measure">(.*?)</p>', re.DOTALL)
UNDER = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)


def plain(markup: str) -> str:
    """The words of a piece of a page, without its marks."""
    return unescape(MARK.sub("", markup)).strip()


def captions(markup: str) -> dict[str, str]:
    """What stands over and under the drawing of a figure."""
    over, under = OVER.search(markup), UNDER.search(markup)
    return {"over": plain(over[1]) if over else "", "under": plain(under[1]) if under else ""}

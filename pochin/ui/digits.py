"""The nine-segment digits of the postal index, for the numbers of things and of stages."""

from __future__ import annotations

from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, GAP, MARGIN, AFTER_LETTER = 12, 9, 3, 4
HEIGHT = 2 * WIDTH + 2 * MARGIN

# Two columns and three rows of points, as on the dotted grid of an envelope.
POINTS = {
    "A": (0.0, 0.0), "B": (1.0, 0.0),
    "C": (0.0, 1.0), "D": (1.0, 1.0),
    "E": (0.0, 2.0), "F": (1.0, 2.0),
    # Only letters leave the grid: for a slope, a round corner or a foot.
    "g": (0.55, 0.0), "h": (1.0, 0.5), "i": (1.0, 1.5), "j": (0.55, 2.0),
    "k": (0.3, 0.0), "l": (0.9, 0.0), "m": (0.1, 1.6), "n": (0.9, 1.6),
    "o": (-0.1, 2.0), "p": (-0.1, 1.6), "q": (1.1, 1.6), "r": (1.1, 2.0),
    "s": (0.5, 0.0), "t": (0.5, 2.0),
}  # fmt: skip
GRID = ("AB", "CD", "EF", "ACE", "BDF", "BC", "DE")
STROKES = {
    "0": ("ABFEA",), "1": ("CBF",), "2": ("ABDEF",), "3": ("ABCDE",), "4": ("ACD", "BF"),
    "5": ("BACDFE",), "6": ("BCEFDC",), "7": ("ABCE",), "8": ("ABFEA", "CD"), "9": ("EDBACD",),
    "П": ("EABF",), "Н": ("ACE", "BDF", "CD"), "З": ("ABDFE", "CD"), "С": ("BAEF",),
    "Д": ("mklnm", "opqr"), "Э": ("AghijE", "CD"), "X": ("AF", "BE"),
    "P": ("EABDC",), "N": ("EAFB",), "A": ("ECABDF", "CD"), "C": ("BAEF",), "D": ("AghijEA",),
    "Т": ("AB", "st"), "T": ("AB", "st"),
}  # fmt: skip


def _path(points: str, x: float) -> str:
    spots = (POINTS[point] for point in points)
    return "M" + "L".join(f"{x + px * WIDTH:g} {MARGIN + py * WIDTH:g}" for px, py in spots)


@lru_cache(maxsize=4096)
def index_number(text: str, *, aloud: bool = True) -> SafeString:
    """Draw “П-118” in postal digits; the same characters stand beside it for those who listen.

    Signs without a drawing (hyphens, spaces) are left out; `aloud` False draws decoration only.
    """
    x, grid, strokes = float(MARGIN), [], []
    for sign in text:
        if sign not in STROKES:
            continue
        if sign.isdigit():
            grid += [_path(line, x) for line in GRID]
        strokes += [_path(line, x) for line in STROKES[sign]]
        x += WIDTH + GAP + (0 if sign.isdigit() else AFTER_LETTER)
    width = x - GAP + MARGIN
    said = f'<span class="vh">{escape(text)}</span>' if aloud else ""
    dots = f'<path class="dots" d="{"".join(grid)}"/>' if grid else ""
    return mark_safe(
        f'<span class="index">{said}<svg viewBox="0 0 {width:g} {HEIGHT}" width="{width:g}" '
        f'height="{HEIGHT}" aria-hidden="true" focusable="false">{dots}'
        f'<path class="strokes" d="{"".join(strokes)}"/></svg></span>'
    )

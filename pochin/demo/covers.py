"""Pictures over the news of the demonstration: drawn by ourselves from envelopes and bars."""

from __future__ import annotations

import typst
from django.core.files.uploadedfile import SimpleUploadedFile

PAGE = """
#set page(width: 1200pt, height: 630pt, margin: 0pt, fill: rgb("{ground}"))
#let ink = rgb("{ink}")
#let soft = rgb("{soft}")
{drawing}
"""
# An envelope in the middle of a field of lines.
ENVELOPE = """
#for n in range(0, 14) { place(dx: 0pt, dy: 45pt * n, line(length: 1200pt, stroke: 1pt + soft)) }
#place(dx: 380pt, dy: 160pt, rect(width: 440pt, height: 300pt, radius: 14pt, fill: ink))
#place(dx: 380pt, dy: 160pt, polygon(stroke: 7pt + soft, (10pt, 10pt), (220pt, 170pt), (430pt, 10pt)))
#for n in range(0, 6) { place(dx: 430pt + 34pt * n, dy: 400pt,
  rect(width: 22pt, height: 34pt, radius: 2pt, stroke: 3pt + soft)) }
"""
# Offices with the solution beside offices without it.
BARS = """
#for n in range(0, 6) {
  let high = 190pt + 34pt * calc.rem(n * 5, 4)
  place(dx: 150pt + 150pt * n, dy: 540pt - high, rect(width: 46pt, height: high, fill: soft))
  place(dx: 204pt + 150pt * n, dy: 600pt - high, rect(width: 46pt, height: high - 60pt, fill: ink))
}
#place(dx: 110pt, dy: 540pt, line(length: 980pt, stroke: 4pt + ink))
"""
# Two hands of paper: a sheet for each side.
SHEETS = """
#place(dx: 330pt, dy: 120pt, rotate(-6deg, rect(width: 300pt, height: 390pt, radius: 8pt, fill: soft)))
#place(dx: 560pt, dy: 120pt, rotate(5deg, rect(width: 300pt, height: 390pt, radius: 8pt, fill: ink)))
#for n in range(0, 6) { place(dx: 605pt, dy: 185pt + 38pt * n,
  rotate(5deg, line(length: 200pt, stroke: 5pt + soft))) }
"""
COVERS = {
    "envelope": (ENVELOPE, "#dff0ee", "#0b5d5e", "#a9cfcb"),
    "bars": (BARS, "#f3efe4", "#0b5d5e", "#d3b98a"),
    "sheets": (SHEETS, "#e9e6f2", "#4d3a86", "#bdb2dc"),
}


def cover(name: str) -> SimpleUploadedFile:
    """One of the pictures as a PNG of 1200 × 630 points, the size that links are shown with."""
    drawing, ground, ink, soft = COVERS[name]
    page = PAGE
    for place, value in (("ground", ground), ("ink", ink), ("soft", soft), ("drawing", drawing)):
        page = page.replace(f"{{{place}}}", value)
    drawn = typst.compile(page.encode(), format="png", ppi=72.0)
    return SimpleUploadedFile(f"{name}.png", drawn, "image/png")

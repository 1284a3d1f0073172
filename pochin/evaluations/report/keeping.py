"""The report on a page to keep, and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from pochin import papers
from pochin.evaluations.report.shape import Print, Report, Section
from pochin.ui import formats
from pochin.ui.sheet import sheet


def html(report: Report) -> str:
    """One file without scripts and without anything to be fetched; it prints well."""
    with translation.override(report.language), formats.kept():
        said = {"report": report, "style": sheet(), "pochin": "Pochin"}
        return render_to_string("evaluations/report.html", said)


def pdf(report: Report, *, attached: Mapping[str, str] | None = None) -> bytes:
    """The same on paper, PDF/A-3; `attached` texts travel inside."""
    with translation.override(report.language), formats.kept():
        data = _paper(report)
    return papers.pdf(
        "evaluations/report",
        data,
        language=report.language,
        at=report.at,
        attached=dict(attached or {}),
    )


def _paper(report: Report) -> dict[str, Any]:
    context = report.context
    return {
        "title": report.title,
        "number": report.number,
        "centre": context.centre,
        "programme": context.programme,
        "demonstration": context.is_demonstration,
        "notices": report.notices,
        "fingerprint": context.result_sha256[:16],
        "verdict": [str(report.verdict[0]), report.verdict[1]],
        "colour": [str(report.colour[0]), report.colour[1]],
        "finding": report.finding,
        "detail": report.detail,
        "charts": _with_words(str(report.picture)),
        "sections": [_on_paper(section) for section in report.sections],
    }


def _on_paper(section: Section) -> dict[str, Any]:
    said: dict[str, Any] = {
        "heading": section.heading,
        "text": [_plainly(one) for one in section.text],
        "facts": [
            [str(name), _plainly(value), isinstance(value, Print)] for name, value in section.facts
        ],
        "checks": [[_plainly(one.text), one.tone] for one in section.checks],
        "code": list(section.code),
        "aside": section.aside,
    }
    if section.table is not None:
        table = section.table
        said["table"] = {
            "head": [str(one) for one in table.head],
            "rows": [[_plainly(one) for one in row] for row in table.rows],
            "align": list(table.align),
            "widths": list(table.widths) or [1] * len(table.head),
        }
    said["charts"] = [
        drawing for picture in section.pictures for drawing in _with_words(str(picture))
    ]
    return said


def _with_words(markup: str) -> list[dict[str, str]]:
    """The drawings of a figure with the words over and under them."""
    found = papers.drawings(markup)
    told = papers.captions(markup)
    return [one | (told if n == 0 else {"over": "", "under": ""}) for n, one in enumerate(found)]


def _plainly(value: Any) -> str:
    """Words without the marks of a page."""
    return papers.plain(str(value))

"""The report of an evaluation: one telling of a result, for a page to keep and for paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from pochin.evaluations import advice, main_finding, pictures, words
from pochin.evaluations.report.ground import (
    again,
    balance,
    flag_section,
    flags_of,
    measured,
    plan,
    provenance,
)
from pochin.evaluations.report.keeping import html, pdf
from pochin.evaluations.report.metrics import (
    crossed,
    exploratory,
    figures,
    guardrails,
    more_primaries,
)
from pochin.evaluations.report.ruling import characteristics, decision
from pochin.evaluations.report.shape import Context, Report, Section, Table
from pochin.evaluations.report.worth import hanging, hanging_lines, money
from pochin.lab.protocol import Protocol
from pochin.ui import formats

__all__ = [
    "Context",
    "Report",
    "Section",
    "Table",
    "assemble",
    "crossed",
    "exploratory",
    "hanging",
    "hanging_lines",
    "html",
    "money",
    "pdf",
]


def assemble(
    protocol: Protocol,
    result: Mapping[str, Any],
    context: Context,
    *,
    language: str,
    at: datetime,
) -> Report:
    """Tell a result in full; where a gate blocks, tell what is blocked and no number of it.

    Args:
        protocol: The plan the result was computed by.
        result: A `pochin-result/1` document.
        context: Whose it is.
        language: "ru" or "en".
        at: The moment that stands on the report.
    """
    with translation.override(language), formats.kept():
        verdict = result["decision"]["verdict"].replace("-shown", "").replace("-", "_")
        blocked = words.blocked(dict(result))
        told = main_finding.primary(dict(result), protocol)
        tell = _withheld if blocked else _open
        notices = [str(one) for one in context.notices]
        if result["archive"]:
            notices.append(_("From the archive: the plan was written after the data. Never green."))
        return Report(
            title=context.title,
            number=context.number,
            language=language,
            notices=notices,
            verdict=words.VERDICTS[verdict],
            colour=words.COLOURS[result["decision"]["colour"]],
            finding=advice.finding(result) if blocked else told.sentence,
            detail=_blocked_words() if blocked else told.detail,
            picture="" if blocked else told.picture,
            sections=[one for one in tell(protocol, result, context) if one is not None],
            context=context,
            at=at,
        )


def _blocked_words() -> str:
    return _(
        "Through a failed check no number passes: neither the effect nor an interval nor a value "
        "of a unit stands anywhere in this report. Below is what failed and what to do."
    )


def _withheld(protocol: Protocol, result: Any, context: Context) -> list[Section | None]:
    return [
        Section(_("What is blocked"), checks=flags_of(result, "block")),
        Section(_("What now"), text=advice.what_now(result)),
        _facts(context),
        plan(protocol),
        measured(protocol),
        flag_section(result, withheld=True),
        provenance(result, context),
        again(context),
    ]


def _open(protocol: Protocol, result: Any, context: Context) -> list[Section | None]:
    row = words.primary_row(result)
    heading, picture = pictures.curve(row, protocol)
    by_unit, units = pictures.units(row, context.titles)
    return [
        _facts(context),
        decision(protocol, result),
        figures(row, protocol),
        characteristics(row, context, protocol),
        money(protocol, result),
        hanging(protocol, result),
        guardrails(protocol, result),
        _drawn(heading, picture),
        _drawn(_("How the estimate settled"), pictures.course(row, protocol)),
        _drawn(
            _("What chance alone would give"),
            pictures.chance(row),
            _chance_text(row),
        ),
        _drawn(by_unit, units),
        _drawn(_("The same question by other analyses"), pictures.others(row, context.titles)),
        crossed(protocol, result),
        more_primaries(protocol, result),
        exploratory(protocol, result),
        balance(protocol, result, context),
        flag_section(result),
        plan(protocol),
        measured(protocol),
        provenance(result, context),
        again(context),
    ]


def _chance_text(row: Any) -> str:
    """How the picture of chance was made: by lots, or by units that got nothing."""
    if row["effect"]["reference_distribution"] == "placebo":
        if row["effect"]["n_units"].get("treatment", 1) > 1:
            return _(
                "Every other choice of as many units is taken as if they had had the solution."
            )
        return _("Each unit of the comparison is taken in turn as if it had had the solution.")
    return _("The effect is set to nothing, and every other lot that could have been is tried.")


def _drawn(heading: str, picture: Any, *text: str) -> Section | None:
    return Section(heading, text=text, pictures=[picture]) if picture else None


def _facts(context: Context) -> Section | None:
    return Section(_("The pilot"), facts=context.facts) if context.facts else None

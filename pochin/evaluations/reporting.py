"""The report of an evaluation of the product: what only the pilot itself knows."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from pochin.core import signatures
from pochin.evaluations import report, words
from pochin.evaluations.models import Evaluation, State
from pochin.lab.result import LabError
from pochin.measurements import words as readings_words
from pochin.pilots import feasibility, shown
from pochin.pilots.operating_characteristics import operating_characteristics
from pochin.ui import formats

LANGUAGES = ("ru", "en")


def of(evaluation: Evaluation, *, language: str, at: datetime) -> report.Report:
    """The report of a stored result, in one of the two languages."""
    with translation.override(language), formats.kept():
        context = _context(evaluation)
    protocol, result = evaluation.to_read(language)
    return report.assemble(protocol, result, context, language=language, at=at)


def pdf(evaluation: Evaluation, *, language: str, at: datetime) -> bytes:
    """The same on paper, with the result as a document inside."""
    attached = {"result.json": json.dumps(evaluation.result, ensure_ascii=False, indent=1)}
    return report.pdf(of(evaluation, language=language, at=at), attached=attached)


def titles(evaluation: Evaluation) -> dict[str, str]:
    """Names of the sites, by unit of the plan."""
    pilot = evaluation.pilot
    slots = pilot.at_hand("slots", pilot.slots.select_related("site"))
    return {str(slot.site.number): f"{slot.site.number} {slot.site}" for slot in slots}


def _context(evaluation: Evaluation) -> report.Context:
    pilot, plan = evaluation.pilot, evaluation.plan
    named = titles(evaluation)
    notices = []
    if evaluation.state == State.COMPUTED:
        notices.append(_("Not shown to the sides yet."))
    if evaluation.state == State.REPLACED:
        notices.append(_("Computed anew since: this is an earlier run."))
    notices += [left_words(slot) for slot in shown.sites_gone(pilot)]
    both = readings_words.of_both_told(evaluation.snapshot.both_told)
    notices += [both] if both else []
    return report.Context(
        title=str(pilot),
        number=pilot.code,
        facts=list(_facts(pilot, len(named))),
        titles=named,
        notices=notices,
        readings=formats.number(evaluation.snapshot.rows),
        data_sha256=evaluation.snapshot.sha256,
        store_version=evaluation.snapshot.version,
        result_sha256=evaluation.sha256,
        planned=planned(plan),
        signed=[
            {"name": str(one.by), "role": str(shown.SIDES.get(one.role, one.role)),
             "at": formats.moment(one.at)}
            for one in signatures.under(plan, what="plan", sha256=plan.sha256)
        ],
        again=[f"pochin verify pilot-{pilot.number}-{evaluation.number}.zip"],
        centre=str(pilot.programme.centre),
        programme=str(pilot.programme),
        is_demonstration=pilot.is_demonstration,
    )  # fmt: skip


def left_words(slot: Any) -> str:
    """That a site left for good, when, and why."""
    return _("%(site)s left for good after %(day)s, %(because)s: %(why)s") % {
        "site": f"{slot.site.number} {slot.site}",
        "day": formats.day(slot.left_on),
        "because": slot.get_left_because_display(),
        "why": slot.reasons,
    }


def _facts(pilot: Any, sites: int) -> Any:
    if pilot.organisation_id:
        yield _("Company"), str(pilot.organisation)
    if pilot.need_id:
        yield _("Need"), f"{pilot.need.code} {pilot.need}"
    yield _("Purpose"), str(pilot.get_purpose_display())
    if pilot.starts_on and pilot.ends_on:
        yield _("Days of the run"), f"{formats.day(pilot.starts_on)} – {formats.day(pilot.ends_on)}"
    if sites:
        yield _("Sites"), formats.number(sites)
    if pilot.decision_date:
        yield _("Decision by"), formats.day(pilot.decision_date)


def planned(plan: Any) -> list[dict[str, Any]]:
    """How often the plan ends in each colour, as it was shown before it was signed."""
    guesses = feasibility.Guesses.of(plan.guesses or {})
    if guesses is None:
        return []
    try:
        found = operating_characteristics(plan.protocol, guesses)
    except (LabError, ValueError):
        return []
    places = words.places_of(plan.protocol.primary.threshold)
    return [
        {"name": one.name, "effect": one.effect, "places": places, "green": one.green,
         "amber": one.amber, "red": one.red}
        for one in found.scenarios
    ]  # fmt: skip

"""What the clocks of the house are called, and whether their terms were kept."""

from __future__ import annotations

import statistics
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from pochin.core.calendar import Corrections, between
from pochin.core.models import Turn
from pochin.core.tongue import language
from pochin.ui import charts
from pochin.ui.quick import in_utc, told

# Terms are counted over so many of the latest turns.
LATEST = 1000


def promised(passed: QuerySet[Turn], corrections: Corrections) -> Any:
    """What the clocks promise against what happened, by clock, in these `turns`."""
    ended = passed.filter(ended_at__isnull=False).order_by("-ended_at")
    found: dict[str, list[tuple[int, int]]] = {}
    latest = ended.values_list("clock", "days", "spent_days", "since", "ended_at")[:LATEST]
    for clock, days, spent, since, until in told(latest):
        took = spent + between(in_utc(since), in_utc(until), corrections=corrections)
        found.setdefault(clock, []).append((days, took))
    names = promised_names()
    terms = [
        charts.Promise(
            names.get(clock, clock),
            promised=statistics.median(days for days, _took in pairs),
            median=statistics.median(took for _days, took in pairs),
            ninth=sorted(took for _days, took in pairs)[int(0.9 * (len(pairs) - 1))],
            count=len(pairs),
            href=f"{reverse('portfolio:turns')}?over=yes&clock={clock.replace(' ', '+')}",
        )
        for clock, pairs in sorted(found.items())
        if clock in names
    ]
    if not terms:
        return ""
    kept = sum(term.median <= term.promised for term in terms if term.median is not None)
    title = _("The usual case keeps %(kept)d of %(all)d terms") % {
        "kept": kept,
        "all": len(terms),
    }
    return charts.promises(terms, title=title, measure=_("promised and in fact, working days"))


def promised_names() -> dict[str, str]:
    """What the clocks are called that the centre promises to others."""
    return {
        "admission": _("Admission of a member"),
        "need check": _("Check of a need"),
        "screening": _("Screening"),
        "answer": _("Answer to a question"),
        "offer": _("An expert's answer"),
        "review": _("Review"),
        "panel": _("Decision of the committee"),
        "site answer": _("Answer of a site"),
        "design": _("Design of a pilot"),
        "plan review": _("Review of the plan"),
        "results agreement": _("Agreement on results"),
        "pilot decision": _("Decision on a pilot"),
        "deal approval": _("Approval of a deal"),
    }


def clock_names() -> dict[str, str]:
    """What all clocks are called, those of the house's own work too."""
    return _clock_names(language())


@lru_cache(maxsize=4)
def _clock_names(_language: str) -> dict[str, str]:
    return {
        **promised_names(),
        "agreement approval": _("Agreement to the words"),
        "agreement negotiation": _("Negotiation of an agreement"),
        "agreement remarks": _("Answer to remarks on an agreement"),
        "agreement signature": _("Signing of an agreement"),
        "amendment signature": _("Signing of an amendment"),
        "baseline": _("Baseline"),
        "clock change": _("Change of clocks"),
        "commitment": _("Commitment"),
        "commitment confirmation": _("Confirmation of a commitment"),
        "confirmation": _("Yearly confirmation"),
        "conflict": _("Check of a tie"),
        "data closing": _("Closing of the data"),
        "deal intention": _("Beginning of a deal"),
        "deal kept": _("Performance of a contract"),
        "deal remarks": _("Answer to remarks on a deal"),
        "deal signature": _("Signing of a contract"),
        "deal terms": _("Terms of a deal"),
        "draft": _("Draft"),
        "evaluation": _("Evaluation"),
        "export assessment": _("Assessment of an export project"),
        "export contact": _("Search for a partner abroad"),
        "export hold": _("Export project on hold"),
        "export idea": _("Idea of an export project"),
        "export negotiation": _("Negotiation abroad"),
        "export preparation": _("Preparation for export"),
        "export shipment": _("First shipment abroad"),
        "incident": _("Incident"),
        "invitation": _("Invitation"),
        "lessons": _("Lessons"),
        "listing": _("Check of a solution"),
        "meeting": _("Preparation of a meeting"),
        "minutes": _("Minutes"),
        "minutes signature": _("Signing of minutes"),
        "pilot start": _("Start of a pilot"),
        "news check": _("Check of news"),
        "preparation": _("Preparation"),
        "publication": _("Publication of a need"),
        "question": _("Question"),
        "readings": _("Check of the first rows"),
        "registration": _("Check of an organisation"),
        "roll-out": _("Waves of a roll-out"),
        "roll-out freeze": _("Freeze of a roll-out"),
        "roll-out plan": _("Plan of a roll-out"),
        "remark check": _("Check of a remark"),
        "result publication": _("Publication of a result"),
        "review completion": _("Completion of a review"),
        "selection": _("Selection"),
        "signature": _("Signature"),
        "site check": _("Check of a site"),
        "site status": _("Status of a site"),
        "site suspension": _("Suspension of a site"),
        "suspension": _("Suspension of a pilot"),
        "task": _("Task"),
        "task acceptance": _("Acceptance of a task"),
    }

"""What everybody reads about a published result: a fixed document, its sentence, its facts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from pochin.decisions import certificates
from pochin.decisions.models import Decision, PublicationState, PublishedResult
from pochin.evaluations import meaning, words
from pochin.evaluations.models import Evaluation, verdict_key
from pochin.pilots.models import Outcome
from pochin.ui import charts

FORMAT = "pochin-published-result/1"


def document(decision: Decision) -> dict[str, Any]:
    """What is published: what a certificate says, whatever the verdict, and the decision."""
    return {"format": FORMAT, **certificates.told(decision), "outcome": decision.outcome}


def has_number(evaluation: Evaluation) -> bool:
    """Whether the result holds an interval that no gate withheld."""
    effect = words.primary_row(evaluation.result)["effect"]
    return not effect["blocked"] and words.estimate_of(effect) is not None


def latest(user: Any) -> QuerySet[PublishedResult]:
    """The result that was published last, for the first page; one or none."""
    shown = PublishedResult.objects.visible_to(user).filter(state=PublicationState.PUBLISHED)
    newest = shown.select_related(*PublishedResult.shown_with)
    return newest.order_by("-published_at", "-id")[:1]


def of_pilot(pilot: Any) -> PublishedResult | None:
    """What everybody may read about this pilot, where it was published."""
    return pilot.published_results.filter(state=PublicationState.PUBLISHED).first()


def share(said: dict[str, Any]) -> charts.Estimate | charts.Hidden:
    """The effect as a share of its threshold: 0 no difference, 1 the threshold."""
    return certificates.share(said) or charts.Hidden(_("no interval"))


def verdict(said: dict[str, Any]) -> tuple[Any, str]:
    """The verdict in words, and the tone it is shown in."""
    return words.VERDICTS[verdict_key(said["result"]["verdict"])]


def shown(told: PublishedResult) -> dict[str, Any]:
    """What the part “decisions/told.html” shows."""
    said = told.document
    return {
        "told": told,
        "finding": certificates.finding(said),
        "picture": certificates.picture(said),
        "came_out": meaning.came_out(verdict_key(said["result"]["verdict"])),
        "facts": facts(said),
        "verdict": verdict(said),
    }


def facts(said: dict[str, Any]) -> list[tuple[Any, Any]]:
    """The facts of a certificate, and what was decided."""
    return [
        *certificates.facts(said),
        (_("Decision"), Outcome(said["outcome"]).label),
    ]

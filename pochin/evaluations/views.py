"""Pages of evaluations: the result, its moves, computing it again, taking it along."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from pochin.core import journal
from pochin.evaluations import bundle, lifecycle, words
from pochin.evaluations.models import Evaluation
from pochin.pilots.models import Pilot
from pochin.pilots.models import State as PilotState
from pochin.pilots.policy import analyst
from pochin.ui import access
from pochin.ui.moves import acting
from pochin.ui.shortcuts import page, visible_or_404


def _find(user: Any, pilot: int, number: int) -> Evaluation:
    found = Evaluation.objects.filter(pilot__number=pilot).select_related(
        "pilot__programme", "pilot__organisation", "plan", "snapshot"
    )
    return visible_or_404(found, user, number=number)


@access.shows(Evaluation)
def evaluation_page(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """One run: the finding in words, the pictures, the checks, every run before it."""
    evaluation = _find(request.user, pilot, number)
    return page(
        request,
        "evaluations/page.html",
        actions=lifecycle.life.actions(request.user, evaluation),
        story=journal.of(evaluation),
        **result_part(evaluation, request.user),
    )


def result_part(evaluation: Evaluation, user: Any) -> dict[str, Any]:
    """What the part “evaluations/result.html” shows; the page of a whole case uses it too."""
    pilot, protocol = evaluation.pilot, evaluation.plan.protocol
    slots = pilot.slots.select_related("site")
    titles = {str(slot.site.number): str(slot.site) for slot in slots}
    result = evaluation.result
    return {
        "evaluation": evaluation,
        "pilot": pilot,
        "told": words.primary(result, protocol),
        "verdict": words.VERDICTS[evaluation.verdict],
        "colour": words.COLOURS[evaluation.colour],
        "evidence": words.EVIDENCE[result["decision"]["evidence_class"]],
        "guardrails": words.guardrails(result, protocol),
        "checks": words.checks(result),
        "site_rows": words.sites(result, titles),
        "unplanned": [m for m in result["metrics"] if m["metric"]["role"] == "secondary"],
        "runs": Evaluation.objects.visible_to(user).filter(pilot=pilot).order_by("number"),
    }


@access.shows(Pilot)
@require_POST
def begin(request: HttpRequest, pilot: int) -> HttpResponse:
    """Begin the evaluation of a pilot whose data are closed, and compute its result."""
    found = visible_or_404(Pilot.objects.inside(request.user), request.user, number=pilot)
    if found.state == PilotState.DATA_CLOSING:
        lifecycle.pilots.begin_evaluation(found, by=request.user)
    return redirect(lifecycle.compute(found, by=request.user))


def may_begin(user: Any, pilot: Pilot) -> bool:
    """Whether this reader may compute the result of this pilot now."""
    ripe = pilot.state in {PilotState.DATA_CLOSING, PilotState.EVALUATION}
    return ripe and not pilot.result_sha256 and analyst(user, pilot)


@access.shows(Evaluation)
def recheck(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """Compute an evaluation anew from every row and say equal, or where it differs."""
    evaluation = _find(request.user, pilot, number)
    found = lifecycle.recheck(evaluation) if request.method == "POST" else None
    return page(request, "evaluations/recheck.html", evaluation=evaluation, found=found)


@access.shows(Evaluation)
def document(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """The result as a document for machines."""
    evaluation = _find(request.user, pilot, number)
    answer = JsonResponse(evaluation.result, json_dumps_params={"ensure_ascii": False})
    name = f"result-{pilot}-{number}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@access.shows(Evaluation)
def take_along(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """The bundle: plan, reduced data, result and signatures in one archive."""
    evaluation = _find(request.user, pilot, number)
    answer = HttpResponse(
        bundle.write(evaluation, at=timezone.now()), content_type="application/zip"
    )
    answer["Content-Disposition"] = f'attachment; filename="pilot-{pilot}-{number}.zip"'
    return answer


act = acting(lifecycle.life, Evaluation, find=_find)

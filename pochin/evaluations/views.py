"""Pages of evaluations: the result, its moves, computing it again, taking it along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pochin.core import journal
from pochin.evaluations import (
    advice,
    bundle,
    lifecycle,
    main_finding,
    meaning,
    pictures,
    reasons,
    report,
    reporting,
    tasks,
    words,
)
from pochin.evaluations.models import Evaluation
from pochin.measurements import words as readings_words
from pochin.pilots.models import Pilot, Reach
from pochin.pilots.models import State as PilotState
from pochin.pilots.policy import analyst
from pochin.ui import access
from pochin.ui.moves import acting
from pochin.ui.shortcuts import page, visible_or_404

# Work that nobody has begun for so long waits for more than its turn.
LATE = timedelta(minutes=2)


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


def runs_of(pilot: Pilot, user: Any) -> QuerySet[Evaluation]:
    """Every evaluation of a pilot that this reader sees, the first first."""
    seen = Evaluation.objects.visible_to(user).filter(pilot=pilot)
    return seen.select_related("plan", "snapshot").order_by("number")


def result_part(
    evaluation: Evaluation, user: Any, runs: list[Evaluation] | None = None
) -> dict[str, Any]:
    """What the part “evaluations/result.html” shows; the page of a whole case uses it too.

    Args:
        evaluation: The run that is told.
        user: Who reads.
        runs: What `runs_of` says, where it is known.
    """
    pilot, titles = evaluation.pilot, reporting.titles(evaluation)
    protocol, result = evaluation.to_read()
    return {
        "evaluation": evaluation,
        "pilot": pilot,
        "told": main_finding.primary(result, protocol),
        "meaning": meaning.follows(
            evaluation.verdict, evaluation.colour, archive=result["archive"]
        ),
        "verdict": words.VERDICTS[evaluation.verdict],
        "colour": words.COLOURS[evaluation.colour],
        "evidence": words.evidence(result, protocol),
        "guardrails": words.guardrails(result, protocol),
        "checks": words.checks(result),
        "site_rows": words.sites(result, titles),
        "reasons": reasons.of(result, protocol),
        "is_blocked": words.blocked(result),
        "both_told": readings_words.of_both_told(evaluation.snapshot.both_told),
        "advice": advice.what_now(result) if words.blocked(result) else [],
        "money": _money(protocol, result),
        "more_pictures": [] if words.blocked(result) else list(_pictures(result, protocol, titles)),
        "tables": [
            one
            for tell in (report.more_primaries, report.crossed, report.exploratory)
            if (one := tell(protocol, result)) is not None
        ],
        "languages": reporting.LANGUAGES,
        "runs": runs_of(pilot, user) if runs is None else runs,
    }


def _money(protocol: Any, result: Any) -> dict[str, Any] | None:
    found = None if words.blocked(result) else report.money(protocol, result)
    if found is None:
        return None
    return {
        "facts": [(value, name) for name, value in found.facts],
        "text": found.text,
        "hanging": report.hanging(protocol, result),
    }


def _pictures(result: Any, protocol: Any, titles: Any) -> Any:
    """What stands under the finding for those who ask how sure it is: heading and picture."""
    row = words.primary_row(result)
    found = (
        pictures.curve(row, protocol),
        (_("How the estimate settled"), pictures.course(row, protocol)),
        (_("What chance alone would give"), pictures.chance(row)),
        pictures.units(row, titles),
        (_("The same question by other analyses"), pictures.others(row, titles)),
    )
    return ((heading, picture) for heading, picture in found if picture)


@access.shows(Pilot)
@require_POST
def begin(request: HttpRequest, pilot: int) -> HttpResponse:
    """Begin the evaluation of a pilot whose data are closed, and compute its result."""
    found = visible_or_404(Pilot.objects.inside(request.user), request.user, number=pilot)
    if found.state == PilotState.DATA_CLOSING:
        lifecycle.pilots.begin_evaluation(found, by=request.user)
    if tasks.is_large(found):
        lifecycle.begin_allowed(found, by=request.user)
        tasks.ask(found, by=request.user)
        return redirect("evaluations:computing", pilot=pilot)
    outcome = lifecycle.outcome(found, at=timezone.now()) if analyst(request.user, found) else None
    return redirect(lifecycle.compute(found, by=request.user, found=outcome))


@access.shows(Pilot)
def computing(request: HttpRequest, pilot: int) -> HttpResponse:
    """How far the computing of a large pilot is; leads on to the result once it is there."""
    user: Any = request.user
    found = visible_or_404(Pilot.objects.inside(user), user, number=pilot)
    work = tasks.work_on(found) if analyst(user, found) else None
    if work is None:
        raise Http404
    shown = page(
        request,
        "evaluations/computing.html",
        "work",
        pilot=found,
        work=work,
        is_late=work.is_live and not work.is_begun and timezone.now() - work.since > LATE,
        may_begin=may_begin(user, found),
    )
    number = work.result.get("number")
    if work.is_live or number is None:
        return shown
    return _lead(request, reverse("evaluations:page", args=[pilot, number]))


def _lead(request: HttpRequest, url: str) -> HttpResponse:
    """On to another page; a part that refreshes itself takes the whole page along."""
    if request.headers.get("HX-Request") != "true":
        return redirect(url)
    return HttpResponse(headers={"HX-Redirect": url})


def is_computing(user: Any, pilot: Pilot) -> bool:
    """Whether the result of a large pilot is being computed for this reader."""
    work = tasks.work_on(pilot) if may_begin(user, pilot) and tasks.is_large(pilot) else None
    return work is not None and work.is_live


def may_begin(user: Any, pilot: Pilot) -> bool:
    """Whether this reader may compute the result of this pilot now."""
    ripe = pilot.state in {PilotState.DATA_CLOSING, PilotState.EVALUATION}
    return ripe and not pilot.result_sha256 and analyst(user, pilot)


@access.shows(Evaluation)
def recheck(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """Compute an evaluation anew from every row and say equal, or where it differs."""
    evaluation = _find(request.user, pilot, number)
    is_large = tasks.reads_much(evaluation)
    if request.method == "POST" and is_large:
        tasks.recheck.enqueue(evaluation.pk)
        return redirect("evaluations:recheck", pilot=pilot, number=number)
    work = tasks.work_again(evaluation) if is_large else None
    found = lifecycle.recheck(evaluation) if request.method == "POST" else tasks.checked(work)
    return page(request, "evaluations/recheck.html", "again",
                evaluation=evaluation, found=found, work=work)  # fmt: skip


@access.shows(Evaluation)
def document(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """The result as a document for machines."""
    evaluation = _find(request.user, pilot, number)
    answer = JsonResponse(evaluation.result, json_dumps_params={"ensure_ascii": False})
    name = f"result-{pilot}-{number}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@access.shows(Evaluation)
def report_page(request: HttpRequest, pilot: int, number: int, language: str) -> HttpResponse:
    """The report as one file without scripts, to be kept and printed."""
    evaluation = _find(request.user, pilot, number)
    if language not in reporting.LANGUAGES:
        raise Http404
    told = reporting.of(evaluation, language=language, at=timezone.now())
    answer = HttpResponse(report.html(told), content_type="text/html; charset=utf-8")
    return _as_file(answer, f"report-{pilot}-{number}-{language}.html")


@access.shows(Evaluation)
def report_paper(request: HttpRequest, pilot: int, number: int, language: str) -> HttpResponse:
    """The report on paper: PDF/A with the result inside."""
    evaluation = _find(request.user, pilot, number)
    if language not in reporting.LANGUAGES:
        raise Http404
    told = reporting.pdf(evaluation, language=language, at=timezone.now())
    answer = HttpResponse(told, content_type="application/pdf")
    return _as_file(answer, f"report-{pilot}-{number}-{language}.pdf")


def _as_file(answer: HttpResponse, name: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@access.shows(Evaluation)
def take_along(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """The bundle: plan, reduced data, result and signatures in one archive."""
    evaluation = _find(request.user, pilot, number)
    with_reach = Pilot.objects.with_reach(request.user)
    seen = visible_or_404(with_reach, request.user, pk=evaluation.pilot_id)
    # The story tells of incidents, which an observer is not told of.
    is_inside = seen.reach not in {Reach.PUBLIC, Reach.OBSERVER}
    whole = bundle.write(evaluation, at=timezone.now(), with_story=is_inside)
    answer = HttpResponse(whole, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="pilot-{pilot}-{number}.zip"'
    return answer


act = acting(lifecycle.life, Evaluation, find=_find)

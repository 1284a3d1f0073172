"""The page of a whole case: the pilot with its result, its decision and the road to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from pochin.applications.models import Application
from pochin.core import journal
from pochin.core.calendar import Corrections, between, read_corrections
from pochin.core.models import Entry
from pochin.deals.models import Deal
from pochin.decisions import results
from pochin.decisions.models import Decision
from pochin.decisions.views import decision_part, may_prepare
from pochin.evaluations.models import Evaluation
from pochin.evaluations.models import State as EvaluationState
from pochin.evaluations.views import may_begin, result_part
from pochin.exports.models import Project
from pochin.needs.models import Need
from pochin.pilots import lifecycle as pilots
from pochin.pilots.models import Pilot, Reach
from pochin.pilots.views import pages
from pochin.pilots.views.parts import (
    design_part,
    head_part,
    observation_part,
    observed_part,
    public_part,
)
from pochin.ui import access
from pochin.ui.shortcuts import page, visible_or_404
from pochin.ui.tones import state_badge


@access.shows(Pilot, public=True)
def case(request: HttpRequest, number: int) -> HttpResponse:
    """One case from the need to the decision, as far as the reader may see it."""
    user = request.user
    found = Pilot.objects.with_reach(user).select_related(*pages.RELATED)
    pilot = visible_or_404(found, user, number=number)
    if pilot.reach == Reach.PUBLIC:
        told = results.of_pilot(pilot)
        return page(request, "dossier/public.html", told=told and results.shown(told),
                    **public_part(pilot))  # fmt: skip
    chapters = {"result": _result(pilot, user), "decision": _decision(pilot, user)}
    if pilot.reach == Reach.OBSERVER:
        return page(request, "dossier/observed.html", **chapters, **observed_part(pilot))
    locked = pilot.locked_plan()
    deals, projects = deals_of(pilot, user), exports_of(pilot, user)
    passed = chapters_of(pilot, user, deals, projects)
    stories = journal.stories([thing for _name, thing in passed])
    return page(
        request,
        "dossier/case.html",
        actions=pilots.life.actions(user, pilot),
        main=pages.NEXT_STEP.get(pilot.state, ""),
        elsewhere=pages.ELSEWHERE,
        story=stories[journal.stream(pilot)],
        may_edit=pilots.life.moves["edit"].is_open_to(user, pilot),
        may_evaluate=may_begin(user, pilot),
        may_decide=may_prepare(user, pilot),
        road=road(passed, stories, at=timezone.now()),
        deals=deals,
        exported=projects,
        **chapters,
        **head_part(pilot),
        **design_part(pilot, user, locked),
        **observation_part(pilot, user, locked),
    )


# How many of each a need shows; the rest stands in the lists.
SHOWN = 10


@access.shows(Need, public=True)
def of_need(request: HttpRequest, number: int) -> HttpResponse:
    """What was offered to a need and what was tried for it, as far as the reader may see it."""
    user = request.user
    need = visible_or_404(Need, user, number=number)
    tried = Pilot.objects.visible_to(user).filter(need=need).select_related("organisation")
    offered = Application.objects.visible_to(user).filter(need=need)
    offered = offered.select_related("organisation").order_by("-submitted_at", "-pk")
    pilots_of, rest = _first(tried.order_by("-number"))
    applications_of, more = _first(offered)
    return page(
        request,
        "dossier/of_need.html",
        "cases",
        need=need,
        pilots=[(pilot, state_badge(pilot)) for pilot in pilots_of],
        has_more_pilots=rest,
        applications=[(application, state_badge(application)) for application in applications_of],
        has_more_applications=more,
    )


def _first(things: QuerySet) -> tuple[list[Any], bool]:
    """The first of them, and whether there are more."""
    found = list(things[: SHOWN + 1])
    return found[:SHOWN], len(found) > SHOWN


def _result(pilot: Pilot, user: Any) -> dict[str, Any] | None:
    """The evaluation this reader may see: the released one, for the analyst also a fresh one."""
    visible = Evaluation.objects.visible_to(user).filter(pilot=pilot)
    shown = visible.exclude(state=EvaluationState.REPLACED).select_related("plan", "snapshot")
    evaluation = shown.order_by("-number").first()
    if evaluation is None:
        return None
    evaluation.pilot = pilot
    return result_part(evaluation, user)


def _decision(pilot: Pilot, user: Any) -> dict[str, Any] | None:
    visible = Decision.objects.visible_to(user).filter(pilot=pilot).exclude(state="withdrawn")
    decision = visible.select_related("evaluation__plan", "owner").order_by("-number").first()
    if decision is None:
        return None
    decision.pilot = pilot
    return decision_part(decision, user)


def deals_of(pilot: Pilot, user: Any) -> list[Deal]:
    """The deals of a case this reader may see, the latest first."""
    visible = Deal.objects.visible_to(user).filter(pilot=pilot)
    return list(visible.select_related("programme", "buyer").order_by("-number"))


def exports_of(pilot: Pilot, user: Any) -> list[Project]:
    """The export projects this case is the proof of, as far as the reader may see them."""
    visible = Project.objects.visible_to(user).filter(certificate__pilot=pilot)
    return list(visible.select_related("programme").order_by("-number"))


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state of one chapter on the road of a case."""

    chapter: str
    title: str
    url: str
    state: str
    since: datetime
    days: int
    is_now: bool


def chapters_of(
    pilot: Pilot, user: Any, deals: Iterable[Deal], projects: Iterable[Project]
) -> list[tuple[str, Any]]:
    """The things a case consists of, as far as the reader may see them, each with its kind."""
    chapters: list[tuple[str, Any]] = []
    if pilot.need_id:
        chapters += [(_("Need"), n) for n in Need.objects.visible_to(user).filter(pk=pilot.need_id)]
    seen = Application.objects.visible_to(user).filter(pilots=pilot)
    chapters += [(_("Application"), application) for application in seen]
    chapters.append((_("Pilot"), pilot))
    chapters += [(_("Deal"), deal) for deal in deals]
    return chapters + [(_("Export project"), project) for project in projects]


def road(
    chapters: Iterable[tuple[str, Any]], stories: Mapping[str, list[Entry]], *, at: datetime
) -> list[Stretch]:
    """Everything the case went through, oldest first, with working days in each state."""
    corrections = read_corrections()
    found = [
        stretch
        for name, thing in chapters
        for stretch in _stretches(name, thing, stories[journal.stream(thing)], at, corrections)
    ]
    return sorted(found, key=lambda stretch: stretch.since)


def _stretches(
    chapter: str, thing: Any, story: list[Entry], at: datetime, corrections: Corrections
) -> list[Stretch]:
    states = dict(thing._meta.get_field("state").choices or ())
    return [
        Stretch(
            chapter=chapter,
            title=thing.code,
            url=thing.get_absolute_url(),
            state=str(states.get(stay.state, stay.state)),
            since=stay.since,
            days=between(stay.since, stay.until or at, corrections=corrections),
            is_now=stay.until is None,
        )
        for stay in journal.stays(story)
    ]

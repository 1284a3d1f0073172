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
from pochin.core.calendar import Corrections, between, corrections_in
from pochin.core.models import CalendarDay, Entry
from pochin.deals.models import Deal
from pochin.decisions import results
from pochin.decisions.models import Decision
from pochin.decisions.views.decisions import decision_part, may_prepare
from pochin.decisions.views.decisions import lists_of as beside_decisions
from pochin.evaluations.models import State as EvaluationState
from pochin.evaluations.views import is_computing, may_begin, result_part, runs_of
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
    read,
)
from pochin.ui import access
from pochin.ui.at_once import at_once
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
        shown = results.shown(told) if told else None
        verdict = shown["verdict"][0] if shown else ""
        return page(request, "dossier/public.html", told=shown,
                    **public_part(pilot, result=verdict))  # fmt: skip
    if pilot.reach == Reach.OBSERVER:
        pilot.held = at_once(_seen_by_observers(pilot, user))
        return page(request, "dossier/observed.html", **_chapters(pilot, user),
                    **observed_part(pilot))  # fmt: skip
    read(pilot, user, _further(pilot, user))
    held, locked = pilot.held, pilot.locked_plan()
    passed = chapters_of(pilot)
    stories = journal.stories([thing for _name, thing in passed])
    return page(
        request,
        "dossier/case.html",
        actions=pilots.life.actions(user, pilot),
        main=pages.NEXT_STEP.get(pilot.state, ""),
        elsewhere=pages.ELSEWHERE,
        story=stories[journal.stream(pilot)],
        may_edit=pilots.life.moves["edit"].is_open_to(user, pilot),
        may_evaluate=may_begin(user, pilot) and not _is_computed(pilot),
        is_earlier=bool(pilot.extensions) and not _is_computed(pilot),
        is_computing=is_computing(user, pilot),
        may_decide=may_prepare(user, pilot),
        road=road(passed, stories, corrections_in(held["calendar"]), at=timezone.now()),
        deals=held["deals"],
        exported=held["projects"],
        **_chapters(pilot, user),
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


def _further(pilot: Pilot, user: Any) -> dict[str, QuerySet]:
    """The lists of the other chapters of a case, as far as the reader may see them, by name."""
    deals = Deal.objects.visible_to(user).filter(pilot=pilot)
    projects = Project.objects.visible_to(user).filter(certificate__pilot=pilot)
    return {
        **_seen_by_observers(pilot, user),
        "need": Need.objects.visible_to(user).filter(pk=pilot.need_id),
        "applications": Application.objects.visible_to(user).filter(pilots=pilot).order_by("pk"),
        "deals": deals.select_related("programme", "buyer").order_by("-number"),
        "projects": projects.select_related("programme").order_by("-number"),
        "calendar": CalendarDay.objects.all(),
    }


def _seen_by_observers(pilot: Pilot, user: Any) -> dict[str, QuerySet]:
    return {
        "runs": runs_of(pilot, user),
        "decisions": _decisions(pilot, user),
        **beside_decisions(pilot, user),
    }


def _decisions(pilot: Pilot, user: Any) -> QuerySet[Decision]:
    """The latest decision that stands."""
    seen = Decision.objects.visible_to(user).filter(pilot=pilot).exclude(state="withdrawn")
    return seen.select_related("evaluation__plan", "owner").order_by("-number")[:1]


def _chapters(pilot: Pilot, user: Any) -> dict[str, Any]:
    """The evaluation this reader may see, for the analyst also a fresh one, and the decision."""
    runs, result, decision = pilot.held["runs"], None, None
    for one in (*runs, *pilot.held["decisions"]):
        one.pilot = pilot
    shown = [one for one in runs if one.state != EvaluationState.REPLACED]
    if shown:
        result = result_part(shown[-1], user, runs)
    if pilot.held["decisions"]:
        decision = decision_part(pilot.held["decisions"][0], user)
    return {"result": result, "decision": decision}


def _is_computed(pilot: Pilot) -> bool:
    """Whether a result of the present closing of the data is known to this reader.

    After an extension the run goes on under an earlier result, and the data are closed again.
    """
    closed = pilot.data_closed_at
    runs = pilot.held["runs"]
    return closed is not None and any(one.computed_at >= closed for one in runs)


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


def chapters_of(pilot: Pilot) -> list[tuple[str, Any]]:
    """The things a case consists of, as far as its reader sees them, each with its kind."""
    held = pilot.held
    return [
        *((_("Need"), need) for need in held["need"]),
        *((_("Application"), application) for application in held["applications"]),
        (_("Pilot"), pilot),
        *((_("Deal"), deal) for deal in held["deals"]),
        *((_("Export project"), project) for project in held["projects"]),
    ]


def road(
    chapters: Iterable[tuple[str, Any]],
    stories: Mapping[str, list[Entry]],
    corrections: Corrections,
    *,
    at: datetime,
) -> list[Stretch]:
    """Everything the case went through, oldest first, with working days in each state."""
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

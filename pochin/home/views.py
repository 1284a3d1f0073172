"""The first page, the search, the switch of language, the pages about the house itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_POST

from pochin.agreements.models import Agreement, Commitment
from pochin.applications.models import Application
from pochin.coordination.models import Meeting, Task, WorkingGroup
from pochin.core import turns
from pochin.core.lifecycle import LIVES, Lifecycle
from pochin.core.numbers import LETTERS
from pochin.deals.models import Deal
from pochin.exports.models import Project
from pochin.home import public, sections
from pochin.home.lives import title_of
from pochin.home.waiting import open_turns, waiting
from pochin.keeping import health
from pochin.needs.models import Need
from pochin.news.models import Piece
from pochin.participants.middleware import LANGUAGE_COOKIE
from pochin.participants.models import (
    Organisation,
    Programme,
    Registration,
    RegistrationState,
)
from pochin.participants.policy import Role, organisations, programmes
from pochin.pilots.models import Pilot
from pochin.search import finding
from pochin.sites.finding import seek as seek_sites
from pochin.sites.models import Site
from pochin.solutions.models import Solution
from pochin.ui import access, charts, formats, pieces
from pochin.ui.shortcuts import page

SHOWN = 10
SEARCHED: tuple[tuple[Any, Any], ...] = (
    (Need, _l("Needs")),
    (Application, _l("Applications")),
    (Pilot, _l("Pilots")),
    (Agreement, _l("Agreements")),
    (Commitment, _l("Commitments")),
    (Meeting, _l("Meetings")),
    (Task, _l("Tasks")),
    (WorkingGroup, _l("Working groups")),
    (Deal, _l("Deals")),
    (Project, _l("Exports")),
    (Solution, _l("Solutions")),
    (Organisation, _l("Organisations")),
    (Site, _l("Sites")),
    (Piece, _l("News")),
)


@access.public("the first page shows a guest what is public, and a person what waits for them")
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the reader; for a guest, what the centre is."""
    now = timezone.now()
    user = request.user
    if not user.is_authenticated:
        return page(
            request,
            "home/public.html",
            steps=_steps(),
            gains=_gains(),
            **public.shown(user, at=now),
        )
    held, wide = open_turns(user), sections.main(user, at=now)
    joins = not organisations(user) and not programmes(user) and not user.is_administrator
    requests = _requests(user) if joins else []
    return page(
        request,
        "home/today.html",
        waiting=waiting(user, held, at=now, but=sections.told_below(wide)),
        sentence=_first_step(requests) if joins else sections.waited(held, now),
        main=wide,
        side=sections.side(user, at=now),
        health=health.health(at=now) if user.is_administrator else None,
        standing=health.standing(at=now) if programmes(user, Role.COORDINATOR) else "",
        joins=joins,
        requests=requests,
        waits_for_centre=any(one.is_open for one in requests),
        begins=_begins(user),
    )


@dataclass(frozen=True)
class _Request:
    """A request to speak for an organisation, and what has become of it."""

    thing: Registration
    words: str
    is_open: bool


def _requests(user: Any) -> list[_Request]:
    """What a newcomer asked of the centre and is not admitted to yet, newest first."""
    own = Registration.objects.visible_to(user).filter(person_id=user.pk)
    found = []
    over = (RegistrationState.CONFIRMED, RegistrationState.WITHDRAWN)
    for one in own.exclude(state__in=over).order_by("-asked_at")[:3]:
        turn = turns.of(one).first()
        if one.state == RegistrationState.REFUSED:
            words = _("the centre refused: %(reasons)s") % {"reasons": one.reasons}
        elif turn:
            words = _(
                "your request is with the coordinator, who answers by %(due)s. The answer comes"
                " in a letter; after it you can apply."
            ) % {"due": formats.moment(turn.due_at)}
        else:
            words = _("your request is with the coordinator.")
        found.append(_Request(one, words, one.state == RegistrationState.ASKED))
    return found


def _first_step(requests: list[_Request]) -> str:
    if any(one.is_open for one in requests):
        return _("The centre is looking at your request; nothing is asked of you now.")
    return _("The first step: say which organisation you speak for.")


def _begins(user: Any) -> Any:
    """The programmes in which the reader may describe a need."""
    where = programmes(user, Role.NEED_OWNER)
    return Programme.objects.visible_to(user).filter(pk__in=where)


@access.public("each result is found among what the reader may see")
def find(request: HttpRequest) -> HttpResponse:
    """Find things by number or by words; a number that is met leads straight to the thing."""
    words = request.GET.get("q", "").strip()[:200]
    thing = by_number(words, request.user)
    if thing is not None:
        return redirect(thing)
    shown = dict(_found(request.user, words)) if words else {}
    found = [(label, shown[model]) for model, label in SEARCHED if shown.get(model)]
    return page(request, "home/find.html", words=words, found=found)


def _found(user: Any, words: str) -> Iterator[tuple[Any, Sequence[Any]]]:
    """The best of each kind by words; places have a register of words of their own."""
    lists = {model: model.objects.visible_to(user) for model, _label in SEARCHED}
    sites = lists.pop(Site)
    yield Site, finding.named(sites, seek_sites(sites, words).keys[:SHOWN])
    yield from finding.best(lists, words, each=SHOWN)


def by_number(words: str, user: Any) -> Any:
    """The thing that people call by this number: Н-042, n42, 482915."""
    asked = re.fullmatch(r"([A-Za-zА-Яа-я]?)[-\s]?(\d{1,9})", words)
    if asked is None:
        return None
    letter, number = asked[1].upper(), int(asked[2])
    kinds: dict[str, Any] = {"need": Need, "pilot": Pilot, "application": Application}
    for kind, model in kinds.items():
        if letter in ("", *LETTERS[kind][:2]):
            thing = model.objects.visible_to(user).filter(number=number).first()
            if thing is not None:
                return thing
    return None


@access.public("how things live here is the same for everybody")
def lifecycles(request: HttpRequest) -> HttpResponse:
    """All lifecycles by what they are called."""
    lives = sorted(((name, title_of(name)) for name in LIVES), key=lambda one: one[1])
    return page(request, "home/lifecycles.html", lives=lives)


@access.public("how things live here is the same for everybody")
def lifecycle(request: HttpRequest, name: str) -> HttpResponse:
    """One lifecycle drawn from the code: states, moves, who may make them, whose turn it is."""
    if name not in LIVES:
        raise Http404
    life = LIVES[name]
    return page(
        request,
        "home/lifecycle.html",
        life=life,
        title=title_of(name),
        drawing=drawing(life),
        moves=life.moves.values(),
        rows=[_state(life, value, label) for value, label in life.states.choices],
    )


def _state(life: Lifecycle[Any], value: str, label: Any) -> dict[str, Any]:
    """A state with its owner and its clock, or the reason why nobody is waited for."""
    wait = life.waiting.get(value)
    stops = [life.states(state).label for state in sorted(wait.pauses)] if wait else []
    return {"label": label, "wait": wait, "stops": stops, "rest": life.rests.get(value, "")}


def drawing(life: Lifecycle[Any]) -> Any:
    """The diagram of a lifecycle from its code."""
    nodes = [
        charts.Node(value, label, waits=value in life.waiting, end=value in life.ends)
        for value, label in life.states.choices
    ]
    roads = [
        charts.Road(start, move.leads_to, move.label, move.who.words)
        for move in life.moves.values()
        for start in (sorted(move.starts) or [""])
        if move.leads_to and move.leads_to != start
    ]
    return charts.lifecycle(charts.Life(nodes, roads), title=title_of(life.name))


@access.public("the language of the page is a matter of the reader's own browser")
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Show this same page in the other language."""
    chosen = request.POST.get("language", "")
    back = request.POST.get("next", "") or request.headers.get("Referer", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    # Not `redirect`, which would look for a route of that name.
    answer = HttpResponseRedirect(back)
    if chosen in dict(settings.LANGUAGES):
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=31_536_000, samesite="Lax")
    return answer


@access.public("what the centre promises, and how it counts, is for everybody")
def how(request: HttpRequest) -> HttpResponse:
    """How a pilot is judged here, in plain words."""
    return page(request, "home/how.html", steps=_steps())


@access.public("what the centre promises, and how it counts, is for everybody")
def limits(request: HttpRequest) -> HttpResponse:
    """What is not promised."""
    return page(request, "home/limits.html")


@access.public("what the centre promises, and how it counts, is for everybody")
def accessibility(request: HttpRequest) -> HttpResponse:
    """How the pages can be used without a mouse, a large screen or good sight."""
    return page(request, "home/accessibility.html")


def _gains() -> tuple[str, ...]:
    """What a company has from coming here, before it asks."""
    return (
        _("Real sites to try it on: post offices and sorting halls, not a test bench."),
        _("A threshold written down before the start, which nobody moves afterwards."),
        _("An answer with reasons at every step, by a date you know."),
        _("A result that anybody can compute again, even when the effect is not confirmed."),
    )


def _steps() -> list[pieces.Step]:
    return [
        pieces.Step(title=_("Answer a need"), note=_("a draft is kept"), state="done"),
        pieces.Step(title=_("Blind review"), note=_("reasons for every score"), state="done"),
        pieces.Step(title=_("Pilot by a plan"), note=_("the threshold first"), state="done"),
        pieces.Step(title=_("Decision"), note=_("with reasons, by a date"), state="done"),
    ]

"""Pages of the portfolio: the whole at a glance, and the lists its figures open."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pochin.core.calendar import between, read_corrections
from pochin.core.models import Turn
from pochin.participants.policy import programmes
from pochin.participants.words import holder_words
from pochin.pilots.models import Pilot
from pochin.portfolio import counting
from pochin.ui import access
from pochin.ui.lists import Column, Days, Filter, Flag, Listing
from pochin.ui.shortcuts import page


@access.shows(Pilot)
def portfolio(request: HttpRequest) -> HttpResponse:
    """The pilots with their intervals, the funnel, the clocks, what is due."""
    user, now = request.user, timezone.now()
    if not programmes(user):
        raise Http404
    found = counting.pilots(user).order_by("-number")[:50]
    return page(
        request,
        "portfolio/page.html",
        rows=counting.rows(found, user),
        total=counting.pilots(user).count(),
        funnel=counting.funnel(user),
        contracts=counting.contracts(user),
        promised=counting.promised(user),
        due=counting.due(user, at=now).count(),
        late=counting.due(user, at=now).filter(due_at__lt=now).count(),
        overdue=counting.overdue_decisions(user, at=now).count(),
    )


class TurnListing(Listing):
    """Turns of the reader's programmes: whose, since when, until when, how long they took."""

    name = "turns"
    sort = "due_at"
    columns = (
        Column(name="clock", label=_("Clock"), main=True, value=lambda turn: turn.clock_words),
        Column(name="thing", label=_("About"), value=lambda turn: str(turn.shown or "")),
        Column(name="holder", label=_("Whose turn"), value=lambda turn: turn.holder_words),
        Column(name="since", label=_("Since"), kind="moment", sort="-since"),
        Column(name="due_at", label=_("Until"), kind="moment", sort="due_at"),
        Column(name="ended_at", label=_("Ended"), kind="moment"),
        Column(name="took", label=_("Working days"), kind="number"),
    )
    filters = (
        Filter(
            name="clock", label=_("Clock"), choices=lambda _user: counting.clock_names().items()
        ),
        Flag(name="open", label=_("Open"), apply=lambda turns, _picked: turns.open()),
        Flag(
            name="late",
            label=_("Late"),
            apply=lambda turns, _picked: turns.overdue(timezone.now()),
        ),
        Flag(
            name="in_time",
            label=_("Ended in time"),
            apply=lambda turns, _picked: turns.filter(ended_at__lte=F("due_at")),
        ),
        Days(name="ended", label=_("Ended"), field="ended_at__date"),
        Filter(
            name="programme",
            label=_("Programme"),
            choices=lambda user: [(p.code, str(p)) for p in counting.programmes_of(user)],
            apply=lambda turns, picked: turns.filter(programme_id__in=counting.keys_of(picked)),
        ),
    )
    empty_title = _("No turns")

    def prepare(self, things: list[Any]) -> list[Any]:
        names = holder_words({turn.holder for turn in things})
        clocks, now = counting.clock_names(), timezone.now()
        shown, corrections = _visible_things(things, self.user), read_corrections()
        for turn in things:
            turn.shown = shown.get((turn.kind_id, turn.thing_id))
            turn.holder_words = names[turn.holder]
            turn.clock_words = clocks.get(turn.clock, turn.clock)
            end = turn.ended_at or now
            turn.took = turn.spent_days + between(turn.since, end, corrections=corrections)
        return things

    def href(self, thing: Any) -> str:
        return thing.shown.get_absolute_url() if thing.shown else ""


def _visible_things(turns: list[Turn], user: Any) -> dict[tuple[int, int], Any]:
    keys: dict[int, list[int]] = {}
    for turn in turns:
        keys.setdefault(turn.kind_id, []).append(turn.thing_id)
    found: dict[tuple[int, int], Any] = {}
    for turn in turns:
        if turn.kind_id in keys:
            model: Any = turn.kind.model_class()
            related = getattr(model, "shown_with", ())
            things = model.objects.visible_to(user).filter(pk__in=keys.pop(turn.kind_id))
            found |= {(turn.kind_id, one.pk): one for one in things.select_related(*related)}
    return found


@access.shows(Turn)
def turns(request: HttpRequest) -> HttpResponse:
    """The turns a figure of the portfolio was counted from."""
    if not programmes(request.user):
        raise Http404
    return TurnListing(request, counting.turns(request.user)).respond("portfolio/turns.html")

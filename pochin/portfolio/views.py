"""Pages of the portfolio: the whole at a glance, and the lists its figures open."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pochin.core.calendar import between, corrections_in, read_corrections
from pochin.core.models import CalendarDay, Turn
from pochin.participants.models import Programme
from pochin.participants.policy import Role, programmes
from pochin.participants.words import holder_words
from pochin.pilots.models import Pilot
from pochin.portfolio import abroad, counting
from pochin.reviews.models import busiest
from pochin.ui import access
from pochin.ui.at_once import at_once
from pochin.ui.lists import Column, Days, Filter, Flag, Listing
from pochin.ui.named import things_of
from pochin.ui.pieces import Link
from pochin.ui.shortcuts import page


@access.shows(Pilot)
def portfolio(request: HttpRequest) -> HttpResponse:
    """The pilots with their intervals, the funnel, the clocks, what is due."""
    user, now = request.user, timezone.now()
    if not programmes(user):
        raise Http404
    name = request.GET.get("view", "")
    found = at_once({
        "pilots": counting.view(user, name).order_by("decision_date", "number")[:SHOWN],
        "begins": _begins(user),
        "calendar": CalendarDay.objects.all(),
    })  # fmt: skip
    rows, axis = counting.rows(found["pilots"], user)
    counted, turns = counting.counted(user, at=now), counting.turns(user)
    soon, kinds = counting.due(turns, at=now), counted.kinds
    export_stages = abroad.stages(counted.projects)
    return page(
        request,
        "portfolio/page.html",
        rows=rows,
        axis=axis,
        more=kinds[name if name in VIEWS else ""] - len(rows),
        list_url=counting.list_of(name),
        tabs=_tabs(name, kinds),
        figures=counting.figures(counted, at=now, soon=soon),
        funnel=counting.funnel(counting.way(counted)),
        promised=counting.promised(turns, corrections_in(found["calendar"])),
        export_stages=export_stages,
        sold=_sold(user) if export_stages else (),
        dues=due_rows(soon, at=now),
        busy=busiest(counted.reviews, BUSY),
        at=now,
        begins=found["begins"],
    )


def _sold(user: Any) -> list[tuple[Any, list[abroad.Sold]]]:
    """What was sold abroad, as two tables with their heads."""
    sold = abroad.sold(user)
    return [(_("Year"), sold["year"]), (_("Country"), sold["country"])]


def _begins(user: Any) -> Any:
    """The programmes in which the reader may propose a pilot."""
    where = programmes(user, Role.COORDINATOR)
    return Programme.objects.visible_to(user).filter(pk__in=where)


BUSY = 8  # experts whose load stands on the page
SHOWN = 20  # pilots on the page; the list that opens from it has all
VIEWS = {
    "": _("At work"),
    "mine": _("My pilots"),
    "awaiting": _("Wait for a decision"),
    "decided": pgettext_lazy("pilots", "Decided"),
    "all": _("All"),
}


def _tabs(name: str, kinds: dict[str, int]) -> list[Link]:
    url = reverse("portfolio:page")
    return [
        Link(
            label=label,
            url=f"{url}?view={view}" if view else url,
            current=view == name,
            count=kinds[view],
        )
        for view, label in VIEWS.items()
    ]


def due_rows(soon: list[counting.Due], *, at: datetime) -> list[dict[str, Any]]:
    """What is due first, alike turns of one day and one holder told once, with the list of them."""
    clocks, first = counting.clock_names(), soon[:200]
    names = holder_words({turn.holder for turn in first})
    groups: dict[tuple[Any, ...], int] = {}
    for turn in first:
        day = timezone.localtime(turn.due_at).date()
        key = (day, turn.clock, names[turn.holder], turn.due_at < at)
        groups[key] = groups.get(key, 0) + 1
    url = reverse("portfolio:turns")
    return [
        {
            "day": day,
            "clock": clocks.get(clock, clock),
            "href": f"{url}?{urlencode({'clock': clock, 'open': 'yes'})}",
            "holder": holder,
            "is_late": is_late,
            "n": n,
        }
        for (day, clock, holder, is_late), n in list(groups.items())[:10]
    ]


class TurnListing(Listing):
    """Turns of the reader's programmes: whose, since when, until when, how long they took."""

    name = "turns"
    sort = "due_at"
    columns = (
        Column(name="clock", label=_("Clock"), main=True, value=lambda turn: turn.clock_words),
        Column(name="thing", label=_("What it is about"), value=lambda turn: str(turn.shown or "")),
        Column(name="holder", label=_("Whose turn"), value=lambda turn: turn.holder_words),
        Column(name="since", label=_("Since"), kind="moment", sort="-since"),
        Column(name="due_at", label=_("Until"), kind="moment", sort="due_at"),
        Column(name="ended_at", label=_("Ended"), kind="moment"),
        Column(name="took", label=_("Working days"), kind="number"),
    )
    filters = (
        Filter(
            name="clock",
            label=_("Clock"),
            choices=lambda _user: counting.clock_names().items(),
            to_all=True,
        ),
        Flag(name="open", label=_("Open"), apply=lambda turns, _picked: turns.open()),
        Flag(
            name="over",
            label=_("Over"),
            apply=lambda turns, _picked: turns.filter(ended_at__isnull=False),
        ),
        Days(name="due", label=_("Until"), field="due_at__date"),
        Flag(
            name="late",
            label=_("Late"),
            apply=lambda turns, _picked: turns.overdue(timezone.now()),
        ),
        Flag(
            name="in_time",
            label=_("Ended in time"),
            apply=lambda turns, _picked: turns.filter(ended_at__lte=F("due_at")),
            rare=True,
        ),
        Days(name="ended", label=_("Ended"), field="ended_at__date", rare=True),
        Filter(
            name="programme",
            label=_("Programme"),
            choices=counting.programmes_of,
            rare=True,
            apply=lambda turns, picked: turns.filter(programme_id__in=counting.keys_of(picked)),
        ),
    )
    empty_title = _("No turns")

    def prepare(self, things: list[Any]) -> list[Any]:
        names = holder_words({turn.holder for turn in things})
        clocks, now = counting.clock_names(), timezone.now()
        shown, corrections = things_of(things, self.user), read_corrections()
        for turn in things:
            turn.shown = shown.get((turn.kind_id, turn.thing_id))
            turn.holder_words = names[turn.holder]
            turn.clock_words = clocks.get(turn.clock, turn.clock)
            end = turn.ended_at or turn.paused_at or now
            turn.took = turn.spent_days + between(turn.since, end, corrections=corrections)
        return things

    def href(self, thing: Any) -> str:
        return thing.shown.get_absolute_url() if thing.shown else ""


@access.shows(Turn)
def turns(request: HttpRequest) -> HttpResponse:
    """The turns a figure of the portfolio was counted from."""
    if not programmes(request.user):
        raise Http404
    return TurnListing(request, counting.turns(request.user)).respond("portfolio/turns.html")
